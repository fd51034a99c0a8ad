"""The SQL that tells where SKUs stand in the catalog."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract.nouns import SkuId
from shangmai.modules.catalog.contract.places import Goods, Offered, SkuPlace
from shangmai.modules.catalog.queries.describing import ACTIVE, offer_of
from shangmai.modules.catalog.queries.reading import COMPONENTS, OTHER_PRICES, prices_of, sku_of

# Each category's way up is walked once, however many products lie in it.
_PLACES: Final = """
WITH RECURSIVE wanted AS (
  SELECT s.id AS sku_id, p.id AS product_id, p.brand_id, p.tags, p.tax_rate, p.category_id, {more}
  FROM skus s JOIN products p ON p.id = s.product_id WHERE s.id = ANY ($1::uuid[])),
up AS (
  SELECT c.id AS leaf, c.id, c.parent_id, 0 AS step FROM categories c
  WHERE c.id IN (SELECT category_id FROM wanted)
  UNION ALL SELECT up.leaf, c.id, c.parent_id, up.step + 1 FROM up JOIN categories c ON c.id = up.parent_id),
paths AS (SELECT leaf, array_agg(id ORDER BY step DESC) AS category_ids FROM up GROUP BY leaf)
SELECT w.*, p.category_ids FROM wanted w LEFT JOIN paths p ON p.leaf = w.category_id"""
_OFFERED: Final = (
    "s.id, s.code, s.name, s.kind, s.weight_g, s.price_minor, s.currency, s.min_qty, s.max_qty, s.qty_step, p.status, "
    f"{ACTIVE}, {COMPONENTS}, {OTHER_PRICES}"
)
PLACES: Final = _PLACES.replace("{more}", OTHER_PRICES)
GOODS: Final = _PLACES.replace("{more}", _OFFERED)
OFFERED: Final = (
    f"SELECT s.id AS sku_id, s.product_id, p.tax_rate, {_OFFERED}"
    " FROM skus s JOIN products p ON p.id = s.product_id WHERE s.id = ANY ($1::uuid[])"
)


async def places_of(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, SkuPlace]:
    return {row["sku_id"]: _place(row) for row in await tx.fetch(PLACES, list(ids))}


async def offered(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, Offered]:
    return {row["sku_id"]: Offered(sku=sku_of(row), offer=offer_of(row)) for row in await tx.fetch(OFFERED, list(ids))}


async def goods_of(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, Goods]:
    return {
        row["sku_id"]: Goods(sku=sku_of(row), offer=offer_of(row), place=_place(row))
        for row in await tx.fetch(GOODS, list(ids))
    }


def _place(row: Record) -> SkuPlace:
    return SkuPlace(
        sku_id=row["sku_id"],
        product_id=row["product_id"],
        brand_id=row["brand_id"],
        tags=tuple(row["tags"]),
        tax_rate=row["tax_rate"],
        category_ids=tuple(row["category_ids"] or ()),
        other_prices=prices_of(row["other_prices"] or "{}"),
    )


async def known_places(tx: Tx, ids: Collection[UUID]) -> set[UUID]:
    rows = await tx.fetch(
        "SELECT id FROM products WHERE id = ANY ($1::uuid[])"
        " UNION ALL SELECT id FROM categories WHERE id = ANY ($1::uuid[])",
        list(ids),
    )
    return {row["id"] for row in rows}


async def names_of(tx: Tx, ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    rows = await tx.fetch(
        "SELECT id, name, name_en FROM skus WHERE id = ANY ($1::uuid[])"
        " UNION ALL SELECT id, name, name_en FROM products WHERE id = ANY ($1::uuid[])"
        " UNION ALL SELECT id, name, name_en FROM categories WHERE id = ANY ($1::uuid[])"
        " UNION ALL SELECT id, name, name_en FROM brands WHERE id = ANY ($1::uuid[])",
        list(ids),
    )
    return {row["id"]: (row["name"], row["name_en"] or row["name"]) for row in rows}
