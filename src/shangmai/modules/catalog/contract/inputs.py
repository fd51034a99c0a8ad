"""What the actions take, and what they answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from shangmai.kernel.money import Currency
from shangmai.modules.catalog.contract.nouns import (
    Attributes,
    Barcode,
    CategoryId,
    Code,
    Grams,
    Label,
    Pieces,
    PriceMinor,
    ProductId,
    ProductStatus,
    ShareWeight,
    SkuId,
    SkuKind,
    SkuStatus,
    Words,
)


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
