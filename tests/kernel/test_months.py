"""Monthly partitions: there before they are needed, made by nobody but the function that makes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import pytest

from shangmai.kernel.clock import ManualClock
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.kernel.months import ensure_ahead, ensure_months

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]

TABLES = {"action_log", "events", "test_pieces_transfers", "test_shelf_transfers"}


@pytest.fixture(autouse=True)
async def far_months(admin_conn: Admin) -> AsyncIterator[None]:
    """The tests here make months of the last century, which are taken away again."""
    yield
    for name in await partitions(admin_conn, "19"):
        await admin_conn.execute(f"DROP TABLE {name}")


async def partitions(admin: Admin, months: str) -> set[str]:
    """The partitions whose month begins with these digits."""
    rows = await admin.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relispartition AND relkind = 'r'"
        r" AND relname ~ ('_' || $1 || '\d+$')",
        months,
    )
    return {row["name"] for row in rows}


async def test_makes_the_month_of_every_table_that_grows(db: Database, admin_conn: Admin) -> None:
    assert {row["name"] for row in await admin_conn.fetch("SELECT name FROM monthly_tables")} == TABLES
    await ensure_months(db, {(1999, 12), (1999, 2)})
    assert await partitions(admin_conn, "19") == {f"{table}_1999{month}" for table in TABLES for month in ("12", "02")}


async def test_again_changes_nothing(db: Database, other_db: Database, admin_conn: Admin) -> None:
    for each in (db, db, other_db):
        await ensure_months(each, {(1999, 12)})
    assert len(await partitions(admin_conn, "19")) == len(TABLES)


async def test_many_at_once_make_it_once(db: Database, other_db: Database, admin_conn: Admin) -> None:
    await asyncio.gather(
        *(each.pool.execute("SELECT ensure_month(1999, $1)", month) for each in (db, other_db) for month in (1, 2, 1))
    )
    assert await partitions(admin_conn, "19") == {f"{table}_19990{month}" for table in TABLES for month in (1, 2)}


async def test_a_month_ends_where_the_next_begins(db: Database, admin_conn: Admin) -> None:
    await ensure_months(db, {(1999, 12), (1999, 11)})
    start = datetime(1999, 12, 1, tzinfo=UTC)
    for at in (start - timedelta(microseconds=1), start):
        await admin_conn.execute(
            "INSERT INTO test_pieces_transfers (at, kind, debit_id, credit_id, amount, doc, line, cause)"
            " VALUES ($1, 'post', 1, 2, 1, $2, 0, $2)",
            at,
            new_id(),
        )
    for month, at in (("199911", start - timedelta(microseconds=1)), ("199912", start)):
        assert await admin_conn.fetchval(f"SELECT at FROM test_pieces_transfers_{month}") == at
    with pytest.raises(asyncpg.CheckViolationError, match="no partition"):
        await admin_conn.execute(
            "INSERT INTO test_pieces_transfers (at, kind, debit_id, credit_id, amount, doc, line, cause)"
            " VALUES ('2000-01-01 00:00Z', 'post', 1, 2, 1, $1, 0, $1)",
            new_id(),
        )


async def test_a_partition_has_the_constraints_and_indexes_of_its_table(db: Database, admin_conn: Admin) -> None:
    await ensure_months(db, {(1999, 12)})
    with pytest.raises(asyncpg.CheckViolationError):
        await admin_conn.execute(
            "INSERT INTO test_pieces_transfers_199912 (at, kind, debit_id, credit_id, amount, doc, line, cause)"
            " VALUES ('1999-12-03 00:00Z', 'post', 1, 2, 0, $1, 0, $1)",
            new_id(),
        )
    count = "SELECT count(*) FROM pg_index WHERE indrelid = $1::text::regclass"
    assert await admin_conn.fetchval(count, "test_pieces_transfers_199912") == 4
    assert await admin_conn.fetchval(count, "events_199912") == 4
    assert await admin_conn.fetchval(count, "action_log_199912") == 3


async def test_the_weeks_ahead_are_made(db: Database, admin_conn: Admin) -> None:
    db.clock = ManualClock(datetime(1999, 11, 25, tzinfo=UTC))
    await ensure_ahead(db)
    assert {name[-6:] for name in await partitions(admin_conn, "19")} == {"199911"} | {
        f"{at:%Y%m}"
        for at in [datetime(1999, 11, 25, tzinfo=UTC) + timedelta(days=n) for n in range(41)]
        if at.year < 2000
    }
    assert await admin_conn.fetchval("SELECT to_regclass('events_200001') IS NOT NULL")
    for table in TABLES:
        await admin_conn.execute(f"DROP TABLE {table}_200001")


async def test_does_not_wait_for_a_long_write(db: Database, dsn: str, admin_conn: Admin) -> None:
    long = await asyncpg.connect(dsn)
    await long.execute("BEGIN; DELETE FROM events; DELETE FROM action_log")
    async with asyncio.timeout(60):
        await ensure_months(db, {(1999, 12)})
    await long.close()
    assert len(await partitions(admin_conn, "19")) == len(TABLES)


@pytest.mark.parametrize("month", [0, 13])
async def test_there_is_no_thirteenth_month(db: Database, admin_conn: Admin, month: int) -> None:
    with pytest.raises(asyncpg.DatetimeFieldOverflowError):
        await ensure_months(db, {(1999, month)})
    assert await partitions(admin_conn, "19") == set()


async def test_the_application_makes_tables_in_no_other_way(db: Database) -> None:
    for statement in (
        "CREATE TABLE mine (a integer)",
        "CREATE TABLE events_199912 PARTITION OF events FOR VALUES FROM ('1999-12-01') TO ('2000-01-01')",
        "INSERT INTO monthly_tables VALUES ('users', 'at')",
        "DROP TABLE events",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.pool.execute(statement)
