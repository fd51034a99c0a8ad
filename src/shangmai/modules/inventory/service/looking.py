"""What other modules ask of stock, without moving any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import queries, rules
from shangmai.modules.inventory.books import stock, value
from shangmai.modules.inventory.contract import AverageCost, Bucket, WarehouseId
from shangmai.modules.inventory.queries import ages


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


async def oldest_days(tx: Tx, wanted: Collection[tuple[SkuId, WarehouseId]]) -> dict[tuple[SkuId, WarehouseId], int]:
    """For how many whole days the oldest sellable pieces have stood at each of these places, first in, first out.

    A place without pieces is left out. In one statement, which reads what came in there; nothing is locked.
    """
    keys = [rules.key(sku_id, warehouse_id, Bucket.SELLABLE) for sku_id, warehouse_id in wanted]
    found = await ages.oldest(tx, keys) if keys else []
    return {(sku_id, warehouse_id): max((tx.now - at).days, 0) for (sku_id, warehouse_id), at in found}


async def held_and_until(tx: Tx, docs: Collection[UUID]) -> tuple[dict[UUID, dict[SkuId, int]], dict[UUID, datetime]]:
    """By document and SKU, the pieces that are held for it still, and what `held_until` tells; in one statement."""
    rows = await queries.held_of(tx, docs)
    return _pieces(rows), _ends(rows)


async def held_until(tx: Tx, docs: Collection[UUID]) -> dict[UUID, datetime]:
    """When what is held for these documents first runs out of time; those that keep it for good are left out."""
    return _ends(await queries.held_of(tx, docs))


def _pieces(rows: Sequence[Record]) -> dict[UUID, dict[SkuId, int]]:
    held: dict[UUID, dict[SkuId, int]] = defaultdict(dict)
    for row in rows:
        held[row["doc"]][row["sku_id"]] = row["pieces"]
    return held


def _ends(rows: Sequence[Record]) -> dict[UUID, datetime]:
    ends: dict[UUID, datetime] = {}
    for row in rows:
        if row["until"] is not None:
            ends[row["doc"]] = min(row["until"], ends.get(row["doc"], row["until"]))
    return ends


async def on_hand(
    tx: Tx, warehouses: Collection[WarehouseId], skus: Collection[SkuId] | None
) -> dict[tuple[WarehouseId, SkuId, str, UUID], int]:
    """By warehouse, SKU, bucket and owner, the pieces on the shelves of these warehouses, all lots together.

    Sellable and defective ones: what is in transit is not there yet. In one statement; nothing is locked.
    """
    rows = await queries.on_shelves(tx, warehouses, skus)
    return {(row["warehouse_id"], row["sku_id"], row["bucket"], row["owner_id"]): row["pieces"] for row in rows}


async def places_of_documents(tx: Tx, documents: Collection[UUID]) -> list[tuple[UUID, WarehouseId, SkuId]]:
    """For which of these documents pieces of which SKU left the shelves of which warehouse."""
    rows = await queries.places_of_documents(tx, documents) if documents else []
    return [(row["doc"], row["warehouse_id"], row["sku_id"]) for row in rows]


async def gone_since(tx: Tx, warehouse_id: WarehouseId, since: datetime) -> dict[SkuId, int]:
    """By SKU, the sellable pieces that customers got from a warehouse since then."""
    return {row["sku_id"]: row["pieces"] for row in await queries.gone_since(tx, warehouse_id, since)}
