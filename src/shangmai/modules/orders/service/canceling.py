"""Canceling orders that have not left."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.orders import queries, rules
from shangmai.modules.orders.contract import (
    CancelOrder,
    DepositKept,
    ExpireOrder,
    Order,
    OrderCanceled,
    OrderId,
    OrderNotFound,
    PaymentStatus,
    Status,
    StatusForbids,
)
from shangmai.modules.orders.service import spending
from shangmai.modules.orders.service.paying import EXCESS, count_received, give_back, lock_received, reference_of
from shangmai.modules.orders.service.units import following
from shangmai.modules.payments import service as payments
from shangmai.modules.payments.contract import PaymentId, PaymentKind
from shangmai.modules.pricing import service as pricing
from shangmai.modules.warehouse.contract.requests import AlreadyOut


@action("orders.cancel", grant="orders.cancel", errors=[OrderNotFound, StatusForbids, AlreadyOut])
async def cancel(tx: Tx, do: CancelOrder) -> Order:
    """Cancel an order that has not left the warehouse, free its stock, coupons and points, give back what was paid.

    Canceling a canceled order changes nothing and returns it. Events orders.canceled.v1, payments.refunded.v1.
    Raises: OrderNotFound, StatusForbids, AlreadyOut.
    """
    order = (await queries.lock(tx, [do.order_id])).get(do.order_id)
    if order is None:
        raise OrderNotFound(order_id=do.order_id)
    if order.status is Status.CANCELED:
        return order
    refusal = rules.check_can_become(order, Status.CANCELED)
    if refusal is not None:
        raise refusal
    return await _cancel(tx, order, do.reason)


@action("orders.expire", grant="orders.expire", errors=[OrderNotFound])
async def expire(tx: Tx, do: ExpireOrder) -> Order:
    """Cancel an order whose payment did not come in time. One that is paid, in part too, or has moved on is left alone.

    Money that comes in this very moment is not looked for again: like what comes later, it may revive the order, or
    goes back. Events as of orders.cancel. Raises: OrderNotFound.
    """
    order = (await lock_received(tx, {do.order_id: tx.items[0]})).get(do.order_id)
    if order is None:
        raise OrderNotFound(order_id=do.order_id)
    if order.status is not Status.PLACED or order.payment_status is not PaymentStatus.UNPAID:
        return order
    await _free(tx, order)
    await queries.note_expired(tx, order.id)
    _tell(tx, order, "超时未付款", 0)
    return replace(order, status=Status.CANCELED, held_back=False, expired_at=tx.now)


async def expire_balance(tx: Tx, order_id: OrderId, reason: str, *, keep_deposit: bool) -> Order:
    """Cancel an order whose balance did not come in its window, for the module that knows that; a paid one goes on.

    With `keep_deposit`, of what was paid the deposit stays and the rest goes back; the shop's stock is free either way.
    Events orders.canceled.v1, orders.deposit_kept.v1, payments.refunded.v1.
    """
    order = (await lock_received(tx, {order_id: tx.items[0]}))[order_id]
    if order.status is not Status.PLACED or order.payment_status is PaymentStatus.PAID:
        return order
    return await _cancel(tx, order, reason, keep_minor=order.deposit_minor if keep_deposit else 0)


async def due_orders(tx: Tx) -> list[OrderId]:
    """The orders whose stock holds have run out of time."""
    return [OrderId(doc) for doc in await inventory.docs_due(tx, tx.now)]


async def _cancel(tx: Tx, order: Order, reason: str, *, keep_minor: int = 0) -> Order:
    """Cancel a locked order; of what was paid, up to `keep_minor` stays with the shop."""
    await _free(tx, order)
    order = await count_received(tx, order)
    kept = min(keep_minor, order.paid_minor)
    refund = await _give_back(tx, order, kept)
    _tell(tx, order, reason, refund)
    if kept:
        await queries.note_kept(tx, order.id, kept)
        tx.emit(_deposit_kept(order, kept))
    return replace(
        order, status=Status.CANCELED, refunded_minor=order.refunded_minor + refund, kept_minor=kept, held_back=False
    )


async def _free(tx: Tx, order: Order) -> None:
    """Mark a locked order as canceled, and let go of all that it holds and waits for."""
    await queries.set_status(tx, [order.id], Status.CANCELED)
    await following.drop(tx, order.id)
    await inventory.release(tx, {order.id: tx.items[0]})
    if order.quoted:
        await pricing.give_back(tx, {order.id: tx.items[0]})
        await spending.give_back(tx, [(order, None, tx.items[0])])
    await payments.close_intents(tx, [order.id])
    await payments.release_authorizations(tx, [order.id])
    if order.held_back:
        await queries.delete_all_hold_backs(tx, order.id)


def _tell(tx: Tx, order: Order, reason: str, refund_minor: int) -> None:
    tx.emit(
        OrderCanceled(
            order_id=order.id, number=order.number, refund_minor=refund_minor, currency=order.currency, reason=reason
        )
    )


async def _give_back(tx: Tx, order: Order, kept_minor: int) -> int:
    """Refund what is left of every payment by the way it came, but for what is kept of the first of them; the sum.

    What went back for pieces canceled before was taken from what came last.
    """
    moved = await payments.payments_of(tx, [order.id])
    came = [each for each in moved if each.kind is not PaymentKind.REFUND]
    refunds = {each.reference: each.amount_minor for each in moved if each.kind is PaymentKind.REFUND}
    excess = {each.id: refunds.pop(reference_of(EXCESS, each.id), 0) for each in came}
    left = {each.id: each.amount_minor - excess[each.id] for each in came}
    _take_from(left, [each.id for each in reversed(came)], sum(refunds.values()))
    _take_from(left, [each.id for each in came], kept_minor)
    back = [(each.id, each.method, left[each.id]) for each in came if left[each.id]]
    return await give_back(tx, order, back, tx.items[0])


def _take_from(left: dict[PaymentId, int], payments_: Sequence[PaymentId], amount_minor: int) -> None:
    """Take an amount off what is left of payments, one after the other."""
    for id_ in payments_:
        part = min(left[id_], amount_minor)
        left[id_] -= part
        amount_minor -= part


def _deposit_kept(order: Order, kept_minor: int) -> DepositKept:
    return DepositKept(
        order_id=order.id,
        number=order.number,
        company_id=order.company_id,
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        kept_minor=kept_minor,
        currency=order.currency,
    )
