"""The SQL of categories, brands and attributes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import Attribute, AttributeId, Brand, BrandId, Category, CategoryId
from shangmai.modules.catalog.queries.describing import ATTRIBUTE, attribute_of

CATEGORY: Final = "SELECT id, parent_id, name, name_en, position FROM categories"
BRAND: Final = "SELECT id, name, name_en, logo FROM brands"


# --- categories ----------------------------------------------------------------------------------------------------


async def lock_tree(tx: Tx) -> None:
    """Let one transaction at a time move categories, or two moves together could make a ring."""
    await tx.execute("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE")


async def find_category(tx: Tx, id: CategoryId) -> Category | None:
    row = await tx.fetchrow(CATEGORY + " WHERE id = $1", id)
    return None if row is None else Category(**dict(row))


async def find_categories(tx: Tx, paths: Collection[str]) -> dict[str, CategoryId]:
    """By the names from the top, joined by slashes."""
    rows = await tx.fetch(
        "WITH RECURSIVE named AS (SELECT id, name AS path FROM categories WHERE parent_id IS NULL"
        " UNION ALL SELECT c.id, n.path || '/' || c.name FROM named n JOIN categories c ON c.parent_id = n.id)"
        " SELECT path, id FROM named WHERE path = ANY ($1::text[])",
        list(paths),
    )
    return {row["path"]: row["id"] for row in rows}


async def is_below(tx: Tx, id: CategoryId, top: CategoryId) -> bool:
    """Whether a category is `top` or lies below it."""
    return bool(
        await tx.fetchval(
            "WITH RECURSIVE up AS (SELECT id, parent_id FROM categories WHERE id = $1"
            " UNION ALL SELECT c.id, c.parent_id FROM up u JOIN categories c ON c.id = u.parent_id)"
            " SELECT EXISTS (SELECT FROM up WHERE id = $2)",
            id,
            top,
        )
    )


async def insert_category(tx: Tx, category: Category) -> None:
    """Raises: UniqueViolationError, ForeignKeyViolationError."""
    await tx.execute(
        "INSERT INTO categories (id, parent_id, name, name_en, position, created_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        category.id,
        category.parent_id,
        category.name,
        category.name_en,
        category.position,
        tx.now,
        tx.cause,
    )


async def update_category(tx: Tx, category: Category) -> None:
    """Raises: UniqueViolationError, ForeignKeyViolationError."""
    await tx.execute(
        "UPDATE categories SET parent_id = $2, name = $3, name_en = $4, position = $5 WHERE id = $1",
        category.id,
        category.parent_id,
        category.name,
        category.name_en,
        category.position,
    )


# --- brands --------------------------------------------------------------------------------------------------------


async def list_brands(tx: Tx, *, q: str, after: BrandId | None, limit: int) -> list[Brand]:
    """Oldest first; `q` is a pattern of a name, or nothing."""
    rows = await tx.fetch(
        BRAND + " WHERE ($1::uuid IS NULL OR id > $1) AND ($2 = '' OR name ILIKE $2 OR name_en ILIKE $2)"
        " ORDER BY id LIMIT $3",
        after,
        q,
        limit,
    )
    return [Brand(**dict(row)) for row in rows]


async def lock_brand(tx: Tx, id: BrandId) -> Brand | None:
    row = await tx.fetchrow(BRAND + " WHERE id = $1 FOR NO KEY UPDATE", id)
    return None if row is None else Brand(**dict(row))


async def insert_brand(tx: Tx, brand: Brand) -> None:
    """Raises: UniqueViolationError."""
    await tx.execute(
        "INSERT INTO brands (id, name, name_en, logo, created_at, cause) VALUES ($1, $2, $3, $4, $5, $6)",
        brand.id,
        brand.name,
        brand.name_en,
        brand.logo,
        tx.now,
        tx.cause,
    )


async def update_brand(tx: Tx, brand: Brand) -> None:
    """Raises: UniqueViolationError."""
    await tx.execute(
        "UPDATE brands SET name = $2, name_en = $3, logo = $4 WHERE id = $1",
        brand.id,
        brand.name,
        brand.name_en,
        brand.logo,
    )


# --- attributes ----------------------------------------------------------------------------------------------------


async def lock_attributes(tx: Tx) -> None:
    """Let one transaction at a time define attributes."""
    await tx.execute("LOCK TABLE attributes IN SHARE ROW EXCLUSIVE MODE")


async def find_attribute(tx: Tx, key: str) -> Attribute | None:
    row = await tx.fetchrow(ATTRIBUTE + " WHERE a.key = $1", key)
    return None if row is None else attribute_of(row)


async def find_attribute_by_id(tx: Tx, id: AttributeId) -> Attribute | None:
    row = await tx.fetchrow(ATTRIBUTE + " WHERE a.id = $1", id)
    return None if row is None else attribute_of(row)


async def insert_attribute(tx: Tx, attribute: Attribute) -> None:
    await tx.execute(
        "INSERT INTO attributes (id, key, name, name_en, kind, unit, filterable, position, created_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        attribute.id,
        attribute.key,
        attribute.name,
        attribute.name_en,
        attribute.kind,
        attribute.unit,
        attribute.filterable,
        attribute.position,
        tx.now,
        tx.cause,
    )
    await _insert_options(tx, attribute)


async def update_attribute(tx: Tx, attribute: Attribute) -> None:
    await tx.execute(
        "UPDATE attributes SET name = $2, name_en = $3, kind = $4, unit = $5, filterable = $6, position = $7"
        " WHERE id = $1",
        attribute.id,
        attribute.name,
        attribute.name_en,
        attribute.kind,
        attribute.unit,
        attribute.filterable,
        attribute.position,
    )
    await tx.execute("DELETE FROM attribute_options WHERE attribute_id = $1", attribute.id)
    await _insert_options(tx, attribute)


async def _insert_options(tx: Tx, attribute: Attribute) -> None:
    await tx.execute(
        "INSERT INTO attribute_options (attribute_id, key, name, name_en, position)"
        " SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::integer[])",
        attribute.id,
        [option.key for option in attribute.options],
        [option.name for option in attribute.options],
        [option.name_en for option in attribute.options],
        list(range(len(attribute.options))),
    )


async def delete_attribute(tx: Tx, id: AttributeId) -> None:
    await tx.execute("DELETE FROM attributes WHERE id = $1", id)


async def used_values(tx: Tx, key: str, values: Sequence[str] | None) -> list[str]:
    """One of these values of an attribute (of all its values, if none are named) that a product or SKU has."""
    rows = await tx.fetch(
        "SELECT value FROM ("
        " SELECT v.value FROM products p, jsonb_array_elements_text(p.attributes -> $1) AS v (value)"
        " WHERE p.attributes ? $1 UNION ALL SELECT attributes ->> $1 FROM skus WHERE attributes ? $1) used"
        " WHERE $2::text[] IS NULL OR value = ANY ($2) LIMIT 1",
        key,
        values,
    )
    return [row["value"] for row in rows]
