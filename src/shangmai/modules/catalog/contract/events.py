"""What happened in the catalog."""

from __future__ import annotations

from msgspec import Struct

from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract.attributes import AttributeId
from shangmai.modules.catalog.contract.content import Verdict
from shangmai.modules.catalog.contract.nouns import (
    BrandId,
    CategoryId,
    KitComponent,
    ProductId,
    SkuId,
)


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
    old_minor: int | None
    price_minor: int
    currency: str


@event("catalog.product_changed.v1", key="product_id")
class ProductChanged(Struct, frozen=True, kw_only=True):
    """Something that a shopper may see of a product has changed: itself, a SKU, a price, whether it is on offer."""

    product_id: ProductId


@event("catalog.product_reviewed.v1", key="product_id")
class ProductReviewed(Struct, frozen=True, kw_only=True):
    """A step of a review."""

    product_id: ProductId
    code: str
    verdict: Verdict
    reason: str


@event("catalog.brand_changed.v1", key="brand_id")
class BrandChanged(Struct, frozen=True, kw_only=True):
    """A brand was made or changed; its products do not tell so themselves: see `service.page_of_products`."""

    brand_id: BrandId


@event("catalog.category_changed.v1", key="category_id")
class CategoryChanged(Struct, frozen=True, kw_only=True):
    """A category was made, renamed or moved; its products do not tell so themselves."""

    category_id: CategoryId


@event("catalog.attribute_changed.v1", key="attribute_id")
class AttributeChanged(Struct, frozen=True, kw_only=True):
    """An attribute was defined, changed or removed; products that have it do not tell so themselves."""

    attribute_id: AttributeId
    key: str
