"""Sending something of an order again, without charge."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict
from shangmai.kernel.events.contract import event
from shangmai.modules.orders.contract.ids import OrderId, Text


class ResendLine(Struct, frozen=True, kw_only=True):
    line: int
    qty: Annotated[int, Meta(ge=1, le=10_000_000)]


class ResendOrder(Struct, frozen=True, kw_only=True):
    """Send goods of an order again that were lost, broken or forgotten: a new order that costs nothing. 补发。"""

    order_id: OrderId
    lines: Annotated[list[ResendLine], Meta(min_length=1, max_length=2000)]
    reason: Text


class Resend(Struct, frozen=True, kw_only=True):
    """How two orders belong together: `order_id` sends again what is of `of_order_id`."""

    order_id: OrderId
    number: str
    of_order_id: OrderId
    of_number: str
    reason: str


@event("orders.resent.v1", key="order_id")
class OrderResent(Struct, frozen=True, kw_only=True):
    """Some of an order is sent again by the order `by_order_id`."""

    order_id: OrderId
    number: str
    by_order_id: OrderId
    by_number: str
    reason: str


class TooMuchToResend(Conflict):
    """Of line {line} of order {number} {left} more can be sent again, not {qty}; only what has left counts."""

    zh = "订单 {number} 第 {line} 行最多还可补发 {left} 件，不足 {qty} 件；只能补发已发出的商品。"
