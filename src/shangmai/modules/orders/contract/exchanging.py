"""Sending something else for goods that come back."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.orders.contract.ids import Minor, OrderId, Text


class ExchangeLine(Struct, frozen=True, kw_only=True):
    """Pieces of a line that come back, and what is sent for them; without a SKU, the same goods."""

    line: int
    qty: Annotated[int, Meta(ge=1, le=10_000_000)]
    sku_id: SkuId | None = None


class ExchangeOrder(Struct, frozen=True, kw_only=True):
    """Send something else, or the same again, for goods that come back. 换货。

    `surcharge_minor`: what the buyer pays more for it; it leaves when that is paid. With `wait_for_return` it leaves
    when the goods are back (先退后发), without it at once (先发后退).
    """

    order_id: OrderId
    lines: Annotated[list[ExchangeLine], Meta(min_length=1, max_length=2000)]
    reason: Text
    surcharge_minor: Minor = 0
    wait_for_return: bool = True


class Exchange(Struct, frozen=True, kw_only=True):
    """How two orders belong together: `order_id` sends something for goods of `of_order_id` that come back."""

    order_id: OrderId
    number: str
    of_order_id: OrderId
    of_number: str
    reason: str


@event("orders.exchanged.v1", key="order_id")
class OrderExchanged(Struct, frozen=True, kw_only=True):
    """Goods of an order are to come back, and the order `by_order_id` sends something for them."""

    order_id: OrderId
    number: str
    by_order_id: OrderId
    by_number: str
    surcharge_minor: int
    reason: str


class TooMuchToExchange(Conflict):
    """Of line {line} of order {number} {left} more can be exchanged, not {qty}; only what has left, has not come back
    and is not being exchanged counts.
    """

    zh = "订单 {number} 第 {line} 行最多还可换货 {left} 件，不足 {qty} 件；只能换已发出、未退回且未在换货的商品。"
