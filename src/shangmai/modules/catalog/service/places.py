"""What prices and promotions ask of the catalog."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract.nouns import SkuId
from shangmai.modules.catalog.contract.places import Goods, Offered, SkuPlace
from shangmai.modules.catalog.queries import places


async def places_of(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, SkuPlace]:
    """Give what prices and promotions go by of those of these SKUs that exist, in one statement."""
    return await places.places_of(tx, ids)


async def offered(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, Offered]:
    """Give what those of these SKUs that exist are, and whether a shopper may buy them, in one statement."""
    return await places.offered(tx, ids)


async def goods_of(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, Goods]:
    """Give all that selling goes by of those of these SKUs that exist, in one statement."""
    return await places.goods_of(tx, ids)


async def known_places(tx: Tx, ids: Collection[UUID]) -> set[UUID]:
    """Give those of these ids that are a product's or a category's."""
    return await places.known_places(tx, ids)


async def names_of(tx: Tx, ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Give the names, Chinese and English, of those of these ids that are a SKU, product, category or brand."""
    return await places.names_of(tx, ids) if ids else {}
