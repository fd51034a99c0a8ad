"""Flash sales 秒杀: few pieces at a low price from a moment on; who is first is served first."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.clock import Instant
from shangmai.kernel.errors import Conflict, Invalid, NotFound
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.checkout.contract.placing import Delivery, InvoiceWish, Method
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import Minor, Receiver
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.payments.contract import Scene
from shangmai.modules.pricing.contract import PromotionId
from shangmai.modules.pricing.contract.promotion import Name, PromotionCode

Units = Annotated[int, Meta(ge=1, le=10_000_000)]


class OpenFlashSale(Struct, frozen=True, kw_only=True):
    """Some pieces of a SKU at a price, in `[starts_at, ends_at)`, so many for each buyer. 开启秒杀。"""

    shop_id: ShopId
    code: PromotionCode
    name: Name
    sku_id: SkuId
    price_minor: Minor
    units: Units
    per_buyer: Units = 1
    starts_at: Instant
    ends_at: Instant


class FlashStatus(StrEnum):
    """Not begun; buyable; all pieces kept or bought, which may come free again; over."""

    AHEAD = "ahead"
    OPEN = "open"
    SOLD_OUT = "sold_out"
    OVER = "over"


class FlashSaleView(Struct, frozen=True, kw_only=True):
    """A flash sale now. `now` and `starts_in_s` let a page count down by the server's clock."""

    promotion_id: PromotionId
    name: str
    sku_id: SkuId
    price_minor: int
    units: int
    left: int
    per_buyer: int
    starts_at: datetime
    ends_at: datetime
    status: FlashStatus
    now: datetime
    starts_in_s: int


class BuyFlash(Struct, frozen=True, kw_only=True):
    """Buy in a flash sale: as `checkout.place`, but at the flash price or not at all. 秒杀下单。"""

    shop_id: ShopId
    promotion_id: PromotionId
    sku_id: SkuId
    customer_id: CustomerId
    qty: Units = 1
    receiver: Receiver
    delivery: Delivery = Delivery()
    expected_total_minor: Minor
    method: Method = "later"
    scene: Scene | None = None
    invoice: InvoiceWish | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class FlashSaleNotFound(NotFound):
    """There is no flash sale {promotion_id} in this shop; look at the list of flash sales."""

    zh = "本店没有秒杀活动 {promotion_id}，请查看秒杀列表。"


class FlashTimesUnfit(Invalid):
    """A flash sale ends after it starts; correct the times."""

    zh = "秒杀的结束时间须晚于开始时间，请更正。"


class FlashNotOpen(Conflict):
    """This flash sale runs from {starts_at} to {ends_at}; come back then."""

    zh = "秒杀时间为 {starts_at} 至 {ends_at}，请届时再来。"


class FlashSoldOut(Conflict):
    """All pieces are taken for now; some come free again when orders are not paid in time. Try again later."""

    zh = "已抢光；如有订单超时未付款会重新放出，请稍后再试。"


class FlashLimitReached(Conflict):
    """You have had the {per_buyer} pieces that each buyer may have at this price; leave some to others."""

    zh = "每人限购 {per_buyer} 件，您已达到上限。"
