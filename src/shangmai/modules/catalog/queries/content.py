"""The SQL that reads and replaces what is said of products."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from asyncpg import Record

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import (
    ProductContent,
    ProductId,
    ProductStatus,
    SkuId,
)
from shangmai.modules.catalog.queries.describing import (
    DESCRIPTIONS,
    MEDIA,
    RELATED,
    descriptions_of,
    media_of,
    related_of,
    values_of,
)
from shangmai.modules.catalog.queries.writing import encoded
from shangmai.modules.catalog.rules import Content, Growing

CONTENT: Final = (
    "SELECT p.id, p.code, p.status, p.version, p.reviewed, p.name, p.name_en, p.names, p.category_id, p.brand_id,"
    " p.attributes, p.axes, p.tags, p.tax_rate, p.tax_code, " + MEDIA + ", " + RELATED + ", " + DESCRIPTIONS
) + " FROM products p WHERE p.id = ANY ($1::uuid[])"


async def lock(tx: Tx, ids: Collection[ProductId]) -> None:
    """Hold the products until the transaction ends, in order of id; what is read after this is what they have."""
    await tx.execute("SELECT FROM products WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", list(ids))


async def lock_contents(tx: Tx, ids: Collection[ProductId]) -> dict[ProductId, Content]:
    await lock(tx, ids)
    return {row["id"]: _content(row) for row in await tx.fetch(CONTENT, list(ids))}


def _content(row: Record) -> Content:
    return Content(
        id=row["id"],
        code=row["code"],
        status=ProductStatus(row["status"]),
        version=row["version"],
        reviewed=row["reviewed"],
        name=row["name"],
        name_en=row["name_en"],
        names=row["names"],
        category_id=row["category_id"],
        brand_id=row["brand_id"],
        attributes=values_of(row["attributes"]),
        tags=tuple(row["tags"]),
        tax_rate=row["tax_rate"],
        tax_code=row["tax_code"],
        descriptions=descriptions_of(row),
        media=media_of(row),
        related=related_of(row),
    )


async def find_content(tx: Tx, id: ProductId) -> ProductContent | None:
    row = await tx.fetchrow(CONTENT, [id])
    if row is None:
        return None
    return ProductContent(
        names=row["names"],
        attributes=values_of(row["attributes"]),
        axes=tuple(row["axes"]),
        descriptions=descriptions_of(row),
        media=media_of(row),
        related=related_of(row),
        tax_rate=row["tax_rate"],
        tax_code=row["tax_code"],
    )


async def skus_by_code(tx: Tx, ids: Collection[ProductId]) -> dict[tuple[ProductId, str], SkuId]:
    rows = await tx.fetch("SELECT product_id, code, id FROM skus WHERE product_id = ANY ($1::uuid[])", list(ids))
    return {(row["product_id"], row["code"]): row["id"] for row in rows}


async def lock_growing(tx: Tx, ids: Collection[ProductId]) -> dict[ProductId, Growing]:
    """Products that are about to get SKUs, with the codes and values of those they have."""
    await lock(tx, ids)
    rows = await tx.fetch(
        "SELECT p.id, p.code, p.name, p.status, p.reviewed, p.axes, s.code AS sku, s.attributes FROM products p"
        " LEFT JOIN skus s ON s.product_id = p.id WHERE p.id = ANY ($1::uuid[]) ORDER BY p.id, s.position",
        list(ids),
    )
    variants: dict[ProductId, list[tuple[str, dict[str, str]]]] = {}
    for row in rows:
        variants.setdefault(row["id"], []).extend([(row["sku"], row["attributes"])] if row["sku"] else [])
    return {
        row["id"]: Growing(
            id=row["id"],
            code=row["code"],
            name=row["name"],
            status=ProductStatus(row["status"]),
            reviewed=row["reviewed"],
            axes=tuple(row["axes"]),
            variants=tuple(variants[row["id"]]),
        )
        for row in rows
    }


async def touch(tx: Tx, reviewed: Mapping[ProductId, bool]) -> None:
    """Count a change of these products, and whether they are approved with it."""
    await tx.execute(
        "UPDATE products p SET version = version + 1, reviewed = t.reviewed"
        " FROM unnest($1::uuid[], $2::boolean[]) AS t (id, reviewed) WHERE p.id = t.id",
        list(reviewed),
        list(reviewed.values()),
    )


# --- replacing -----------------------------------------------------------------------------------------------------


async def write_contents(tx: Tx, changes: Sequence[tuple[Content, Content, Item]]) -> None:
    """Write products as they are after their changes, each given with what it was before; titles go to the history."""
    last = {after.id: after for _, after, _ in changes}
    first = {before.id: before for before, _, _ in reversed(changes)}
    await _update_products(tx, list(last.values()))
    await _append_titles(tx, [(a, i) for b, a, i in changes if (a.name, a.name_en) != (b.name, b.name_en)])
    both = [(first[id_], each) for id_, each in last.items()]
    await _replace_descriptions(tx, [after for before, after in both if before.descriptions != after.descriptions])
    await _replace_media(tx, [after for before, after in both if before.media != after.media])
    await _replace_related(tx, [after for before, after in both if before.related != after.related])


async def _update_products(tx: Tx, contents: Sequence[Content]) -> None:
    await tx.execute(
        UPDATE_PRODUCTS,
        [each.id for each in contents],
        [each.version for each in contents],
        [each.reviewed for each in contents],
        [each.name for each in contents],
        [each.name_en for each in contents],
        [encoded(each.names) for each in contents],
        [each.category_id for each in contents],
        [each.brand_id for each in contents],
        [encoded(each.attributes) for each in contents],
        [encoded(each.tags) for each in contents],
        [each.tax_rate for each in contents],
        [each.tax_code for each in contents],
    )


UPDATE_PRODUCTS: Final = """
UPDATE products p SET version = c.version, reviewed = c.reviewed, name = c.name, name_en = c.name_en,
  names = c.names::jsonb, category_id = c.category_id, brand_id = c.brand_id, attributes = c.attributes::jsonb,
  tags = ARRAY(SELECT jsonb_array_elements_text(c.tags::jsonb)), tax_rate = c.tax_rate, tax_code = c.tax_code
FROM unnest($1::uuid[], $2::integer[], $3::boolean[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::uuid[],
  $9::text[], $10::text[], $11::numeric[], $12::text[])
  AS c (id, version, reviewed, name, name_en, names, category_id, brand_id, attributes, tags, tax_rate, tax_code)
WHERE p.id = c.id"""


async def _append_titles(tx: Tx, changes: Sequence[tuple[Content, Item]]) -> None:
    if changes:
        await tx.execute(
            "INSERT INTO product_titles (product_id, at, name, name_en, cause)"
            " SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[])",
            [content.id for content, _ in changes],
            [item.now for _, item in changes],
            [content.name for content, _ in changes],
            [content.name_en for content, _ in changes],
            [item.cause for _, item in changes],
        )


async def _replace_descriptions(tx: Tx, contents: Sequence[Content]) -> None:
    if not contents:
        return
    rows = [(each.id, lang, told) for each in contents for lang, told in each.descriptions.items()]
    await tx.execute(
        "DELETE FROM product_descriptions WHERE product_id = ANY ($1::uuid[])", [each.id for each in contents]
    )
    await tx.execute(
        "INSERT INTO product_descriptions (product_id, lang, summary, blocks)"
        " SELECT id, lang, summary, blocks::jsonb FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])"
        " AS d (id, lang, summary, blocks)",
        [id_ for id_, _, _ in rows],
        [lang for _, lang, _ in rows],
        [told.summary for *_, told in rows],
        [encoded(told.blocks) for *_, told in rows],
    )


async def _replace_media(tx: Tx, contents: Sequence[Content]) -> None:
    if not contents:
        return
    rows = [(each.id, place, shown) for each in contents for place, shown in enumerate(each.media)]
    await tx.execute("DELETE FROM product_media WHERE product_id = ANY ($1::uuid[])", [each.id for each in contents])
    await tx.execute(
        "INSERT INTO product_media (product_id, position, sku_id, kind, file, url, alt, alt_en)"
        " SELECT * FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],"
        " $8::text[])",
        [id_ for id_, _, _ in rows],
        [place for _, place, _ in rows],
        [shown.sku_id for *_, shown in rows],
        [shown.kind for *_, shown in rows],
        [shown.file for *_, shown in rows],
        [shown.url for *_, shown in rows],
        [shown.alt for *_, shown in rows],
        [shown.alt_en for *_, shown in rows],
    )


async def _replace_related(tx: Tx, contents: Sequence[Content]) -> None:
    if not contents:
        return
    rows = [(each.id, place, related) for each in contents for place, related in enumerate(each.related)]
    await tx.execute(
        "DELETE FROM product_relations WHERE product_id = ANY ($1::uuid[])", [each.id for each in contents]
    )
    await tx.execute(
        "INSERT INTO product_relations (product_id, position, kind, related_id)"
        " SELECT * FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::uuid[])",
        [id_ for id_, _, _ in rows],
        [place for _, place, _ in rows],
        [related.kind for *_, related in rows],
        [related.product_id for *_, related in rows],
    )
