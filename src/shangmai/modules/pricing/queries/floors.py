"""The SQL of floor prices."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.pricing.contract.floors import Floor

Place = tuple[UUID, str]
"""A SKU and a currency."""
COLUMNS: Final = "sku_id, currency, floor_minor, set_at"


async def floors_of(tx: Tx, skus: Collection[SkuId], currencies: Collection[str]) -> dict[Place, int]:
    """The floors of these SKUs in these currencies, those that have one."""
    rows = await tx.fetch(
        "SELECT sku_id, currency, floor_minor FROM price_floors"
        " WHERE sku_id = ANY ($1::uuid[]) AND currency = ANY ($2::text[])",
        list(skus),
        list(currencies),
    )
    return {(row["sku_id"], row["currency"]): row["floor_minor"] for row in rows}


async def lock(tx: Tx, places: Collection[Place]) -> dict[Place, int]:
    """The floors that are set at these places; one writer at a time, so that two who set the first one meet."""
    await tx.execute("SELECT FROM pricing_versions WHERE name = 'floors' FOR NO KEY UPDATE")
    return await floors_of(tx, {SkuId(sku_id) for sku_id, _ in places}, {currency for _, currency in places})


async def write(tx: Tx, floors: Mapping[Place, tuple[int, Item]], removed: Sequence[Place]) -> None:
    """Set and remove floors."""
    if removed:
        await tx.execute(
            "DELETE FROM price_floors f USING unnest($1::uuid[], $2::text[]) AS n (sku_id, currency)"
            " WHERE f.sku_id = n.sku_id AND f.currency = n.currency",
            [sku_id for sku_id, _ in removed],
            [currency for _, currency in removed],
        )
    if floors:
        await tx.execute(
            "INSERT INTO price_floors (sku_id, currency, floor_minor, set_at, cause)"
            " SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[], $5::uuid[])"
            " ON CONFLICT (sku_id, currency) DO UPDATE SET floor_minor = excluded.floor_minor,"
            " set_at = excluded.set_at, cause = excluded.cause",
            [sku_id for sku_id, _ in floors],
            [currency for _, currency in floors],
            [minor for minor, _ in floors.values()],
            [item.now for _, item in floors.values()],
            [item.cause for _, item in floors.values()],
        )


async def page(tx: Tx, *, sku_id: SkuId | None, after: Place | None, limit: int) -> list[Floor]:
    """By SKU and currency."""
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM price_floors WHERE ($1::uuid IS NULL OR sku_id = $1)"
        " AND ($2::uuid IS NULL OR (sku_id, currency) > ($2, $3)) ORDER BY sku_id, currency LIMIT $4",
        sku_id,
        *(after or (None, None)),
        limit,
    )
    return [Floor(**row) for row in rows]
