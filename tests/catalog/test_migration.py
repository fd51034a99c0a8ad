"""An installation from before brands, reviews and titles: nothing of what it had is lost."""

from __future__ import annotations

import os
from typing import Any

import asyncpg

from shangmai.kernel.db.embedded import Server
from shangmai.kernel.db.migrate import migrate
from shangmai.kernel.ids import new_id

BEFORE = "0017"
PRODUCT = (
    "INSERT INTO products (id, code, name, name_en, brand, status, created_at, cause)"
    " VALUES ($1, $2, $2, 'en', $3, $4, '2026-03-01T09:00:00Z', $1)"
)
SKU = (
    "INSERT INTO skus (id, product_id, position, code, name, attributes, weight_g, price_minor, currency, priced_at,"
    " kind, status, created_at, cause)"
    " VALUES ($1, $2, 0, $3, $3, '{}', 0, 1, 'CNY', now(), 'goods', 'active', now(), $1)"
)


async def test_brands_titles_and_times_come_from_what_there_was(server: Server) -> None:
    name = f"test_{os.getpid()}_{new_id().hex[-12:]}"
    admin = await asyncpg.connect(server.dsn())
    await admin.execute(f"CREATE DATABASE {name}")
    dsn = server.dsn(database=name)
    try:
        await migrate(dsn, revision=BEFORE)
        conn = await asyncpg.connect(dsn)
        await _fill(conn)
        await migrate(dsn)
        await _check(conn)
        await conn.close()
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


async def _fill(conn: asyncpg.Connection[Any]) -> None:
    for code, brand, status in (("A", "Acme", "listed"), ("B", " ACME ", "draft"), ("C", "", "delisted")):
        id_ = new_id()
        await conn.execute(PRODUCT, id_, code, brand, status)
        await conn.execute(SKU, new_id(), id_, code)


async def _check(conn: asyncpg.Connection[Any]) -> None:
    rows = await conn.fetch(
        "SELECT p.code, b.name, p.status, p.listed_at IS NOT NULL, p.reviewed FROM products p"
        " LEFT JOIN brands b ON b.id = p.brand_id ORDER BY p.code"
    )
    brand = rows[0][1]
    assert brand in ("Acme", "ACME")
    assert [tuple(row) for row in rows] == [
        ("A", brand, "listed", True, False),
        ("B", brand, "draft", False, False),
        ("C", None, "delisted", True, False),
    ]
    assert await conn.fetchval("SELECT count(*) FROM brands") == 1
    for table in ("product_titles", "sku_titles"):
        titles = await conn.fetch(f"SELECT name FROM {table} ORDER BY seq")
        assert sorted(row["name"] for row in titles) == ["A", "B", "C"]
    assert not await conn.fetchval("SELECT review_required FROM catalog_policy")
