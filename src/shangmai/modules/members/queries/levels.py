"""The SQL on member levels; the newest row of a customer is the level now."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId


async def lock_customers(tx: Tx, ids: Collection[CustomerId]) -> dict[CustomerId, ShopId]:
    """The shops of those that exist, locked in order of id: a customer's levels follow each other."""
    rows = await tx.fetch(
        "SELECT id, shop_id FROM customers WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", list(ids)
    )
    return {row["id"]: row["shop_id"] for row in rows}


async def shops_of(tx: Tx, ids: Collection[CustomerId]) -> dict[CustomerId, ShopId]:
    rows = await tx.fetch("SELECT id, shop_id FROM customers WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: row["shop_id"] for row in rows}


async def levels_of(tx: Tx, ids: Collection[CustomerId]) -> dict[CustomerId, str]:
    rows = await tx.fetch(
        "SELECT i.id, l.level FROM unnest($1::uuid[]) AS i (id) CROSS JOIN LATERAL (SELECT level FROM customer_levels"
        " WHERE customer_id = i.id ORDER BY seq DESC LIMIT 1) AS l WHERE l.level <> ''",
        list(ids),
    )
    return {row["id"]: row["level"] for row in rows}


async def standing_of(tx: Tx, ids: Collection[CustomerId]) -> dict[CustomerId, tuple[ShopId, str]]:
    rows = await tx.fetch(
        "SELECT c.id, c.shop_id, coalesce(l.level, '') AS level FROM customers c LEFT JOIN LATERAL (SELECT level"
        " FROM customer_levels WHERE customer_id = c.id ORDER BY seq DESC LIMIT 1) AS l ON true"
        " WHERE c.id = ANY ($1::uuid[])",
        list(ids),
    )
    return {row["id"]: (row["shop_id"], row["level"]) for row in rows}


async def insert(tx: Tx, levels: Sequence[tuple[CustomerId, ShopId, str, Item]]) -> None:
    await tx.execute(
        "INSERT INTO customer_levels (customer_id, shop_id, level, since, cause) SELECT customer_id, shop_id, level,"
        " since, cause FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::uuid[]) WITH ORDINALITY"
        " AS n (customer_id, shop_id, level, since, cause, place) ORDER BY place",
        [customer_id for customer_id, *_ in levels],
        [shop_id for _, shop_id, *_ in levels],
        [level for *_, level, _ in levels],
        [item.now for *_, item in levels],
        [item.cause for *_, item in levels],
    )
