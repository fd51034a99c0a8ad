"""Counting money towards orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.orders import queries, rules
from shangmai.modules.orders.contract import (
    BalanceNotDue,
    CreatePayLink,
    NothingToPay,
    Order,
    OrderId,
    OrderNotFound,
    OrderPaid,
    Overpaid,
    PaymentStatus,
    PayOrder,
    StartPayment,
    Status,
    StatusForbids,
    Terms,
)
from shangmai.modules.orders.service import auditing, paying_back, reviving, spending
from shangmai.modules.orders.service.finding import rounds, scopes_of
from shangmai.modules.orders.service.reviving import Late
from shangmai.modules.payments import service as payments
from shangmai.modules.payments.contract import (
    CurrencyOff,
    Due,
    NoPaymentAccount,
    OpenedLink,
    OutsideLimits,
    Payable,
    Payment,
    PaymentId,
    PaymentKind,
    PaymentKnown,
    PaymentRecorded,
    ProviderOff,
    RefundExceedsPayment,
    SceneOff,
    StartedPayment,
    Transaction,
)
from shangmai.modules.pricing import service as pricing

Received = tuple[UUID, str, int]
"""Of a payment or a part of it: id, method, amount."""
CANCEL: Final = "cancel"
EXCESS: Final = "excess"


@action(
    "orders.pay",
    grant="orders.pay",
    many=True,
    scopes_of=scopes_of,
    errors=[OrderNotFound, StatusForbids, Overpaid, BalanceNotDue, PaymentKnown],
)
async def pay(tx: Tx, do: Sequence[PayOrder]) -> list[Order | AppError]:
    """Record money received for orders, up to what is left to pay. Events payments.recorded.v1, orders.paid.v1.

    Of an order with a deposit (定金), only that is taken before the window for the balance, and nothing after it.
    """
    outcomes: dict[int, Order | AppError] = {}
    for indices in rounds(do):
        outcomes |= await _pay_each_once(tx, {index: do[index] for index in indices})
    return [outcomes[index] for index in range(len(do))]


@action(
    "orders.start_payment",
    grant="orders.pay",
    errors=[
        OrderNotFound, StatusForbids, NothingToPay, BalanceNotDue, ProviderOff, NoPaymentAccount, SceneOff, CurrencyOff,
        OutsideLimits,
    ],
)  # fmt: skip
async def start_payment(tx: Tx, do: StartPayment) -> StartedPayment:
    """Ask the customer, through a payment provider, for what is to be paid now, and tell where to send them.

    Asking again gives the same payment, as long as it is open and the amount has not changed.
    Raises: OrderNotFound, StatusForbids, NothingToPay, BalanceNotDue, ProviderOff, NoPaymentAccount, SceneOff,
    CurrencyOff, OutsideLimits.
    """
    order, payable_minor = await due_now(tx, do.order_id)
    return await payments.start(tx, replace(_payable(order, payable_minor, do.provider), scene=do.scene))


@action(
    "orders.create_pay_link", grant="orders.pay", errors=[OrderNotFound, StatusForbids, NothingToPay, BalanceNotDue]
)
async def create_pay_link(tx: Tx, do: CreatePayLink) -> OpenedLink:
    """Make the address of a page where the customer pays what is to be paid now; an order keeps its one address.

    Raises: OrderNotFound, StatusForbids, NothingToPay, BalanceNotDue.
    """
    order, payable_minor = await due_now(tx, do.order_id)
    due = Due(
        order_id=order.id,
        company_id=order.company_id,
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        subject=order.number,
        amount_minor=payable_minor,
        currency=order.currency,
    )
    return await payments.open_link(tx, due)


async def due_now(tx: Tx, order_id: OrderId) -> tuple[Order, int]:
    """The order, locked, and what is to be paid now.

    What is left is counted from the payments themselves: one that has come just now may not be counted towards the
    order yet. Raises: OrderNotFound, StatusForbids, NothingToPay, BalanceNotDue.
    """
    order = (await queries.lock(tx, [order_id])).get(order_id)
    if order is None:
        raise OrderNotFound(order_id=order_id)
    if order.status is Status.CANCELED:
        raise StatusForbids(number=order.number, status=order.status.value, wanted=PaymentStatus.PAID.value)
    received = sum(payment.amount_minor for payment in await _received(tx, order))
    if received >= order.total_minor:
        raise NothingToPay(number=order.number)
    payable_minor = rules.payable_minor(replace(order, paid_minor=received), tx.now)
    if not payable_minor:
        raise _not_due(order, payable_minor)
    return order, payable_minor


async def count_received(tx: Tx, order: Order) -> Order:
    """Count payments that came through a gateway and that `mark_paid` has not come to yet; the order is locked."""
    fresh = await _uncounted(tx, [order.id])
    if fresh:
        await queries.add_paid(tx, [(payment.id, order, payment.amount_minor) for payment in fresh])
    return _with(order, sum(payment.amount_minor for payment in fresh))


async def _received(tx: Tx, order: Order) -> list[Payment]:
    return [p for p in await payments.payments_of(tx, [order.id]) if p.kind is PaymentKind.PAYMENT]


def _payable(order: Order, amount_minor: int, provider: str) -> Payable:
    return Payable(
        provider=provider,
        order_id=order.id,
        company_id=order.company_id,
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        subject=order.number,
        amount_minor=amount_minor,
        currency=order.currency,
    )


async def _pay_each_once(tx: Tx, do: dict[int, PayOrder]) -> dict[int, Order | AppError]:
    orders = await queries.lock(tx, {each.order_id for each in do.values()})
    outcomes: dict[int, Order | AppError] = {}
    live: dict[int, Order] = {}
    for index, each in do.items():
        refusal = _check(orders.get(each.order_id), each, tx.items[index].now)
        if refusal is None:
            live[index] = orders[each.order_id]
        else:
            outcomes[index] = refusal
    wanted = [_transaction(order, do[index], tx.items[index]) for index, order in live.items()]
    recorded = await payments.record(tx, wanted) if wanted else []
    paid: list[tuple[Payment, Order, Item]] = []
    for (index, order), payment in zip(live.items(), recorded, strict=True):
        if isinstance(payment, AppError):
            outcomes[index] = payment
        else:
            outcomes[index] = _with(order, payment.amount_minor)
            paid.append((payment, order, tx.items[index]))
    await _count(tx, paid)
    return outcomes


def _check(order: Order | None, do: PayOrder, at: datetime) -> AppError | None:
    if order is None:
        return OrderNotFound(order_id=do.order_id)
    if order.status is Status.CANCELED:
        return StatusForbids(number=order.number, status=order.status.value, wanted=PaymentStatus.PAID.value)
    outstanding = order.total_minor - order.paid_minor
    if do.amount_minor > outstanding:
        return Overpaid(number=order.number, outstanding_minor=outstanding, amount_minor=do.amount_minor)
    payable_minor = rules.payable_minor(order, at)
    return _not_due(order, payable_minor) if do.amount_minor > payable_minor else None


def _not_due(order: Order, payable_minor: int) -> AppError:
    since, until = ("" if each is None else each.isoformat() for each in (order.balance_from, order.balance_until))
    return BalanceNotDue(number=order.number, payable_minor=payable_minor, since=since, until=until)


def _transaction(order: Order, do: PayOrder, item: Item) -> Transaction:
    return Transaction(
        order_id=order.id,
        company_id=order.company_id,
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        method=do.method,
        reference=do.reference,
        amount_minor=do.amount_minor,
        currency=order.currency,
        item=item,
    )


def _with(order: Order, amount_minor: int) -> Order:
    paid = order.paid_minor + amount_minor
    return replace(order, paid_minor=paid, payment_status=rules.payment_status(order.total_minor, paid))


async def _count(tx: Tx, paid: Sequence[tuple[Payment, Order, Item]]) -> None:
    """Count payments towards their orders, and say which orders are paid in full by them."""
    if not paid:
        return
    await queries.add_paid(tx, [(payment.id, order, payment.amount_minor) for payment, order, _ in paid])
    await inventory.keep(tx, {order.id for _, order, _ in paid})
    full = [(o, p.amount_minor, item) for p, o, item in paid]
    await _complete(tx, [each for each in full if _with(each[0], each[1]).payment_status is PaymentStatus.PAID])


async def receive_placed(tx: Tx, placed: Sequence[tuple[Order, str, Item]]) -> None:
    """Record the money that orders of this transaction were written with, by its method; who placed them audits them.

    Their stock is held without an end. Events payments.recorded.v1, orders.paid.v1.
    """
    placed = [each for each in placed if each[0].paid_minor]
    if not placed:
        return
    wanted = [
        _transaction(
            order, PayOrder(order_id=order.id, amount_minor=order.paid_minor, method=how, reference=order.number), item
        )
        for order, how, item in placed
    ]
    recorded = await payments.record_new(tx, wanted)
    await queries.note_payments(
        tx, [(payment.id, order.id, order.paid_minor) for payment, (order, _, _) in zip(recorded, placed, strict=True)]
    )
    await _use_up(tx, [(o, 0, item) for o, _, item in placed if o.payment_status is PaymentStatus.PAID])


async def _settle_quotas(tx: Tx, paid: Sequence[tuple[Order, Item]]) -> None:
    """Use up what the promotions and coupons of orders have kept for them, and their points."""
    quoted: dict[UUID, Item] = {order.id: item for order, item in paid if order.quoted}
    if quoted:
        await pricing.settle(tx, quoted)
        await spending.settle(tx, {order.id: item for order, item in paid if order.points})


def _paid_event(order: Order, amount_minor: int) -> OrderPaid:
    return OrderPaid(
        order_id=order.id,
        number=order.number,
        company_id=order.company_id,
        shop_id=order.shop_id,
        paid_minor=order.paid_minor + amount_minor,
        currency=order.currency,
    )


async def mark_paid(tx: Tx, events: Sequence[PaymentRecorded]) -> None:
    """Count payments that came through a gateway towards their orders; those that `pay` has counted are left alone.

    Money for an order that has expired revives it, if all that it had held is there still; other money for a canceled
    order goes back, and so does what is above the total: the customer has paid twice, in two tabs or by two providers.
    Events orders.revived.v1, orders.late_payment_refunded.v1, orders.paid.v1.
    """
    noted = await queries.noted_payments(tx, [event.payment_id for event in events])
    fresh = [(e, item) for e, item in zip(events, tx.items, strict=True) if e.payment_id not in noted]
    orders = await queries.lock(tx, {OrderId(e.order_id) for e, _ in fresh})
    late: dict[OrderId, Late] = {}
    for event, item in fresh:
        order = orders[OrderId(event.order_id)]
        if order.status is Status.CANCELED:
            # Of several payments for one order the first decides; the others find it open, or go back like it.
            late.setdefault(order.id, Late(order, event.payment_id, event.amount_minor, item))
    revived, refused = await reviving.revive(tx, late)
    orders |= revived
    for indices in rounds([event for event, _ in fresh]):
        counted: list[tuple[Order, Received, Item]] = []
        for event, item in (fresh[index] for index in indices):
            order = orders[OrderId(event.order_id)]
            counted.append((order, (event.payment_id, event.method, event.amount_minor), item))
        await queries.add_paid(tx, [(payment[0], order, payment[2]) for order, payment, _ in counted])
        kept = []
        for order, payment, item in counted:
            if order.id in refused:
                await give_back(tx, order, [payment], item)
                tx.emit(reviving.refunded(Late(order, payment[0], payment[2], item), refused[order.id]), item)
            else:
                kept.append((order, payment, item))
        orders |= await _react(tx, kept)


async def _react(tx: Tx, counted: Sequence[tuple[Order, Received, Item]]) -> dict[OrderId, Order]:
    """Do what follows from payments that are counted, one an order: the stock stays held; a whole total uses up limits.

    What is above the total goes back.
    """
    if not counted:
        return {}
    await inventory.keep(tx, {order.id for order, _, _ in counted})
    after: dict[OrderId, Order] = {}
    full: list[tuple[Order, int, Item]] = []
    for order, (payment_id, method, amount_minor), item in counted:
        excess = rules.excess_minor(order, amount_minor)
        if excess:
            await give_back(tx, order, [(payment_id, method, excess)], item, reason=EXCESS)
        before = replace(order, refunded_minor=order.refunded_minor + excess)
        after[order.id] = _with(before, amount_minor)
        if after[order.id].payment_status is PaymentStatus.PAID and order.payment_status is not PaymentStatus.PAID:
            full.append((before, amount_minor, item))
    await _complete(tx, full)
    return after


async def _complete(tx: Tx, full: Sequence[tuple[Order, int, Item]]) -> None:
    """Do what follows when orders are paid in full by these amounts: limits are used up, audits begin."""
    await _use_up(tx, full)
    await _begin_audits(tx, [(order, item) for order, _, item in full])


async def _use_up(tx: Tx, full: Sequence[tuple[Order, int, Item]]) -> None:
    """Use up the limits of orders paid in full by these amounts, and say so."""
    await _settle_quotas(tx, [(order, item) for order, _, item in full])
    for order, amount_minor, item in full:
        tx.emit(_paid_event(order, amount_minor), item)


async def _begin_audits(tx: Tx, paid: Sequence[tuple[Order, Item]]) -> None:
    """Have orders audited that may go from now on; those on account could go before, and were audited then."""
    await auditing.begin(tx, [(order, item) for order, item in paid if order.terms is Terms.PREPAID])


async def give_back(tx: Tx, order: Order, received: Sequence[Received], item: Item, *, reason: str = CANCEL) -> int:
    """Refund payments of an order by the way they came, each once for each reason; the sum.

    What has gone back of one already, for goods that came back before it was counted, goes by the order's other ways.
    """
    wanted = [
        Transaction(
            order_id=order.id,
            company_id=order.company_id,
            shop_id=order.shop_id,
            customer_id=order.customer_id,
            method=method,
            reference=reference_of(reason, payment_id),
            payment_id=PaymentId(payment_id),
            amount_minor=amount_minor,
            currency=order.currency,
            item=item,
        )
        for payment_id, method, amount_minor in received
    ]
    outcomes = await payments.refund(tx, wanted) if wanted else []
    gone = sum(part.amount_minor for part, told in zip(wanted, outcomes, strict=True) if not isinstance(told, AppError))
    await queries.add_refunded(tx, {order.id: gone})
    for part, told in zip(wanted, outcomes, strict=True):
        if isinstance(told, RefundExceedsPayment):
            left_minor = told.data["available_minor"]
            assert isinstance(left_minor, int)
            await _give_back_otherwise(tx, order, part, left_minor)
        elif isinstance(told, AppError):
            raise told
    return sum(part.amount_minor for part in wanted)


async def _give_back_otherwise(tx: Tx, order: Order, wanted: Transaction, left_minor: int) -> None:
    """Refund what is left of a payment, and the rest by the ways that other money of its order came."""
    if left_minor:
        (told,) = await payments.refund(tx, [replace(wanted, amount_minor=left_minor)])
        if isinstance(told, AppError):
            raise told
        await queries.add_refunded(tx, {order.id: left_minor})
    rest = wanted.amount_minor - left_minor
    due = paying_back.Due(order, rest, None, f"{wanted.reference}:rest", wanted.item)
    for refusal in (await paying_back.pay_back(tx, {order.id: due})).values():
        raise refusal


def reference_of(reason: str, payment_id: UUID) -> str:
    """The reference of a refund that gives a payment back for this reason."""
    return f"{reason}:{payment_id}"


async def lock_received(tx: Tx, items: Mapping[OrderId, Item]) -> dict[OrderId, Order]:
    """Lock orders, in order of id, with all money counted that came, also what `mark_paid` has not come to yet.

    So who decides by whether they are paid decides once and for all: a later payment finds the decision. Event
    orders.paid.v1 where the money completes the total, payments.refunded.v1 where it is above.
    """
    orders = await queries.lock(tx, items)
    live = [order.id for order in orders.values() if order.status is not Status.CANCELED]
    fresh = await _uncounted(tx, live)
    if fresh:
        await queries.add_paid(tx, [(each.id, orders[OrderId(each.order_id)], each.amount_minor) for each in fresh])
    for indices in rounds(fresh):
        received = [fresh[index] for index in indices]
        of = {OrderId(p.order_id): (p.id, p.method, p.amount_minor) for p in received}
        orders |= await _react(tx, [(orders[id_], payment, items[id_]) for id_, payment in of.items()])
    return orders


async def _uncounted(tx: Tx, ids: Collection[OrderId]) -> list[Payment]:
    """The payments of these orders that are not counted towards them yet."""
    received = [p for p in await payments.payments_of(tx, ids) if p.kind is PaymentKind.PAYMENT] if ids else []
    noted = await queries.noted_payments(tx, [payment.id for payment in received]) if received else set()
    return [payment for payment in received if payment.id not in noted]
