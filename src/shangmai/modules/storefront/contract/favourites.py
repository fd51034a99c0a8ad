"""What members keep for later (收藏), and what they have written of an order."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shangmai.kernel.errors import Conflict
from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.storefront.contract.reviews import ReviewStatus
from shangmai.modules.storefront.contract.shown import Card


class AddFavourite(Struct, frozen=True, kw_only=True):
    """Keep a product for later. 收藏商品。"""

    product_id: ProductId


class RemoveFavourite(Struct, frozen=True, kw_only=True):
    """Keep a product no longer. 取消收藏。"""

    product_id: ProductId


class FavouriteSet(Struct, frozen=True, kw_only=True):
    """Whether a product is kept now, and how many are."""

    product_id: ProductId
    kept: bool
    count: int


class Favourite(Struct, frozen=True, kw_only=True):
    """A product that is kept since then; `card` is null where the shop shows it no longer."""

    product_id: ProductId
    at: datetime
    card: Card | None


class OwnReview(Struct, frozen=True, kw_only=True):
    """What was written of a line of an order, and whether others see it yet."""

    line: int
    stars: int
    text: str
    status: ReviewStatus
    reply: str
    at: datetime


class TooManyFavourites(Conflict):
    """{most} products can be kept; take one out first."""

    zh = "最多收藏 {most} 件商品，请先取消一些。"
