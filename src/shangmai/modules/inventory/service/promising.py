"""Holding stock for documents, shipping it, taking it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.books.contract import Divergence, Hold, Moved, Post, Release, Settle, Short
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import queries, rules
from shangmai.modules.inventory.books import stock, value
from shangmai.modules.inventory.contract import Bucket, HoldLine, OutOfStock, Ship, Shipped, TakeBack, WarehouseId


async def hold(tx: Tx, lines: Sequence[HoldLine]) -> dict[UUID, OutOfStock]:
    """Hold sellable pieces for document lines, all lines of a document or none; the documents refused, with why.

    Lines of one document must stand next to each other; the first document in the list is served first.
    """
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
        )
        for line in lines
    ]
    refused: dict[UUID, OutOfStock] = {}
    for line, outcome in zip(lines, await stock.hold(tx, holds), strict=True):
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


async def unit_costs(tx: Tx, wanted: Collection[tuple[SkuId, WarehouseId]]) -> dict[tuple[SkuId, WarehouseId], int]:
    """Give what a sellable piece costs at each of these places, by the moving average, rounded up to the minor unit.

    Minor units of the warehouse's company. A place without pieces has no cost and is left out. Nothing is locked.
    """
    places = list(wanted)
    keys = [rules.key(sku_id, warehouse_id, Bucket.SELLABLE) for sku_id, warehouse_id in places]
    if not keys:
        return {}
    pieces, values = await stock.balances(tx, keys), await value.balances(tx, keys)
    return {
        place: -(-worth // on_hand)
        for place, (on_hand, _, _), (worth, _, _) in zip(places, pieces, values, strict=True)
        if on_hand > 0
    }


async def docs_due(tx: Tx, now: datetime, limit: int = 500) -> list[UUID]:
    """The documents whose holds have run out of time; whoever owns them lets go of them."""
    return await queries.docs_due(tx, now, limit)


async def ship(tx: Tx, parcels: Sequence[Ship]) -> list[Shipped | AppError]:
    """Let held pieces leave, all lines of a parcel or none, and take their cost from the value book."""
    held: dict[UUID, list[Record]] = defaultdict(list)
    for row in await queries.lines_held(tx, {parcel.doc for parcel in parcels}):
        held[row["doc"]].append(row)
    settles = [settle for index, parcel in enumerate(parcels) for settle in _settles(index, parcel, held[parcel.doc])]
    outcomes = await stock.settle(tx, [settle for _, _, settle in settles])
    refused: dict[int, AppError] = {}
    for (index, _, _), outcome in zip(settles, outcomes, strict=True):
        if isinstance(outcome, AppError):
            refused.setdefault(index, outcome)
    costs = await _take_costs(
        tx,
        [
            (index, row, settle, outcome)
            for (index, row, settle), outcome in zip(settles, outcomes, strict=True)
            if isinstance(outcome, Moved) and index not in refused
        ],
    )
    return [refused.get(index) or Shipped(cost_by_line=costs[index]) for index in range(len(parcels))]


def _settles(index: int, parcel: Ship, held: Sequence[Record]) -> list[tuple[int, Record, Settle]]:
    by_line: dict[int, list[Record]] = defaultdict(list)
    for row in held:
        by_line[row["line"]].append(row)
    return [
        (
            index,
            row,
            Settle(
                hold_id=row["id"],
                amount=rules.part(row["amount"], line.qty, line.of),
                item=parcel.item,
                group=index + 1,
            ),
        )
        for line in parcel.lines
        for row in by_line[line.line]
    ]


async def _take_costs(tx: Tx, moved: Sequence[tuple[int, Record, Settle, Moved]]) -> dict[int, dict[int, int]]:
    """Post the cost of what left; by parcel and line."""
    ops = [_cost_op(row, settle, outcome) for _, row, settle, outcome in moved]
    costs: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for (index, row, _, _), outcome in zip(moved, await value.post(tx, ops), strict=True):
        assert isinstance(outcome, Moved), "value stands wherever pieces do"
        costs[index][row["line"]] += outcome.amount
    return costs


def _cost_op(row: Record, settle: Settle, moved: Moved) -> Post:
    account = (row["sku_id"], row["warehouse_id"], row["bucket"], row["lot"], row["owner_id"])
    return Post(
        debit=account,
        credit=rules.elsewhere(account, Bucket.CUSTOMER),
        amount=rules.cost_share(moved.amount, moved.posted_before),
        doc=row["doc"],
        line=row["line"],
        item=settle.item,
    )


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
