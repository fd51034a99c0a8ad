"""Reviews by people who bought: written, moderated, answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.events.contract import event
from shangmai.kernel.files import Sha256
from shangmai.modules.catalog.contract import ProductId, SkuId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.organization.contract import ShopId

ReviewId = NewType("ReviewId", UUID)
Stars = Annotated[int, Meta(ge=1, le=5)]
Text = Annotated[str, Meta(max_length=2_000)]
Pictures = Annotated[tuple[Sha256, ...], Meta(max_length=9)]


class ReviewStatus(StrEnum):
    """Whether shoppers see a review: not yet, yes, no."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Review(Struct, frozen=True, kw_only=True):
    """A review as shoppers see it: without its author's name."""

    id: ReviewId
    sku_id: SkuId
    stars: int
    text: str
    pictures: tuple[str, ...]
    reply: str
    at: datetime


class ReviewForModeration(Struct, frozen=True, kw_only=True):
    """A review as those see it who decide on it; `held_for` are the words that hold it for a person."""

    id: ReviewId
    shop_id: ShopId
    product_id: ProductId
    sku_id: SkuId
    order_id: OrderId
    line: int
    customer_id: CustomerId
    stars: int
    text: str
    pictures: tuple[str, ...]
    status: ReviewStatus
    held_for: tuple[str, ...]
    reason: str
    reply: str
    at: datetime


class ReviewSummary(Struct, frozen=True, kw_only=True):
    """The approved reviews of a product: how many of 1, 2, … 5 stars; `rating` is the mean × 100, rounded half up."""

    count: int
    rating: int | None
    by_stars: tuple[int, int, int, int, int]


class SubmitReview(Struct, frozen=True, kw_only=True):
    """Review a line of an order that was shipped to you."""

    order_id: OrderId
    line: Annotated[int, Meta(ge=1)]
    stars: Stars
    text: Text = ""
    pictures: Pictures = ()


class ModerateReview(Struct, frozen=True, kw_only=True):
    """Show a review to shoppers, or hide it and say why."""

    review_id: ReviewId
    approve: bool
    reason: Annotated[str, Meta(max_length=200)] = ""


class ReplyToReview(Struct, frozen=True, kw_only=True):
    """Answer a review in the shop's name; an empty text takes the answer away."""

    review_id: ReviewId
    text: Annotated[str, Meta(max_length=2_000)]


@event("storefront.review_changed.v1", key="product_id")
class ReviewChanged(Struct, frozen=True, kw_only=True):
    """A review was written, decided on or answered."""

    review_id: ReviewId
    shop_id: ShopId
    product_id: ProductId
    status: ReviewStatus
    stars: int
