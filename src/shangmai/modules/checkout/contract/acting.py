"""What whoever holds an order's link may do about it: cancel it, and say that it has arrived."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict
from shangmai.modules.checkout.contract.placing import Link


class CancelByLink(Struct, frozen=True, kw_only=True):
    """Cancel the order of a link before the warehouse has it; what was paid goes back. 买家取消订单。"""

    link: Link
    reason: Annotated[str, Meta(min_length=1, max_length=200)] = "买家取消"


class ConfirmByLink(Struct, frozen=True, kw_only=True):
    """Say that the order of a link has arrived. 确认收货。"""

    link: Link


class BeingPacked(Conflict):
    """Order {number} is with the warehouse already; ask the shop to stop it, or send it back when it has arrived."""

    zh = "订单 {number} 已交给仓库备货，无法直接取消；请联系店铺拦截，或收到后退货。"


class DepositNotReturned(Conflict):
    """Order {number} has a deposit, which the shop's terms decide about; ask the shop to cancel it."""

    zh = "订单 {number} 含定金，是否退还按店铺规则处理；请联系店铺取消。"
