"""A basket, with every fact that its price depends on: the engine asks nobody."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.clock import Instant
from shangmai.kernel.money import Currency
from shangmai.modules.catalog.contract import CategoryId, ProductId, SkuId
from shangmai.modules.organization.contract import CompanyId, ShopId
from shangmai.modules.pricing.contract.benefits import Minor, Pieces, Share
from shangmai.modules.pricing.contract.floors import FloorBy
from shangmai.modules.pricing.contract.promotion import PromotionId


class PriceRef(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which price list set a list price, and the rule of it in words."""

    list_id: UUID | None = None
    list_code: str = ""
    rule: str = ""


class Offer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The buyer came to this line through an offer: a group (its size, counting the buyer), a bargain (the price it has
    come to), goods for points, a pre-sale, a flash sale.
    """

    promotion_id: PromotionId
    leader: bool = False
    group_size: Annotated[int, Meta(ge=0)] = 0
    price_minor: Minor | None = None


class BasketLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`key` is the caller's number, unique in the basket; lines are worked on in the order of their keys.

    `list_minor`, `cost_minor`, `floor_minor` are for one piece; `category_ids` runs from root to leaf.
    `floor_by`: what set the floor. `add_on_of`: taken as an add-on of that promotion.
    """

    key: int
    sku_id: SkuId
    product_id: ProductId
    category_ids: tuple[CategoryId, ...] = ()
    brand_id: UUID | None = None
    tags: tuple[str, ...] = ()
    qty: Pieces
    list_minor: Minor
    price: PriceRef = PriceRef()
    cost_minor: Minor | None = None
    floor_minor: Minor | None = None
    floor_by: FloorBy | None = None
    weight_g: Annotated[int, Meta(ge=0)] = 0
    tax_rate_bp: Share = 0
    add_on_of: PromotionId | None = None
    offer: Offer | None = None


class Buyer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: UUID
    level: str = ""
    tags: tuple[str, ...] = ()
    orders_paid: Annotated[int, Meta(ge=0)] = 0


class OfferedCoupon(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A coupon that the buyer holds or typed in. Of several of one promotion the first is used."""

    promotion_id: PromotionId
    coupon_id: UUID | None = None
    code: str = ""


class Quota(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is left of a promotion's limits for this buyer and altogether; None: no limit."""

    promotion_id: PromotionId
    uses_left: Annotated[int, Meta(ge=0)] | None = None
    pieces_left: Annotated[int, Meta(ge=0)] | None = None
    budget_left_minor: Minor | None = None


class GiftStock(Struct, frozen=True):
    """How many pieces of a gift can be given; a gift that is not listed has none."""

    sku_id: SkuId
    available: Annotated[int, Meta(ge=0)]


class ChosenGift(Struct, frozen=True):
    promotion_id: PromotionId
    sku_id: SkuId


class Basket(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`region`: province, city, district, as codes or names. `points_wanted` None: as many as is best. `draw` decides
    where a gift is drawn: the caller's random number, kept, so that the same basket gives the same quote again.
    """

    company_id: CompanyId
    shop_id: ShopId
    channel: str = ""
    currency: Currency
    now: Instant
    region: tuple[str, ...] = ()
    buyer: Buyer | None = None
    lines: Annotated[tuple[BasketLine, ...], Meta(min_length=1, max_length=1_000)]
    freight_minor: Minor = 0
    coupons: tuple[OfferedCoupon, ...] = ()
    points_available: Annotated[int, Meta(ge=0)] = 0
    points_wanted: Annotated[int, Meta(ge=0)] | None = None
    quotas: tuple[Quota, ...] = ()
    gift_stock: tuple[GiftStock, ...] = ()
    chosen_gifts: tuple[ChosenGift, ...] = ()
    draw: Annotated[int, Meta(ge=0)] = 0
