"""What whoever holds an order's link may do about it: cancel it or a part of it, urge it, say that it has arrived."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict
from shangmai.modules.orders.contract import OrderId, OrderLink
from shangmai.modules.orders.contract.part_canceling import CancelLine


class CancelByLink(Struct, frozen=True, kw_only=True):
    """Cancel the order of a link before the warehouse has it; what was paid goes back. 买家取消订单。"""

    link: OrderLink
    reason: Annotated[str, Meta(min_length=1, max_length=200)] = "买家取消"


class ConfirmByLink(Struct, frozen=True, kw_only=True):
    """Say that the order of a link has arrived. 确认收货。"""

    link: OrderLink


class CancelPartByLink(Struct, frozen=True, kw_only=True):
    """Cancel some pieces of the order of a link that have not left; their money goes back. 买家取消部分商品。"""

    link: OrderLink
    lines: Annotated[list[CancelLine], Meta(min_length=1, max_length=200)]
    reason: Annotated[str, Meta(min_length=1, max_length=200)] = "买家取消部分商品"


class UrgeByLink(Struct, frozen=True, kw_only=True):
    """Ask the shop to send the order of a link soon. 催发货。"""

    link: OrderLink


class AnswerUrge(Struct, frozen=True, kw_only=True):
    """Take the order off the list of those whose buyers wait. 已回应催单。"""

    order_id: OrderId


class UrgeAnswered(Struct, frozen=True, kw_only=True):
    """`was_urged`: whether anybody had asked."""

    order_id: OrderId
    was_urged: bool


class NothingToUrge(Conflict):
    """Order {number} does not wait to be sent; look at how far it is."""

    zh = "订单 {number} 不在待发货状态，请查看订单进度。"


class BeingPacked(Conflict):
    """Order {number} is with the warehouse already; ask the shop to stop it, or send it back when it has arrived."""

    zh = "订单 {number} 已交给仓库备货，无法直接取消；请联系店铺拦截，或收到后退货。"


class DepositNotReturned(Conflict):
    """Order {number} has a deposit, which the shop's terms decide about; ask the shop to cancel it."""

    zh = "订单 {number} 含定金，是否退还按店铺规则处理；请联系店铺取消。"
