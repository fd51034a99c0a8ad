"""Posting what happens."""

from __future__ import annotations

from typing import Final

from shangmai.kernel.events.contract import Delivery, on_every
from shangmai.kernel.tx import Tx
from shangmai.modules.ledger import service
from shangmai.modules.ledger.contract import (
    POSTING,
)

APART_S: Final = 0.1
"""Nobody waits for a voucher that long, and in a rush most events are none of the ledger's."""


@on_every(consumer=POSTING, batch=500, apart_s=APART_S)
async def post(tx: Tx, deliveries: list[Delivery]) -> None:
    """Post the events that a rule names. It is given all of them, because rules are data and may name any."""
    await service.post_events(tx, deliveries)
