"""Whom an order goes to: masked for everybody who reads orders, in clear for a reason."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Invalid, NotFound
from shangmai.modules.orders.contract.ids import OrderId


class MaskedReceiver(Struct, frozen=True, kw_only=True):
    """A receiver with personal data masked: 李**, 137****5678, 浙江省杭州市****. 收货人（打码）。"""

    name: str
    phone: str
    address: str


class ShowReceiver(Struct, frozen=True, kw_only=True):
    """Show whom an order goes to. 查看收货人原文。"""

    order_id: OrderId
    reason: Annotated[str, Meta(min_length=2, max_length=200, pattern=r"\S", description="Why you look. 查看原因。")]


class NoReceiver(NotFound):
    """The order has no receiver, or it was removed."""

    zh = "订单没有收货人，或已被清除。"


class ShownForReal(Invalid):
    """Personal data is not shown in a dry run, because a dry run leaves no trace in the log; run it for real."""

    zh = "试运行不会写入操作日志，因此不能查看明文；请正式执行。"
