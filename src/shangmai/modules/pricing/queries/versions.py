"""Whether there are price lists and promotions at all, and which version of them: one small read for a batch."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from shangmai.kernel.tx import Tx


class Versions(Struct, frozen=True):
    """How many price lists were made, floors are set and promotions are published, and what tells one set of the last
    from another.

    `promotions`: the version, and the transaction that wrote it; without that, a version that was rolled back could be
    taken for the one that was committed under the same number. `is_all_seen`: the transaction's scope hides no shop's.
    """

    lists_live: int
    floors_live: int
    promotions: tuple[int, str]
    promotions_live: int
    is_all_seen: bool


async def read(tx: Tx) -> Versions:
    rows = await tx.fetch(
        "SELECT name, version, live, xmin::text AS written_by, current_setting('app.shop', true) = '*' AS is_all_seen"
        " FROM pricing_versions"
    )
    found = {row["name"]: row for row in rows}
    promotions = found["promotions"]
    return Versions(
        found["lists"]["live"],
        found["floors"]["live"],
        (promotions["version"], promotions["written_by"]),
        promotions["live"],
        bool(promotions["is_all_seen"]),
    )


async def advance(tx: Tx, name: Literal["lists", "promotions", "floors"], live: int = 0) -> int:
    """Count a change, `live` more or fewer of them; holds the row, so changes follow each other. The new version."""
    version: int = await tx.fetchval(
        "UPDATE pricing_versions SET version = version + 1, live = live + $2 WHERE name = $1 RETURNING version",
        name,
        live,
    )
    return version
