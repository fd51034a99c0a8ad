"""What a test leaves in the database is gone before the next one, whatever it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from shangmai.kernel.db.embedded import Server
from tests.databases import Reused

MANY = "generate_series(1, 20000) n"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(server: Server, template: str) -> AsyncIterator[Reused]:
    async with Reused(server, template) as one:
        yield one


async def ask(server: Server, database: Reused, sql: str) -> Any:
    conn = await asyncpg.connect(server.dsn(database=database.name))
    try:
        return await conn.fetchval(sql) if sql.startswith("SELECT") else await conn.execute(sql)
    finally:
        await conn.close()


async def oid(server: Server, database: Reused) -> Any:
    return await ask(server, database, "SELECT oid FROM pg_database WHERE datname = current_database()")


@pytest.mark.parametrize(
    ("left", "seen"),
    [
        ("INSERT INTO pulses VALUES ('x', now(), '{}')", "SELECT count(*) FROM pulses"),
        (f"INSERT INTO pulses SELECT n, now(), '{{}}' FROM {MANY}", "SELECT pg_relation_size('pulses') < 20000"),
        ("DELETE FROM roles WHERE code = 'owner'", "SELECT count(*) FROM roles"),
        ("UPDATE roles SET name = name || '!'", "SELECT string_agg(name, ',' ORDER BY name) FROM roles"),
        ("SELECT nextval('events_seq_seq')", "SELECT last_value FROM pg_sequences WHERE sequencename LIKE 'events%'"),
        ("CREATE TABLE more AS SELECT 1 AS n", "SELECT to_regclass('more')"),
        (
            "CREATE TABLE events_203001 PARTITION OF events FOR VALUES FROM ('2030-01-01') TO ('2030-02-01')",
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass",
        ),
    ],
    ids=["a row", "many rows", "a lost row", "a changed row", "a number", "a table", "a month"],
)
async def test_the_same_database_is_as_before(server: Server, database: Reused, left: str, seen: str) -> None:
    await database.fresh()
    before = await oid(server, database), await ask(server, database, seen)
    await ask(server, database, left)
    assert await ask(server, database, seen) != before[1]
    await database.fresh()
    assert (await oid(server, database), await ask(server, database, seen)) == before


@pytest.mark.parametrize(
    "left",
    [
        "ALTER TABLE skus DISABLE TRIGGER kit_is_not_empty",
        "ALTER TABLE shops NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE pulses ADD COLUMN more text",
        "REVOKE SELECT ON roles FROM shangmai_app",
        "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP TABLE pulses",
        "DROP VIEW freight_versions_v1 CASCADE",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''8MB''', current_database()); END $$",
    ],
)
async def test_where_more_than_rows_changed_there_is_another(server: Server, database: Reused, left: str) -> None:
    await database.fresh()
    before = await oid(server, database)
    await ask(server, database, left)
    await database.fresh()
    assert await oid(server, database) != before


async def test_where_it_was_taken_away_there_is_another(server: Server, database: Reused) -> None:
    await database.fresh()
    conn = await asyncpg.connect(server.dsn())
    await conn.execute(f"DROP DATABASE {database.name} WITH (FORCE)")
    await conn.close()
    await database.fresh()
    assert await ask(server, database, "SELECT count(*) > 0 FROM roles")


async def test_who_is_still_connected_is_sent_away(server: Server, database: Reused) -> None:
    await database.fresh()
    conn = await asyncpg.connect(server.dsn(database=database.name))
    await conn.execute("BEGIN; LOCK TABLE roles; INSERT INTO pulses VALUES ('x', now(), '{}')")
    await database.fresh()
    assert await ask(server, database, "SELECT count(*) FROM pulses") == 0
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await conn.fetchval("SELECT 1")
