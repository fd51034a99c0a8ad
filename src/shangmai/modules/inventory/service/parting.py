"""Parts of what documents hold: letting them leave, giving them back, holding them in another warehouse instead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.books.contract import Allotment, Hold, Moved, Post, Release, Settle, Short
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import queries, rules
from shangmai.modules.inventory.books import stock, value
from shangmai.modules.inventory.contract import (
    Bucket,
    Free,
    HeldAt,
    HeldPart,
    MoveHolds,
    MovePart,
    NotHeld,
    OutOfStock,
    Ship,
    Shipped,
    WarehouseId,
)
from shangmai.modules.inventory.contract.channels import HoldsMoved
from shangmai.modules.inventory.service.allotting import ShopPlace, allotments

Taken = list[tuple[Record, int]]
"""Holds, each with how many of its pieces are taken."""
Held = Mapping[UUID, Mapping[int, Sequence[Record]]]
"""Holds by document and line."""
_Part = TypeVar("_Part", bound=HeldPart)


async def held_at(tx: Tx, docs: Collection[UUID]) -> list[HeldAt]:
    """Give what is held for these documents still, by line, SKU and warehouse; nothing is locked."""
    pieces: dict[tuple[UUID, int, SkuId, WarehouseId], int] = defaultdict(int)
    for row in await queries.lines_held(tx, docs):
        pieces[row["doc"], row["line"], row["sku_id"], row["warehouse_id"]] += row["remaining"]
    return [
        HeldAt(doc=doc, line=line, sku_id=sku_id, warehouse_id=warehouse_id, pieces=count)
        for (doc, line, sku_id, warehouse_id), count in pieces.items()
    ]


async def ship(tx: Tx, parcels: Sequence[Ship]) -> list[Shipped | AppError]:
    """Let held pieces leave, all lines of a parcel or none, and take their cost from the value book.

    No document may be named by two parcels: the second would not see what the first has taken.
    """
    held = await _held(tx, [parcel.doc for parcel in parcels])
    refused: dict[int, AppError] = {}
    settles: list[tuple[int, Record, Settle]] = []
    for index, parcel in enumerate(parcels):
        taken = _take(held[parcel.doc], parcel.lines)
        if isinstance(taken, NotHeld):
            refused[index] = taken
            continue
        group = index if parcel.group is None else parcel.group
        settles += [
            (index, row, Settle(hold_id=row["id"], amount=amount, item=parcel.item, group=("parcel", group)))
            for row, amount in taken
        ]
    together = {parcels[index].group for index in refused} - {None}
    settles = [each for each in settles if parcels[each[0]].group not in together]
    outcomes = await stock.settle(tx, [settle for _, _, settle in settles])
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
    by_group = {parcels[index].group: error for index, error in refused.items() if parcels[index].group is not None}
    return [
        refused.get(index) or by_group.get(parcel.group) or Shipped(cost_by_line=costs[index])
        for index, parcel in enumerate(parcels)
    ]


async def free(tx: Tx, parts: Sequence[Free]) -> None:
    """Give back parts of what documents hold. Raises: NotHeld."""
    held = await _held(tx, [part.doc for part in parts])
    releases = []
    for part in parts:
        taken = _take(held[part.doc], part.lines)
        if isinstance(taken, NotHeld):
            raise taken
        releases += [Release(hold_id=row["id"], amount=amount, item=part.item) for row, amount in taken]
    await stock.release(tx, releases)


async def move_holds(tx: Tx, moves: Sequence[MoveHolds]) -> list[OutOfStock | NotHeld | None]:
    """Hold parts of documents in other warehouses instead, the first move first, each all or none.

    What is held anew does not expire. No document may be named by two moves.
    """
    held = await _held(tx, [move.doc for move in moves])
    refused: dict[int, OutOfStock | NotHeld] = {}
    ops: list[tuple[int, Record, Release | Hold]] = []
    wanted: dict[int, list[tuple[MovePart, Record, int]]] = {}
    for index, move in enumerate(moves):
        found = _split(held[move.doc], move.lines)
        if isinstance(found, NotHeld):
            refused[index] = found
            continue
        wanted[index] = found
    allotted = await allotments(
        tx, [(moves[i].shop_id, row["sku_id"], part.to) for i, some in wanted.items() for part, row, _ in some]
    )
    for index, found in wanted.items():
        move = moves[index]
        ops += [
            (index, row, Release(hold_id=row["id"], amount=amount, item=move.item, group=index + 1))
            for _, row, amount in found
        ]
        ops += [
            (index, row, _hold_there(move, part.to, row, amount, index + 1, allotted)) for part, row, amount in found
        ]
    outcomes = await stock.apply(tx, [op for _, _, op in ops])
    for (index, row, _), outcome in zip(ops, outcomes, strict=True):
        if isinstance(outcome, Short):
            told = outcome.data
            refused[index] = OutOfStock(sku_id=row["sku_id"], wanted=told["wanted"], available=told["available"])
    for index, move in enumerate(moves):
        if index not in refused:
            tx.emit(HoldsMoved(doc=move.doc), move.item)
    return [refused.get(index) for index in range(len(moves))]


async def _held(tx: Tx, docs: Sequence[UUID]) -> Held:
    assert len(docs) == len(set(docs)), "each document once: the second would not see what the first has taken"
    held: dict[UUID, dict[int, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for row in await queries.lines_held(tx, docs) if docs else []:
        held[row["doc"]][row["line"]].append(row)
    return held


def _take(held: Mapping[int, Sequence[Record]], parts: Sequence[HeldPart]) -> Taken | NotHeld:
    """The holds that these parts of one document take from, those made first in front."""
    found = _split(held, parts)
    if isinstance(found, NotHeld):
        return found
    amounts: dict[UUID, int] = defaultdict(int)
    rows = {row["id"]: row for _, row, _ in found}
    for _, row, amount in found:
        amounts[row["id"]] += amount
    return [(rows[id_], amount) for id_, amount in amounts.items()]


def _split(held: Mapping[int, Sequence[Record]], parts: Sequence[_Part]) -> list[tuple[_Part, Record, int]] | NotHeld:
    """The same part by part: the holds of each, with how many of their pieces it takes."""
    gone: dict[UUID, int] = defaultdict(int)
    found: list[tuple[_Part, Record, int]] = []
    for part in parts:
        for sku_id, rows in _by_sku(held.get(part.line, ())).items():
            all_held = sum(row["remaining"] for row in rows)
            wanted = part.qty if sku_id == part.sku_id else rules.pieces_of(all_held, part.qty, part.left)
            there = [row for row in rows if part.warehouse_id in (None, row["warehouse_id"])]
            has = sum(row["remaining"] - gone[row["id"]] for row in there)
            if wanted is None or wanted > has:
                return NotHeld(line=part.line, held=has, wanted=part.qty if wanted is None else wanted)
            for row in there:
                amount = min(wanted, row["remaining"] - gone[row["id"]])
                gone[row["id"]] += amount
                wanted -= amount
                if amount:
                    found.append((part, row, amount))
    return found


def _by_sku(rows: Sequence[Record]) -> Mapping[UUID, Sequence[Record]]:
    by_sku: dict[UUID, list[Record]] = defaultdict(list)
    for row in rows:
        by_sku[row["sku_id"]].append(row)
    return by_sku


def _hold_there(
    move: MoveHolds, to: WarehouseId, row: Record, amount: int, group: int, allotted: Mapping[ShopPlace, Allotment]
) -> Hold:
    account = rules.key(row["sku_id"], to, Bucket.SELLABLE, row["lot"], row["owner_id"])
    return Hold(
        id=new_id(),
        debit=account,
        credit=rules.elsewhere(account, Bucket.CUSTOMER),
        amount=amount,
        doc=move.doc,
        line=row["line"],
        item=move.item,
        group=group,
        allotment=allotted.get((move.shop_id, row["sku_id"], to)),
    )


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
