"""The SQL that changes the catalog."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec
from asyncpg import Record

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import (
    Barcode,
    Category,
    CategoryId,
    CreateCategory,
    KitComponent,
    ProductId,
    ProductStatus,
    SkuDetail,
    SkuId,
)
from shangmai.modules.catalog.queries.reading import KINDS
from shangmai.modules.catalog.rules import Known, KnownSku, Offer, PlannedProduct, PlannedSku, Priced

# --- creating ------------------------------------------------------------------------------------------------------


async def known(
    tx: Tx, products: Collection[str], skus: Collection[str], keys: Collection[str], categories: Collection[CategoryId]
) -> Known:
    """What of these codes, barcode keys and categories exists."""
    rows = await tx.fetch(
        "SELECT 'product' AS what, code AS name, id, NULL AS kind, NULL::bigint AS price_minor, NULL::text AS currency"
        " FROM products WHERE code = ANY ($1::text[])"
        " UNION ALL SELECT 'sku', code, id, kind, price_minor, currency FROM skus WHERE code = ANY ($2::text[])"
        " UNION ALL SELECT 'barcode', key, sku_id, NULL, NULL, NULL FROM sku_barcodes WHERE key = ANY ($3::text[])"
        " UNION ALL SELECT 'category', NULL, id, NULL, NULL, NULL FROM categories WHERE id = ANY ($4::uuid[])",
        list(products),
        list(skus),
        list(keys),
        list(categories),
    )
    return Known(
        products={row["name"]: row["id"] for row in rows if row["what"] == "product"},
        skus={row["name"]: _known_sku(row) for row in rows if row["what"] == "sku"},
        barcodes={row["name"]: row["id"] for row in rows if row["what"] == "barcode"},
        categories={row["id"] for row in rows if row["what"] == "category"},
    )


def _known_sku(row: Record) -> KnownSku:
    return KnownSku(id=row["id"], kind=KINDS[row["kind"]], price_minor=row["price_minor"], currency=row["currency"])


async def insert_products(tx: Tx, planned: Sequence[tuple[PlannedProduct, Item]]) -> None:
    """Write products with their SKUs, barcodes, components and first prices. Raises: UniqueViolationError.

    In order of code, so that two batches which share codes wait for each other in one direction only.
    """
    products = sorted(planned, key=lambda each: each[0].code)
    skus = sorted(((s, n, p.id, i) for p, i in products for n, s in enumerate(p.skus)), key=lambda each: each[0].code)
    barcodes = sorted((key, b, s.id, n) for s, *_ in skus for n, (key, b) in enumerate(_in_order(s)))
    parts = [(s.id, part, n) for s, *_ in skus for n, part in enumerate(s.components)]
    await tx.execute(
        INSERT_PRODUCTS,
        [p.id for p, _ in products],
        [p.code for p, _ in products],
        [p.name for p, _ in products],
        [p.given.name_en for p, _ in products],
        [p.given.category_id for p, _ in products],
        [p.given.brand for p, _ in products],
        [i.now for _, i in products],
        [i.cause for _, i in products],
        [s.id for s, *_ in skus],
        [product_id for _, _, product_id, _ in skus],
        [n for _, n, _, _ in skus],
        [s.code for s, *_ in skus],
        [s.name for s, *_ in skus],
        [msgspec.json.encode(s.given.attributes).decode() for s, *_ in skus],
        [s.given.weight_g for s, *_ in skus],
        [s.given.price_minor for s, *_ in skus],
        [s.given.currency for s, *_ in skus],
        [s.given.kind for s, *_ in skus],
        [s.given.status for s, *_ in skus],
        [i.now for *_, i in skus],
        [i.cause for *_, i in skus],
        *_barcode_columns(barcodes),
        *_component_columns(parts),
    )


def _in_order(sku: PlannedSku) -> list[tuple[str, Barcode]]:
    return list(sku.barcodes.items())


def _barcode_columns(barcodes: Sequence[tuple[str, Barcode, SkuId, int]]) -> list[list[object]]:
    return [
        [key for key, *_ in barcodes],
        [barcode.text for _, barcode, *_ in barcodes],
        [barcode.internal for _, barcode, *_ in barcodes],
        [sku_id for *_, sku_id, _ in barcodes],
        [n for *_, n in barcodes],
    ]


def _component_columns(parts: Sequence[tuple[SkuId, KitComponent, int]]) -> list[list[object]]:
    return [
        [kit_id for kit_id, *_ in parts],
        [part.sku_id for _, part, _ in parts],
        [part.qty for _, part, _ in parts],
        [part.share_weight for _, part, _ in parts],
        [n for *_, n in parts],
    ]


INSERT_PRODUCTS: Final = """
WITH new_products AS (
  INSERT INTO products (id, code, name, name_en, category_id, brand, created_at, cause, status)
  SELECT *, 'draft' FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[], $8::uuid[])),
new_skus AS (
  INSERT INTO skus (id, product_id, position, code, name, attributes, weight_g, price_minor, currency, kind, status,
                    created_at, cause, priced_at)
  SELECT id, product_id, position, code, name, attributes::jsonb, weight_g, price_minor, currency, kind, status, at,
         cause, at
  FROM unnest($9::uuid[], $10::uuid[], $11::integer[], $12::text[], $13::text[], $14::text[], $15::integer[],
    $16::bigint[], $17::text[], $18::text[], $19::text[], $20::timestamptz[], $21::uuid[]) AS s (id, product_id,
    position, code, name, attributes, weight_g, price_minor, currency, kind, status, at, cause)
  RETURNING id, kind),
new_barcodes AS (
  INSERT INTO sku_barcodes (key, barcode, internal, sku_id, position)
  SELECT * FROM unnest($22::text[], $23::text[], $24::boolean[], $25::uuid[], $26::integer[])),
new_components AS (
  INSERT INTO kit_components (kit_id, component_id, qty, share_weight, position, component_kind)
  SELECT c.*, coalesce(n.kind, s.kind) FROM unnest($27::uuid[], $28::uuid[], $29::integer[], $30::bigint[],
    $31::integer[]) AS c (kit_id, component_id, qty, share_weight, position)
  LEFT JOIN new_skus n ON n.id = c.component_id LEFT JOIN skus s ON s.id = c.component_id)
INSERT INTO sku_prices (sku_id, at, price_minor, currency, cause)
SELECT * FROM unnest($9::uuid[], $20::timestamptz[], $16::bigint[], $17::text[], $21::uuid[])"""


async def insert_category(tx: Tx, id: CategoryId, do: CreateCategory) -> Category:
    """Raises: UniqueViolationError, ForeignKeyViolationError."""
    await tx.execute(
        "INSERT INTO categories (id, parent_id, name, name_en, created_at, cause) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        do.parent_id,
        do.name,
        do.name_en,
        tx.now,
        tx.cause,
    )
    return Category(id=id, parent_id=do.parent_id, name=do.name, name_en=do.name_en)


# --- changing ------------------------------------------------------------------------------------------------------


async def lock_sku(tx: Tx, id: SkuId) -> None:
    """Hold the SKU until the transaction ends; read it after this, or its barcodes are of before the wait."""
    await tx.execute("SELECT FROM skus WHERE id = $1 FOR NO KEY UPDATE", id)


async def update_sku(tx: Tx, sku: SkuDetail) -> None:
    await tx.execute(
        "UPDATE skus SET name = $2, attributes = $3, weight_g = $4, status = $5, version = $6 WHERE id = $1",
        sku.id,
        sku.name,
        sku.attributes,
        sku.weight_g,
        sku.status,
        sku.version,
    )


async def replace_barcodes(tx: Tx, sku_id: SkuId, barcodes: Mapping[str, Barcode]) -> None:
    """Raises: UniqueViolationError."""
    await tx.execute("DELETE FROM sku_barcodes WHERE sku_id = $1", sku_id)
    await tx.execute(
        "INSERT INTO sku_barcodes (key, barcode, internal, sku_id, position)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[], $4::uuid[], $5::integer[])",
        *_barcode_columns([(key, barcode, sku_id, n) for n, (key, barcode) in enumerate(barcodes.items())]),
    )


async def replace_components(tx: Tx, kit_id: SkuId, components: Sequence[KitComponent]) -> None:
    await tx.execute("DELETE FROM kit_components WHERE kit_id = $1", kit_id)
    await tx.execute(
        "INSERT INTO kit_components (kit_id, component_id, qty, share_weight, position, component_kind)"
        " SELECT c.*, s.kind FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[], $5::integer[])"
        " AS c (kit_id, component_id, qty, share_weight, position) JOIN skus s ON s.id = c.component_id",
        *_component_columns([(kit_id, component, n) for n, component in enumerate(components)]),
    )
    await tx.execute("UPDATE skus SET version = version + 1 WHERE id = $1", kit_id)


async def lock_prices(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, Priced]:
    rows = await tx.fetch(
        "SELECT id, code, price_minor, currency, priced_at FROM skus WHERE id = ANY ($1::uuid[]) ORDER BY id"
        " FOR NO KEY UPDATE",
        list(ids),
    )
    return {row["id"]: Priced(**dict(row)) for row in rows}


async def write_prices(tx: Tx, history: Sequence[tuple[Priced, Item]]) -> None:
    """Append the prices in their order; the last one of each SKU is its price from then on."""
    latest = {sku.id: sku for sku, _ in history}.values()
    await tx.execute(
        "WITH latest AS (UPDATE skus s SET price_minor = l.price_minor, currency = l.currency, priced_at = l.at,"
        " version = version + 1 FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[])"
        " AS l (id, price_minor, currency, at) WHERE s.id = l.id)"
        " INSERT INTO sku_prices (sku_id, at, price_minor, currency, cause)"
        " SELECT sku_id, at, price_minor, currency, cause"
        " FROM unnest($5::uuid[], $6::timestamptz[], $7::bigint[], $8::text[], $9::uuid[]) WITH ORDINALITY"
        " AS h (sku_id, at, price_minor, currency, cause, n) ORDER BY n",
        [sku.id for sku in latest],
        [sku.price_minor for sku in latest],
        [sku.currency for sku in latest],
        [sku.priced_at for sku in latest],
        [sku.id for sku, _ in history],
        [sku.priced_at for sku, _ in history],
        [sku.price_minor for sku, _ in history],
        [sku.currency for sku, _ in history],
        [item.cause for _, item in history],
    )


async def lock_offers(tx: Tx, ids: Collection[ProductId]) -> dict[ProductId, Offer]:
    rows = await tx.fetch(
        "SELECT p.id, p.code, p.status, EXISTS (SELECT FROM skus s WHERE s.product_id = p.id AND s.status = 'active')"
        " AS sellable FROM products p WHERE p.id = ANY ($1::uuid[]) ORDER BY p.id FOR NO KEY UPDATE",
        list(ids),
    )
    return {
        row["id"]: Offer(id=row["id"], code=row["code"], status=ProductStatus(row["status"]), sellable=row["sellable"])
        for row in rows
    }


async def write_statuses(tx: Tx, offers: Collection[Offer]) -> None:
    await tx.execute(
        "UPDATE products p SET status = o.status, version = version + 1"
        " FROM unnest($1::uuid[], $2::text[]) AS o (id, status) WHERE p.id = o.id",
        [offer.id for offer in offers],
        [offer.status for offer in offers],
    )
