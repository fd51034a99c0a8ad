"""Sending something of an order again: a new order that costs nothing, bound to the old one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries, rules
from shangmai.modules.orders.contract import (
    DuplicateLines,
    LineKind,
    LineNotFound,
    OfferedOrder,
    Order,
    OrderKind,
    OrderLine,
    OrderNotFound,
    PlaceLine,
    PlaceOrder,
    SkuNotSellable,
    StatusForbids,
    WhenShort,
)
from shangmai.modules.orders.contract.resending import OrderResent, ResendLine, ResendOrder, TooMuchToResend
from shangmai.modules.orders.queries import resends as tables
from shangmai.modules.orders.service.placing import place_offered
from shangmai.modules.orders.service.receiving import receiver_of


@action(
    "orders.resend",
    grant="orders.resend",
    inverse="orders.cancel",
    errors=[OrderNotFound, StatusForbids, LineNotFound, DuplicateLines, TooMuchToResend, SkuNotSellable],
)
async def resend(tx: Tx, do: ResendOrder) -> Order:
    """Send goods of an order again that have left: a new order at no price, to the same receiver, that is bound to it.

    No more than has left of each line, over all resends. Where there is no stock it waits for it. It goes through
    audit, exceptions and units like any other. Events orders.placed.v1, orders.resent.v1.
    Raises: OrderNotFound, StatusForbids, LineNotFound, DuplicateLines, TooMuchToResend, SkuNotSellable.
    """
    order = (await queries.lock(tx, [do.order_id])).get(do.order_id)
    if order is None:
        raise OrderNotFound(order_id=do.order_id)
    if order.status not in rules.RETURNABLE:
        raise StatusForbids(number=order.number, status=order.status.value, wanted="sent again")
    lines = (await queries.lines_of(tx, [order.id]))[order.id]
    quantities = _wanted(order, lines, do.lines, await tables.resent_of(tx, order.id))
    by_line = {line.line: line for line in lines}
    wish = PlaceOrder(
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        warehouse_id=order.warehouse_id,
        receiver=await receiver_of(tx, order.id),
        note=do.reason,
        lines=[
            PlaceLine(sku_id=by_line[n].sku_id, qty=qty, unit_price=rules.FREE, title=by_line[n].title)
            for n, qty in quantities.items()
        ],
        when_short=WhenShort.WAIT,
    )
    # Whoever may send again need not hold the grant to set prices: nothing but "free" can be asked here.
    wanted_order = OfferedOrder(do=wish, item=tx.items[0], kind=OrderKind.RESEND, prices_given=True)
    (made,) = await place_offered(tx, [wanted_order])
    if isinstance(made, AppError):
        raise made
    await queries.sold_by_same_account(tx, made.id, order.id)
    await tables.insert_resend(tx, made.id, order.id, quantities, do.reason)
    tx.emit(
        OrderResent(
            order_id=order.id, number=order.number, by_order_id=made.id, by_number=made.number, reason=do.reason
        )
    )
    return made


def _wanted(
    order: Order, lines: Sequence[OrderLine], wanted: Sequence[ResendLine], resent: Mapping[int, int]
) -> dict[int, int]:
    goods = {line.line: line for line in lines if line.kind is LineKind.GOODS and line.sku_id is not None}
    quantities: dict[int, int] = {}
    for each in wanted:
        line = goods.get(each.line)
        if line is None:
            raise LineNotFound(number=order.number, line=each.line)
        if each.line in quantities:
            raise DuplicateLines(line=each.line)
        left = max(line.shipped_qty - resent.get(each.line, 0), 0)
        if each.qty > left:
            raise TooMuchToResend(number=order.number, line=each.line, left=left, qty=each.qty)
        quantities[each.line] = each.qty
    return quantities
