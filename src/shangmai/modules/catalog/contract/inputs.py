"""What the actions take, and what they answer."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from shangmai.kernel.money import Currency
from shangmai.modules.catalog.contract.attributes import (
    AttributeId,
    AttributeKey,
    AttributeKind,
    AttributeOption,
    GivenValues,
    OneValue,
)
from shangmai.modules.catalog.contract.content import (
    GivenDescription,
    Language,
    Media,
    Names,
    Note,
    Reason,
    RelatedProduct,
    Tags,
    Url,
)
from shangmai.modules.catalog.contract.nouns import (
    Attributes,
    Barcode,
    BrandId,
    CategoryId,
    Code,
    Grams,
    Label,
    Pieces,
    Position,
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
    position: Position = 0


class UpdateCategory(Struct, frozen=True, kw_only=True):
    """What is not given stays; with another parent the whole branch moves."""

    category_id: CategoryId
    name: Label | UnsetType = UNSET
    name_en: Words | UnsetType = UNSET
    parent_id: CategoryId | UnsetType | None = UNSET
    position: Position | UnsetType = UNSET


class CreateBrand(Struct, frozen=True, kw_only=True):
    name: Label
    name_en: Words = ""
    logo: Url | None = None


class UpdateBrand(Struct, frozen=True, kw_only=True):
    """What is not given stays."""

    brand_id: BrandId
    name: Label | UnsetType = UNSET
    name_en: Words | UnsetType = UNSET
    logo: Url | UnsetType | None = UNSET


Options = Annotated[tuple[AttributeOption, ...], Meta(max_length=500)]


class DefineAttribute(Struct, frozen=True, kw_only=True):
    """An attribute as it is to be, new or known by its key; options only for choices, in the order to show them."""

    key: AttributeKey
    name: Label
    kind: AttributeKind = AttributeKind.CHOICE
    name_en: Words = ""
    unit: Annotated[str, Meta(max_length=20)] = ""
    filterable: bool = True
    position: Position = 0
    options: Options = ()


class RemoveAttribute(Struct, frozen=True, kw_only=True):
    attribute_id: AttributeId


class KitPart(Struct, frozen=True, kw_only=True):
    """A component by its code. Without share weights, lines share by list price; give them to all lines or none."""

    code: Code
    qty: Pieces = 1
    share_weight: ShareWeight | None = None


OrderQty = Annotated[int, Meta(ge=1, le=1_000_000)]
Barcodes = Annotated[tuple[Barcode, ...], Meta(max_length=20)]
KitParts = Annotated[tuple[KitPart, ...], Meta(max_length=100)]


class NewSku(Struct, frozen=True, kw_only=True):
    """A SKU to create; without a name it has the product's. `components` is for kits."""

    code: Code
    price_minor: PriceMinor
    currency: Currency
    name: Words = ""
    name_en: Words = ""
    attributes: Attributes = {}
    barcodes: Barcodes = ()
    weight_g: Grams = 0
    min_qty: OrderQty = 1
    max_qty: OrderQty | None = None
    qty_step: OrderQty = 1
    kind: SkuKind = SkuKind.GOODS
    status: SkuStatus = SkuStatus.ACTIVE
    components: KitParts = ()


NewSkus = Annotated[tuple[NewSku, ...], Meta(min_length=1, max_length=500)]
Axes = Annotated[tuple[AttributeKey, ...], Meta(max_length=6)]
TaxRate = Annotated[Decimal, Meta(description="A share of the net price as 0.13, at most 4 decimals; 0 to 1.")]
TaxCode = Annotated[str, Meta(max_length=40, description="The goods' code in the tax office's list (税收分类编码).")]


class CreateProduct(Struct, frozen=True, kw_only=True):
    """A product to create. `brand` is a brand's name; one that is not known yet is made.

    `axes` are the attributes that its SKUs differ in: then every SKU has a value of each, no two the same values.
    """

    code: Code
    name: Label
    skus: NewSkus
    name_en: Words = ""
    category_id: CategoryId | None = None
    brand: Words = ""
    attributes: GivenValues = {}
    axes: Axes = ()
    tags: Tags = ()


class AxisValue(Struct, frozen=True, kw_only=True):
    """A value of an axis, its part of SKU codes, and what it adds to price and weight.

    Without a `code` it is the value's own letters in capitals if they fit into one, else its place, from 1.
    """

    value: OneValue
    code: Annotated[str, Meta(max_length=20)] = ""
    price_add_minor: Annotated[int, Meta(ge=-(10**12), le=10**12)] = 0
    weight_add_g: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)] = 0


class Axis(Struct, frozen=True, kw_only=True):
    attribute: AttributeKey
    values: Annotated[tuple[AxisValue, ...], Meta(min_length=1, max_length=100)]


class Variant(Struct, frozen=True, kw_only=True):
    """What is particular about the SKU with these values (of all axes), or that there is none: `skip`."""

    values: Annotated[dict[AttributeKey, OneValue], Meta(min_length=1, max_length=6)]
    skip: bool = False
    code: Code | None = None
    name: Words | None = None
    price_minor: PriceMinor | None = None
    barcodes: Barcodes = ()
    weight_g: Grams | None = None
    status: SkuStatus = SkuStatus.ACTIVE


class CreateVariants(Struct, frozen=True, kw_only=True):
    """A product whose SKUs are all combinations of its axes' values, the last axis turning fastest; at most 500.

    `sku_code` and `sku_name` are patterns: `{code}` and `{name}` are the product's, `{color}` (an axis' key) is that
    value's part of the code, in `sku_name` its name. Without them: code and parts joined by dashes; the product's name
    and the values' names joined by blanks. The price is `price_minor` and what the values add.
    """

    code: Code
    name: Label
    axes: Annotated[tuple[Axis, ...], Meta(min_length=1, max_length=6)]
    price_minor: PriceMinor
    currency: Currency
    name_en: Words = ""
    category_id: CategoryId | None = None
    brand: Words = ""
    attributes: GivenValues = {}
    tags: Tags = ()
    weight_g: Grams = 0
    sku_code: Annotated[str, Meta(max_length=200)] = ""
    sku_name: Annotated[str, Meta(max_length=200)] = ""
    variants: Annotated[tuple[Variant, ...], Meta(max_length=500)] = ()


class AddSkus(Struct, frozen=True, kw_only=True):
    """SKUs that a product gets beside those it has, behind them in order."""

    product_id: ProductId
    skus: NewSkus


class UpdateProduct(Struct, frozen=True, kw_only=True):
    """What is not given stays. With `version`, refused if somebody has changed the product since it was read.

    `attributes` replaces all of them, `attribute_changes` those it names (an empty value removes one). `descriptions`
    replaces those of the languages it names; an empty one removes it. `media` and `related` replace all, in the order
    given. `names` are those in further languages than zh-CN and en, all of them. An empty `brand` is none.
    """

    product_id: ProductId
    version: int | None = None
    name: Label | UnsetType = UNSET
    name_en: Words | UnsetType = UNSET
    names: Names | UnsetType = UNSET
    category_id: CategoryId | UnsetType | None = UNSET
    brand: Words | UnsetType = UNSET
    attributes: GivenValues | UnsetType = UNSET
    attribute_changes: GivenValues = {}
    tags: Tags | UnsetType = UNSET
    descriptions: Annotated[dict[Language, GivenDescription], Meta(max_length=30)] = {}
    media: Annotated[tuple[Media, ...], Meta(max_length=200)] | UnsetType = UNSET
    related: Annotated[tuple[RelatedProduct, ...], Meta(max_length=100)] | UnsetType = UNSET
    tax_rate: TaxRate | UnsetType | None = UNSET
    tax_code: TaxCode | UnsetType = UNSET


class ProductUpdated(Struct, frozen=True, kw_only=True):
    """`changed` is false when everything was so already."""

    product_id: ProductId
    code: str
    version: int
    changed: bool


class CreatedSku(Struct, frozen=True):
    id: SkuId
    code: str


class CreatedProduct(Struct, frozen=True, kw_only=True):
    """The ids made, the SKUs in the order given."""

    id: ProductId
    code: str
    skus: tuple[CreatedSku, ...]


class UpdateSku(Struct, frozen=True, kw_only=True):
    """What is not given stays. With `version`, refused if somebody has changed the SKU since that version was read.

    `attributes` replaces all of them, `attribute_changes` those it names (an empty value removes one).
    """

    sku_id: SkuId
    version: int | None = None
    name: Label | UnsetType = UNSET
    name_en: Words | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET
    attribute_changes: Attributes = {}
    barcodes: Barcodes | UnsetType = UNSET
    weight_g: Grams | UnsetType = UNSET
    min_qty: OrderQty | UnsetType = UNSET
    max_qty: OrderQty | UnsetType | None = UNSET
    qty_step: OrderQty | UnsetType = UNSET
    status: SkuStatus | UnsetType = UNSET


class SetPrice(Struct, frozen=True, kw_only=True):
    """A price of a SKU: in its own currency its list price, in another one a price beside it."""

    sku_id: SkuId
    price_minor: PriceMinor
    currency: Currency


class PriceSet(Struct, frozen=True, kw_only=True):
    """What the price was (nothing, if there was none in this currency) and is; `changed`: it was another."""

    sku_id: SkuId
    old_minor: int | None
    price_minor: int
    currency: str
    changed: bool


class SubmitForReview(Struct, frozen=True, kw_only=True):
    product_id: ProductId
    note: Note = ""


class ApproveProduct(Struct, frozen=True, kw_only=True):
    """With `list_at` it goes on offer at that time, else now. With `version`, refused if it was changed since."""

    product_id: ProductId
    version: int | None = None
    list_at: Annotated[datetime, Meta(tz=True)] | None = None
    note: Note = ""


class RejectProduct(Struct, frozen=True, kw_only=True):
    product_id: ProductId
    reason: Reason


class SetReviewPolicy(Struct, frozen=True, kw_only=True):
    required: bool


class ReviewPolicy(Struct, frozen=True, kw_only=True):
    """Whether a product must be approved before it may be listed."""

    required: bool


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
