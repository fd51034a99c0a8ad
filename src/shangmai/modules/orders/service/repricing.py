"""Changing what an order costs before anything of it is paid."""

from __future__ import annotations

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import (
    LineNotFound,
    Order,
    OrderNotFound,
    PaymentStatus,
    Status,
    StatusForbids,
    Terms,
)
from shangmai.modules.orders.contract.repricing import (
    ChangePrice,
    KitPriceStays,
    NothingToPayLeft,
    OrderPriceChanged,
    PaidAlready,
)
from shangmai.modules.orders.queries import repricing as tables
from shangmai.modules.orders.service.paying import lock_received
from shangmai.modules.orders.service.placing import SET_PRICE


@action(
    "orders.change_price",
    grant=SET_PRICE,
    errors=[OrderNotFound, StatusForbids, LineNotFound, PaidAlready, KitPriceStays, NothingToPayLeft],
)
async def change_price(tx: Tx, do: ChangePrice) -> Order:
    """Let a line of an order of which nothing is paid cost something else; goods, freight or another charge.

    Its list price, promotions and coupons stay as they were told; what goes back later goes back of the new price. The
    audit sees it (`price_changed`). A payment on its way of the old total is counted as far as it is due, the rest
    goes back. The same amount changes nothing. Event orders.price_changed.v1.
    Raises: OrderNotFound, StatusForbids, LineNotFound, PaidAlready, KitPriceStays, NothingToPayLeft.
    """
    order = (await lock_received(tx, {do.order_id: tx.items[0]})).get(do.order_id)
    if order is None:
        raise OrderNotFound(order_id=do.order_id)
    if order.status is not Status.PLACED:
        raise StatusForbids(number=order.number, status=order.status.value, wanted="priced anew")
    if order.payment_status is not PaymentStatus.UNPAID or order.terms is not Terms.PREPAID or order.deposit_minor:
        raise PaidAlready(number=order.number)
    line = next((n for n in (await queries.lines_of(tx, [order.id]))[order.id] if n.line == do.line), None)
    if line is None:
        raise LineNotFound(number=order.number, line=do.line)
    if line.amount_minor == do.amount_minor:
        return order
    if do.line in (await queries.kit_parts_of(tx, [order.id]))[order.id]:
        raise KitPriceStays(number=order.number, line=do.line)
    total = order.total_minor + do.amount_minor - line.amount_minor
    if total <= 0:
        raise NothingToPayLeft(number=order.number)
    await tables.change_price(tx, order, line, do.amount_minor, do.reason)
    tx.emit(
        OrderPriceChanged(
            order_id=order.id,
            number=order.number,
            line=line.line,
            before_minor=line.amount_minor,
            after_minor=do.amount_minor,
            total_minor=total,
            reason=do.reason,
        )
    )
    return (await queries.get(tx, [order.id]))[order.id]
