"""Writing notes on orders, and telling colleagues what waits for them there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from shangmai.kernel.actions.contract import action
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.identity import service as identity
from shangmai.modules.messaging import service as messaging
from shangmai.modules.messaging.contract import NewNotice, NoticeKind
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import OrderId, OrderNotFound
from shangmai.modules.orders.contract.causes import TO_AUDIT
from shangmai.modules.orders.contract.exceptions import ExceptionOverdue
from shangmai.modules.orders.contract.holding_back import ExceptionRaised, OrderHeldBack
from shangmai.modules.orders.contract.noting import NoteId, NoteWritten, OrderNote, WriteNote
from shangmai.modules.orders.queries import notes
from shangmai.modules.orders.rules.notes import mentioned
from shangmai.modules.organization.contract import ShopId

NEWS_FOR: Final = timedelta(hours=1)
"""What is told later than this (a replay, an import of the past) is no news."""
WORKERS: Final = "orders.work_exceptions"
Troubled = OrderHeldBack | ExceptionRaised | ExceptionOverdue


@action("orders.write_note", grant="orders.write_note", errors=[OrderNotFound])
async def write_note(tx: Tx, do: WriteNote) -> OrderNote:
    """Write a note on an order for colleagues; whom it names by `@login` gets a notice, names of nobody are just text.

    Event orders.note_written.v1. Raises: OrderNotFound.
    """
    order = (await queries.get(tx, [do.order_id])).get(do.order_id)
    if order is None:
        raise OrderNotFound(order_id=do.order_id)
    colleagues = {each.login: each for each in await identity.list_users(tx) if each.is_active}
    named = [colleagues[login] for login in mentioned(do.text, colleagues)]
    note = OrderNote(
        id=NoteId(new_id()),
        order_id=order.id,
        at=tx.now,
        by=tx.actor.id,
        by_name=tx.actor.name,
        text=do.text.strip(),
        mentions=tuple(each.login for each in named),
    )
    await notes.insert(tx, note, order.shop_id)
    told = [each for each in named if each.id != tx.actor.id]
    await messaging.tell(
        tx,
        [
            NewNotice(
                kind=NoticeKind.MENTION,
                user_id=each.id,
                shop_id=order.shop_id,
                zh=f"{note.by_name} 在订单 {order.number} 提到你：{note.text}",
                en=f"{note.by_name} mentions you on order {order.number}: {note.text}",
                link=f"/orders/{order.id}",
            )
            for each in told
        ],
    )
    written = NoteWritten(
        order_id=order.id, number=order.number, note_id=note.id, by_name=note.by_name, mentions=note.mentions
    )
    tx.emit(written)
    return note


async def notes_page(tx: Tx, order_id: OrderId, before: NoteId | None, limit: int) -> list[OrderNote]:
    """Notes on an order, the newest first. Raises: OrderNotFound."""
    if order_id not in await queries.get(tx, [order_id]):
        raise OrderNotFound(order_id=order_id)
    return await notes.page(tx, order_id, before, limit)


async def tell_workers(tx: Tx, events: Sequence[Troubled]) -> None:
    """Tell who works on exceptions what has come up: one notice for each shop, cause and kind of a batch."""
    fresh = [
        event
        for event, item in zip(events, tx.items, strict=True)
        if event.code != TO_AUDIT and tx.now - item.now < NEWS_FOR
    ]
    shops = await queries.shops_of(tx, [event.order_id for event in fresh]) if fresh else {}
    count: Counter[tuple[ShopId, NoticeKind, str]] = Counter()
    first: dict[tuple[ShopId, NoticeKind, str], Troubled] = {}
    for event in fresh:
        if event.order_id not in shops:
            continue
        kind = NoticeKind.OVERDUE if isinstance(event, ExceptionOverdue) else NoticeKind.EXCEPTIONS
        key = (shops[event.order_id], kind, event.code)
        count[key] += 1
        first.setdefault(key, event)
    causes = await _causes(tx, [event for event in first.values() if isinstance(event, ExceptionOverdue)])
    told = {
        key: causes.get((event.order_id, event.code), (event.code, event.code))
        if isinstance(event, ExceptionOverdue)
        else (event.zh, event.en)
        for key, event in first.items()
    }
    await messaging.tell(tx, [_notice(first[key], key, count[key], told[key]) for key in first])


async def _causes(tx: Tx, events: Sequence[ExceptionOverdue]) -> dict[tuple[OrderId, str], tuple[str, str]]:
    """What holds these orders back in words, by order and code; what has ended meanwhile is left out."""
    found = await queries.hold_backs_of(tx, [event.order_id for event in events]) if events else {}
    return {(order_id, cause.code): (cause.zh, cause.en) for order_id, causes in found.items() for cause in causes}


def _notice(event: Troubled, key: tuple[ShopId, NoticeKind, str], count: int, told: tuple[str, str]) -> NewNotice:
    shop_id, kind, code = key
    zh, en = told
    many_zh, many_en = (f"等 {count} 单", f" and {count - 1} more") if count > 1 else ("", "")
    what_zh, what_en = ("异常超时", "Overdue") if kind is NoticeKind.OVERDUE else ("新异常", "Exception")
    return NewNotice(
        kind=kind,
        grant=WORKERS,
        shop_id=shop_id,
        zh=f"{what_zh}：{event.number}{many_zh} {zh}",
        en=f"{what_en}: {event.number}{many_en}, {en}",
        link=f"/orders/{event.order_id}" if count == 1 else f"/exceptions?code={code}",
    )
