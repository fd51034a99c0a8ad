"""Where a SKU stands in the catalog: what prices and promotions are about."""

from __future__ import annotations

from msgspec import Struct

from shangmai.modules.catalog.contract.nouns import CategoryId, ProductId, SkuId


class SkuPlace(Struct, frozen=True, kw_only=True):
    """A SKU's product, brand, and categories from the root to the product's own."""

    sku_id: SkuId
    product_id: ProductId
    brand: str
    category_ids: tuple[CategoryId, ...]
