"""The SQL that makes products and SKUs, and changes SKUs and prices."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec
from asyncpg import Record

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import Barcode, CategoryId, KitComponent, ProductId, SkuId
from shangmai.modules.catalog.queries.describing import find_attributes
from shangmai.modules.catalog.queries.reading import KINDS
from shangmai.modules.catalog.rules import (
    Known,
    KnownSku,
    NewPrice,
    PlannedBrand,
    PlannedProduct,
    PlannedSku,
    Price,
    Priced,
)

SkuRow = tuple[PlannedSku, Item]


# --- creating ------------------------------------------------------------------------------------------------------


async def known(
    tx: Tx,
    *,
    products: Collection[str] = (),
    skus: Collection[str] = (),
    keys: Collection[str] = (),
    categories: Collection[CategoryId] = (),
    brands: Collection[str] = (),
    attributes: Collection[str] = (),
) -> Known:
    """What of these codes, barcode keys, categories, brand keys and attribute keys exists."""
    rows = await tx.fetch(
        "SELECT 'product' AS what, code AS name, id, NULL AS kind, NULL::bigint AS price_minor, NULL::text AS currency"
        " FROM products WHERE code = ANY ($1::text[])"
        " UNION ALL SELECT 'sku', code, id, kind, price_minor, currency FROM skus WHERE code = ANY ($2::text[])"
        " UNION ALL SELECT 'barcode', key, sku_id, NULL, NULL, NULL FROM sku_barcodes WHERE key = ANY ($3::text[])"
        " UNION ALL SELECT 'category', NULL, id, NULL, NULL, NULL FROM categories WHERE id = ANY ($4::uuid[])"
        " UNION ALL SELECT 'brand', lower(name), id, NULL, NULL, NULL FROM brands WHERE lower(name) = ANY ($5::text[])",
        list(products),
        list(skus),
        list(keys),
        list(categories),
        list(brands),
    )
    return Known(
        products={row["name"]: row["id"] for row in rows if row["what"] == "product"},
        skus={row["name"]: _known_sku(row) for row in rows if row["what"] == "sku"},
        barcodes={row["name"]: row["id"] for row in rows if row["what"] == "barcode"},
        categories={row["id"] for row in rows if row["what"] == "category"},
        brands={row["name"]: row["id"] for row in rows if row["what"] == "brand"},
        attributes=await find_attributes(tx, attributes) if attributes else {},
    )


def _known_sku(row: Record) -> KnownSku:
    return KnownSku(id=row["id"], kind=KINDS[row["kind"]], price_minor=row["price_minor"], currency=row["currency"])


async def insert_products(tx: Tx, planned: Sequence[tuple[PlannedProduct, Item]]) -> None:
    """Write products with their brands, SKUs, barcodes, components, titles and first prices.

    In order of code, so that two batches which share codes wait for each other in one direction only.
    Raises: UniqueViolationError.
    """
    products = sorted(planned, key=lambda each: each[0].code)
    await insert_brands(tx, [(p.new_brand, i) for p, i in products if p.new_brand is not None])
    await tx.execute(
        INSERT_PRODUCTS,
        [p.id for p, _ in products],
        [p.code for p, _ in products],
        [p.name for p, _ in products],
        [p.given.name_en for p, _ in products],
        [p.given.category_id for p, _ in products],
        [p.brand_id for p, _ in products],
        [encoded(p.attributes) for p, _ in products],
        [encoded(p.axes) for p, _ in products],
        [encoded(p.tags) for p, _ in products],
        [i.now for _, i in products],
        [i.cause for _, i in products],
    )
    await insert_skus(tx, [(sku, item) for product, item in products for sku in product.skus])


def encoded(value: object) -> str:
    """As JSON text: the driver takes no array of jsonb."""
    return msgspec.json.encode(value).decode()


INSERT_PRODUCTS: Final = """
WITH new AS (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
    $9::text[], $10::timestamptz[], $11::uuid[])
  AS p (id, code, name, name_en, category_id, brand_id, attributes, axes, tags, at, cause)),
titles AS (
  INSERT INTO product_titles (product_id, at, name, name_en, cause) SELECT id, at, name, name_en, cause FROM new)
INSERT INTO products (id, code, name, name_en, category_id, brand_id, attributes, axes, tags, created_at, cause, status)
SELECT id, code, name, name_en, category_id, brand_id, attributes::jsonb,
  ARRAY(SELECT jsonb_array_elements_text(axes::jsonb)), ARRAY(SELECT jsonb_array_elements_text(tags::jsonb)), at, cause,
  'draft'
FROM new"""


async def insert_brands(tx: Tx, brands: Sequence[tuple[PlannedBrand, Item]]) -> None:
    """Raises: UniqueViolationError."""
    if brands:
        ordered = sorted(brands, key=lambda each: each[0].name.lower())
        await tx.execute(
            "INSERT INTO brands (id, name, created_at, cause)"
            " SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::uuid[])",
            [brand.id for brand, _ in ordered],
            [brand.name for brand, _ in ordered],
            [item.now for _, item in ordered],
            [item.cause for _, item in ordered],
        )


async def insert_skus(tx: Tx, planned: Sequence[SkuRow]) -> None:
    """Write SKUs with their barcodes, components, titles and first prices, in order of code.

    Raises: UniqueViolationError.
    """
    skus = sorted(planned, key=lambda each: each[0].code)
    barcodes = sorted((key, b, s.id, n) for s, _ in skus for n, (key, b) in enumerate(s.barcodes.items()))
    parts = [(s.id, part, n) for s, _ in skus for n, part in enumerate(s.components)]
    await tx.execute(
        INSERT_SKUS,
        [s.id for s, _ in skus],
        [s.product_id for s, _ in skus],
        [s.position for s, _ in skus],
        [s.code for s, _ in skus],
        [s.name for s, _ in skus],
        [encoded(s.attributes) for s, _ in skus],
        [s.given.weight_g for s, _ in skus],
        [s.given.price_minor for s, _ in skus],
        [s.given.currency for s, _ in skus],
        [s.given.kind for s, _ in skus],
        [s.given.status for s, _ in skus],
        [i.now for _, i in skus],
        [i.cause for _, i in skus],
        *_barcode_columns(barcodes),
        *_component_columns(parts),
        [s.given.name_en for s, _ in skus],
        [s.given.min_qty for s, _ in skus],
        [s.given.max_qty for s, _ in skus],
        [s.given.qty_step for s, _ in skus],
    )


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


INSERT_SKUS: Final = """
WITH new AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::integer[],
    $8::bigint[], $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::uuid[], $24::text[], $25::integer[],
    $26::integer[], $27::integer[])
  AS s (id, product_id, position, code, name, attributes, weight_g, price_minor, currency, kind, status, at, cause,
    name_en, min_qty, max_qty, qty_step)),
new_skus AS (
  INSERT INTO skus (id, product_id, position, code, name, name_en, attributes, weight_g, price_minor, currency, kind,
                    status, min_qty, max_qty, qty_step, created_at, cause, priced_at)
  SELECT id, product_id, position, code, name, name_en, attributes::jsonb, weight_g, price_minor, currency, kind,
         status, min_qty, max_qty, qty_step, at, cause, at
  FROM new
  RETURNING id, kind),
new_barcodes AS (
  INSERT INTO sku_barcodes (key, barcode, internal, sku_id, position)
  SELECT * FROM unnest($14::text[], $15::text[], $16::boolean[], $17::uuid[], $18::integer[])),
new_components AS (
  INSERT INTO kit_components (kit_id, component_id, qty, share_weight, position, component_kind)
  SELECT c.*, coalesce(n.kind, s.kind) FROM unnest($19::uuid[], $20::uuid[], $21::integer[], $22::bigint[],
    $23::integer[]) AS c (kit_id, component_id, qty, share_weight, position)
  LEFT JOIN new_skus n ON n.id = c.component_id LEFT JOIN skus s ON s.id = c.component_id),
titles AS (
  INSERT INTO sku_titles (sku_id, at, name, name_en, cause) SELECT id, at, name, name_en, cause FROM new)
INSERT INTO sku_prices (sku_id, at, price_minor, currency, cause)
SELECT id, at, price_minor, currency, cause FROM new"""


# --- kits ----------------------------------------------------------------------------------------------------------


async def lock_sku(tx: Tx, id: SkuId) -> None:
    """Hold the SKU until the transaction ends; read it after this, or its barcodes are of before the wait."""
    await tx.execute("SELECT FROM skus WHERE id = $1 FOR NO KEY UPDATE", id)


async def replace_components(tx: Tx, kit_id: SkuId, components: Sequence[KitComponent]) -> None:
    await tx.execute("DELETE FROM kit_components WHERE kit_id = $1", kit_id)
    await tx.execute(
        "INSERT INTO kit_components (kit_id, component_id, qty, share_weight, position, component_kind)"
        " SELECT c.*, s.kind FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[], $5::integer[])"
        " AS c (kit_id, component_id, qty, share_weight, position) JOIN skus s ON s.id = c.component_id",
        *_component_columns([(kit_id, component, n) for n, component in enumerate(components)]),
    )
    await tx.execute("UPDATE skus SET version = version + 1 WHERE id = $1", kit_id)


async def replace_barcodes(tx: Tx, barcodes: Mapping[SkuId, Mapping[str, Barcode]]) -> None:
    """Raises: UniqueViolationError."""
    rows = [(key, b, sku_id, n) for sku_id, some in barcodes.items() for n, (key, b) in enumerate(some.items())]
    await tx.execute("DELETE FROM sku_barcodes WHERE sku_id = ANY ($1::uuid[])", list(barcodes))
    await tx.execute(
        "INSERT INTO sku_barcodes (key, barcode, internal, sku_id, position)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[], $4::uuid[], $5::integer[])",
        *_barcode_columns(sorted(rows)),
    )


# --- prices --------------------------------------------------------------------------------------------------------


async def lock_prices(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, Priced]:
    """The SKUs with all their prices, held until the transaction ends, in order of id.

    The prices beside the list price are read after the lock: who waits for it sees what was set meanwhile.
    """
    rows = await tx.fetch(
        "SELECT id, product_id, code, price_minor, currency, priced_at FROM skus WHERE id = ANY ($1::uuid[])"
        " ORDER BY id FOR NO KEY UPDATE",
        list(ids),
    )
    others = await tx.fetch(
        "SELECT sku_id, currency, price_minor, priced_at FROM sku_other_prices WHERE sku_id = ANY ($1::uuid[])",
        list(ids),
    )
    prices = {row["id"]: {row["currency"]: Price(row["price_minor"], row["priced_at"])} for row in rows}
    for row in others:
        prices[row["sku_id"]][row["currency"]] = Price(row["price_minor"], row["priced_at"])
    return {
        row["id"]: Priced(
            id=row["id"],
            product_id=row["product_id"],
            code=row["code"],
            currency=row["currency"],
            prices=prices[row["id"]],
        )
        for row in rows
    }


async def write_prices(tx: Tx, history: Sequence[NewPrice]) -> None:
    """Append the prices in their order; the last one of each SKU and currency is its price from then on."""
    latest = {(new.sku.id, new.currency): new for new in history}.values()
    own = [new for new in latest if new.currency == new.sku.currency]
    others = [new for new in latest if new.currency != new.sku.currency]
    await tx.execute(
        WRITE_PRICES,
        [new.sku.id for new in own],
        [new.price.minor for new in own],
        [new.price.since for new in own],
        [new.sku.id for new in history],
        [new.price.since for new in history],
        [new.price.minor for new in history],
        [new.currency for new in history],
        [new.cause for new in history],
    )
    if others:
        await tx.execute(
            "INSERT INTO sku_other_prices (sku_id, currency, price_minor, priced_at)"
            " SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[])"
            " ON CONFLICT (sku_id, currency)"
            " DO UPDATE SET price_minor = excluded.price_minor, priced_at = excluded.priced_at",
            [new.sku.id for new in others],
            [new.currency for new in others],
            [new.price.minor for new in others],
            [new.price.since for new in others],
        )


WRITE_PRICES: Final = """
WITH latest AS (
  UPDATE skus s SET price_minor = coalesce(l.price_minor, s.price_minor), priced_at = coalesce(l.at, s.priced_at),
    version = version + 1
  FROM (SELECT DISTINCT sku_id FROM unnest($4::uuid[]) AS t (sku_id)) t
  LEFT JOIN unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS l (id, price_minor, at) ON l.id = t.sku_id
  WHERE s.id = t.sku_id)
INSERT INTO sku_prices (sku_id, at, price_minor, currency, cause)
SELECT sku_id, at, price_minor, currency, cause
FROM unnest($4::uuid[], $5::timestamptz[], $6::bigint[], $7::text[], $8::uuid[]) WITH ORDINALITY
  AS h (sku_id, at, price_minor, currency, cause, n) ORDER BY n"""


async def products_of_kits_with(tx: Tx, component_ids: Collection[SkuId]) -> dict[SkuId, list[ProductId]]:
    """The products of the kits that these SKUs are components of."""
    rows = await tx.fetch(
        "SELECT k.component_id, s.product_id FROM kit_components k JOIN skus s ON s.id = k.kit_id"
        " WHERE k.component_id = ANY ($1::uuid[])",
        list(component_ids),
    )
    found: dict[SkuId, list[ProductId]] = {}
    for row in rows:
        found.setdefault(row["component_id"], []).append(row["product_id"])
    return found
