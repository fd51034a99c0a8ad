"""Planning transfers of many pieces (批量调拨): out of which bins, on one walk."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.places import BinId, BinKind
from shangmai.modules.warehouse.contract.transfers import PlanLine, PlanTransfer, SentLine, TransferPlan
from shangmai.modules.warehouse.rules.allocating import Need, Shelf, Take
from shangmai.modules.warehouse.service.filling import PICKED_FROM, stands_of
from shangmai.modules.warehouse.service.places import get_bins
from shangmai.modules.warehouse.service.walking import ways

IN_TURN: Final = (frozenset({BinKind.RESERVE}), PICKED_FROM)
"""Reserve bins are emptied before those that orders are picked from."""


async def plan_transfer(tx: Tx, do: PlanTransfer) -> TransferPlan:
    """Choose bins for what should go to another warehouse, and the way through them; nothing is held by it.

    Reserve before pick; in each what expires first, out of as few bins as can be. What orders hold stays.
    """
    wanted = Counter[SkuId]()
    for line in do.lines:
        wanted[line.sku_id] += line.qty
    free = await inventory.available(tx, [(sku_id, do.from_warehouse_id) for sku_id in wanted])
    left = {sku_id: min(qty, free[sku_id, do.from_warehouse_id]) for sku_id, qty in wanted.items()}
    takes: list[Take] = []
    for kinds in IN_TURN:
        some = await _take(tx, do.from_warehouse_id, left, kinds)
        for take in some:
            left[take.sku_id] -= take.qty
        takes += some
    got = Counter[SkuId]()
    for take in takes:
        got[take.sku_id] += take.qty
    lines, walk_mm = await _walked(tx, do.from_warehouse_id, takes)
    short = [PlanLine(sku_id=id_, qty=qty - got[id_]) for id_, qty in wanted.items() if qty > got[id_]]
    return TransferPlan(lines=lines, walk_mm=walk_mm, short=short)


async def _take(tx: Tx, warehouse_id: WarehouseId, left: Mapping[SkuId, int], kinds: frozenset[BinKind]) -> list[Take]:
    doc = new_id()
    needs = [Need(doc=doc, sku_id=sku_id, qty=qty) for sku_id, qty in left.items() if qty > 0]
    if not needs:
        return []
    return Shelf(await stands_of(tx, warehouse_id, {need.sku_id for need in needs}, kinds)).take(needs)


async def _walked(tx: Tx, warehouse_id: WarehouseId, takes: list[Take]) -> tuple[list[SentLine], int]:
    """The takes as lines in the order of the way through their bins, and how far that is."""
    by_bin: dict[BinId, list[Take]] = defaultdict(list)
    for take in takes:
        by_bin[BinId(take.bin_id)].append(take)
    (way,) = await ways(tx, warehouse_id, [list(by_bin)])
    bins = await get_bins(tx, set(by_bin))
    lines = [
        SentLine(sku_id=take.sku_id, qty=take.qty, bin=bins[id_].code, lot=take.lot)
        for id_ in way.every
        for take in by_bin[id_]
    ]
    return lines, way.path.length_mm
