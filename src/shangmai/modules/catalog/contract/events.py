"""What happened in the catalog."""

from __future__ import annotations

from msgspec import Struct

from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract.nouns import (
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
    old_minor: int
    old_currency: str
    price_minor: int
    currency: str
