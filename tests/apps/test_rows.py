"""The types in which rows are sent: they say what the code says."""

from __future__ import annotations

from shangmai.apps import wiring
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.rows import TYPED

wiring.load()


async def test_every_row_type_has_the_columns_that_the_code_sends(db: Database) -> None:
    async with db.reading(SYSTEM) as tx:
        rows = await tx.fetch(
            "SELECT t.typname, a.attname, format_type(a.atttypid, a.atttypmod) AS kind FROM pg_type t"
            " JOIN pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0"
            " WHERE t.typname = ANY ($1::text[]) ORDER BY t.typname, a.attnum",
            [each.row for each in TYPED],
        )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row["typname"], []).append((row["attname"], LONG.get(row["kind"], row["kind"])))
    assert len(TYPED) > 3
    assert found == {each.row: list(each.columns.items()) for each in TYPED}


LONG = {"timestamp with time zone": "timestamptz"}
