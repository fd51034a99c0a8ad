"""What each shop may show and sell: its rules and locks, the number with its formula, and the outbox that follows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.actions.contract import action
from shangmai.kernel.books.contract import Allotment, Hold, Release, Short
from shangmai.kernel.events.contract import Delivery
from shangmai.kernel.ids import new_id
from shangmai.kernel.jobs import enqueue
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId, SkuNotFound
from shangmai.modules.inventory.books import stock
from shangmai.modules.inventory.contract import Bucket, NotStocked, NoWarehouse
from shangmai.modules.inventory.contract.channels import (
    ChannelChange,
    ChannelLock,
    ChannelLockId,
    ChannelLockNotFound,
    ChannelShare,
    ChannelShareSet,
    ChannelStock,
    ChannelStockLocked,
    ChannelStockUnlocked,
    LockChannelStock,
    LockWouldBeOver,
    NotEnoughToLock,
    Recount,
    SetChannelShare,
    ShareMode,
    ShareTooLarge,
    UnlockChannelStock,
)
from shangmai.modules.inventory.queries import channels as queries
from shangmai.modules.inventory.rules import channels as rules
from shangmai.modules.inventory.rules import elsewhere, key
from shangmai.modules.inventory.rules.channels import Claim, Pool
from shangmai.modules.inventory.service.allotting import Division, divisions_of
from shangmai.modules.inventory.service.posting import not_stocked
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopId, ShopNotFound

MANAGE: Final = "inventory.manage_channels"
COUNTING: Final = "counting"
PAGE: Final = 500
WIDE: Final = frozenset({"inventory.channel_share_set.v1", "inventory.warehouse_assigned.v1"})
"""Events that may concern every SKU."""


@action(
    "inventory.set_channel_share",
    grant=MANAGE,
    scope=lambda do: {"shop": do.shop_id},
    inverse="inventory.set_channel_share",
    errors=[ShopNotFound, SkuNotFound, NotStocked, ShareTooLarge],
)
async def set_channel_share(tx: Tx, do: SetChannelShare) -> ChannelShare:
    """Set how many pieces of a SKU, or of all without a rule of their own, a shop may show and sell.

    Event inventory.channel_share_set.v1, unless the rule stood there already. Undone by setting what was there before.

    Raises: ShopNotFound, SkuNotFound, NotStocked, ShareTooLarge.
    """
    await _check(tx, do.shop_id, do.sku_id)
    if do.mode is ShareMode.PERCENT and do.amount > 100:
        raise ShareTooLarge(amount=do.amount)
    said = {"shop_id": do.shop_id, "sku_id": do.sku_id, "mode": do.mode, "amount": do.amount, "buffer": do.buffer}
    if await queries.set_share(tx, do):
        tx.emit(ChannelShareSet(**said))  # type: ignore[arg-type]
    return ChannelShare(**said)  # type: ignore[arg-type]


@action(
    "inventory.lock_channel_stock",
    grant=MANAGE,
    scope=lambda do: {"shop": do.shop_id},
    inverse="inventory.unlock_channel_stock",
    errors=[ShopNotFound, SkuNotFound, NotStocked, NoWarehouse, LockWouldBeOver, NotEnoughToLock],
)
async def lock_channel_stock(tx: Tx, do: LockChannelStock) -> ChannelLock:
    """Keep pieces for a shop until a time; refused when so many are not free. Event inventory.channel_stock_locked.v1.

    Free are those that no order, no lock and no exclusive pool has; the shop's own exclusive pool counts as taken.
    They are held in the stock book, and the shop's orders take them from there.

    Raises: ShopNotFound, SkuNotFound, NotStocked, NoWarehouse, LockWouldBeOver, NotEnoughToLock.
    """
    await _check(tx, do.shop_id, do.sku_id)
    if do.until <= tx.now:
        raise LockWouldBeOver(until=do.until.isoformat())
    warehouse_id = await queries.warehouse_of(tx, do.shop_id)
    if warehouse_id is None:
        raise NoWarehouse()
    lock = await queries.insert_lock(tx, do)
    here = _here(await queries.facts(tx, [do.sku_id], do.shop_id), do.shop_id)
    assert here is not None, "a shop with a warehouse sells from it"
    (outcome,) = await stock.hold(tx, [_hold(tx, lock, here)])
    if isinstance(outcome, Short):
        raise NotEnoughToLock(free=outcome.data["available"], wanted=do.qty)
    await enqueue(tx, "inventory.recount_channels", Recount(only=do.sku_id), run_at=do.until)
    tx.emit(ChannelStockLocked(lock_id=lock.id, shop_id=do.shop_id, sku_id=do.sku_id, qty=do.qty, until=do.until))
    return lock


@action(
    "inventory.unlock_channel_stock",
    grant=MANAGE,
    inverse="inventory.lock_channel_stock",
    errors=[ChannelLockNotFound],
)
async def unlock_channel_stock(tx: Tx, do: UnlockChannelStock) -> ChannelLock:
    """Let all shops have locked pieces again. Event inventory.channel_stock_unlocked.v1.

    A lock that was ended already is answered as it is. Raises: ChannelLockNotFound.
    """
    lock = await queries.lock_lock(tx, do.lock_id)
    if lock is None:
        raise ChannelLockNotFound(lock_id=do.lock_id)
    if lock.ended_at is not None:
        return lock
    (ended,) = await _end(tx, [lock.id])
    return ended


async def _end(tx: Tx, ids: Sequence[ChannelLockId]) -> list[ChannelLock]:
    """End locks that are locked rows: what orders have not taken of them is free."""
    held = await stock.open_holds(tx, ids)
    await stock.release(tx, [Release(hold_id=row["id"], item=tx.items[0]) for row in held])
    ended = await queries.end_locks(tx, ids)
    for lock in ended:
        tx.emit(ChannelStockUnlocked(lock_id=lock.id, shop_id=lock.shop_id, sku_id=lock.sku_id, qty=lock.qty))
    return ended


def _hold(tx: Tx, lock: ChannelLock, here: Division) -> Hold:
    account = key(lock.sku_id, here.warehouse_id, Bucket.SELLABLE)
    return Hold(
        id=new_id(),
        debit=account,
        credit=elsewhere(account, Bucket.CUSTOMER),
        amount=lock.qty,
        doc=lock.id,
        item=tx.items[0],
        allotment=Allotment(rules.most_to_lock(here.claims)),
    )


async def channel_stock(tx: Tx, shop_id: ShopId, sku_id: SkuId) -> ChannelStock:
    """How many pieces of a SKU a shop may show and sell now, with the formula, in two statements at most.

    Raises: ShopNotFound, SkuNotFound, NotStocked.
    """
    await _check(tx, shop_id, sku_id)
    rows = await queries.facts(tx, [sku_id], shop_id)
    here = _here(rows, shop_id)
    mine = Claim(shop_id=shop_id) if here is None else here.claim_of(shop_id)
    steps = rules.count(Pool() if here is None else here.pool, () if here is None else here.claims, mine)
    zh, en = rules.sentences(steps)
    return ChannelStock(
        shop_id=shop_id,
        sku_id=sku_id,
        warehouse_ids=[row["warehouse_id"] for row in rows if row["shop_id"] == shop_id],
        mode=mine.mode,
        amount=mine.amount,
        buffer=mine.buffer,
        qty=steps[-1].total,
        steps=steps,
        zh=zh,
        en=en,
    )


async def channel_changes(tx: Tx, shop_id: ShopId, after: SkuId | None, limit: int) -> list[ChannelChange]:
    """The numbers that a shop's channel is to be told, by SKU; those behind `after`."""
    return await queries.told(tx, shop_id, after, limit)


async def changes_of(tx: Tx, shop_id: ShopId, skus: Collection[SkuId]) -> dict[SkuId, ChannelChange]:
    """The numbers of these SKUs that a shop's channel is to be told; those without one are left out."""
    return {each.sku_id: each for each in await queries.told_of(tx, shop_id, skus)} if skus else {}


async def wanted_for_channels(tx: Tx) -> Collection[str] | None:
    """Every event while some shop is told numbers, else none."""
    return None if await queries.are_followed(tx) else ()


async def follow_channels(tx: Tx, deliveries: Sequence[Delivery]) -> None:
    """Count anew what these events may have changed, and write the numbers that are not what they were.

    Which events move stock is not asked: pieces move for documents, and whoever moves them, a module above too, tells
    of the document in its event. So nothing is added where orders are placed.
    """
    ids = {id_ for delivery in deliveries for id_ in _ids(delivery.fields.values())}
    if touched := await queries.skus_named(tx, ids):
        await count_again(tx, touched)
    if any(_is_wide(delivery) for delivery in deliveries):
        await enqueue(tx, "inventory.recount_channels", Recount())


async def count_page(tx: Tx, do: Recount) -> None:
    """Count one page of SKUs anew and ask for the next; of one SKU, locks whose time is over end before."""
    if do.only and (over := await queries.locks_over(tx, do.only)):
        await _end(tx, over)
    skus = [do.only] if do.only else await queries.page_of_skus(tx, do.after, PAGE)
    if skus:
        await count_again(tx, skus)
    if len(skus) == PAGE:
        await enqueue(tx, "inventory.recount_channels", Recount(after=skus[-1]))


async def count_again(tx: Tx, skus: Collection[SkuId]) -> None:
    """Write the shops' numbers of these SKUs, those that changed, one such transaction after the other.

    Otherwise one that had read before another could write after it, and leave an old number.
    """
    await queries.wait_turn(tx, COUNTING)
    numbers = [
        (claim.shop_id, one.sku_id, one.number_of(claim.shop_id))
        for one in divisions_of(await queries.facts(tx, skus))
        for claim in one.claims
    ]
    if numbers:
        await queries.tell(tx, numbers)


def _is_wide(delivery: Delivery) -> bool:
    return delivery.name in WIDE and delivery.fields.get("sku_id") is None


def _ids(values: Iterable[object]) -> Iterator[UUID]:
    """Those of an event's values that are ids."""
    for value in values:
        if isinstance(value, str) and len(value) == 36 and value.count("-") == 4:
            try:
                yield UUID(value)
            except ValueError:
                continue


async def _check(tx: Tx, shop_id: ShopId, sku_id: SkuId | None) -> None:
    if shop_id not in await organization.get_shops(tx, [shop_id]):
        raise ShopNotFound(shop_id=shop_id)
    if sku_id is None:
        return
    if (strange := not_stocked([sku_id], await catalog.get_skus(tx, {sku_id}))) is not None:
        raise strange


def _here(rows: Sequence[Record], shop_id: ShopId) -> Division | None:
    """What a shop sells from and all who sell from it; none where it has no warehouse."""
    return next((one for one in divisions_of(rows) if any(claim.shop_id == shop_id for claim in one.claims)), None)
