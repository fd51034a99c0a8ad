"""What the warehouse does when something has happened: bins follow the stock book."""

from __future__ import annotations

from typing import Final

from shangmai.kernel.events.contract import Delivery, on_every
from shangmai.kernel.tx import Tx
from shangmai.modules.warehouse import service

APART_S: Final = 0.5
"""Nobody waits for it: a rush of orders is followed twice a second, not a hundred times."""


@on_every(consumer="warehouse.bins", batch=1000, apart_s=APART_S)
async def follow_stock(tx: Tx, deliveries: list[Delivery]) -> None:
    """Take out of bins what left the stock book by another way; given all events, as modules above move stock too."""
    await service.follow_stock(tx, deliveries)
