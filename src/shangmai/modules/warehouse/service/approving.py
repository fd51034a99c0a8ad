"""Approving counts: differences worked out as of when each bin was looked at, and posted to both books together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from shangmai.kernel.actions.contract import action
from shangmai.kernel.books.contract import Post, Short
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import (
    NOBODY,
    Adjust,
    AdjustLine,
    AdjustReason,
    Bucket,
    OutOfStock,
    WarehouseId,
)
from shangmai.modules.warehouse.books import bin_key, bins
from shangmai.modules.warehouse.contract.counts import (
    TARGET_BP,
    ApproveCount,
    CountApproved,
    CountedBin,
    CountedGoods,
    CountEnded,
    CountId,
    CountNotFound,
    CountStatus,
    CountUnfinished,
    DayAccuracy,
    Difference,
    NotInCount,
    OwnCount,
    RecountNeeded,
    SkuAccuracy,
    StockAccuracy,
    StockCount,
)
from shangmai.modules.warehouse.contract.places import BinId
from shangmai.modules.warehouse.queries import counts as queries
from shangmai.modules.warehouse.queries import pieces
from shangmai.modules.warehouse.rules import counting as rules
from shangmai.modules.warehouse.service.counting import chosen, get_count, lock_open, warehouses_of_counts
from shangmai.modules.warehouse.service.moving import unplaced_of, wait_turn
from shangmai.modules.warehouse.service.places import floor_policies
from shangmai.modules.warehouse.service.receiving import each_alone

LINES_MAX: Final = 2000
Goods = tuple[SkuId, Bucket]


@action(
    "warehouse.approve_count",
    grant="warehouse.approve_count",
    many=True,
    scopes_of=warehouses_of_counts,
    errors=[CountNotFound, CountEnded, NotInCount, CountUnfinished, OwnCount, RecountNeeded, OutOfStock],
)
async def approve_count(tx: Tx, do: Sequence[ApproveCount]) -> list[StockCount | AppError]:
    """Let the book be what was counted, in all bins of a count or in some. Event warehouse.count_approved.v1.

    In this transaction: each bin's difference to what the book had when it was looked at, in the bin book; what that
    makes for a SKU in all bins together, and its cost, in the stock book (inventory.adjusted.v1). What was only in
    another bin changes the bin book alone. What was measured is kept for the accuracy of stock. Locks placing in the
    warehouse, then the count, then the bins' accounts
    and those of the goods that differ.
    """
    places = await queries.warehouses_of(tx, {each.count_id for each in do})
    await wait_turn(tx, set(places.values()))
    return await each_alone(tx, do, _approve)


async def _approve(tx: Tx, do: ApproveCount, item: Item) -> StockCount:
    count = await lock_open(tx, do.count_id)
    counted = chosen(count, do.bins)
    await _check(tx, count, counted, item)
    await queries.lock_bins(tx, [each.bin_id for each in counted])
    found = await _differences(tx, counted)
    off = [each for each in found if each.difference]
    documents = await _post(tx, count, off, item)
    await queries.insert_results(tx, count, found, item)
    await queries.end_bins(tx, count.id, [each.bin_id for each in counted], approved=True)
    if all(each in counted for each in count.bins if each.open):
        await queries.end_count(tx, count.id, CountStatus.APPROVED, item.now)
    tx.emit(_told(count, len(counted), off, documents), item)
    return await get_count(tx, count.id)


async def differences_of(tx: Tx, id_: CountId) -> list[Difference]:
    """What was counted beside what the book had when each bin was looked at, those that differ first.

    Of bins that are approved, as it was then. Raises: CountNotFound.
    """
    count = await get_count(tx, id_)
    return sorted(
        await _differences(tx, [each for each in count.bins if each.open and each.looked_at is not None]),
        key=lambda each: (-abs(each.difference), each.bin, each.sku_id, each.lot),
    )


async def expected_in(tx: Tx, count: StockCount) -> dict[BinId, list[CountedGoods]]:
    """What the book has now in the bins of a count that are still to be counted."""
    waiting = [each.bin_id for each in count.bins if each.open and each.looked_at is None]
    found: dict[BinId, list[CountedGoods]] = {bin_id: [] for bin_id in waiting}
    for each in await pieces.in_bins(tx, count.warehouse_id, None, waiting):
        found[each.bin_id].append(CountedGoods(sku_id=each.sku_id, qty=each.on_hand, bucket=each.bucket, lot=each.lot))
    return found


async def stock_accuracy(tx: Tx, warehouse_id: WarehouseId, sku_id: SkuId | None, since: date) -> StockAccuracy:
    """How far the book was right where it was counted since a day: 1 − Σ|counted − system| ÷ Σ counted."""
    by_day = await queries.days(tx, warehouse_id, sku_id, since)
    worst = await queries.worst_skus(tx, warehouse_id, sku_id, since, 50)
    counted, off = sum(row["counted"] for row in by_day), sum(row["off"] for row in by_day)
    return StockAccuracy(
        warehouse_id=warehouse_id,
        since=since,
        counted=counted,
        off=off,
        accuracy_bp=rules.accuracy_bp(counted, off),
        target_bp=TARGET_BP,
        days=[
            DayAccuracy(on=r["counted_on"], counted=r["counted"], off=r["off"], accuracy_bp=rules.accuracy_bp(*r[1:]))
            for r in by_day
        ],
        skus=[
            SkuAccuracy(sku_id=r["sku_id"], counted=r["counted"], off=r["off"], accuracy_bp=rules.accuracy_bp(*r[1:]))
            for r in worst
        ],
    )


async def _check(tx: Tx, count: StockCount, counted: Sequence[CountedBin], item: Item) -> None:
    missing = [each.code for each in counted if each.looked_at is None]
    if missing:
        raise CountUnfinished(bin=missing[0], others=len(missing) - 1)
    if (await floor_policies(tx, [count.warehouse_id]))[count.warehouse_id].four_eyes:
        for own in (each.code for each in counted if each.counted_by == item.actor.id):
            raise OwnCount(bin=own)


async def _differences(tx: Tx, counted: Sequence[CountedBin]) -> list[Difference]:
    looks = {each.bin_id: each.looked_at for each in counted if each.looked_at is not None}
    book: dict[BinId, dict[tuple[SkuId, Bucket, str], tuple[int, int]]] = defaultdict(dict)
    for row in await queries.lying_then(tx, looks):
        goods = (row["sku_id"], Bucket(row["bucket"]), row["lot"])
        book[row["bin_id"]][goods] = (rules.system_then(row["posted"], row["moved"]), row["moved"])
    return [each for bin_ in counted for each in _in_bin(bin_, book[bin_.bin_id])]


def _in_bin(bin_: CountedBin, book: Mapping[tuple[SkuId, Bucket, str], tuple[int, int]]) -> Iterator[Difference]:
    assert bin_.looked_at is not None
    found = {(each.sku_id, each.bucket, each.lot): each.qty for each in bin_.found}
    for goods in sorted(found.keys() | book.keys(), key=str):
        system, moved = book.get(goods, (0, 0))
        counted = found.get(goods, 0)
        if system or counted:
            yield Difference(
                bin_id=bin_.bin_id,
                bin=bin_.code,
                sku_id=goods[0],
                bucket=goods[1],
                lot=goods[2],
                looked_at=bin_.looked_at,
                system=system,
                counted=counted,
                difference=counted - system,
                moved_since=moved,
            )


async def _post(tx: Tx, count: StockCount, off: Sequence[Difference], item: Item) -> list[UUID]:
    """Post the differences to both books; the stock documents that were needed. Raises: RecountNeeded, OutOfStock."""
    skus = {each.sku_id for each in off}
    await pieces.lock_goods(tx, [count.warehouse_id], skus)
    unplaced = await unplaced_of(tx, [count.warehouse_id], skus)
    outcomes = await bins.post(tx, [_bin_post(count, each, n, item) for n, each in enumerate(off, 1)])
    for each, outcome in zip(off, outcomes, strict=True):
        if isinstance(outcome, Short):
            raise RecountNeeded(bin=each.bin)
    net: Counter[Goods] = Counter()
    for each in off:
        net[each.sku_id, each.bucket] += each.difference
    lines = [
        AdjustLine(sku_id=sku_id, bucket=bucket, qty=qty)
        for (sku_id, bucket), count_ in sorted(net.items())
        if (qty := rules.adjustment(count_, unplaced.get((count.warehouse_id, sku_id, bucket.value, NOBODY), 0)))
    ]
    return await _adjust(tx, count, lines, item)


def _bin_post(count: StockCount, each: Difference, line: int, item: Item) -> Post:
    goods = (each.sku_id, each.bucket, each.lot)
    here = bin_key(count.warehouse_id, each.bin_id, *goods)
    outside = bin_key(count.warehouse_id, None, *goods)
    debit, credit = (here, outside) if each.difference < 0 else (outside, here)
    return Post(
        debit=debit, credit=credit, amount=abs(each.difference), doc=count.id, line=line, item=item, group=count.id
    )


async def _adjust(tx: Tx, count: StockCount, lines: Sequence[AdjustLine], item: Item) -> list[UUID]:
    documents = [
        Adjust(
            warehouse_id=count.warehouse_id,
            reason=AdjustReason.COUNT,
            reference=count.number,
            lines=list(lines[start : start + LINES_MAX]),
        )
        for start in range(0, len(lines), LINES_MAX)
    ]
    ids = []
    for posted in await inventory.post_adjustments(tx, documents, [item] * len(documents)) if documents else []:
        if isinstance(posted, AppError):
            raise posted
        ids.append(posted.id)
    return ids


def _told(count: StockCount, bins_: int, off: Collection[Difference], documents: list[UUID]) -> CountApproved:
    return CountApproved(
        count_id=count.id,
        number=count.number,
        warehouse_id=count.warehouse_id,
        bins=bins_,
        gained=sum(max(each.difference, 0) for each in off),
        lost=sum(max(-each.difference, 0) for each in off),
        document_ids=documents,
    )
