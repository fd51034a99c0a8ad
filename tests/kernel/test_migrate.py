"""Migrations: forward, once, all or nothing, in whatever order and from however many processes they are started."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import pytest
import pytest_asyncio

from shangmai.kernel.db import migrate as migrating
from shangmai.kernel.db.embedded import Server
from shangmai.kernel.db.migrate import SCRIPTS, head, is_current, migrate, split_statements
from shangmai.kernel.ids import new_id
from tests.kernel.conftest import KERNEL, Until
from tests.kernel.process import Process
from tests.kernel.servers import OwnServer, own_server

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]


@pytest_asyncio.fixture
async def blank_dsn(server: Server) -> AsyncIterator[str]:
    """A database with nothing in it."""
    name = f"blank_{new_id().hex[-12:]}"
    admin = await asyncpg.connect(server.dsn())
    await admin.execute(f"CREATE DATABASE {name}")
    yield server.dsn(database=name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest_asyncio.fixture
async def blank(blank_dsn: str) -> AsyncIterator[Admin]:
    conn = await asyncpg.connect(blank_dsn)
    yield conn
    await conn.close()


@pytest.fixture
def new_server() -> Iterator[OwnServer]:
    with own_server() as server:
        yield server


Release = Callable[..., None]


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    """Put a release of the test's own in the place of this one: its migrations, each given as SQL."""

    def put(*scripts: str) -> None:
        (tmp_path / "versions").mkdir(exist_ok=True)
        (tmp_path / "env.py").write_text((SCRIPTS / "env.py").read_text())
        for n, sql in enumerate(scripts, 1):
            before = f"{n - 1:04}" if n > 1 else None
            (tmp_path / "versions" / f"{n:04}.py").write_text(
                "from shangmai.kernel.db.migrate import run_sql\n"
                f"revision = {f'{n:04}'!r}\ndown_revision = {before!r}\n"
                f"def upgrade():\n    run_sql({sql!r})\n"
            )
        monkeypatch.setattr(migrating, "SCRIPTS", tmp_path)  # patch: another folder, nothing faked

    return put


async def tables(conn: Admin) -> list[str]:
    rows = await conn.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition ORDER BY relname"
    )
    return [row["relname"] for row in rows]


LOCK_KEY = 7_203_944_117  # that of migrations/env.py, which cannot be imported
KERNEL_TABLES = [
    "action_chain",
    "action_claims",
    "action_log",
    "alembic_version",
    "document_numbers",
    "event_cursors",
    "event_parked",
    "events",
    "monthly_tables",
]


WAITING = "SELECT count(*) = $1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@asynccontextmanager
async def held_up(dsn: str) -> AsyncIterator[Admin]:
    """Nobody migrates this database until the connection is closed."""
    conn = await asyncpg.connect(dsn)
    await conn.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
    yield conn
    await conn.close()


class TestMigrate:
    async def test_brings_a_blank_database_up_to_date(self, blank_dsn: str, blank: Admin) -> None:
        assert not await is_current(blank_dsn)
        await migrate(blank_dsn)
        assert await is_current(blank_dsn)
        assert await blank.fetch("SELECT version_num FROM alembic_version") == [(head(),)]
        assert set(KERNEL_TABLES) < set(await tables(blank))

    async def test_goes_as_far_as_it_is_told(self, blank_dsn: str, blank: Admin) -> None:
        await migrate(blank_dsn, revision=KERNEL)
        assert not await is_current(blank_dsn)
        assert await tables(blank) == KERNEL_TABLES

    async def test_again_changes_nothing(self, blank_dsn: str, blank: Admin, release: Release) -> None:
        release("CREATE TABLE a (n integer);\nINSERT INTO a VALUES (1);\n")
        for _ in range(2):
            await migrate(blank_dsn)
        assert await is_current(blank_dsn)
        assert await blank.fetchval("SELECT count(*) FROM a") == 1

    async def test_two_processes_at_once_migrate_once(self, blank_dsn: str, blank: Admin, until: Until) -> None:
        async with (
            held_up(blank_dsn) as door,
            Process("migrate", blank_dsn) as one,
            Process("migrate", blank_dsn) as two,
        ):
            await until(lambda: blank.fetchval(WAITING, 2))
            await door.close()
            assert (await one.end(), await two.end()) == (0, 0)
        assert await tables(blank) == KERNEL_TABLES
        assert await blank.fetch("SELECT version_num FROM alembic_version") == [(KERNEL,)]

    async def test_two_at_once_in_one_process_migrate_once(
        self, blank_dsn: str, blank: Admin, release: Release
    ) -> None:
        release("CREATE TABLE a (n integer);\nINSERT INTO a VALUES (1);\n", "INSERT INTO a VALUES (2);\n")
        await asyncio.gather(*(migrate(blank_dsn) for _ in range(3)))
        assert await blank.fetchval("SELECT array_agg(n) FROM a") == [1, 2]
        assert await blank.fetch("SELECT version_num FROM alembic_version") == [("0002",)]

    async def test_the_next_release_goes_on_from_there(self, blank_dsn: str, blank: Admin, release: Release) -> None:
        release("CREATE TABLE a (n integer);\n")
        await migrate(blank_dsn)
        release("this is not run again;\n", "CREATE TABLE b (n integer);\n")
        assert not await is_current(blank_dsn)
        await migrate(blank_dsn)
        assert await tables(blank) == ["a", "alembic_version", "b"]

    async def test_one_that_fails_leaves_nothing_of_its_release(
        self, blank_dsn: str, blank: Admin, release: Release
    ) -> None:
        release("CREATE TABLE a (n integer);\n", "CREATE TABLE b (n integer);\nSELECT 1 / 0;\n")
        with pytest.raises(Exception, match="division by zero"):
            await migrate(blank_dsn)
        assert await tables(blank) == []
        assert not await is_current(blank_dsn)
        release("CREATE TABLE a (n integer);\n", "CREATE TABLE b (n integer);\n")
        await migrate(blank_dsn)
        assert await tables(blank) == ["a", "alembic_version", "b"]

    async def test_waits_for_a_table_only_for_so_long(self, blank_dsn: str, blank: Admin, release: Release) -> None:
        """Behind a migration that waits for a table everybody else waits too."""
        release("CREATE TABLE waited AS SELECT current_setting('lock_timeout') AS most;\n")
        await migrate(blank_dsn)
        assert await blank.fetchval("SELECT most FROM waited") == "5s"

    @pytest.mark.parametrize("more", ["sslmode=disable", "application_name=a%20b%25c&sslmode=prefer"])
    async def test_takes_every_dsn_that_the_pool_takes(self, blank_dsn: str, release: Release, more: str) -> None:
        release("CREATE TABLE a (n integer);\n")
        dsn = blank_dsn + ("&" if "?" in blank_dsn else "?") + more
        await migrate(dsn.replace("postgresql://", "postgres://"))
        assert await is_current(blank_dsn)

    async def test_two_databases_of_a_new_server_at_once(self, new_server: OwnServer, until: Until) -> None:
        """Both find that the application's role is not there yet, and roles belong to all of a server."""
        admin = await asyncpg.connect(new_server.dsn)
        dsns = [new_server.dsn.replace("/postgres?", f"/{name}?") for name in ("one", "two")]
        for name in ("one", "two"):
            await admin.execute(f"CREATE DATABASE {name}")
        async with (
            held_up(dsns[0]) as door,
            held_up(dsns[1]) as other_door,
            Process("migrate", dsns[0]) as one,
            Process("migrate", dsns[1]) as two,
        ):
            await until(lambda: admin.fetchval(WAITING, 2))
            await admin.execute("BEGIN; LOCK TABLE pg_authid IN SHARE MODE")  # lets them look, and not yet create
            await door.close()
            await other_door.close()
            await until(lambda: admin.fetchval(WAITING.replace("advisory", "relation"), 2))
            await admin.execute("COMMIT")
            assert (await one.end(), await two.end()) == (0, 0)
        await admin.close()
        for dsn in dsns:
            conn = await asyncpg.connect(dsn)
            assert await tables(conn) == KERNEL_TABLES
            await conn.close()


class TestStatements:
    def test_end_with_a_semicolon_at_the_end_of_a_line(self) -> None:
        assert split_statements("SELECT 1;\n\nSELECT 2,\n  ';' ,3;\n") == ["SELECT 1;", "SELECT 2,\n  ';' ,3;"]

    def test_a_body_holds_its_own(self) -> None:
        body = "CREATE FUNCTION f() RETURNS void AS $$\nBEGIN\n  PERFORM 1;\n  PERFORM 2;\nEND $$ LANGUAGE plpgsql;"
        assert split_statements(f"SELECT 1;\n{body}\nDO $$ BEGIN END $$;\nSELECT 2;\n") == [
            "SELECT 1;",
            body,
            "DO $$ BEGIN END $$;",
            "SELECT 2;",
        ]

    def test_the_last_one_needs_it_too(self) -> None:
        with pytest.raises(AssertionError, match="lacks its semicolon: SELECT 2"):
            split_statements("SELECT 1;\nSELECT 2\n")

    async def test_reach_the_server_as_they_are_written(self, blank_dsn: str, blank: Admin, release: Release) -> None:
        """No `:name`, `%` or backslash of theirs means anything to the tools in between."""
        release(
            "CREATE TABLE t (place integer, said text);\n"
            "INSERT INTO t VALUES (1, 'a:b :c ::d %s %% 100%'), (2, E'x\\ty'), (3, 'C:\\dir\\:x');\n"
            "INSERT INTO t VALUES (4, '12:30'::time::text);\n"
            "DO $$\nDECLARE n integer := 5;\nBEGIN\n  INSERT INTO t VALUES (n, format('%s:%I', n, 'q'));\nEND $$;\n"
        )
        await migrate(blank_dsn)
        assert await blank.fetchval("SELECT array_agg(said ORDER BY place) FROM t") == [
            "a:b :c ::d %s %% 100%",
            "x\ty",
            "C:\\dir\\:x",
            "12:30:00",
            "5:q",
        ]
