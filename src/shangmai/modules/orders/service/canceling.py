"""Canceling orders that have not left."""

from __future__ import annotations

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.orders import queries, rules
from shangmai.modules.orders.contract import (
    CancelOrder,
    ExpireOrder,
    Order,
    OrderCanceled,
    OrderId,
    OrderNotFound,
    PaymentStatus,
    Status,
    StatusForbids,
)
from shangmai.modules.orders.service.paying import count_received, give_back, receive
from shangmai.modules.payments import service as payments
from shangmai.modules.payments.contract import PaymentKind
from shangmai.modules.pricing import service as pricing


@action("orders.cancel", grant="orders.cancel", errors=[OrderNotFound, StatusForbids])
async def cancel(tx: Tx, do: CancelOrder) -> Order:
    """Cancel an order that has not left the warehouse, free its stock and coupons, give back what was paid.

    Canceling a canceled order changes nothing and returns it. Events orders.canceled.v1, payments.refunded.v1.
    Raises: OrderNotFound, StatusForbids.
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

    Events as of orders.cancel. Raises: OrderNotFound.
    """
    order = (await queries.lock(tx, [do.order_id])).get(do.order_id)
    if order is None:
        raise OrderNotFound(order_id=do.order_id)
    order = await receive(tx, order, tx.items[0])
    if order.status is not Status.PLACED or order.payment_status is not PaymentStatus.UNPAID:
        return order
    return await _cancel(tx, order, "超时未付款")


async def due_orders(tx: Tx) -> list[OrderId]:
    """The orders whose stock holds have run out of time."""
    return [OrderId(doc) for doc in await inventory.docs_due(tx, tx.now)]


async def _cancel(tx: Tx, order: Order, reason: str) -> Order:
    await queries.set_status(tx, [order.id], Status.CANCELED)
    await inventory.release(tx, {order.id: tx.items[0]})
    if order.quoted:
        await pricing.give_back(tx, {order.id: tx.items[0]})
    await payments.close_intents(tx, [order.id])
    if order.held_back:
        await queries.delete_hold_backs(tx, [order.id], None)
    order = await count_received(tx, order)
    refund = await _give_back(tx, order)
    tx.emit(
        OrderCanceled(
            order_id=order.id, number=order.number, refund_minor=refund, currency=order.currency, reason=reason
        )
    )
    return replace(order, status=Status.CANCELED, refunded_minor=order.refunded_minor + refund)


async def _give_back(tx: Tx, order: Order) -> int:
    """Refund every payment by the way it came; the sum."""
    received = [p for p in await payments.payments_of(tx, [order.id]) if p.kind is PaymentKind.PAYMENT]
    return await give_back(tx, order, [(p.id, p.method, p.amount_minor) for p in received], tx.items[0])
