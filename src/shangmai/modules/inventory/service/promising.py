"""Holding stock for documents, and taking it back from customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from shangmai.kernel.books.contract import Divergence, Hold, Post, Release, Short
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import queries, rules
from shangmai.modules.inventory.books import stock, value
from shangmai.modules.inventory.contract import Bucket, HoldLine, OutOfStock, TakeBack, WarehouseId
from shangmai.modules.inventory.service.allotting import allotments


async def hold(
    tx: Tx, lines: Sequence[HoldLine], divided: Collection[WarehouseId] | None = None, *, presume: bool = False
) -> dict[UUID, OutOfStock]:
    """Hold sellable pieces for document lines, all lines of a document or none; the documents refused, with why.

    Lines of one document must stand next to each other; the first document in the list is served first. What other
    shops have for themselves is not available, and a shop's locked pieces go first. `divided`: the warehouses that
    shops divide, where the caller has asked already.
    """
    allotted = await allotments(tx, [(line.shop_id, line.sku_id, line.warehouse_id) for line in lines], divided)
    holds = [
        Hold(
            id=new_id(),
            debit=(account := rules.key(line.sku_id, line.warehouse_id, Bucket.SELLABLE)),
            credit=rules.elsewhere(account, Bucket.CUSTOMER),
            amount=line.qty,
            doc=line.doc,
            line=line.line,
            item=line.item,
            group=line.doc,
            expires_at=line.expires_at,
            allotment=allotted.get((line.shop_id, line.sku_id, line.warehouse_id)),
        )
        for line in lines
    ]
    refused: dict[UUID, OutOfStock] = {}
    for line, outcome in zip(lines, await stock.hold(tx, holds, presume=presume), strict=True):
        if isinstance(outcome, Short):
            told = outcome.data
            refused[line.doc] = OutOfStock(sku_id=line.sku_id, wanted=told["wanted"], available=told["available"])
    return refused


async def release(tx: Tx, docs: Mapping[UUID, Item]) -> dict[UUID, int]:
    """Give back all that is still held for these documents; the pieces released of each."""
    held = await stock.open_holds(tx, docs.keys())
    await stock.release(tx, [Release(hold_id=row["id"], item=docs[row["doc"]]) for row in held])
    released: dict[UUID, int] = defaultdict(int)
    for row in held:
        released[row["doc"]] += row["remaining"]
    return released


async def keep(tx: Tx, docs: Collection[UUID]) -> None:
    """Let what is held for these documents not expire any more."""
    await queries.keep_holds(tx, docs)


async def available(tx: Tx, wanted: Collection[tuple[SkuId, WarehouseId]]) -> dict[tuple[SkuId, WarehouseId], int]:
    """Give how many sellable pieces can be held at each of these places, in one statement; nothing is locked."""
    places = list(wanted)
    keys = [rules.key(sku_id, warehouse_id, Bucket.SELLABLE) for sku_id, warehouse_id in places]
    balances = await stock.balances(tx, keys) if keys else []
    return {place: max(posted - held - floor, 0) for place, (posted, held, floor) in zip(places, balances, strict=True)}


async def on_the_way(tx: Tx, wanted: Collection[tuple[SkuId, WarehouseId]]) -> dict[tuple[SkuId, WarehouseId], int]:
    """Give how many pieces are in transit to each of these places, in one statement; nothing is locked."""
    places = list(wanted)
    keys = [rules.key(sku_id, warehouse_id, Bucket.IN_TRANSIT) for sku_id, warehouse_id in places]
    balances = await stock.balances(tx, keys) if keys else []
    return {place: posted for place, (posted, _, _) in zip(places, balances, strict=True)}


async def unit_costs(tx: Tx, wanted: Collection[tuple[SkuId, WarehouseId]]) -> dict[tuple[SkuId, WarehouseId], int]:
    """Give what a sellable piece costs at each of these places, by the moving average, rounded up to the minor unit.

    Minor units of the warehouse's company. A place without pieces has no cost and is left out. In
    one statement; nothing is locked.
    """
    places = list(wanted)
    keys = [rules.key(sku_id, warehouse_id, Bucket.SELLABLE) for sku_id, warehouse_id in places]
    if not keys:
        return {}
    found = await queries.pieces_and_worth(tx, keys)
    return {place: -(-found[key][1] // found[key][0]) for place, key in zip(places, keys, strict=True) if key in found}


async def docs_due(tx: Tx, now: datetime, limit: int = 500) -> list[UUID]:
    """The documents whose holds have run out of time; whoever owns them lets go of them."""
    return await queries.docs_due(tx, now, limit)


async def take_back(tx: Tx, lines: Sequence[TakeBack]) -> None:
    """Let pieces come back from customers at the cost they had left with."""
    pieces, costs = [], []
    for line in lines:
        account = rules.key(line.sku_id, line.warehouse_id, line.bucket)
        post: dict[str, Any] = {
            "debit": rules.elsewhere(account, Bucket.CUSTOMER),
            "credit": account,
            "doc": line.doc,
            "line": line.line,
            "item": line.item,
        }
        pieces.append(Post(amount=line.qty, **post))
        if line.cost_minor:
            costs.append(Post(amount=line.cost_minor, **post))
    await stock.post(tx, pieces)
    await value.post(tx, costs)


async def prove(tx: Tx) -> list[Divergence]:
    """Both books re-added, and no value without pieces."""
    orphans = [
        Divergence("value", "value without pieces", str(row["id"]), row["value_minor"], row["pieces"])
        for row in await queries.orphan_value(tx)
    ]
    return await stock.prove(tx) + await value.prove(tx) + orphans
