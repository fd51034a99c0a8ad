"""What the warehouse does when something has happened: bins follow the stock book, waves make themselves."""

from __future__ import annotations

from typing import Any, Final

from shangmai.kernel.events.contract import Delivery, on, on_every
from shangmai.kernel.tx import Tx
from shangmai.modules.warehouse import service
from shangmai.modules.warehouse.contract.counts import CountApproved
from shangmai.modules.warehouse.contract.picking import BinDoubted
from shangmai.modules.warehouse.contract.pieces import PiecesMoved, PiecesPutAway
from shangmai.modules.warehouse.contract.places import FloorPolicySet
from shangmai.modules.warehouse.contract.requests import RequestsAsked

APART_S: Final = 0.5
"""Nobody waits for it: a rush of orders is followed twice a second, not a hundred times."""


@on_every(consumer="warehouse.bins", wanted=service.wanted_of_stock, batch=1000, apart_s=APART_S)
async def follow_stock(tx: Tx, deliveries: list[Delivery]) -> None:
    """Take out of bins what left the stock book by another way; any event may tell of it: modules above move stock."""
    await service.follow_stock(tx, deliveries)


@on(
    RequestsAsked, PiecesPutAway, PiecesMoved, CountApproved, FloorPolicySet,
    consumer="warehouse.make_waves", batch=200, alone=True, apart_s=0.1,
)  # fmt: skip
async def make_waves(tx: Tx, events: list[Any]) -> None:
    """Make the waves that are due where they make themselves: requests came, or pieces for those that wait."""
    await service.wave_due(tx, {event.warehouse_id for event in events})


@on(PiecesPutAway, PiecesMoved, consumer="warehouse.refill", batch=200, alone=True, apart_s=0.1)
async def refill(tx: Tx, events: list[PiecesPutAway | PiecesMoved]) -> None:
    """Look again for what requests are short of when pieces lie in bins where they did not."""
    for warehouse_id in sorted({event.warehouse_id for event in events}):
        await service.refill(tx, warehouse_id)


@on(BinDoubted, consumer="warehouse.count_doubted", batch=200, alone=True, apart_s=0.5)
async def count_doubted(tx: Tx, events: list[BinDoubted]) -> None:
    """Have bins counted in which pickers found too few."""
    await service.count_doubted(tx, events)


@on(CountApproved, consumer="warehouse.trust_counted", batch=50, alone=True)
async def trust_counted(tx: Tx, events: list[CountApproved]) -> None:
    """Trust bins again that were counted since."""
    await service.trust_counted(tx, events)
