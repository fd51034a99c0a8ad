"""Keeping the window: what is taught, rebuilt and announced."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.organization.contract import ShopId


class Rebuild(Struct, frozen=True, kw_only=True):
    """Make up to `limit` products of a shop's window anew, in order of id from behind `after` on."""

    shop_id: ShopId
    after: ProductId | None = None
    limit: Annotated[int, Meta(ge=1, le=2_000)] = 500


class Rebuilt(Struct, frozen=True, kw_only=True):
    """How many products were looked at and changed; `next` is the next call's `after`, null when all are done."""

    looked_at: int
    changed: int
    next: ProductId | None


class Refresh(Struct, frozen=True, kw_only=True):
    """Look again at these products in every mall."""

    product_ids: Annotated[tuple[ProductId, ...], Meta(min_length=1, max_length=1_000)]


class Refreshed(Struct, frozen=True, kw_only=True):
    """How many rows were changed, in all malls together."""

    changed: int


class TeachWords(Struct, frozen=True, kw_only=True):
    """Words of this trade that names and questions shall be cut by: brands, models, product lines."""

    words: Annotated[
        tuple[Annotated[str, Meta(min_length=2, max_length=20, pattern=r"^\S+$")], ...],
        Meta(min_length=1, max_length=1_000),
    ]


@event("storefront.words_taught.v1", key="topic")
class WordsTaught(Struct, frozen=True, kw_only=True):
    """Words that were new; products whose names hold one are cut anew."""

    words: tuple[str, ...]
    topic: str = "words"


@event("storefront.listings_changed.v1", key="shop_id")
class ListingsChanged(Struct, frozen=True, kw_only=True):
    """What shoppers see has changed: the shop's window is at this version now."""

    shop_id: ShopId
    version: int
    product_ids: tuple[ProductId, ...]
