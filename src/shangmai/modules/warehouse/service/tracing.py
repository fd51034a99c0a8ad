"""Keeping for which order's line pieces of a lot were picked, so that a recalled lot names its orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.lots import PickedLot
from shangmai.modules.warehouse.queries import lots as tables
from shangmai.modules.warehouse.queries import requests
from shangmai.modules.warehouse.queries.waves import PickLine
from shangmai.modules.warehouse.rules.tracing import Place, from_lines, to_lines
from shangmai.modules.warehouse.service.lots import record_picked

Given = Sequence[tuple[PickLine, int]]


async def trace_picked(tx: Tx, warehouse_id: WarehouseId, given: Sequence[tuple[PickLine, int, Item]]) -> None:
    """Note for which order's line picked pieces of lots are, by whose scan; those without a lot are left out."""
    of_lots = [each for each in given if each[0].lot]
    if not of_lots:
        return
    docs = {line.doc for line, _, _ in of_lots}
    wanted, traced = await _wanted(tx, docs), await tables.traced(tx, docs)
    picked: list[PickedLot] = []
    for line, qty, item in of_lots:
        so_far: dict[Place, int] = defaultdict(int)
        for (doc, sku_id, _, place), count in traced.items():
            if (doc, sku_id) == (line.doc, line.sku_id):
                so_far[place] += count
        for place, some in to_lines(qty, wanted[line.doc, line.sku_id], so_far):
            key = (line.doc, line.sku_id, line.lot, place)
            traced[key] = traced.get(key, 0) + some
            picked.append(_picked(item, warehouse_id, line, place, some))
    await record_picked(tx, picked)


async def trace_back(tx: Tx, warehouse_id: WarehouseId, back: Given) -> None:
    """Note that picked pieces of lots are not for their orders any more."""
    of_lots = [(line, qty) for line, qty in back if line.lot]
    if not of_lots:
        return
    docs = {line.doc for line, _ in of_lots}
    wanted, traced = await _wanted(tx, docs), await tables.traced(tx, docs)
    picked: list[PickedLot] = []
    for line, qty in of_lots:
        mine = {
            place: count
            for (doc, sku_id, lot, place), count in traced.items()
            if (doc, sku_id, lot) == (line.doc, line.sku_id, line.lot) and count > 0
        }
        for place, some in from_lines(qty, dict(wanted[line.doc, line.sku_id]), mine):
            traced[line.doc, line.sku_id, line.lot, place] -= some
            picked.append(_picked(tx.items[0], warehouse_id, line, place, -some))
    await record_picked(tx, picked)


async def _wanted(tx: Tx, docs: set[UUID]) -> dict[tuple[UUID, SkuId], list[tuple[Place, int]]]:
    found: dict[tuple[UUID, SkuId], list[tuple[Place, int]]] = defaultdict(list)
    for doc, lines in (await requests.lines_of(tx, docs)).items():
        for line in lines:
            found[doc, line.sku_id].append(((line.order_id, line.line), line.qty))
    return found


def _picked(item: Item, warehouse_id: WarehouseId, line: PickLine, place: Place, qty: int) -> PickedLot:
    return PickedLot(
        warehouse_id=warehouse_id,
        sku_id=line.sku_id,
        lot=line.lot,
        doc=line.doc,
        order_id=place[0],
        line=place[1],
        qty=qty,
        item=item,
    )
