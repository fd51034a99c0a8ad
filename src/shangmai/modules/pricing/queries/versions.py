"""Whether there are price lists and promotions at all, and which version of them: one small read for a batch."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from shangmai.kernel.tx import Tx


class Versions(Struct, frozen=True):
    """How many price lists were made and promotions are published; `promotions` grows whenever one of them changes."""

    lists: int
    lists_live: int
    promotions: int
    promotions_live: int


async def read(tx: Tx) -> Versions:
    rows = await tx.fetch("SELECT name, version, live FROM pricing_versions")
    found = {row["name"]: row for row in rows}
    lists, promotions = found["lists"], found["promotions"]
    return Versions(lists["version"], lists["live"], promotions["version"], promotions["live"])


async def advance(tx: Tx, name: Literal["lists", "promotions"], live: int = 0) -> int:
    """Count a change, `live` more or fewer of them; holds the row, so changes follow each other. The new version."""
    version: int = await tx.fetchval(
        "UPDATE pricing_versions SET version = version + 1, live = live + $2 WHERE name = $1 RETURNING version",
        name,
        live,
    )
    return version
