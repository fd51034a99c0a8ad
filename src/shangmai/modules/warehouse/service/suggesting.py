"""Suggesting bins for what is to be put away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId, SkuNotFound
from shangmai.modules.catalog.contract.handling import Handling
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.pieces import InBin
from shangmai.modules.warehouse.contract.places import Bin, BinId
from shangmai.modules.warehouse.contract.suggesting import PutAwayPlan, Turnover
from shangmai.modules.warehouse.queries import pieces, places
from shangmai.modules.warehouse.rules import suggesting as rules
from shangmai.modules.warehouse.rules import turnover
from shangmai.modules.warehouse.service.moving import SHELVES

WINDOW: Final = timedelta(days=30)
MM3_IN_CM3: Final = 1000


async def suggest_bins(tx: Tx, warehouse_id: WarehouseId, sku_id: SkuId, qty: int, lot: str = "") -> PutAwayPlan:
    """Into which bins pieces should be put, and why; nothing is reserved by it.

    Never into a zone of another temperature, a closed bin, or one that it would overfill. Raises: SkuNotFound.
    """
    lying: dict[BinId, list[InBin]] = defaultdict(list)
    for each in await pieces.in_bins(tx, warehouse_id, None, None):
        lying[each.bin_id].append(each)
    ids = {each.sku_id for some in lying.values() for each in some} | {sku_id}
    skus, handling = await catalog.get_skus(tx, ids), await catalog.handling_of(tx, ids)
    if sku_id not in skus:
        raise SkuNotFound(sku=sku_id)
    bins = await places.list_bins(tx, warehouse_id, None, None, "", None)
    shelves = [
        rules.Shelf(bin=bin_, lying=lying[bin_.id], room=_room(bin_, lying[bin_.id], sku_id, skus, handling))
        for bin_ in bins
        if bin_.active and bin_.kind in SHELVES and bin_.temperature is handling[sku_id].temperature
    ]
    return rules.plan(shelves, sku_id, lot, qty, (await turnover_of(tx, warehouse_id, [sku_id]))[sku_id])


async def turnover_of(tx: Tx, warehouse_id: WarehouseId, skus: Collection[SkuId]) -> dict[SkuId, Turnover]:
    """How fast each of these SKUs moved out of a warehouse in the last 30 days, among all that did."""
    found = turnover.classes(await inventory.gone_since(tx, warehouse_id, tx.now - WINDOW))
    return {sku_id: found.get(sku_id, Turnover.C) for sku_id in skus}


def _room(
    bin_: Bin, lying: Sequence[InBin], sku_id: SkuId, skus: Mapping[SkuId, Sku], handling: Mapping[SkuId, Handling]
) -> int | None:
    """How many pieces fit by volume and by weight; what is not measured takes no room."""
    volume = sum(handling[each.sku_id].volume_mm3 * each.on_hand for each in lying)
    weight = sum(skus[each.sku_id].weight_g * each.on_hand for each in lying if each.sku_id in skus)
    most_mm3 = None if bin_.volume_max_cm3 is None else bin_.volume_max_cm3 * MM3_IN_CM3
    fits = [
        rules.room(most_mm3, volume, handling[sku_id].volume_mm3),
        rules.room(bin_.weight_max_g, weight, skus[sku_id].weight_g),
    ]
    return min((each for each in fits if each is not None), default=None)
