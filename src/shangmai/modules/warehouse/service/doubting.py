"""Bins that pickers doubt: they are counted, and trusted again when that is approved."""

from __future__ import annotations

from collections.abc import Sequence

from shangmai.kernel.tx import Tx
from shangmai.modules.warehouse.contract.counts import CountApproved, OpenCount
from shangmai.modules.warehouse.contract.picking import BinDoubted
from shangmai.modules.warehouse.queries import backs, counts
from shangmai.modules.warehouse.service.counting import open_count
from shangmai.modules.warehouse.service.sowing import refill


async def count_doubted(tx: Tx, events: Sequence[BinDoubted]) -> None:
    """Open a blind count for each warehouse's doubted bins, but for those that are being counted."""
    places = {event.bin_id: event for event in events}
    counted = await counts.being_counted(tx, list(places))
    for warehouse_id in sorted({event.warehouse_id for event in events}):
        codes = sorted(
            event.bin for id_, event in places.items() if event.warehouse_id == warehouse_id and id_ not in counted
        )
        if codes:
            await open_count(tx, OpenCount(warehouse_id=warehouse_id, bins=codes))


async def trust_counted(tx: Tx, events: Sequence[CountApproved]) -> None:
    """Pick again from bins that were counted since they were doubted, for those who wait for pieces first."""
    for event in events:
        await backs.end_doubts_counted(tx, event.count_id, tx.now)
    for warehouse_id in sorted({event.warehouse_id for event in events}):
        await refill(tx, warehouse_id)
