"""Goods that come back, and what is given back for them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, Invalid
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import Bucket
from shangmai.modules.orders.contract.ids import Minor, OrderId, Text
from shangmai.modules.pricing.contract.coupons import CouponId


class KitPart(Struct, frozen=True, kw_only=True):
    """A component of a kit that was ordered: `per_kit` pieces in each kit, `qty` in the whole line.

    `share_minor`: of what the line cost, frozen when the order was placed. `returned_qty`: pieces that came back, those
    of whole kits too.
    """

    line: int
    sku_id: SkuId
    qty: int
    per_kit: int
    share_minor: int
    returned_qty: int = 0


class ReturnPart(Struct, frozen=True, kw_only=True):
    """Pieces of a kit's component that come back without the rest of the kit."""

    sku_id: SkuId
    qty: Annotated[int, Meta(ge=1, le=10_000_000)]


class ReturnLine(Struct, frozen=True, kw_only=True):
    """Pieces that come back. Without `refund_minor` the refund is the line's share of what was paid.

    `qty` of a kit: whole kits; `parts`: pieces of its components besides.
    """

    line: int
    qty: Annotated[int, Meta(ge=0, le=10_000_000)]
    refund_minor: Minor | None = None
    parts: Annotated[tuple[ReturnPart, ...], Meta(max_length=100)] = ()


class ReturnOrder(Struct, frozen=True, kw_only=True):
    """Take goods back and refund them. A quantity of zero refunds only (仅退款).

    `method`: how the money goes back; without it, by the way it came (原路退回), what came last first.
    """

    order_id: OrderId
    lines: Annotated[list[ReturnLine], Meta(min_length=1, max_length=2000)]
    reason: Text
    reference: Annotated[str, Meta(max_length=64)] = ""
    bucket: Bucket = Bucket.SELLABLE
    method: Annotated[str, Meta(pattern="^[a-z_]{1,20}$")] | None = None


class GiftDue(Struct, frozen=True, kw_only=True):
    """Pieces of a gift that the order no longer earns and the customer still has; ask for them."""

    sku_id: SkuId
    qty: int


class Return(Struct, frozen=True, kw_only=True):
    """`coupons_back`: coupons that can be used again, because nothing that they were used on is left.

    `points_back`: the share of the points that the order used, as its pieces, or their money, go back.
    """

    id: UUID
    number: str
    order_id: OrderId
    refund_minor: int
    cost_minor: int
    gifts_due: tuple[GiftDue, ...] = ()
    coupons_back: tuple[CouponId, ...] = ()
    points_back: int = 0


class PartNotInKit(Invalid):
    """Line {line} has no component {sku_id}; name a component of the kit that was ordered."""

    zh = "第 {line} 行没有组件 {sku_id}，请填写所购套装中的组件。"


class TooMuchOfPart(Conflict):
    """Of {sku_id} in line {line} of order {number}, {left} pieces can come back, not {qty}; correct the number."""

    zh = "订单 {number} 第 {line} 行的组件 {sku_id} 还可退 {left} 件，不能退 {qty} 件，请更正数量。"
