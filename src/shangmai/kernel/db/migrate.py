"""Bringing a database to this release's schema.

Migrations only go forward: expand, backfill in batches, contract in a later release. They are SQL, so that a DBA can
review them, sent statement by statement; each release's are one transaction.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import asyncpg
from alembic import command, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

SCRIPTS = Path(__file__).parents[2] / "migrations"

# Alembic keeps what it is doing in variables of its module. Processes wait for each other at a lock of the database.
_one_at_a_time = threading.Lock()


def _config(dsn: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["dsn"] = dsn
    return config


async def migrate(dsn: str, revision: str = "head") -> None:
    """Run the migrations that the database lacks. Two at once: the second waits, then finds nothing to do."""
    await asyncio.to_thread(_upgrade, _config(dsn), revision)


def _upgrade(config: Config, revision: str) -> None:
    with _one_at_a_time:
        command.upgrade(config, revision)


async def is_current(dsn: str) -> bool:
    """Whether the database has this release's schema."""
    conn = await asyncpg.connect(dsn)
    try:
        if await conn.fetchval("SELECT to_regclass('alembic_version') IS NULL"):
            return False
        return bool(await conn.fetchval("SELECT version_num FROM alembic_version") == head())
    finally:
        await conn.close()


def head() -> str | None:
    """The newest migration's revision."""
    return ScriptDirectory.from_config(_config("postgresql://")).get_current_head()


def run_sql(script: str) -> None:
    """Run a migration's SQL; statements end with a semicolon at the end of a line, `$$` bodies may hold their own."""
    for statement in split_statements(script):
        op.execute(text(statement.replace(":", "\\:")))


def split_statements(script: str) -> list[str]:
    """The statements of a script."""
    statements, current, in_body = [], "", False
    for line in script.splitlines():
        current += line + "\n"
        in_body ^= line.count("$$") % 2 == 1
        if line.rstrip().endswith(";") and not in_body:
            statements.append(current.strip())
            current = ""
    assert not current.strip(), f"the last statement lacks its semicolon: {current.strip()[:60]}"
    return statements


def scope_policy(table: str, **columns: str) -> str:
    """SQL that forces row-level security on a table: `scope_policy("orders", shop="shop_id")`.

    Every named dimension must admit the row. The settings are read once a statement (a subselect is evaluated once; the
    cast after it makes ANY take it as one array, not as rows), and an unset one admits nothing.
    """
    tests = " AND ".join(
        f"((SELECT current_setting('app.{dimension}', true)) = '*' OR {column} = ANY"
        f" ((SELECT NULLIF(NULLIF(current_setting('app.{dimension}', true), '*'), '')::uuid[])::uuid[]))"
        for dimension, column in columns.items()
    )
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\nALTER TABLE {table} FORCE ROW LEVEL SECURITY;\n"
        f"CREATE POLICY scope ON {table} USING ({tests}) WITH CHECK ({tests});\n"
    )


def member_policy(table: str, column: str) -> str:
    """SQL that hides rows of others from whoever's scope names members, on top of `scope_policy`.

    A customer's scope names that customer. A scope that names none is a worker's, who is held by shops alone.
    """
    test = (
        "(SELECT coalesce(current_setting('app.member', true), '') IN ('*', '{}', ''))"
        f" OR {column} = ANY ((SELECT NULLIF(NULLIF(current_setting('app.member', true), '*'), '')::uuid[])::uuid[])"
    )
    return f"CREATE POLICY own ON {table} AS RESTRICTIVE USING ({test}) WITH CHECK ({test});\n"
