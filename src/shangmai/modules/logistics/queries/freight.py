"""The SQL on freight: templates, how products are sent, and each shop's version."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from asyncpg import Record

from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.logistics.contract.freight import (
    Basis,
    Combining,
    FreightItem,
    FreightTemplate,
    FreightTemplateId,
    SaveFreightTemplate,
    Tariff,
    Zone,
)
from shangmai.modules.organization.contract import ShopId

COLUMNS = "id, shop_id, code, name, name_en, basis, zones, not_to, is_default, active"


async def bump(tx: Tx, shop_id: ShopId, combining: Combining | None = None) -> int:
    """Give the shop's freight its next version, and hold it until the transaction ends."""
    version: int = await tx.fetchval(
        "INSERT INTO freight_settings AS s (shop_id, combining, version, changed_at, cause)"
        " VALUES ($1, coalesce($2, 'sum'), 1, $3, $4) ON CONFLICT (shop_id) DO UPDATE SET"
        " combining = coalesce($2, s.combining), version = s.version + 1, changed_at = $3, cause = $4"
        " RETURNING version",
        shop_id,
        None if combining is None else combining.value,
        tx.now,
        tx.cause,
    )
    return version


async def save(tx: Tx, do: SaveFreightTemplate) -> FreightTemplate:
    """Write a template; the caller holds the shop's version. The first one of a shop, or one that asks, is default."""
    first = not await tx.fetchval("SELECT EXISTS (SELECT FROM freight_templates WHERE shop_id = $1)", do.shop_id)
    is_default = do.is_default or first
    if is_default:
        await tx.execute(
            "UPDATE freight_templates SET is_default = false WHERE shop_id = $1 AND code <> $2", do.shop_id, do.code
        )
    row = await tx.fetchrow(
        "INSERT INTO freight_templates AS t (id, shop_id, code, name, name_en, basis, zones, not_to, is_default,"
        " active, changed_at, cause) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        " ON CONFLICT (shop_id, code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en,"
        " basis = excluded.basis, zones = excluded.zones, not_to = excluded.not_to,"
        " is_default = t.is_default OR excluded.is_default, active = excluded.active,"
        f" changed_at = excluded.changed_at, cause = excluded.cause RETURNING {COLUMNS}",
        new_id(),
        do.shop_id,
        do.code,
        do.name,
        do.name_en,
        do.basis.value,
        msgspec.to_builtins(do.zones),
        list(do.not_to),
        is_default,
        do.active,
        tx.now,
        tx.cause,
    )
    assert row is not None
    return _template(row)


async def assign(tx: Tx, shop_id: ShopId, items: Sequence[tuple[FreightItem, FreightTemplateId | None]]) -> None:
    await tx.execute(
        "INSERT INTO freight_items (shop_id, product_id, template_id, volume_cm3, cause)"
        " SELECT $1, p, t, v, $5 FROM unnest($2::uuid[], $3::uuid[], $4::int[]) AS u (p, t, v)"
        " ON CONFLICT (shop_id, product_id) DO UPDATE SET template_id = excluded.template_id,"
        " volume_cm3 = excluded.volume_cm3, cause = excluded.cause",
        shop_id,
        [item.product_id for item, _ in items],
        [id_ for _, id_ in items],
        [item.volume_cm3 for item, _ in items],
        tx.cause,
    )


async def count_items(tx: Tx, shop_id: ShopId) -> int:
    return int(await tx.fetchval("SELECT count(*) FROM freight_items WHERE shop_id = $1", shop_id))


async def templates_of(tx: Tx, shop_id: ShopId | None) -> list[FreightTemplate]:
    """The templates of a shop, or of all in the caller's scope, by code."""
    rows = await tx.fetch(
        f"SELECT {COLUMNS} FROM freight_templates WHERE $1::uuid IS NULL OR shop_id = $1 ORDER BY shop_id, code",
        shop_id,
    )
    return [_template(row) for row in rows]


async def items_of(tx: Tx, shop_id: ShopId, after: ProductId | None, limit: int) -> list[FreightItem]:
    """How products of a shop are sent, by the product's id."""
    rows = await tx.fetch(
        "SELECT i.product_id, t.code AS template, i.volume_cm3 FROM freight_items i"
        " LEFT JOIN freight_templates t ON t.id = i.template_id"
        " WHERE i.shop_id = $1 AND ($2::uuid IS NULL OR i.product_id > $2) ORDER BY i.product_id LIMIT $3",
        shop_id,
        after,
        limit,
    )
    return [FreightItem(**row) for row in rows]


async def versions_of(tx: Tx, shops: Collection[ShopId]) -> dict[ShopId, int]:
    """The versions of these shops' freight; a shop that never said anything about it has none."""
    rows = await tx.fetch("SELECT shop_id, version FROM freight_settings WHERE shop_id = ANY ($1::uuid[])", list(shops))
    return {row["shop_id"]: row["version"] for row in rows}


async def tariffs(tx: Tx, shops: Collection[ShopId]) -> dict[ShopId, Tariff]:
    """All that the freight of these shops depends on, in one statement and so at one version."""
    rows = await tx.fetch(
        "SELECT s.shop_id, s.version, s.combining,"
        " (SELECT coalesce(json_agg(t), '[]') FROM freight_templates t WHERE t.shop_id = s.shop_id AND t.active)"
        "   AS templates,"
        " (SELECT coalesce(json_agg(json_build_array(i.product_id, i.template_id, i.volume_cm3)), '[]')"
        "   FROM freight_items i WHERE i.shop_id = s.shop_id) AS items"
        " FROM freight_settings s WHERE s.shop_id = ANY ($1::uuid[])",
        list(shops),
    )
    return {row["shop_id"]: _tariff(row) for row in rows}


def _tariff(row: Record) -> Tariff:
    templates = [_template(each) for each in row["templates"]]
    active = {template.id for template in templates}
    items = msgspec.convert(row["items"], list[tuple[ProductId, FreightTemplateId | None, int]])
    return Tariff(
        shop_id=row["shop_id"],
        version=row["version"],
        combining=Combining(row["combining"]),
        templates={template.id: template for template in templates},
        default=next((template.id for template in templates if template.is_default), None),
        by_product={product: id_ for product, id_, _ in items if id_ is not None and id_ in active},
        volumes={product: volume for product, _, volume in items if volume},
    )


def _template(row: Any) -> FreightTemplate:
    return FreightTemplate(
        id=msgspec.convert(row["id"], FreightTemplateId),
        shop_id=msgspec.convert(row["shop_id"], ShopId),
        code=row["code"],
        name=row["name"],
        name_en=row["name_en"],
        basis=Basis(row["basis"]),
        zones=msgspec.convert(row["zones"], tuple[Zone, ...]),
        not_to=tuple(row["not_to"]),
        is_default=row["is_default"],
        active=row["active"],
    )
