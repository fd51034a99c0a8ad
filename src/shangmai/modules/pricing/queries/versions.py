"""Whether there are price lists and promotions at all, and which version of them: one small read for a batch."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, Literal

from msgspec import Struct

from shangmai.kernel.db import facts
from shangmai.kernel.tx import Tx


class Versions(Struct, frozen=True):
    """How many price lists were made, floors are set and promotions are published, and what tells one set of the last
    from another.

    `promotions`: the version, and the transaction that wrote it; without that, a version that was rolled back could be
    taken for the one that was committed under the same number.
    """

    lists_live: int
    floors_live: int
    promotions: tuple[int, str]
    promotions_live: int


NOW: Final = "now"


async def read(tx: Tx) -> Versions:
    return (await facts.recall(tx, "pricing", _read, [NOW]))[NOW]


async def _read(tx: Tx, _: Collection[str]) -> Mapping[str, Versions]:
    rows = await tx.fetch("SELECT name, version, live, xmin::text AS written_by FROM pricing_versions")
    found = {row["name"]: row for row in rows}
    promotions = found["promotions"]
    live = {name: row["live"] for name, row in found.items()}
    written = (promotions["version"], promotions["written_by"])
    return {NOW: Versions(live["lists"], live["floors"], written, live["promotions"])}


async def advance(tx: Tx, name: Literal["lists", "promotions", "floors"], live: int = 0) -> int:
    """Count a change, `live` more or fewer of them; holds the row, so changes follow each other. The new version."""
    version: int = await tx.fetchval(
        "UPDATE pricing_versions SET version = version + 1, live = live + $2 WHERE name = $1 RETURNING version",
        name,
        live,
    )
    facts.changed(tx)
    return version
