"""Changing what an order costs before anything of it is paid."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, Invalid
from shangmai.kernel.events.contract import event
from shangmai.modules.orders.contract.editing import EditReason, LineNo
from shangmai.modules.orders.contract.ids import OrderId


class ChangePrice(Struct, frozen=True, kw_only=True):
    """Let a line of an unpaid order cost so much, all its pieces together, minor units. 改价。"""

    order_id: OrderId
    line: LineNo
    amount_minor: Annotated[int, Meta(ge=0, le=10**13)]
    reason: EditReason


class LinePriceChange(Struct, frozen=True, kw_only=True):
    """What a line cost before, and since; who changed it, and why."""

    n: int
    line: int
    before_minor: int
    after_minor: int
    reason: str
    at: datetime
    by_name: str


@event("orders.price_changed.v1", key="order_id")
class OrderPriceChanged(Struct, frozen=True, kw_only=True):
    """A line of an order costs something else now, and so does the order."""

    order_id: OrderId
    number: str
    line: int
    before_minor: int
    after_minor: int
    total_minor: int
    reason: str


class PaidAlready(Conflict):
    """Order {number} is paid in part, on account, or has a deposit; what it costs stays. Give money back instead."""

    zh = "订单 {number} 已有付款、已挂账或含定金，不能改价。可改为退款。"


class KitPriceStays(Conflict):
    """Line {line} of order {number} is a kit, whose price is shared out to its components. Cancel it and place anew."""

    zh = "订单 {number} 第 {line} 行是套装，价格已分摊到组件，不能改价。请取消后重新下单。"


class NothingToPayLeft(Invalid):
    """Order {number} would cost nothing. Cancel it, and send the goods again or as a gift instead."""

    zh = "改价后订单 {number} 应付为零。请取消订单，改用补发或赠品。"
