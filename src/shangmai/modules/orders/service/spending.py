"""Points of the customers: offered to the quote, kept when an order is placed, spent when it is paid, given back once.

No statement is sent for orders that use none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.members import service as members
from shangmai.modules.members.contract.points import PointsBack, PointsBase, PointsHold, PointsShort
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import (
    LineKind,
    Order,
    OrderId,
    OrderLine,
    OrderPaid,
    OrderReturned,
    OrderSigned,
    PaymentStatus,
    Status,
)
from shangmai.modules.orders.service.drafts import Draft


async def offer_points(tx: Tx, drafts: Sequence[Draft], *, lock: bool) -> None:
    """Refuse the drafts whose customers do not have the points that they want to use, first come, first served.

    What a draft wants counts as used for those behind it. Locked, nobody else takes the points until the commit.
    """
    wanting = [draft for draft in drafts if draft.do.points and draft.refusal is None]
    items = {draft.do.customer_id: draft.item for draft in wanting if draft.do.customer_id is not None}
    left = dict(await members.points_available(tx, items, lock=lock)) if items else {}
    for draft in wanting:
        customer_id, wanted = draft.do.customer_id, draft.do.points
        there = 0 if customer_id is None else left.get(customer_id, 0)
        if customer_id is None or wanted > there:
            draft.refusal = PointsShort(available=there, wanted=wanted)
        else:
            left[customer_id] = there - wanted


async def hold(tx: Tx, drafts: Sequence[Draft]) -> dict[OrderId, AppError]:
    """Keep the points that these drafts' quotes use; the drafts refused, with why."""
    holds = [
        PointsHold(doc=d.id, customer_id=d.do.customer_id, points=d.quote.totals.points, item=d.item)
        for d in drafts
        if d.quote is not None and d.quote.totals.points and d.do.customer_id is not None
    ]
    refused = await members.hold_points(tx, holds) if holds else {}
    return {OrderId(doc): refusal for doc, refusal in refused.items()}


async def settle(tx: Tx, paid: Mapping[OrderId, Item]) -> None:
    """Turn what orders keep into spent; the caller names those that use points."""
    if paid:
        await members.settle_points(tx, {UUID(int=order_id.int): item for order_id, item in paid.items()})


async def give_back(tx: Tx, backs: Sequence[tuple[Order, int | None, Item]]) -> None:
    """Give back so many of the points that these orders used, or all; the orders are locked."""
    wanted = [
        PointsBack(doc=order.id, points=points, item=item)
        for order, points, item in backs
        if order.points and points != 0
    ]
    if wanted:
        await members.give_points_back(tx, wanted)


async def earn(tx: Tx, events: Sequence[OrderSigned | OrderPaid | OrderReturned]) -> None:
    """Give customers points for what they keep and have paid, when an order is both signed and paid.

    What goes back later takes its points with it. Each order earns once, so an event that comes again changes nothing.
    What they spent counts towards their level.
    """
    ids = {event.order_id for event in events}
    orders = await queries.get(tx, ids)
    final = {id_ for id_, order in orders.items() if _is_final(order)}
    lines = await queries.lines_of(tx, final) if final else {}
    items = {event.order_id: item for event, item in zip(events, tx.items, strict=True)}
    bases = [_base(orders[id_], lines[id_], items[id_]) for id_ in sorted(final)]
    returned = {event.order_id for event in events if isinstance(event, OrderReturned)}
    if bases:
        await members.earn_points(tx, bases)
        await members.take_points_back(tx, [base for base in bases if base.doc in returned])
        await members.note_spent(tx, bases)


def _is_final(order: Order) -> bool:
    is_paid = order.payment_status is PaymentStatus.PAID
    return order.customer_id is not None and is_paid and order.status is Status.SIGNED


def _base(order: Order, lines: Collection[OrderLine], item: Item) -> PointsBase:
    assert order.customer_id is not None
    kept = sum(line.due_minor - line.returned_minor for line in lines if line.kind is LineKind.GOODS)
    return PointsBase(doc=order.id, customer_id=order.customer_id, paid_minor=kept, currency=order.currency, item=item)
