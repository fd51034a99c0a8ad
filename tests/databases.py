"""One database for all tests of a process, put back to what its template holds before each of them.

A new database is a copy of a thousand files, and more with every table there is; what a test leaves behind are rows in
a few tables. So the rows go, and what the template holds comes back. Where a test changed more than rows, a trigger or
a grant or the database itself, there is a new copy; tables of its own and the partitions of more months are dropped.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import Any, Final, Self

import asyncpg
from msgspec import Struct

from shangmai.kernel.db.embedded import Server
from shangmai.kernel.ids import new_id

LARGE_BYTES: Final = 1 << 18
"""From here on dead rows would slow down the tests that follow: the table is truncated, its files made anew."""
OTHERS: Final = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
TABLES: Final = (
    "SELECT oid::regclass::text AS name, relispartition AS is_partition, pg_relation_size(oid) AS size FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
)
SEQUENCES: Final = (
    "SELECT format('%I.%I', schemaname, sequencename) AS name, coalesce(last_value, start_value) AS value,"
    " last_value IS NOT NULL AS is_called FROM pg_sequences"
)
_CATALOGS: Final = (
    *("pg_attrdef", "pg_attribute", "pg_constraint", "pg_event_trigger", "pg_extension", "pg_index", "pg_policy"),
    *("pg_proc", "pg_rewrite", "pg_trigger", "pg_type"),
)
# Of relations only what no vacuum and no truncation touches; a changed row of another catalog is a newer one.
SCHEMA: Final = (
    "SELECT 'pg_class' AS part, count(*)::text AS rows, md5(string_agg((oid, relname, relowner, relkind, relacl,"
    " reloptions, relrowsecurity, relforcerowsecurity, relispartition)::text, ',' ORDER BY oid)) AS state FROM pg_class"
    " WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%temp\\_%')"
    " UNION ALL SELECT 'settings', count(*)::text, max(s.xmin::text::bigint)::text FROM pg_db_role_setting s"
    " JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()"
) + "".join(
    f" UNION ALL SELECT '{name}', count(*)::text, max(xmin::text::bigint)::text FROM {name}"  # sql: one of the above
    for name in _CATALOGS
)


class Pristine(Struct, frozen=True):
    """What a new copy looks like: its tables, the rows in them as COPY writes them, its sequences and its schema."""

    tables: frozenset[str]
    rows: dict[str, bytes]
    sequences: list[tuple[Any, ...]]
    schema: list[tuple[Any, ...]]


class Reused:
    """`await reused.fresh()` gives the name of a database that looks as if it had just been made."""

    def __init__(self, server: Server, template: str) -> None:
        self._server, self._template = server, template
        self.name = f"test_{os.getpid()}_{new_id().hex[-12:]}"
        self._pristine: Pristine | None = None
        self._conn: asyncpg.Connection | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.drop()

    async def fresh(self) -> str:
        if self._pristine is None or not await self._put_back(self._pristine):
            await self.drop()
            await self._on_server(f"CREATE DATABASE {self.name} TEMPLATE {self._template}")
            self._pristine = await self._look()
        return self.name

    async def _put_back(self, pristine: Pristine) -> bool:
        """Whether it could be."""
        try:
            conn = await self._connection()
            await conn.execute(OTHERS)
            found = await conn.fetch(TABLES)
            await conn.execute("; ".join(["SET session_replication_role = replica", *_removals(found, pristine)]))
            for sequence in set(pristine.sequences) - set(await _tuples(conn, SEQUENCES)):
                await conn.execute("SELECT setval($1::text::regclass, $2, $3)", *sequence)
            for table, rows in pristine.rows.items():
                await _restore(conn, table, rows)
            return await _tuples(conn, SCHEMA) == pristine.schema
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return False  # a test took the database or a table away: so there is to be a new one

    async def _connection(self) -> asyncpg.Connection:
        if self._conn is None or self._conn.is_closed():
            self._conn = await asyncpg.connect(self._server.dsn(database=self.name))
        return self._conn

    async def _look(self) -> Pristine:
        conn = await self._connection()
        found = await conn.fetch(TABLES)
        rows = {row["name"]: await _copied(conn, row["name"]) for row in found if row["size"]}
        return Pristine(
            tables=frozenset(row["name"] for row in found),
            rows=rows,
            sequences=await _tuples(conn, SEQUENCES),
            schema=await _tuples(conn, SCHEMA),
        )

    async def drop(self) -> None:
        if self._conn is not None:
            self._conn.terminate()
        await self._on_server(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    async def _on_server(self, sql: str) -> None:
        admin = await asyncpg.connect(self._server.dsn())
        try:
            await admin.execute(sql)
        finally:
            await admin.close()


def _removals(found: list[Any], pristine: Pristine) -> Iterator[str]:
    """What takes away the tables and the rows that tests made; rows of the template are not among them."""
    for row in found:
        if row["name"] not in pristine.tables:
            yield f"DROP TABLE IF EXISTS {row['name']} CASCADE"
        elif row["size"] > LARGE_BYTES:
            yield f"TRUNCATE {row['name']} CASCADE"
        elif row["size"] and row["name"] not in pristine.rows:
            yield f"DELETE FROM {row['name']}"


async def _restore(conn: asyncpg.Connection, table: str, rows: bytes) -> None:
    if await _copied(conn, table) != rows:
        await conn.execute(f"DELETE FROM {table}")  # sql: a table's name, from the catalog
        await conn.copy_to_table(table, source=io.BytesIO(rows))


async def _copied(conn: asyncpg.Connection, table: str) -> bytes:
    rows = io.BytesIO()
    await conn.copy_from_query(f"SELECT * FROM {table} AS t ORDER BY t::text", output=rows)  # sql: from the catalog
    return rows.getvalue()


async def _tuples(conn: asyncpg.Connection, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await conn.fetch(query)]
