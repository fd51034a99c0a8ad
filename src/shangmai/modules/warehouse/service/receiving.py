"""Receiving notices: told before, received in parts, closed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from shangmai.kernel.actions.contract import Scope, action
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuKind, SkuNotFound
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import (
    Bucket,
    NotStocked,
    ReceiptLine,
    Receive,
    StockDocument,
    WarehouseNotFound,
)
from shangmai.modules.warehouse.contract.lots import LotDaysWrong, LotDiffers, LotNeeded
from shangmai.modules.warehouse.contract.pieces import BinMove, BucketNotInBins, TooWarmOrCold
from shangmai.modules.warehouse.contract.places import BinClosed, BinNotFound
from shangmai.modules.warehouse.contract.receipts import (
    CloseNotice,
    NoticeClosed,
    NoticeId,
    NoticeIsClosed,
    NoticeNotFound,
    NoticeReceipt,
    NoticeReceived,
    NoticeStatus,
    NotifyReceipt,
    NotOnNotice,
    OverDelivered,
    ReceiptId,
    ReceiptNotice,
    ReceiptNotified,
    ReceiveNotice,
    SlipReused,
)
from shangmai.modules.warehouse.contract.serials import (
    MoreSerialsThanStock,
    RegisterSerials,
    SerialInStock,
    SerialsMissing,
    SerialTwice,
)
from shangmai.modules.warehouse.queries import receipts as queries
from shangmai.modules.warehouse.queries import serials
from shangmai.modules.warehouse.rules import receiving as rules
from shangmai.modules.warehouse.rules.placing import IN_BINS
from shangmai.modules.warehouse.service.lots import keep_lots
from shangmai.modules.warehouse.service.moving import place, wait_turn
from shangmai.modules.warehouse.service.numbering import register
from shangmai.modules.warehouse.service.places import bins_by_code
from shangmai.modules.warehouse.service.working import all_or_none

D = TypeVar("D")
A = TypeVar("A")


@action(
    "warehouse.notify_receipt",
    grant="warehouse.notify_receipt",
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[WarehouseNotFound, SkuNotFound, NotStocked],
)
async def notify_receipt(tx: Tx, do: NotifyReceipt) -> ReceiptNotice:
    """Tell a warehouse what is to arrive. Event warehouse.receipt_notified.v1.

    Raises: WarehouseNotFound, SkuNotFound, NotStocked.
    """
    warehouse = (await inventory.get_warehouses(tx, [do.warehouse_id])).get(do.warehouse_id)
    if warehouse is None:
        raise WarehouseNotFound(warehouse_id=do.warehouse_id)
    skus = await catalog.get_skus(tx, {line.sku_id for line in do.lines})
    for line in do.lines:
        sku = skus.get(line.sku_id)
        if sku is None:
            raise SkuNotFound(sku=line.sku_id)
        if sku.kind is not SkuKind.GOODS:
            raise NotStocked(sku=sku.code, kind=sku.kind.value)
    notice = await queries.insert_notice(tx, do, warehouse, (await next_numbers(tx, "RN", [tx.now]))[0])
    tx.emit(
        ReceiptNotified(
            notice_id=notice.id, number=notice.number, warehouse_id=notice.warehouse_id, reference=notice.reference
        )
    )
    return notice


async def warehouses_of_notices(tx: Tx, do: Sequence[Any]) -> list[Scope | None]:
    """The warehouse of each item's notice; None where there is no such notice."""
    found = await queries.warehouses_of(tx, {each.notice_id for each in do})
    return [{"warehouse": found[each.notice_id]} if each.notice_id in found else None for each in do]


@action(
    "warehouse.receive_notice",
    grant="warehouse.receive",
    many=True,
    scopes_of=warehouses_of_notices,
    errors=[
        NoticeNotFound, NoticeIsClosed, SlipReused, NotOnNotice, OverDelivered, LotNeeded, LotDiffers, LotDaysWrong,
        BucketNotInBins, BinNotFound, BinClosed, TooWarmOrCold, SerialTwice, SerialInStock, SerialsMissing,
        MoreSerialsThanStock,
    ],
)  # fmt: skip
async def receive_notice(tx: Tx, do: Sequence[ReceiveNotice]) -> list[NoticeReceipt | AppError]:
    """Receive what arrived of a notice: into the stock book at its share of the cost, and into a bin if one is named.

    Event warehouse.notice_received.v1, beside inventory.received.v1. A slip that was received already is answered as it
    was then. Lots are written down with their days, and the number of each piece where it has one. Locks the notice.
    """
    standing = {each.notice_id for each in do if each.bin is not None or any(line.serials for line in each.lines)}
    # Before anything of the stock book is locked: whoever approves a count waits for these two in this order.
    await wait_turn(tx, set((await queries.warehouses_of(tx, standing)).values()))
    return await each_alone(tx, do, _receive)


@action("warehouse.close_notice", grant="warehouse.receive", scopes_of=warehouses_of_notices, errors=[NoticeNotFound])
async def close_notice(tx: Tx, do: CloseNotice) -> ReceiptNotice:
    """Wait for no more of a notice; a closed one stays as it is. Event warehouse.notice_closed.v1.

    Raises: NoticeNotFound.
    """
    notice = await _lock(tx, do.notice_id)
    if notice.status is NoticeStatus.CLOSED:
        return notice
    await queries.close_notice(tx, notice.id)
    tx.emit(
        NoticeClosed(
            notice_id=notice.id,
            warehouse_id=notice.warehouse_id,
            reference=notice.reference,
            missing=sum(line.missing for line in notice.lines),
            over=sum(line.over for line in notice.lines),
        )
    )
    return replace(notice, status=NoticeStatus.CLOSED, closed_at=tx.now)


async def each_alone(tx: Tx, do: Sequence[D], run: Callable[[Tx, D, Item], Awaitable[A]]) -> list[A | AppError]:
    """Run the items of a batch one after the other; of one that is refused nothing stays, its events neither."""
    answers: list[A | AppError] = []
    for each, item in zip(do, tx.items, strict=True):
        told, effects = len(tx.emitted), len(tx.effects)
        try:
            async with tx.savepoint():
                answers.append(await run(tx, each, item))
        except AppError as refused:
            del tx.emitted[told:], tx.effects[effects:]
            answers.append(refused)
    return answers


async def _lock(tx: Tx, id_: NoticeId) -> ReceiptNotice:
    notice = await queries.lock_notice(tx, id_)
    if notice is None:
        raise NoticeNotFound(notice_id=id_)
    return notice


async def _receive(tx: Tx, do: ReceiveNotice, item: Item) -> NoticeReceipt:
    notice = await _lock(tx, do.notice_id)
    before = await queries.find_receipt(tx, notice.id, do.slip)
    if before is not None:
        if before.lines != do.lines:
            raise SlipReused(slip=do.slip)
        return before
    if notice.status is NoticeStatus.CLOSED:
        raise NoticeIsClosed(number=notice.number)
    lines = {line.line: line for line in notice.lines}
    if strange := next((line.bucket for line in do.lines if line.bucket not in IN_BINS), None):
        raise BucketNotInBins(bucket=strange.value)
    rules.check(lines, do.lines, notice.over_percent, do.accept_over)
    await keep_lots(tx, notice.company_id, [(lines[line.line].sku_id, line) for line in do.lines])
    document = await _post(tx, notice, do, item)
    if do.bin is not None:
        await _stand(tx, notice, do, document, item)
    await _number(tx, notice, do, item)
    return await _note(tx, notice, do, document, item)


async def _post(tx: Tx, notice: ReceiptNotice, do: ReceiveNotice, item: Item) -> StockDocument:
    """Post to the stock book: the promise does not ask for lots, so the book keeps none."""
    lines = {line.line: line for line in notice.lines}
    receipt = Receive(
        warehouse_id=notice.warehouse_id,
        reference=f"{notice.number} {do.slip} {notice.reference}"[:200],
        lines=[
            ReceiptLine(sku_id=lines[line.line].sku_id, qty=line.qty, cost_minor=cost, bucket=line.bucket)
            for line, cost in zip(do.lines, rules.costs(lines, do.lines), strict=True)
        ],
    )
    (document,) = await inventory.post_receipts(tx, [receipt], [item])
    if isinstance(document, AppError):
        raise document
    return document


async def _stand(tx: Tx, notice: ReceiptNotice, do: ReceiveNotice, document: StockDocument, item: Item) -> None:
    assert do.bin is not None
    bin_ = (await bins_by_code(tx, notice.warehouse_id, [do.bin]))[do.bin]
    lines = {line.line: line for line in notice.lines}
    moves = [
        BinMove(
            warehouse_id=notice.warehouse_id,
            sku_id=lines[line.line].sku_id,
            qty=line.qty,
            to=bin_.id,
            bucket=line.bucket,
            lot=line.lot,
            doc=document.id,
            line=n,
            item=item,
            group=document.id,
        )
        for n, line in enumerate(do.lines, 1)
    ]
    all_or_none(await place(tx, moves))


async def _number(tx: Tx, notice: ReceiptNotice, do: ReceiveNotice, item: Item) -> None:
    """Write down the numbers of what arrived. Raises: SerialsMissing, and what `register` raises."""
    lines = {line.line: line for line in notice.lines}
    arrived = {lines[line.line].sku_id for line in do.lines}
    numbered = await serials.numbered(tx, [notice.company_id], arrived)
    for line in do.lines:
        sku_id = lines[line.line].sku_id
        if len(line.serials) != line.qty and (line.serials or (notice.company_id, sku_id) in numbered):
            sku = (await catalog.get_skus(tx, [sku_id]))[sku_id]
            raise SerialsMissing(sku=sku.code, qty=line.qty, serials=len(line.serials))
        if line.serials:
            warehouse = (await inventory.get_warehouses(tx, [notice.warehouse_id]))[notice.warehouse_id]
            given = RegisterSerials(warehouse_id=warehouse.id, sku_id=sku_id, serials=line.serials, lot=line.lot)
            await register(tx, given, warehouse, item)


async def _note(tx: Tx, notice: ReceiptNotice, do: ReceiveNotice, document: StockDocument, item: Item) -> NoticeReceipt:
    receipt = NoticeReceipt(
        id=ReceiptId(new_id()),
        notice_id=notice.id,
        slip=do.slip,
        document_id=document.id,
        at=item.now,
        lines=do.lines,
    )
    await queries.insert_receipt(tx, receipt, notice.warehouse_id, item)
    tx.emit(
        NoticeReceived(
            notice_id=notice.id,
            receipt_id=receipt.id,
            document_id=document.id,
            warehouse_id=notice.warehouse_id,
            reference=notice.reference,
            pieces=sum(line.qty for line in do.lines),
            defective=sum(line.qty for line in do.lines if line.bucket is Bucket.DEFECTIVE),
        ),
        item,
    )
    return receipt
