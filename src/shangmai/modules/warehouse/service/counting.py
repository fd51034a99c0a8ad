"""Stock counts: opened over bins, counted by whoever stands there, approved into both books."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from shangmai.kernel.actions.contract import Scope, action
from shangmai.kernel.clock import business_day
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuNotFound
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId, WarehouseNotFound
from shangmai.modules.warehouse.contract.counts import (
    BinInOtherCount,
    CancelCount,
    CountBin,
    CountCanceled,
    CountedBin,
    CountEnded,
    CountId,
    CountKind,
    CountNotFound,
    CountOpened,
    CountProposal,
    CountStatus,
    LookedAtWrong,
    NothingToCount,
    NotInCount,
    OpenCount,
    StockCount,
)
from shangmai.modules.warehouse.contract.pieces import BucketNotInBins
from shangmai.modules.warehouse.contract.places import BinId, BinNotFound
from shangmai.modules.warehouse.contract.suggesting import Turnover
from shangmai.modules.warehouse.queries import counts as queries
from shangmai.modules.warehouse.rules import counting as rules
from shangmai.modules.warehouse.rules.placing import IN_BINS
from shangmai.modules.warehouse.service.moving import unplaced_of
from shangmai.modules.warehouse.service.places import bins_by_code
from shangmai.modules.warehouse.service.suggesting import turnover_of

GRANT: Final = "warehouse.count"


@action(
    "warehouse.open_count",
    grant="warehouse.open_count",
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[WarehouseNotFound, BinNotFound, BinInOtherCount, NothingToCount],
)
async def open_count(tx: Tx, do: OpenCount) -> StockCount:
    """Open a count of bins; work there goes on. Event warehouse.count_opened.v1.

    Raises: WarehouseNotFound, BinNotFound, BinInOtherCount, NothingToCount.
    """
    warehouse = (await inventory.get_warehouses(tx, [do.warehouse_id])).get(do.warehouse_id)
    if warehouse is None:
        raise WarehouseNotFound(warehouse_id=do.warehouse_id)
    bins = await _bins_of(tx, do)
    if not bins:
        raise NothingToCount()
    for bin_id, number in (await queries.being_counted(tx, bins)).items():
        raise BinInOtherCount(bin=bins[bin_id], number=number)
    number = (await next_numbers(tx, "SC", [tx.now]))[0]
    count = await get_count(tx, await queries.insert_count(tx, do, warehouse, number, bins))
    tx.emit(CountOpened(count_id=count.id, number=number, warehouse_id=warehouse.id, kind=count.kind, bins=len(bins)))
    return count


@action(
    "warehouse.count_bin",
    grant=GRANT,
    errors=[CountNotFound, CountEnded, NotInCount, LookedAtWrong, BucketNotInBins, SkuNotFound],
)
async def count_bin(tx: Tx, do: CountBin) -> StockCount:
    """Say all that lies in a bin of a count; again, it replaces what was said before. Nothing is posted yet.

    Raises: CountNotFound, CountEnded, NotInCount, LookedAtWrong, BucketNotInBins, SkuNotFound.
    """
    count = await lock_open(tx, do.count_id)
    bin_ = next((each for each in count.bins if each.code == do.bin and each.open), None)
    if bin_ is None:
        raise NotInCount(bin=do.bin)
    looked_at = do.looked_at or tx.now
    if not count.opened_at <= looked_at <= tx.now:
        raise LookedAtWrong(looked_at=looked_at)
    await _check_goods(tx, do)
    await queries.note_found(tx, count.id, bin_.bin_id, rules.merged(do.found), looked_at)
    return await get_count(tx, count.id)


@action("warehouse.cancel_count", grant="warehouse.open_count", errors=[CountNotFound])
async def cancel_count(tx: Tx, do: CancelCount) -> StockCount:
    """Give up what is open of a count; what was approved of it stays. Event warehouse.count_canceled.v1.

    One that has ended is answered as it is. Raises: CountNotFound.
    """
    count = await queries.lock_count(tx, do.count_id)
    if count is None:
        raise CountNotFound(count_id=do.count_id)
    if count.status is CountStatus.OPEN:
        ended = [each.bin_id for each in count.bins if not each.open]
        await queries.end_bins(tx, count.id, [each.bin_id for each in count.bins], approved=False)
        await queries.end_count(tx, count.id, CountStatus.APPROVED if ended else CountStatus.CANCELED, tx.now)
        tx.emit(CountCanceled(count_id=count.id, number=count.number, warehouse_id=count.warehouse_id))
    return await get_count(tx, count.id)


async def get_count(tx: Tx, id_: CountId) -> StockCount:
    """The count, with its bins in the order of a walk. Raises: CountNotFound."""
    count = await queries.find_count(tx, id_)
    if count is None:
        raise CountNotFound(count_id=id_)
    return count


async def lock_open(tx: Tx, id_: CountId) -> StockCount:
    """The open count, locked. Raises: CountNotFound, CountEnded."""
    count = await queries.lock_count(tx, id_)
    if count is None:
        raise CountNotFound(count_id=id_)
    if count.status is not CountStatus.OPEN:
        raise CountEnded(number=count.number, status=count.status.value)
    return count


async def warehouses_of_counts(tx: Tx, do: Sequence[Any]) -> list[Scope | None]:
    """The warehouse of each item's count; None where there is no such count."""
    found = await queries.warehouses_of(tx, {each.count_id for each in do})
    return [{"warehouse": found[each.count_id]} if each.count_id in found else None for each in do]


async def propose_counts(tx: Tx, warehouse_id: WarehouseId, kind: CountKind, most: int) -> list[CountProposal]:
    """The bins that should be counted next, by class or by risk, and why."""
    facts = await _facts(tx, warehouse_id)
    return rules.risk(facts, most) if kind is CountKind.RISK else rules.cycle(facts, business_day(tx.now), most)


async def _bins_of(tx: Tx, do: OpenCount) -> dict[BinId, str]:
    if do.kind is CountKind.CHOSEN:
        return {bin_.id: code for code, bin_ in (await bins_by_code(tx, do.warehouse_id, do.bins)).items()}
    return {each.bin_id: each.bin for each in await propose_counts(tx, do.warehouse_id, do.kind, do.bins_max)}


async def _facts(tx: Tx, warehouse_id: WarehouseId) -> list[rules.BinFacts]:
    rows = await queries.facts(tx, warehouse_id)
    turnover = await turnover_of(tx, warehouse_id, {sku_id for row in rows for sku_id in row["skus"]})
    left = await unplaced_of(tx, [warehouse_id], None)
    beyond = {sku_id for (_, sku_id, _, _), count in left.items() if count < 0}
    return [
        rules.BinFacts(
            bin_id=row["bin_id"],
            code=row["code"],
            last_counted_on=business_day(row["looked_at"]) if row["looked_at"] else None,
            moves=row["moves"],
            skus=len(row["skus"]),
            lots=row["lots"],
            was_off=row["was_off"],
            beyond_stock=not beyond.isdisjoint(row["skus"]),
            turnover=min((turnover[sku_id] for sku_id in row["skus"]), default=Turnover.C),
        )
        for row in rows
    ]


async def _check_goods(tx: Tx, do: CountBin) -> None:
    if strange := next((each.bucket for each in do.found if each.bucket not in IN_BINS), None):
        raise BucketNotInBins(bucket=strange.value)
    wanted = {each.sku_id for each in do.found}
    for missing in wanted - (await catalog.get_skus(tx, wanted)).keys():
        raise SkuNotFound(sku=missing)


def chosen(count: StockCount, codes: Collection[str]) -> list[CountedBin]:
    """The open bins of these codes, or all open ones. Raises: NotInCount."""
    here = {each.code: each for each in count.bins if each.open}
    for code in codes:
        if code not in here:
            raise NotInCount(bin=code)
    return [each for code, each in here.items() if not codes or code in codes]
