"""Changing what an order consists of before it leaves, without changing what it costs."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.orders.contract.ids import OrderId
from shangmai.modules.organization.contract import ShopId

EditReason = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S", description="Why. 原因。")]
LineNo = Annotated[int, Meta(ge=1, le=10_000)]
GiftQty = Annotated[int, Meta(ge=1, le=1_000_000)]


class SwapGoods(Struct, frozen=True, kw_only=True):
    """Send another SKU instead of the one on a line, all its pieces, at the same price. 换商品。"""

    order_id: OrderId
    line: LineNo
    sku_id: SkuId
    reason: EditReason


class AddGift(Struct, frozen=True, kw_only=True):
    """Send something with an order for nothing. 加赠品。"""

    order_id: OrderId
    sku_id: SkuId
    qty: GiftQty = 1
    reason: EditReason


class EditedOrder(Struct, frozen=True, kw_only=True):
    """The line of an order as it is now."""

    order_id: OrderId
    number: str
    line: int
    sku_id: SkuId
    qty: int


@event("orders.goods_swapped.v1", key="order_id")
class GoodsSwapped(Struct, frozen=True, kw_only=True):
    """A line of an order is of another SKU now; what it costs stays."""

    order_id: OrderId
    number: str
    shop_id: ShopId
    line: int
    sku_id: SkuId
    before: SkuId
    qty: int
    reason: str


class NotToSwap(Conflict):
    """Of line {line} of order {number}, {shipped} pieces have left and {left} are left; only a line that is all here
    can be swapped. Cancel its pieces and send others instead.
    """

    zh = "订单 {number} 第 {line} 行已发 {shipped} 件、待发 {left} 件；只能更换整行未发的商品，可改为取消剩余并补发。"


class KitNotToSwap(Conflict):
    """Line {line} of order {number} is, or would be, a kit or a service, which stay as they were sold. Cancel it and
    send others instead.
    """

    zh = "订单 {number} 第 {line} 行涉及套装或服务，不能更换。可取消该行并另行补发。"
