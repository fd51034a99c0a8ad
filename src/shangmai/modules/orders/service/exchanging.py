"""Sending something else for goods that come back: a new order, bound to the old one, that may wait for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.money import Money
from shangmai.kernel.tx import Item, Tx
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
    OrderReturned,
    PlaceLine,
    PlaceOrder,
    SkuNotSellable,
    StatusForbids,
    WantedHoldBack,
    WhenShort,
)
from shangmai.modules.orders.contract.causes import RETURN_AWAITED
from shangmai.modules.orders.contract.causes.known import CAUSES
from shangmai.modules.orders.contract.exchanging import ExchangeOrder, OrderExchanged, TooMuchToExchange
from shangmai.modules.orders.queries import exchanges as tables
from shangmai.modules.orders.service.holding_back import hold_back, let_go
from shangmai.modules.orders.service.placing import place_offered
from shangmai.modules.orders.service.receiving import receiver_of

SURCHARGE = "换货差价 exchange surcharge"


@action(
    "orders.exchange",
    grant="orders.exchange",
    inverse="orders.cancel",
    errors=[OrderNotFound, StatusForbids, LineNotFound, DuplicateLines, TooMuchToExchange, SkuNotSellable],
)
async def exchange(tx: Tx, do: ExchangeOrder) -> Order:
    """Send something else for goods that come back: a new order at no price, or at a surcharge, to the same receiver.

    No more than has left, is not back and is in no other exchange. It waits for the goods, if asked to, and for stock
    where there is none; it goes through audit, exceptions and units like any other. The goods themselves come back
    with `orders.return`, without a refund. Events orders.placed.v1, orders.exchanged.v1, orders.held_back.v1.
    Raises: OrderNotFound, StatusForbids, LineNotFound, DuplicateLines, TooMuchToExchange, SkuNotSellable.
    """
    order = (await queries.lock(tx, [do.order_id])).get(do.order_id)
    if order is None:
        raise OrderNotFound(order_id=do.order_id)
    if order.status not in rules.RETURNABLE:
        raise StatusForbids(number=order.number, status=order.status.value, wanted="exchanged")
    lines = (await queries.lines_of(tx, [order.id]))[order.id]
    wanted = _wanted(order, lines, do, await tables.awaited_of(tx, order.id))
    goods = [PlaceLine(sku_id=sku, qty=qty, unit_price=rules.FREE) for _, qty, sku, _ in wanted]
    wish = PlaceOrder(
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        warehouse_id=order.warehouse_id,
        receiver=await receiver_of(tx, order.id),
        note=do.reason,
        lines=goods + _surcharge(order, do),
        when_short=WhenShort.WAIT,
    )
    # Whoever may exchange need not hold the grant to set prices: nothing but "free" can be asked here for goods.
    wanted_order = OfferedOrder(do=wish, item=tx.items[0], kind=OrderKind.EXCHANGE, prices_given=True)
    (made,) = await place_offered(tx, [wanted_order])
    if isinstance(made, AppError):
        raise made
    await queries.sold_by_same_account(tx, made.id, order.id)
    await tables.insert_exchange(tx, made.id, order.id, wanted, do.reason)
    tx.emit(
        OrderExchanged(
            order_id=order.id,
            number=order.number,
            by_order_id=made.id,
            by_number=made.number,
            surcharge_minor=do.surcharge_minor,
            reason=do.reason,
        )
    )
    return await _wait(tx, made, order) if do.wait_for_return else made


async def goods_came_back(tx: Tx, events: Sequence[OrderReturned], items: Sequence[Item]) -> None:
    """Let exchanges go all of whose goods are back. Event orders.let_go.v1."""
    of = {event.order_id: item for event, item in zip(events, items, strict=True)}
    back = await tables.all_back(tx, of)
    if back:
        await let_go(tx, {order_id: of[of_id] for order_id, of_id in back}, RETURN_AWAITED)


async def _wait(tx: Tx, made: Order, order: Order) -> Order:
    cause = CAUSES[RETURN_AWAITED]
    wanted = WantedHoldBack(
        order_id=made.id,
        code=RETURN_AWAITED,
        zh=cause.zh.format(number=order.number),
        en=cause.en.format(number=order.number),
        item=tx.items[0],
        owner=cause.owner,
        action=cause.action,
        input={"order_id": str(order.id)},
    )
    await hold_back(tx, [wanted])
    return replace(made, held_back=True)


def _surcharge(order: Order, do: ExchangeOrder) -> list[PlaceLine]:
    if not do.surcharge_minor:
        return []
    price = Money(do.surcharge_minor, order.currency).major()
    return [PlaceLine(kind=LineKind.OTHER, title=SURCHARGE, unit_price=price)]


def _wanted(
    order: Order, lines: Sequence[OrderLine], do: ExchangeOrder, awaited: Mapping[int, int]
) -> list[tables.NewLine]:
    goods = {line.line: line for line in lines if line.kind is LineKind.GOODS and line.sku_id is not None}
    found: dict[int, tables.NewLine] = {}
    for each in do.lines:
        line = goods.get(each.line)
        if line is None or line.sku_id is None:
            raise LineNotFound(number=order.number, line=each.line)
        if each.line in found:
            raise DuplicateLines(line=each.line)
        # What comes back settles the exchanges made first; this one is settled by what comes back after those.
        back = line.returned_qty + awaited.get(each.line, 0)
        left = line.shipped_qty - back
        if each.qty > left:
            raise TooMuchToExchange(number=order.number, line=each.line, left=left, qty=each.qty)
        found[each.line] = (each.line, each.qty, each.sku_id or line.sku_id, back)
    return list(found.values())
