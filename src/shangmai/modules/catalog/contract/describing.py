"""Products as the layers above need them: to show them, to search them, to decide whether they may be sold."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from shangmai.modules.catalog.contract.attributes import AttributeId, AttributeKind
from shangmai.modules.catalog.contract.content import Description, RelatedKind, ShownMedia
from shangmai.modules.catalog.contract.nouns import BrandId, CategoryId, ProductId, ProductStatus, SkuId, SkuKind


class NamedBrand(Struct, frozen=True, kw_only=True):
    id: BrandId
    name: str
    name_en: str
    logo: str | None


class NamedCategory(Struct, frozen=True, kw_only=True):
    id: CategoryId
    name: str
    name_en: str


class NamedValue(Struct, frozen=True, kw_only=True):
    """A value and its names; what is not a known option is its own name."""

    value: str
    name: str
    name_en: str


class NamedAttribute(Struct, frozen=True, kw_only=True):
    """An attribute with values. One that nobody has defined has no id, its key for a name, and the kind text."""

    id: AttributeId | None
    key: str
    name: str
    name_en: str
    kind: AttributeKind
    unit: str
    filterable: bool
    values: tuple[NamedValue, ...]


class DescribedSku(Struct, frozen=True, kw_only=True):
    """A SKU to choose. `attributes` are the values' keys; `prices` in minor units by currency, its own among them.

    `active`: not switched off; a kit only while all its components are active too. At most `max_qty` pieces in one
    order (None: no limit), at least `min_qty`, in steps of `qty_step`.
    """

    id: SkuId
    code: str
    name: str
    name_en: str
    kind: SkuKind
    active: bool
    attributes: dict[str, str]
    price_minor: int
    currency: str
    prices: dict[str, int]
    weight_g: int
    min_qty: int
    max_qty: int | None
    qty_step: int


class DescribedRelation(Struct, frozen=True, kw_only=True):
    product_id: ProductId
    kind: RelatedKind


class DescribedProduct(Struct, frozen=True, kw_only=True):
    """All that a card, a detail page and a search index want to know of a product, save its stock.

    `names` and `descriptions` are by language, zh-CN and en always among the names (en may be empty). `categories`
    lead from the top to the product's own. `attributes` are said of the whole product; `axes` are what its SKUs differ
    in, each with the values that its active SKUs have, in the order of the options. `listed_at` is when it went on
    offer last.
    """

    id: ProductId
    code: str
    status: ProductStatus
    names: dict[str, str]
    brand: NamedBrand | None
    categories: tuple[NamedCategory, ...]
    tags: tuple[str, ...]
    attributes: tuple[NamedAttribute, ...]
    axes: tuple[NamedAttribute, ...]
    media: tuple[ShownMedia, ...]
    descriptions: dict[str, Description]
    related: tuple[DescribedRelation, ...]
    skus: tuple[DescribedSku, ...]
    tax_rate: Decimal | None
    tax_code: str
    version: int
    created_at: datetime
    listed_at: datetime | None

    @property
    def listed(self) -> bool:
        """Whether shoppers may see and buy it."""
        return self.status is ProductStatus.LISTED


class SkuOffer(Struct, frozen=True, kw_only=True):
    """What a shop must know of a SKU before it sells it to a shopper. See `service.check_sellable`."""

    sku_id: SkuId
    product_id: ProductId
    code: str
    status: ProductStatus
    active: bool
    prices: dict[str, int]
    min_qty: int
    max_qty: int | None
    qty_step: int
    tax_rate: Decimal | None
