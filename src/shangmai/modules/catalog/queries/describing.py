"""The SQL that shows products whole: four statements, whatever their number."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec
from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import (
    Attribute,
    AttributeId,
    AttributeKind,
    AttributeOption,
    BrandId,
    CategoryId,
    DescribedRelation,
    DescribedSku,
    Description,
    NamedBrand,
    NamedCategory,
    ProductId,
    ProductStatus,
    Relation,
    ShownMedia,
    SkuId,
    SkuOffer,
)
from shangmai.modules.catalog.queries.reading import KINDS, OTHER_PRICES
from shangmai.modules.catalog.rules import DescribedParts

_media = msgspec.json.Decoder(tuple[ShownMedia, ...]).decode
_related = msgspec.json.Decoder(tuple[Relation, ...]).decode
_prices = msgspec.json.Decoder(dict[str, int]).decode

_descriptions = msgspec.json.Decoder(dict[str, Description]).decode

MEDIA: Final = (
    "(SELECT json_agg(json_build_object('kind', m.kind, 'file', m.file, 'url', m.url, 'alt', m.alt, 'alt_en', m.alt_en,"
    " 'sku_id', m.sku_id) ORDER BY m.position)::text FROM product_media m WHERE m.product_id = p.id) AS media"
)
RELATED: Final = (
    "(SELECT json_agg(json_build_object('product_id', r.related_id, 'code', o.code, 'kind', r.kind)"
    " ORDER BY r.position)::text FROM product_relations r JOIN products o ON o.id = r.related_id"
    " WHERE r.product_id = p.id) AS related"
)
DESCRIPTIONS: Final = (
    "(SELECT json_object_agg(d.lang, json_build_object('summary', d.summary, 'blocks', d.blocks) ORDER BY d.lang)::text"
    " FROM product_descriptions d WHERE d.product_id = p.id) AS descriptions"
)
ACTIVE: Final = (
    "s.status = 'active' AND CASE WHEN s.kind = 'kit' THEN (SELECT bool_and(c.status = 'active') FROM kit_components k"
    " JOIN skus c ON c.id = k.component_id WHERE k.kit_id = s.id) ELSE true END AS active"
)
SHOWN_SKU: Final = (
    "SELECT s.id, s.product_id, s.code, s.name, s.name_en, s.kind, "
    + ACTIVE
    + ", s.attributes, s.price_minor, s.currency, s.weight_g, s.min_qty, s.max_qty, s.qty_step, "
    + OTHER_PRICES
    + " FROM skus s WHERE s.product_id = ANY ($1::uuid[]) ORDER BY s.product_id, s.position"
)
OFFER: Final = (
    "SELECT s.id AS sku_id, s.product_id, s.code, p.status, "
    + ACTIVE
    + ", s.price_minor, s.currency, s.min_qty, s.max_qty, s.qty_step, p.tax_rate, "
    + OTHER_PRICES
    + " FROM skus s JOIN products p ON p.id = s.product_id WHERE s.id = ANY ($1::uuid[])"
)


async def find_products(tx: Tx, ids: Collection[ProductId]) -> list[DescribedParts]:
    """Products with what belongs to each alone: brand, pictures, descriptions, relations."""
    rows = await tx.fetch(
        "SELECT p.id, p.code, p.status, p.name, p.name_en, p.names, p.category_id, p.brand_id, b.name AS brand,"
        " b.name_en AS brand_en, b.logo, p.tags, p.attributes, p.axes, p.tax_rate, p.tax_code, p.version, p.created_at,"
        " p.listed_at, "
        + MEDIA
        + ", "
        + RELATED
        + ", "
        + DESCRIPTIONS
        + " FROM products p LEFT JOIN brands b ON b.id = p.brand_id WHERE p.id = ANY ($1::uuid[])",
        list(ids),
    )
    return [_parts(row) for row in rows]


def _parts(row: Record) -> DescribedParts:
    return DescribedParts(
        id=row["id"],
        code=row["code"],
        status=ProductStatus(row["status"]),
        names={"zh-CN": row["name"], "en": row["name_en"], **row["names"]},
        category_id=row["category_id"],
        brand=_brand(row),
        tags=tuple(row["tags"]),
        attributes=values_of(row["attributes"]),
        axes=tuple(row["axes"]),
        media=media_of(row),
        related=tuple(DescribedRelation(product_id=each.product_id, kind=each.kind) for each in related_of(row)),
        descriptions=descriptions_of(row),
        tax_rate=row["tax_rate"],
        tax_code=row["tax_code"],
        version=row["version"],
        created_at=row["created_at"],
        listed_at=row["listed_at"],
    )


def _brand(row: Record) -> NamedBrand | None:
    if row["brand_id"] is None:
        return None
    return NamedBrand(id=BrandId(row["brand_id"]), name=row["brand"], name_en=row["brand_en"], logo=row["logo"])


def values_of(attributes: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(values) for key, values in attributes.items()}


def media_of(row: Record) -> tuple[ShownMedia, ...]:
    return _media(row["media"] or "[]")


def related_of(row: Record) -> tuple[Relation, ...]:
    return _related(row["related"] or "[]")


def descriptions_of(row: Record) -> dict[str, Description]:
    return _descriptions(row["descriptions"] or "{}")


async def skus_of_products(tx: Tx, ids: Collection[ProductId]) -> dict[ProductId, list[DescribedSku]]:
    """The SKUs of each product, in their order."""
    found: dict[ProductId, list[DescribedSku]] = {}
    for row in await tx.fetch(SHOWN_SKU, list(ids)):
        found.setdefault(row["product_id"], []).append(_sku(row))
    return found


def _sku(row: Record) -> DescribedSku:
    return DescribedSku(
        id=row["id"],
        code=row["code"],
        name=row["name"],
        name_en=row["name_en"],
        kind=KINDS[row["kind"]],
        active=row["active"],
        attributes=row["attributes"],
        price_minor=row["price_minor"],
        currency=row["currency"],
        prices=_all_prices(row),
        weight_g=row["weight_g"],
        min_qty=row["min_qty"],
        max_qty=row["max_qty"],
        qty_step=row["qty_step"],
    )


def _all_prices(row: Record) -> dict[str, int]:
    return {row["currency"]: row["price_minor"], **_prices(row["other_prices"] or "{}")}


async def find_offers(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, SkuOffer]:
    return {row["sku_id"]: offer_of(row) for row in await tx.fetch(OFFER, list(ids))}


def offer_of(row: Record) -> SkuOffer:
    return SkuOffer(
        sku_id=row["sku_id"],
        product_id=row["product_id"],
        code=row["code"],
        status=ProductStatus(row["status"]),
        active=row["active"],
        prices=_all_prices(row),
        min_qty=row["min_qty"],
        max_qty=row["max_qty"],
        qty_step=row["qty_step"],
        tax_rate=row["tax_rate"],
    )


async def category_paths(tx: Tx, ids: Collection[CategoryId]) -> dict[CategoryId, tuple[NamedCategory, ...]]:
    """The way to each category from the top."""
    rows = await tx.fetch(
        "WITH RECURSIVE up AS (SELECT id AS leaf, id, parent_id, name, name_en, 0 AS height FROM categories"
        " WHERE id = ANY ($1::uuid[]) UNION ALL SELECT u.leaf, c.id, c.parent_id, c.name, c.name_en, u.height + 1"
        " FROM up u JOIN categories c ON c.id = u.parent_id)"
        " SELECT leaf, id, name, name_en FROM up ORDER BY leaf, height DESC",
        list(ids),
    )
    found: dict[CategoryId, tuple[NamedCategory, ...]] = {}
    for row in rows:
        step = NamedCategory(id=row["id"], name=row["name"], name_en=row["name_en"])
        found[row["leaf"]] = (*found.get(row["leaf"], ()), step)
    return found


# --- attributes ----------------------------------------------------------------------------------------------------

ATTRIBUTE: Final = (
    "SELECT a.id, a.key, a.name, a.name_en, a.kind, a.unit, a.filterable, a.position,"
    " (SELECT json_agg(json_build_object('key', o.key, 'name', o.name, 'name_en', o.name_en) ORDER BY o.position)::text"
    " FROM attribute_options o WHERE o.attribute_id = a.id) AS options FROM attributes a"
)
_options = msgspec.json.Decoder(tuple[AttributeOption, ...]).decode


async def find_attributes(tx: Tx, keys: Collection[str]) -> dict[str, Attribute]:
    """Those of these attributes that are defined, by key."""
    rows = await tx.fetch(ATTRIBUTE + " WHERE a.key = ANY ($1::text[])", list(keys))
    return {row["key"]: attribute_of(row) for row in rows}


async def list_attributes(tx: Tx, *, after: AttributeId | None, limit: int) -> list[Attribute]:
    rows = await tx.fetch(ATTRIBUTE + " WHERE ($1::uuid IS NULL OR a.id > $1) ORDER BY a.id LIMIT $2", after, limit)
    return [attribute_of(row) for row in rows]


def attribute_of(row: Record) -> Attribute:
    return Attribute(
        **{
            **dict(row),
            "kind": AttributeKind(row["kind"]),
            "options": _options(row["options"] or "[]"),
        }
    )


# --- pages ---------------------------------------------------------------------------------------------------------


async def page_of_products(
    tx: Tx,
    *,
    after: ProductId | None,
    limit: int,
    listed_only: bool,
    brand_id: BrandId | None,
    category_id: CategoryId | None,
    attribute: str | None,
) -> list[ProductId]:
    rows = await tx.fetch(
        "WITH RECURSIVE below AS (SELECT id FROM categories WHERE id = $4::uuid"
        " UNION ALL SELECT c.id FROM categories c JOIN below b ON c.parent_id = b.id)"
        " SELECT p.id FROM products p WHERE ($1::uuid IS NULL OR p.id > $1) AND (NOT $2 OR p.status = 'listed')"
        " AND ($3::uuid IS NULL OR p.brand_id = $3)"
        " AND ($4::uuid IS NULL OR p.category_id IN (SELECT id FROM below))"
        " AND ($5::text IS NULL OR p.attributes ? $5 OR $5 = ANY (p.axes)"
        " OR EXISTS (SELECT FROM skus s WHERE s.product_id = p.id AND s.attributes ? $5))"
        " ORDER BY p.id LIMIT $6",
        after,
        listed_only,
        brand_id,
        category_id,
        attribute,
        limit,
    )
    return [row["id"] for row in rows]
