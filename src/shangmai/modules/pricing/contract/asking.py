"""What other modules ask of pricing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.tx import Item
from shangmai.modules.catalog.contract import Sku
from shangmai.modules.catalog.contract.places import SkuPlace
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.pricing.contract.basket import ChosenGift, Offer
from shangmai.modules.pricing.contract.coupons import CouponCode, CouponId
from shangmai.modules.pricing.contract.promotion import PromotionId
from shangmai.modules.pricing.contract.quote import Quote


class PriceLine(Struct, frozen=True):
    """So many pieces of a SKU."""

    sku: Sku
    qty: int


class PriceAsk(Struct, frozen=True, kw_only=True):
    """Unit prices wanted: in whose shop, for whom, when."""

    shop: ShopFacts
    lines: tuple[PriceLine, ...]
    customer_id: CustomerId | None
    at: datetime


class CouponWish(Struct, frozen=True, kw_only=True):
    """A coupon to use: one of the buyer's wallet by its id, or by the code as printed."""

    coupon_id: CouponId | None = None
    code: CouponCode | None = None


CouponWishes = Annotated[tuple[CouponWish, ...], Meta(max_length=20)]


class BasketAskLine(Struct, frozen=True, kw_only=True):
    """`key`: the caller's number. `add_on_of`: taken as an add-on of that promotion. `offer`: from another module.

    `place`: where the SKU stands, where the caller has read it already.
    """

    key: int
    sku: Sku
    qty: int
    add_on_of: PromotionId | None = None
    offer: Offer | None = None
    place: SkuPlace | None = None


class QuoteAsk(Struct, frozen=True, kw_only=True):
    """A basket to price. `best_coupons`: whichever of the buyer's coupons make it cheapest, besides those named.

    `freight_of`: instead of `freight_minor`, works it out from what each line comes to at list prices, by its key.
    `draw`: the random number of a gift that is drawn; the same again gives the same gift. `orders_paid`: how many
    orders the buyer has paid before. `points`: how many the buyer has and wants to use at most. `used_up`: promotions
    with limits that turned out to have none left.
    """

    shop: ShopFacts
    warehouse_id: WarehouseId
    at: datetime
    lines: tuple[BasketAskLine, ...]
    customer_id: CustomerId | None = None
    orders_paid: int = 0
    freight_minor: int = 0
    freight_of: Callable[[Mapping[int, int]], int] | None = None
    region: tuple[str, ...] = ()
    coupons: CouponWishes = ()
    best_coupons: bool = False
    chosen_gifts: tuple[ChosenGift, ...] = ()
    draw: int = 0
    points: int = 0
    used_up: frozenset[PromotionId] = frozenset()


class QuoteHold(Struct, frozen=True, kw_only=True):
    """A quote that a document was made of: keep for it what its promotions and coupons use up."""

    doc: UUID
    quote: Quote
    customer_id: CustomerId | None
    item: Item
