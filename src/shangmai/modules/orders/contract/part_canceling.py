"""Canceling some pieces of an order before they leave."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict
from shangmai.kernel.events.contract import event
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract.ids import OrderId, Text
from shangmai.modules.organization.contract import CompanyId, ShopId
from shangmai.modules.pricing.contract.coupons import CouponId


class CancelLine(Struct, frozen=True, kw_only=True):
    line: int
    qty: Annotated[int, Meta(ge=1, le=10_000_000)]


class CancelPart(Struct, frozen=True, kw_only=True):
    """Cancel some pieces of a paid order that have not left; the rest goes on. 部分取消。"""

    order_id: OrderId
    lines: Annotated[list[CancelLine], Meta(min_length=1, max_length=2000)]
    reason: Text


class CanceledLine(Struct, frozen=True, kw_only=True):
    """Pieces canceled, and what was given back for them."""

    line: int
    qty: int
    refund_minor: int


class PartCancel(Struct, frozen=True, kw_only=True):
    """Pieces that were canceled together, gifts that the rest does not earn among them.

    `coupons_back`: coupons that can be used again. `points_back`: the share of the points that the order used.
    """

    id: UUID
    order_id: OrderId
    at: datetime
    reason: str
    refund_minor: int
    lines: list[CanceledLine]
    coupons_back: tuple[CouponId, ...] = ()
    points_back: int = 0


@event("orders.part_canceled.v1", key="order_id")
class OrderPartCanceled(Struct, frozen=True, kw_only=True):
    """Some pieces will not leave; those who pick or pack the order's units are told by `orders.unit_changed.v1`."""

    cancel_id: UUID
    order_id: OrderId
    number: str
    company_id: CompanyId
    shop_id: ShopId
    customer_id: CustomerId | None
    refund_minor: int
    currency: str
    reason: str


class TooMuchToCancel(Conflict):
    """Line {line} of order {number} has {left} that can be canceled, not {qty}; what has left can be returned."""

    zh = "订单 {number} 第 {line} 行可取消 {left} 件，不足 {qty} 件；已发出的请走退货。"


class NotPaidToCancelPart(Conflict):
    """Order {number} is not paid in full; cancel all of it and place it again with what is wanted."""

    zh = "订单 {number} 未付清，请整单取消后按所需商品重新下单。"


class CancelAllInstead(Conflict):
    """That is all of order {number}; cancel it with orders.cancel, which gives back the freight too."""

    zh = "这是订单 {number} 的全部商品，请用整单取消（orders.cancel），运费会一并退回。"
