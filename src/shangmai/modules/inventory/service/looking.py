"""What other modules ask of stock, without moving any."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import queries, rules
from shangmai.modules.inventory.books import stock, value
from shangmai.modules.inventory.contract import AverageCost, Bucket, WarehouseId


async def skus_of_documents(tx: Tx, documents: Collection[UUID]) -> set[SkuId]:
    """The SKUs on the lines of these stock documents."""
    return await queries.skus_of_documents(tx, documents)


async def average_costs(
    tx: Tx, wanted: Collection[tuple[SkuId, WarehouseId]]
) -> dict[tuple[SkuId, WarehouseId], AverageCost]:
    """What sellable pieces cost at each of these places now, in two statements; nothing is locked."""
    places = list(wanted)
    keys = [rules.key(sku_id, warehouse_id, Bucket.SELLABLE) for sku_id, warehouse_id in places]
    pieces = await stock.balances(tx, keys) if keys else []
    worth = await value.balances(tx, keys) if keys else []
    return {
        place: AverageCost(value_minor, posted)
        for place, (posted, _, _), (value_minor, _, _) in zip(places, pieces, worth, strict=True)
    }
