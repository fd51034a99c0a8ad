"""Bargains 砍价: a customer's friends cut a price down, each once, by an amount that is drawn."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, Invalid, NotFound, words
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import Minor, Order, OrderId, Receiver
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract import PromotionId

BargainId = NewType("BargainId", UUID)

HELPS_MAX = 500
HOURS_MAX = 30 * 24


class BargainStatus(StrEnum):
    """Open for helps and for buying; bought, by an order that is not canceled; its time is over."""

    OPEN = "open"
    BOUGHT = "bought"
    OVER = "over"


class SetBargainTerms(Struct, frozen=True, kw_only=True):
    """How bargains of a promotion go, from now on; those that were started keep theirs.

    `helps`: after so many the price is the lowest. `hours`: how long one can be helped and bought, at most until the
    promotion ends. `pay_minutes`: how long the stock of an unpaid order is held.
    """

    promotion_id: PromotionId
    helps: Annotated[int, Meta(ge=1, le=HELPS_MAX)] = 10
    hours: Annotated[int, Meta(ge=1, le=HOURS_MAX)] = 24
    pay_minutes: Annotated[int, Meta(ge=1, le=HOURS_MAX * 60)] = 30


class BargainTerms(Struct, frozen=True, kw_only=True):
    """The terms of a promotion's bargains; without any set, those of `SetBargainTerms` by default."""

    promotion_id: PromotionId
    helps: int
    hours: int
    pay_minutes: int


class StartBargain(Struct, frozen=True, kw_only=True):
    """Start to bargain for one piece of a SKU (发起砍价)."""

    shop_id: ShopId
    promotion_id: PromotionId
    sku_id: SkuId
    customer_id: CustomerId


class HelpBargain(Struct, frozen=True, kw_only=True):
    """Cut the price of another customer's bargain (帮砍); `customer_id` is who helps."""

    bargain_id: BargainId
    customer_id: CustomerId


class BuyBargain(Struct, frozen=True, kw_only=True):
    """Order the piece at the price that the bargain has come to."""

    bargain_id: BargainId
    warehouse_id: WarehouseId | None = None
    receiver: Receiver | None = None
    note: Annotated[str, Meta(max_length=500)] = ""
    expected_total_minor: Minor | None = None


class Bargain(Struct, frozen=True, kw_only=True):
    """A bargain, in minor units of the shop's currency: list_minor − all cuts = price_minor ≥ lowest_minor.

    `helps` of `helps_max` have been given; with the last the price is the lowest exactly. It can be helped and bought
    in `[started_at, ends_at)`.
    """

    id: BargainId
    shop_id: ShopId
    promotion_id: PromotionId
    sku_id: SkuId
    customer_id: CustomerId
    list_minor: int
    lowest_minor: int
    price_minor: int
    helps: int
    helps_max: int
    status: BargainStatus
    started_at: datetime
    ends_at: datetime
    order_id: OrderId | None = None


class Help(Struct, frozen=True, kw_only=True):
    """The n-th help: who gave it, and what it cut off."""

    n: int
    customer_id: CustomerId
    cut_minor: int
    at: datetime


class BargainDetail(Struct, frozen=True, kw_only=True):
    """A bargain with its helps, the first in front."""

    bargain: Bargain
    helps: list[Help]


class HelpedBargain(Struct, frozen=True, kw_only=True):
    """The bargain after a help, and what it cut off."""

    bargain: Bargain
    cut_minor: int


class BoughtBargain(Struct, frozen=True, kw_only=True):
    """The bargain, and the order at its price."""

    bargain: Bargain
    order: Order


class BargainNotFound(NotFound):
    """There is no such bargain, or you may not see it; start one."""

    zh = "没有这个砍价，或您无权查看；请发起新的砍价。"


class NoBargainPromotion(Invalid):
    """Promotion {promotion_id} is no bargain, or not published; publish one whose benefit is bargain."""

    zh = "促销 {promotion_id} 不是砍价活动，或尚未发布；请先发布类型为 bargain 的促销。"


class BargainStarted(Conflict):
    """You are bargaining for these goods already; go on with that one."""

    zh = "您已在为该商品砍价，请继续原来的砍价。"


class BargainOver(Conflict):
    """This bargain is {status}; start a new one."""

    zh = "该砍价{status}，请发起新的砍价。"
    zh_words = words(status={"bought": "已下单", "over": "已到期"})


class HelpedAlready(Conflict):
    """You have helped this bargain; each friend can once. Ask somebody else to help."""

    zh = "您已经帮砍过，每位好友只能帮砍一次；请邀请其他好友。"


class OwnBargain(Conflict):
    """A bargain is helped by others; send it to a friend."""

    zh = "不能为自己砍价，请邀请好友帮砍。"


class LowestReached(Conflict):
    """The price is at its lowest; buy at it."""

    zh = "已砍到最低价，请直接购买。"


class NotCutYet(Conflict):
    """Nobody has cut the price yet; send the bargain to a friend, or order at the list price."""

    zh = "还没有好友帮砍；请邀请好友，或按标价下单。"
