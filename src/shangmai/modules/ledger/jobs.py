"""Posting what happens."""

from __future__ import annotations

from shangmai.kernel.events.contract import Delivery, on_every
from shangmai.kernel.tx import Tx
from shangmai.modules.ledger import service
from shangmai.modules.ledger.contract import (
    POSTING,
)


@on_every(consumer=POSTING, batch=500)
async def post(tx: Tx, deliveries: list[Delivery]) -> None:
    """Post the events that a rule names. It is given all of them, because rules are data and may name any."""
    await service.post_events(tx, deliveries)
