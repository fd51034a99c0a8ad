"""Deposit pre-sales 定金预售: a deposit now, which counts for more when the balance is paid in its window."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Invalid, NotFound
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import Minor, OrderId, Qty, Receiver
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract import PromotionId


class SetPresaleTerms(Struct, frozen=True, kw_only=True):
    """How pre-sales of a promotion go, from now on; those that were ordered keep theirs.

    `keep_deposit`: the shop keeps it when the balance is not paid in time (the trade's rule), else it goes back.
    `pay_minutes`: how long the stock is held for the deposit.
    """

    promotion_id: PromotionId
    keep_deposit: bool = True
    pay_minutes: Annotated[int, Meta(ge=1, le=30 * 24 * 60)] = 30


class PresaleTerms(Struct, frozen=True, kw_only=True):
    """The terms of a promotion's pre-sales; without any set, those of `SetPresaleTerms` by default."""

    promotion_id: PromotionId
    keep_deposit: bool
    pay_minutes: int


class PlacePresale(Struct, frozen=True, kw_only=True):
    """Order pieces of a SKU in a pre-sale (付定金)."""

    shop_id: ShopId
    promotion_id: PromotionId
    sku_id: SkuId
    customer_id: CustomerId
    qty: Qty = 1
    warehouse_id: WarehouseId | None = None
    receiver: Receiver | None = None
    note: Annotated[str, Meta(max_length=500)] = ""
    expected_total_minor: Minor | None = None


class ClosePresale(Struct, frozen=True, kw_only=True):
    """The window for the balance of a pre-sale's order is over."""

    order_id: OrderId


class PresaleNotFound(NotFound):
    """Order {order_id} is no pre-sale, or you may not see it; look up its number."""

    zh = "订单 {order_id} 不是定金预售订单，或您无权查看；请核对单号。"


class NoPresalePromotion(Invalid):
    """Promotion {promotion_id} is no deposit pre-sale, or not published; publish one with deposit_presale."""

    zh = "促销 {promotion_id} 不是定金预售，或尚未发布；请先发布类型为 deposit_presale 的促销。"
