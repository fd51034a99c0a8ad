"""The kernel stands alone: its tests' database has the kernel's migration and the tests' own tables, nothing else.

One database serves the whole run and is emptied before each test, which is ten times faster than a new one.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from shangmai.kernel.actors import Actor
from shangmai.kernel.books.book import Book
from shangmai.kernel.books.contract import Moved, Post
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import Server
from shangmai.kernel.db.migrate import migrate, split_statements
from shangmai.kernel.db.schema import FACTS_V1, ROW_TYPES_V1
from shangmai.kernel.ids import new_id
from shangmai.kernel.months import ensure_ahead
from shangmai.kernel.tx import Tx
from tests.kernel import declared

Stock = Callable[..., Awaitable[UUID]]
Until = Callable[[Callable[[], Awaitable[Any]]], Awaitable[None]]
UntilBlocked = Callable[..., Awaitable[None]]
Dump = Callable[..., Awaitable[dict[str, list[dict[str, Any]]]]]
KERNEL = "0001"


@pytest.fixture(autouse=True)
def declarations() -> Iterator[None]:
    """The tests' own actions, events and books, in the registries as long as the test runs."""
    declared.install()
    yield
    declared.withdraw()


@pytest.fixture(scope="session")
def dsn_of_run(server: Server) -> Iterator[str]:
    """The database of this run."""
    name = f"kernel_test_{os.getpid()}"
    asyncio.run(_execute(server.dsn(), f"CREATE DATABASE {name}"))
    # A circle of waiting transactions is looked for after a second; here, where they are made on purpose, at once.
    asyncio.run(_execute(server.dsn(), f"ALTER DATABASE {name} SET deadlock_timeout = '20ms'"))
    dsn = server.dsn(database=name)
    asyncio.run(fill(dsn))
    yield dsn
    asyncio.run(_execute(server.dsn(), f"DROP DATABASE {name} WITH (FORCE)"))


async def fill(dsn: str) -> None:
    """The kernel's tables, the tests' own, and the months around now."""
    await migrate(dsn, revision=KERNEL)
    for statement in split_statements(ROW_TYPES_V1 + FACTS_V1 + declared.DDL):
        await _execute(dsn, statement)
    async with await Database.connect(dsn, size=1) as db:
        await ensure_ahead(db)


async def _execute(dsn: str, sql: str) -> None:
    conn = await asyncpg.connect(dsn)
    try:
        await conn.execute(sql)
    finally:
        await conn.close()


# Whoever is still there, of a test before, ends first: seen later it would be taken for one of this test's own.
EMPTY = """
DO $$ DECLARE t record; BEGIN
  LOOP
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
    EXIT WHEN NOT FOUND;
    PERFORM pg_sleep(0.001), pg_stat_clear_snapshot();
  END LOOP;
  FOR t IN SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
      AND relkind IN ('r', 'p') AND NOT relispartition
      AND relname NOT IN ('alembic_version', 'monthly_tables', 'fact_versions') LOOP
    EXECUTE format('DELETE FROM %s', t.name);
  END LOOP;
END $$;
"""


@pytest_asyncio.fixture
async def dsn(dsn_of_run: str) -> str:
    """An empty database for one test."""
    await _execute(dsn_of_run, EMPTY)
    return dsn_of_run


@pytest_asyncio.fixture
async def other_db(dsn: str) -> AsyncIterator[Database]:
    """A second pool, as another process would have."""
    async with await Database.connect(dsn, size=10) as database:
        yield database


@pytest.fixture
def stock(db: Database) -> Stock:
    """Put pieces of a new SKU on hand: `sku = await stock(50)`."""

    async def put(amount: int, *, book: Book = declared.pieces, sku: UUID | None = None) -> UUID:
        sku = sku or new_id()
        async with db.transaction() as tx:
            receipt = Post(
                debit=(sku, "supplier"), credit=(sku, "on_hand"), amount=amount, doc=new_id(), item=tx.items[0]
            )
            assert await book.post(tx, [receipt]) == [Moved(amount)]
        return sku

    return put


@pytest.fixture
def dump(admin_conn: asyncpg.Connection[Any]) -> Dump:
    """Everything in these tables, to show that a refusal changed nothing; without names, everything that there is."""

    async def rows(*tables: str) -> dict[str, list[dict[str, Any]]]:
        names = tables or [
            row["name"]
            for row in await admin_conn.fetch(
                "SELECT oid::regclass::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                " AND relkind IN ('r', 'p') AND NOT relispartition"
            )
        ]
        return {
            name: [dict(row) for row in await admin_conn.fetch(f"SELECT * FROM {name} AS t ORDER BY t::text")]
            for name in names
        }

    return rows


@pytest.fixture
def until() -> Until:
    """Wait until a question to the database is answered with yes: what another backend does raises no event here."""

    async def wait(asked: Callable[[], Awaitable[Any]]) -> None:
        async with asyncio.timeout(60):
            while not await asked():  # noqa: ASYNC110 - the answer is in the database
                await asyncio.sleep(0.002)

    return wait


@pytest.fixture
def until_blocked(admin_conn: asyncpg.Connection[Any], until: Until) -> UntilBlocked:
    """Wait until so many backends of this database wait for a lock."""

    async def wait(count: int = 1) -> None:
        async def blocked() -> bool:
            waiting: int = await admin_conn.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return waiting >= count

        await until(blocked)

    return wait


@asynccontextmanager
async def rolled_back(db: Database) -> AsyncIterator[Tx]:
    """A transaction that fails when all of it is done."""
    with suppress(ZeroDivisionError):
        async with db.transaction() as tx:
            yield tx
            raise ZeroDivisionError


def actor(*grants: str, **scopes: set[UUID] | None) -> Actor:
    """A person with these grants; scopes by dimension, None for everything."""
    return Actor(
        id=new_id(),
        kind="person",
        name="Lin",
        grants=frozenset(grants),
        scopes={dimension: None if ids is None else frozenset(ids) for dimension, ids in scopes.items()},
    )
