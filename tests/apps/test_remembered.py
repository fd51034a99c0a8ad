"""What processes remember is counted: every change of a table that it comes from, and nothing is recalled uncounted."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shangmai.kernel.db.database import Database

SRC = Path(__file__).parents[2] / "src/shangmai"
FACTS: dict[str, dict[str, str]] = importlib.import_module("shangmai.migrations.versions.0112_remembered").FACTS
CHANGES = {"INSERT": "INSERT INTO {} SELECT * FROM {} WHERE false", "DELETE": "DELETE FROM {} WHERE false"}


@pytest.mark.parametrize(("kind", "table"), [(kind, table) for kind, tables in FACTS.items() for table in tables])
async def test_a_change_counts(db: Database, admin_conn: asyncpg.Connection[Any], kind: str, table: str) -> None:
    async def count() -> int:
        found: int = await admin_conn.fetchval("SELECT version FROM fact_versions WHERE name = $1", kind)
        return found

    words = FACTS[kind][table]
    columns = re.search(r"UPDATE OF ([a-z_, ]+?)(?: OR|$)", words)
    if columns is None:
        columns_set = [
            await admin_conn.fetchval(
                "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1", table
            )
        ]
    else:
        columns_set = columns[1].split(", ")
    changes = [f"UPDATE {table} SET {column} = {column} WHERE false" for column in columns_set]
    changes += [sql.replace("{}", table) for name, sql in CHANGES.items() if not words or name in words]
    for change in changes:
        before = await count()
        await admin_conn.execute(change)
        assert await count() == before + 1, change


def test_whatever_is_recalled_is_counted() -> None:
    recalled = {
        kind
        for path in SRC.rglob("*.py")
        for kind in re.findall(r"facts\.recall\(tx, \"(\w+)\"", path.read_text(encoding="utf-8"))
    }
    assert recalled == set(FACTS)
