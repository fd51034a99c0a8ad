"""The SQL on saved views."""

from __future__ import annotations

from typing import Final

from asyncpg import Record

from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import UserId
from shangmai.modules.identity.contract.views import SavedView, SaveView, ViewId

VIEW: Final = "v.id, v.place, v.name, v.query, v.hidden, v.shared, v.owner_id, u.display_name AS owner_name, v.at"


async def save(tx: Tx, owner: UserId, do: SaveView) -> SavedView:
    """Insert it, or replace the one of this name."""
    row = await tx.fetchrow(
        "WITH v AS (INSERT INTO saved_views AS v (id, owner_id, place, name, query, hidden, shared, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (owner_id, place, name)"
        " DO UPDATE SET query = $5, hidden = $6, shared = $7, at = $8 RETURNING *)"
        " SELECT " + VIEW + " FROM v JOIN users u ON u.id = v.owner_id",
        new_id(),
        owner,
        do.place,
        do.name.strip(),
        do.query,
        list(do.hidden),
        do.shared,
        tx.now,
    )
    assert row is not None
    return _view(row)


async def count(tx: Tx, owner: UserId, place: str) -> int:
    """How many of a list somebody keeps; others of theirs wait until this transaction ends."""
    await tx.execute("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", owner)
    found: int = await tx.fetchval("SELECT count(*) FROM saved_views WHERE owner_id = $1 AND place = $2", owner, place)
    return found


async def remove(tx: Tx, owner: UserId, id_: ViewId) -> SavedView | None:
    row = await tx.fetchrow(
        "WITH v AS (DELETE FROM saved_views WHERE id = $1 AND owner_id = $2 RETURNING *)"
        " SELECT " + VIEW + " FROM v JOIN users u ON u.id = v.owner_id",
        id_,
        owner,
    )
    return None if row is None else _view(row)


async def of_place(tx: Tx, reader: UserId, place: str, limit: int) -> list[SavedView]:
    """The reader's own first, then those that others share, by name."""
    rows = await tx.fetch(
        "SELECT " + VIEW + " FROM saved_views v JOIN users u ON u.id = v.owner_id"
        " WHERE v.place = $1 AND (v.owner_id = $2 OR v.shared) ORDER BY v.owner_id <> $2, v.name LIMIT $3",
        place,
        reader,
        limit,
    )
    return [_view(row) for row in rows]


def _view(row: Record) -> SavedView:
    return SavedView(**{**row, "hidden": tuple(row["hidden"])})
