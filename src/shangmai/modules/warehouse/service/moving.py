"""Moving pieces between bins, into them and out of them: what every other part of the floor does it with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from shangmai.kernel.books.contract import LinkedItemRefused, Moved, Post, Short
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import Bucket, WarehouseId
from shangmai.modules.warehouse.books import bin_key, bins
from shangmai.modules.warehouse.contract.pieces import BinMove, BinShort, InBin, SameBin, TooWarmOrCold, Unplaced
from shangmai.modules.warehouse.contract.places import Bin, BinClosed, BinId, BinKind, BinNotFound
from shangmai.modules.warehouse.queries import pieces as queries
from shangmai.modules.warehouse.queries import places
from shangmai.modules.warehouse.queries.pieces import Goods
from shangmai.modules.warehouse.rules import placing as rules

Outcome = Moved | AppError
SHELVES: Final = frozenset({BinKind.PICK, BinKind.RESERVE})


async def take(tx: Tx, moves: Sequence[BinMove]) -> list[Outcome]:
    """Take pieces out of bins, into other bins or out of all (`to` is None); one answer each.

    First come, first served; what is held for tasks is not taken. Refusals: BinShort, BinClosed,
    BinNotFound, SameBin, TooWarmOrCold.
    """
    assert all(move.origin is not None for move in moves), "what comes from outside of the bins is placed"
    return await _move(tx, moves, None)


async def place(tx: Tx, moves: Sequence[BinMove]) -> list[Outcome]:
    """Put pieces into bins: unplaced ones, or, where `origin` is given, out of that bin; one answer each.

    Pieces of one warehouse are placed one transaction after the other: call `wait_turn` before anything of the bins is
    locked where the same transaction takes too. Refusals: those of `take`, and NotUnplaced, BucketNotInBins.
    """
    await wait_turn(tx, {move.warehouse_id for move in moves})
    fresh = [move for move in moves if move.origin is None]
    free = await unplaced_of(tx, {m.warehouse_id for m in fresh}, {m.sku_id for m in fresh}) if fresh else {}
    return await _move(tx, moves, free)


async def wait_turn(tx: Tx, warehouses: Collection[WarehouseId]) -> None:
    """Let no other transaction place pieces in these warehouses until this one ends; taking goes on."""
    for warehouse_id in sorted(warehouses):
        await queries.wait_turn(tx, warehouse_id)


async def unplaced_of(tx: Tx, warehouses: Collection[WarehouseId], skus: Collection[SkuId] | None) -> dict[Goods, int]:
    """How many pieces wait to be put away: what the stock book has less what lies in bins; may be below zero.

    Two statements, bins first: pieces that leave both books between them make it too low, never too high, so nothing is
    put away that is not there. Whoever must have it exactly locks the goods before (`queries.lock_goods`).
    """
    placed = await queries.placed(tx, warehouses, skus)
    on_hand = await inventory.on_hand(tx, warehouses, skus)
    return {goods: on_hand.get(goods, 0) - placed.get(goods, 0) for goods in on_hand.keys() | placed.keys()}


async def list_unplaced(tx: Tx, warehouse_id: WarehouseId) -> list[Unplaced]:
    """What the stock book and the bins of a warehouse do not agree on, by SKU; the rest is left out."""
    on_hand = await inventory.on_hand(tx, [warehouse_id], None)
    placed = await queries.placed(tx, [warehouse_id], None)
    return [
        Unplaced(
            warehouse_id=warehouse_id,
            sku_id=sku_id,
            bucket=Bucket(bucket),
            owner_id=owner_id,
            on_hand=there,
            in_bins=here,
            unplaced=there - here,
        )
        for goods in sorted(on_hand.keys() | placed.keys())
        for _, sku_id, bucket, owner_id in [goods]
        for there, here in [(on_hand.get(goods, 0), placed.get(goods, 0))]
        if there != here
    ]


async def in_bins(tx: Tx, warehouse_id: WarehouseId, skus: Collection[SkuId]) -> list[InBin]:
    """What lies in a warehouse's bins of these SKUs, all buckets and lots; nothing is locked."""
    return await queries.in_bins(tx, warehouse_id, skus, None) if skus else []


async def _move(tx: Tx, moves: Sequence[BinMove], unplaced: Mapping[Goods, int] | None) -> list[Outcome]:
    known = await places.get_bins(tx, {id_ for m in moves for id_ in (m.origin, m.to) if id_ is not None})
    answers: dict[int, Outcome] = {**_impossible(moves, known), **await _too_warm_or_cold(tx, moves, known)}
    going = _left(moves, answers)
    if unplaced is not None:
        refused = rules.refusals([moves[n] for n in going], unplaced)
        answers |= {going[n]: why for n, why in refused.items()}
        going = _left(moves, answers)
    outcomes = await bins.post(tx, [_post(moves[n]) for n in going])
    answers |= {n: _told(moves[n], outcome, known) for n, outcome in zip(going, outcomes, strict=True)}
    return [answers.get(n) or LinkedItemRefused() for n in range(len(moves))]


def _left(moves: Sequence[BinMove], answers: Mapping[int, Outcome]) -> list[int]:
    """The moves that have no answer yet, nor has any of their group."""
    barred = {moves[n].group for n in answers} - {None}
    return [n for n, move in enumerate(moves) if n not in answers and move.group not in barred]


def _impossible(moves: Sequence[BinMove], known: Mapping[BinId, Bin]) -> dict[int, AppError]:
    """The moves that name what is not there or not open."""
    found: dict[int, AppError] = {}
    for n, move in enumerate(moves):
        here = [id_ for id_ in (move.origin, move.to) if id_ is not None]
        strange = next((i for i in here if i not in known or known[i].warehouse_id != move.warehouse_id), None)
        if strange is not None:
            found[n] = BinNotFound(bin=strange)
        elif move.origin == move.to:
            found[n] = SameBin(bin=known[here[0]].code)
        elif move.to is not None and not known[move.to].active:
            found[n] = BinClosed(bin=known[move.to].code)
    return found


async def _too_warm_or_cold(tx: Tx, moves: Sequence[BinMove], known: Mapping[BinId, Bin]) -> dict[int, AppError]:
    """The moves onto shelves that are not kept as the goods need it; on the way in and out they may stand anywhere."""
    targets = {n: known[m.to] for n, m in enumerate(moves) if m.to is not None and m.to in known}
    shelved = {n: bin_ for n, bin_ in targets.items() if bin_.kind in SHELVES}
    handling = await catalog.handling_of(tx, {moves[n].sku_id for n in shelved})
    return {
        n: TooWarmOrCold(sku_id=moves[n].sku_id, bin=bin_.code, wanted=wanted.value, found=bin_.temperature.value)
        for n, bin_ in shelved.items()
        if (wanted := handling[moves[n].sku_id].temperature) is not bin_.temperature
    }


def _post(move: BinMove) -> Post:
    goods = (move.sku_id, move.bucket, move.lot, move.owner_id)
    return Post(
        debit=bin_key(move.warehouse_id, move.origin, *goods),
        credit=bin_key(move.warehouse_id, move.to, *goods),
        amount=move.qty,
        doc=move.doc,
        line=move.line,
        item=move.item,
        group=move.group,
    )


def _told(move: BinMove, outcome: Outcome, known: Mapping[BinId, Bin]) -> Outcome:
    """A shortage in words of the floor."""
    if not isinstance(outcome, Short):
        return outcome
    assert move.origin is not None
    told = outcome.data
    return BinShort(bin=known[move.origin].code, sku_id=move.sku_id, wanted=told["wanted"], available=told["available"])
