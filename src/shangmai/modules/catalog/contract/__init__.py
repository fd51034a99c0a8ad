"""Nouns, action inputs, events and errors of the catalog."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NewType
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from shangmai.kernel.events.contract import event
from shangmai.kernel.i18n import register_folder
from shangmai.kernel.money import MINOR_MAX, Currency
from shangmai.modules.catalog.contract.errors import (
    BarcodeInvalid,
    BarcodeTaken,
    CategoryNameTaken,
    CategoryNotFound,
    CheckDigitWrong,
    CodeInvalid,
    ComponentTwice,
    KitEmpty,
    KitInKit,
    LaterPriceSet,
    NeverListed,
    NotAKit,
    NothingToSell,
    ProductCodeTaken,
    ProductNotFound,
    SharesInCurrencies,
    SharesMixed,
    SkuChanged,
    SkuCodeTaken,
    SkuNotFound,
)

register_folder("catalog", Path(__file__).parents[1])

CategoryId = NewType("CategoryId", UUID)
ProductId = NewType("ProductId", UUID)
SkuId = NewType("SkuId", UUID)


class ProductStatus(StrEnum):
    """Whether a product is offered: not yet, now, no longer."""

    DRAFT = "draft"
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
    """A SKU as people look at it."""

    id: SkuId
    product_id: ProductId
    code: str
    name: str
    kind: SkuKind
    status: SkuStatus
    attributes: dict[str, str]
    barcodes: tuple[Barcode, ...]
    weight_g: int
    price_minor: int
    currency: str
    components: tuple[KitComponent, ...]
    version: int
    created_at: datetime


class Product(Struct, frozen=True, kw_only=True):
    id: ProductId
    code: str
    name: str
    name_en: str
    category_id: CategoryId | None
    brand: str
    status: ProductStatus
    version: int
    created_at: datetime


class ProductDetail(Struct, frozen=True, kw_only=True):
    product: Product
    skus: tuple[SkuDetail, ...]


class Category(Struct, frozen=True, kw_only=True):
    id: CategoryId
    parent_id: CategoryId | None
    name: str
    name_en: str


class PricePoint(Struct, frozen=True, kw_only=True):
    """A price and since when; `cause` is the row of the action log that set it."""

    seq: int
    at: datetime
    price_minor: int
    currency: str
    cause: UUID


# --- action inputs and answers -------------------------------------------------------------------------------------


class CreateCategory(Struct, frozen=True, kw_only=True):
    name: Label
    name_en: Words = ""
    parent_id: CategoryId | None = None


class KitPart(Struct, frozen=True, kw_only=True):
    """A component by its code. Without share weights, lines share by list price; give them to all lines or none."""

    code: Code
    qty: Pieces = 1
    share_weight: ShareWeight | None = None


KitParts = Annotated[tuple[KitPart, ...], Meta(max_length=100)]


class NewSku(Struct, frozen=True, kw_only=True):
    """A SKU to create; without a name it has the product's. `components` is for kits."""

    code: Code
    price_minor: PriceMinor
    currency: Currency
    name: Words = ""
    attributes: Attributes = {}
    barcodes: Annotated[tuple[Barcode, ...], Meta(max_length=20)] = ()
    weight_g: Grams = 0
    kind: SkuKind = SkuKind.GOODS
    status: SkuStatus = SkuStatus.ACTIVE
    components: KitParts = ()


class CreateProduct(Struct, frozen=True, kw_only=True):
    code: Code
    name: Label
    skus: Annotated[tuple[NewSku, ...], Meta(min_length=1, max_length=500)]
    name_en: Words = ""
    category_id: CategoryId | None = None
    brand: Words = ""


class CreatedSku(Struct, frozen=True):
    id: SkuId
    code: str


class CreatedProduct(Struct, frozen=True, kw_only=True):
    """The ids made, the SKUs in the order given."""

    id: ProductId
    code: str
    skus: tuple[CreatedSku, ...]


class UpdateSku(Struct, frozen=True, kw_only=True):
    """What is not given stays. With `version`, refused if somebody has changed the SKU since that version was read."""

    sku_id: SkuId
    version: int | None = None
    name: Label | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET
    barcodes: Annotated[tuple[Barcode, ...], Meta(max_length=20)] | UnsetType = UNSET
    weight_g: Grams | UnsetType = UNSET
    status: SkuStatus | UnsetType = UNSET


class SetPrice(Struct, frozen=True, kw_only=True):
    sku_id: SkuId
    price_minor: PriceMinor
    currency: Currency


class PriceSet(Struct, frozen=True, kw_only=True):
    """What the price was and is; `changed` is false when it was that already."""

    sku_id: SkuId
    old_minor: int
    old_currency: str
    price_minor: int
    currency: str
    changed: bool


class ListProduct(Struct, frozen=True, kw_only=True):
    product_id: ProductId


class DelistProduct(Struct, frozen=True, kw_only=True):
    product_id: ProductId


class Listing(Struct, frozen=True, kw_only=True):
    product_id: ProductId
    code: str
    status: ProductStatus


class DefineKit(Struct, frozen=True, kw_only=True):
    sku_id: SkuId
    components: KitParts


# --- events --------------------------------------------------------------------------------------------------------


@event("catalog.product_created.v1", key="product_id")
class ProductCreated(Struct, frozen=True, kw_only=True):
    product_id: ProductId
    code: str
    sku_ids: tuple[SkuId, ...]


@event("catalog.product_listed.v1", key="product_id")
class ProductListed(Struct, frozen=True, kw_only=True):
    product_id: ProductId
    code: str


@event("catalog.product_delisted.v1", key="product_id")
class ProductDelisted(Struct, frozen=True, kw_only=True):
    product_id: ProductId
    code: str


@event("catalog.sku_updated.v1", key="sku_id")
class SkuUpdated(Struct, frozen=True, kw_only=True):
    sku_id: SkuId
    code: str
    version: int


@event("catalog.kit_defined.v1", key="sku_id")
class KitDefined(Struct, frozen=True, kw_only=True):
    sku_id: SkuId
    code: str
    components: tuple[KitComponent, ...]


@event("catalog.price_changed.v1", key="sku_id")
class PriceChanged(Struct, frozen=True, kw_only=True):
    sku_id: SkuId
    code: str
    old_minor: int
    old_currency: str
    price_minor: int
    currency: str


__all__ = [
    "Barcode",
    "BarcodeInvalid",
    "BarcodeTaken",
    "Category",
    "CategoryId",
    "CategoryNameTaken",
    "CategoryNotFound",
    "CheckDigitWrong",
    "CodeInvalid",
    "ComponentTwice",
    "CreateCategory",
    "CreateProduct",
    "CreatedProduct",
    "CreatedSku",
    "DefineKit",
    "DelistProduct",
    "KitComponent",
    "KitDefined",
    "KitEmpty",
    "KitInKit",
    "KitPart",
    "LaterPriceSet",
    "ListProduct",
    "Listing",
    "NeverListed",
    "NewSku",
    "NotAKit",
    "NothingToSell",
    "PriceChanged",
    "PricePoint",
    "PriceSet",
    "Product",
    "ProductCodeTaken",
    "ProductCreated",
    "ProductDelisted",
    "ProductDetail",
    "ProductId",
    "ProductListed",
    "ProductNotFound",
    "ProductStatus",
    "SetPrice",
    "SharesInCurrencies",
    "SharesMixed",
    "Sku",
    "SkuChanged",
    "SkuCodeTaken",
    "SkuDetail",
    "SkuId",
    "SkuKind",
    "SkuNotFound",
    "SkuStatus",
    "SkuUpdated",
    "UpdateSku",
]
