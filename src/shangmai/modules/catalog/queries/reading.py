"""The SQL that reads the catalog."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import (
    Barcode,
    BrandId,
    Category,
    CategoryId,
    KitComponent,
    PricePoint,
    Product,
    ProductId,
    ProductStatus,
    Sku,
    SkuDetail,
    SkuId,
    SkuKind,
    SkuStatus,
    TitlePoint,
)

KINDS: Final = {kind.value: kind for kind in SkuKind}
_components = msgspec.json.Decoder(tuple[KitComponent, ...]).decode
prices_of = msgspec.json.Decoder(dict[str, int]).decode
_barcodes = msgspec.json.Decoder(tuple[Barcode, ...]).decode

# As JSON text, because the driver looks the type of an array of rows up in a statement of its own.
COMPONENTS: Final = (
    "CASE WHEN s.kind = 'kit' THEN (SELECT json_agg(json_build_object('sku_id', k.component_id, 'qty', k.qty,"
    " 'share_weight', k.share_weight) ORDER BY k.position)::text FROM kit_components k WHERE k.kit_id = s.id) END"
    " AS components"
)
BARCODES: Final = (
    "(SELECT json_agg(json_build_object('text', b.barcode, 'internal', b.internal) ORDER BY b.position)::text"
    " FROM sku_barcodes b WHERE b.sku_id = s.id) AS barcodes"
)
OTHER_PRICES: Final = (
    "(SELECT json_object_agg(o.currency, o.price_minor ORDER BY o.currency)::text FROM sku_other_prices o"
    " WHERE o.sku_id = s.id) AS other_prices"
)
# An aggregate, because PostgreSQL answers NOT EXISTS for all rows at once by reading the whole table.
SKU: Final = (
    "SELECT s.id, s.product_id, s.code, s.name, s.kind, s.weight_g, s.price_minor, s.currency,"
    " s.status = 'active' AND CASE WHEN s.kind = 'kit' THEN (SELECT bool_and(c.status = 'active') FROM kit_components k"
    " JOIN skus c ON c.id = k.component_id WHERE k.kit_id = s.id) ELSE true END AS active, "
    + COMPONENTS
    + " FROM skus s"
)
DETAIL: Final = (
    "SELECT s.id, s.product_id, s.code, s.name, s.name_en, s.kind, s.status, s.attributes, s.weight_g, s.price_minor,"
    " s.currency, s.min_qty, s.max_qty, s.qty_step, s.version, s.created_at, "
    + OTHER_PRICES
    + ", "
    + BARCODES
    + ", "
    + COMPONENTS
    + " FROM skus s"
)
PRODUCT: Final = (
    "SELECT p.id, p.code, p.name, p.name_en, p.category_id, p.brand_id, coalesce(b.name, '') AS brand, p.tags,"
    " p.status, p.list_at, p.listed_at, p.version, p.created_at FROM products p LEFT JOIN brands b ON b.id = p.brand_id"
)


# --- SKUs for orders: one statement, whatever the number -----------------------------------------------------------


async def get_skus(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, Sku]:
    rows = await tx.fetch(SKU + " WHERE s.id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: sku_of(row) for row in rows}


async def find_skus(tx: Tx, codes: Collection[str]) -> dict[str, Sku]:
    rows = await tx.fetch(SKU + " WHERE s.code = ANY ($1::text[])", list(codes))
    return {row["code"]: sku_of(row) for row in rows}


async def find_by_barcode_keys(tx: Tx, keys: Collection[str]) -> dict[str, Sku]:
    rows = await tx.fetch(
        "SELECT b.key, s.* FROM sku_barcodes b JOIN (" + SKU + ") s ON s.id = b.sku_id WHERE b.key = ANY ($1::text[])",
        list(keys),
    )
    return {row["key"]: sku_of(row) for row in rows}


async def kits_with(tx: Tx, component_ids: Collection[SkuId]) -> set[SkuId]:
    rows = await tx.fetch(
        "SELECT DISTINCT kit_id FROM kit_components WHERE component_id = ANY ($1::uuid[])", list(component_ids)
    )
    return {row["kit_id"] for row in rows}


def sku_of(row: Record) -> Sku:
    components = row["components"]
    return Sku(
        id=row["id"],
        product_id=row["product_id"],
        code=row["code"],
        name=row["name"],
        kind=KINDS[row["kind"]],
        active=row["active"],
        weight_g=row["weight_g"],
        price_minor=row["price_minor"],
        currency=row["currency"],
        components=_components(components) if components else (),
    )


# --- looking -------------------------------------------------------------------------------------------------------


async def find_product(tx: Tx, id: ProductId) -> Product | None:
    row = await tx.fetchrow(PRODUCT + " WHERE p.id = $1", id)
    return None if row is None else product_of(row)


async def list_products(
    tx: Tx,
    *,
    q: str,
    status: ProductStatus | None,
    category_id: CategoryId | None,
    brand_id: BrandId | None,
    tag: str | None,
    after: str,
    limit: int,
) -> list[Product]:
    """By code; `q` is part of a code or name, a category includes those below it."""
    rows = await tx.fetch(
        "WITH RECURSIVE below AS (SELECT id FROM categories WHERE id = $3::uuid"
        " UNION ALL SELECT c.id FROM categories c JOIN below b ON c.parent_id = b.id) "
        + PRODUCT
        + " WHERE p.code > $4 AND ($1 = '' OR p.code ILIKE $1 OR p.name ILIKE $1 OR p.name_en ILIKE $1)"
        " AND ($2::text IS NULL OR p.status = $2)"
        " AND ($3::uuid IS NULL OR p.category_id IN (SELECT id FROM below))"
        " AND ($6::uuid IS NULL OR p.brand_id = $6) AND ($7::text IS NULL OR $7 = ANY (p.tags))"
        " ORDER BY p.code LIMIT $5",
        containing(q),
        status,
        category_id,
        after,
        limit,
        brand_id,
        tag,
    )
    return [product_of(row) for row in rows]


async def list_skus(
    tx: Tx, *, code: str | None, barcode_key: str | None, q: str, after: str, limit: int
) -> list[SkuDetail]:
    rows = await tx.fetch(
        DETAIL + " WHERE s.code > $3 AND ($1::text IS NULL OR s.code = $1)"
        " AND ($5::text IS NULL OR s.id IN (SELECT b.sku_id FROM sku_barcodes b WHERE b.key = $5))"
        " AND ($2 = '' OR s.code ILIKE $2 OR s.name ILIKE $2) ORDER BY s.code LIMIT $4",
        code,
        containing(q),
        after,
        limit,
        barcode_key,
    )
    return [detail_of(row) for row in rows]


async def skus_of(tx: Tx, product_id: ProductId) -> tuple[SkuDetail, ...]:
    rows = await tx.fetch(DETAIL + " WHERE s.product_id = $1 ORDER BY s.position", product_id)
    return tuple(detail_of(row) for row in rows)


async def find_detail(tx: Tx, id: SkuId) -> SkuDetail | None:
    row = await tx.fetchrow(DETAIL + " WHERE s.id = $1", id)
    return None if row is None else detail_of(row)


async def find_details(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, SkuDetail]:
    rows = await tx.fetch(DETAIL + " WHERE s.id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: detail_of(row) for row in rows}


async def list_prices(tx: Tx, id: SkuId, *, currency: str | None, before: int | None, limit: int) -> list[PricePoint]:
    """The newest first."""
    rows = await tx.fetch(
        "SELECT seq, at, price_minor, currency, cause FROM sku_prices WHERE sku_id = $1"
        " AND ($2::bigint IS NULL OR seq < $2) AND ($4::text IS NULL OR currency = $4) ORDER BY seq DESC LIMIT $3",
        id,
        before,
        limit,
        currency,
    )
    return [PricePoint(**dict(row)) for row in rows]


async def list_titles(tx: Tx, id: ProductId, *, before: int | None, limit: int) -> list[TitlePoint]:
    """The newest first."""
    rows = await tx.fetch(
        "SELECT seq, at, name, name_en, cause FROM product_titles WHERE product_id = $1"
        " AND ($2::bigint IS NULL OR seq < $2) ORDER BY seq DESC LIMIT $3",
        id,
        before,
        limit,
    )
    return [TitlePoint(**dict(row)) for row in rows]


async def list_categories(tx: Tx, *, after: UUID | None, limit: int) -> list[Category]:
    rows = await tx.fetch(
        "SELECT id, parent_id, name, name_en, position FROM categories WHERE ($1::uuid IS NULL OR id > $1)"
        " ORDER BY id LIMIT $2",
        after,
        limit,
    )
    return [Category(**dict(row)) for row in rows]


def containing(q: str) -> str:
    """The ILIKE pattern of a text to find anywhere; nothing for nothing."""
    escaped = q.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%" if escaped else ""


def product_of(row: Record | Mapping[str, Any]) -> Product:
    return Product(**{**dict(row), "status": ProductStatus(row["status"]), "tags": tuple(row["tags"])})


def detail_of(row: Record) -> SkuDetail:
    fields = dict(row)
    fields["kind"] = KINDS[row["kind"]]
    fields["status"] = SkuStatus(row["status"])
    fields["barcodes"] = _barcodes(row["barcodes"] or "[]")
    fields["other_prices"] = prices_of(row["other_prices"] or "{}")
    fields["components"] = _components(row["components"] or "[]")
    return SkuDetail(**fields)


# --- as of a time --------------------------------------------------------------------------------------------------


async def prices_at(tx: Tx, ids: Collection[SkuId], at: datetime) -> dict[SkuId, dict[str, int]]:
    rows = await tx.fetch(
        "SELECT DISTINCT ON (sku_id, currency) sku_id, currency, price_minor FROM sku_prices"
        " WHERE sku_id = ANY ($1::uuid[]) AND at <= $2 ORDER BY sku_id, currency, seq DESC",
        list(ids),
        at,
    )
    found: dict[SkuId, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["sku_id"], {})[row["currency"]] = row["price_minor"]
    return found


async def names_at(tx: Tx, ids: Collection[SkuId], at: datetime) -> dict[SkuId, tuple[str, str]]:
    rows = await tx.fetch(
        "SELECT DISTINCT ON (sku_id) sku_id, name, name_en FROM sku_titles"
        " WHERE sku_id = ANY ($1::uuid[]) AND at <= $2 ORDER BY sku_id, seq DESC",
        list(ids),
        at,
    )
    return {row["sku_id"]: (row["name"], row["name_en"]) for row in rows}


async def find_product_ids(tx: Tx, codes: Collection[str]) -> dict[str, ProductId]:
    rows = await tx.fetch("SELECT code, id FROM products WHERE code = ANY ($1::text[])", list(codes))
    return {row["code"]: row["id"] for row in rows}
