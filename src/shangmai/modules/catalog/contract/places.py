"""Where a SKU stands in the catalog: what prices and promotions are about."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from shangmai.modules.catalog.contract.describing import SkuOffer
from shangmai.modules.catalog.contract.nouns import BrandId, CategoryId, ProductId, Sku, SkuId


class SkuPlace(Struct, frozen=True, kw_only=True):
    """A SKU's product with its brand, tags and tax rate, and categories from the root to the product's own.

    `other_prices`: minor units by currency, beside the SKU's own price. `tax_rate`: a share, None where none is set.
    """

    sku_id: SkuId
    product_id: ProductId
    brand_id: BrandId | None
    tags: tuple[str, ...]
    tax_rate: Decimal | None
    category_ids: tuple[CategoryId, ...]
    other_prices: dict[str, int]


class Offered(Struct, frozen=True, kw_only=True):
    """What a SKU is, and whether a shopper may buy it."""

    sku: Sku
    offer: SkuOffer


class Goods(Offered, frozen=True, kw_only=True):
    """All that selling a SKU goes by: what it is, whether a shopper may buy it, and where it stands."""

    place: SkuPlace
