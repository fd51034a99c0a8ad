"""The nouns of the catalog."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.money import MINOR_MAX

BrandId = NewType("BrandId", UUID)
CategoryId = NewType("CategoryId", UUID)
ProductId = NewType("ProductId", UUID)
SkuId = NewType("SkuId", UUID)


class ProductStatus(StrEnum):
    """Whether a product is offered: being written, in review, approved and waiting for its time, now, no longer."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    LISTED = "listed"
    DELISTED = "delisted"


class SkuKind(StrEnum):
    """What is delivered: a good from stock, the components of a kit, or a service that has no stock."""

    GOODS = "goods"
    KIT = "kit"
    SERVICE = "service"


class SkuStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"


Code = Annotated[str, Meta(max_length=80, description="Capitals, digits, space, dash, underscore; at most 64.")]
Label = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
Words = Annotated[str, Meta(max_length=200)]
PriceMinor = Annotated[int, Meta(ge=0, le=MINOR_MAX)]
Grams = Annotated[int, Meta(ge=0, le=100_000_000, description="0: not weighed yet")]
Pieces = Annotated[int, Meta(ge=1, le=10_000)]
Position = Annotated[int, Meta(ge=0, le=1_000_000, description="Its place among its neighbours, the lowest first.")]
ShareWeight = Annotated[int, Meta(ge=0, le=MINOR_MAX)]
Attributes = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=64)], Annotated[str, Meta(max_length=200)]], Meta(max_length=50)
]


class KitComponent(Struct, frozen=True):
    """`qty` pieces of a SKU in one kit; the line's share of the kit's price is by `share_weight`."""

    sku_id: SkuId
    qty: int
    share_weight: int


class Sku(Struct, frozen=True, kw_only=True):
    """What an order needs to know of a SKU. A kit is active while it and all its components are."""

    id: SkuId
    product_id: ProductId
    code: str
    name: str
    kind: SkuKind
    active: bool
    weight_g: int
    price_minor: int
    currency: str
    components: tuple[KitComponent, ...] = ()


class Barcode(Struct, frozen=True):
    """A code to scan. One of 8, 12, 13 or 14 digits is a GS1 number with a check digit, unless it is `internal`."""

    text: Annotated[str, Meta(max_length=80)]
    internal: bool = False


class SkuDetail(Struct, frozen=True, kw_only=True):
    """A SKU as people look at it.

    `other_prices`: minor units by currency, beside the price in its own. An order takes `min_qty` to `max_qty` pieces
    (None: any number) in steps of `qty_step`.
    """

    id: SkuId
    product_id: ProductId
    code: str
    name: str
    name_en: str
    kind: SkuKind
    status: SkuStatus
    attributes: dict[str, str]
    barcodes: tuple[Barcode, ...]
    weight_g: int
    price_minor: int
    currency: str
    other_prices: dict[str, int]
    min_qty: int
    max_qty: int | None
    qty_step: int
    components: tuple[KitComponent, ...]
    version: int
    created_at: datetime


class Product(Struct, frozen=True, kw_only=True):
    """A product in a list. `list_at`: when an approved one goes on offer; `listed_at`: when it last did."""

    id: ProductId
    code: str
    name: str
    name_en: str
    category_id: CategoryId | None
    brand_id: BrandId | None
    brand: str
    tags: tuple[str, ...]
    status: ProductStatus
    list_at: datetime | None
    listed_at: datetime | None
    version: int
    created_at: datetime


class Brand(Struct, frozen=True, kw_only=True):
    id: BrandId
    name: str
    name_en: str
    logo: str | None


class Category(Struct, frozen=True, kw_only=True):
    """A place in the tree; siblings are shown by position, then by age."""

    id: CategoryId
    parent_id: CategoryId | None
    name: str
    name_en: str
    position: int


class PricePoint(Struct, frozen=True, kw_only=True):
    """A price and since when; `cause` is the row of the action log that set it."""

    seq: int
    at: datetime
    price_minor: int
    currency: str
    cause: UUID


class TitlePoint(Struct, frozen=True, kw_only=True):
    """The names of a product and since when; `cause` is the row of the action log that set them."""

    seq: int
    at: datetime
    name: str
    name_en: str
    cause: UUID
