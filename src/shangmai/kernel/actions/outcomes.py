"""What became of the calls of one long piece of work: how an import counts and lists what it did, after any crash."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.actions.record import stored_error
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx


class Work(Struct, frozen=True, kw_only=True):
    """Calls that belong together: of one actor, since a row of the log, with keys and origins that begin alike."""

    actor_id: UUID
    since: UUID
    keys: str
    origins: str


class KeyedRefusal(Struct, frozen=True):
    """A refused call: what its key has behind the common part, where it was written down, and why."""

    rest: str
    origin: str
    error: AppError


_OF_WORK = (
    " FROM action_log WHERE seq > coalesce((SELECT min(seq) FROM action_log WHERE id = $2), 0) AND actor_id = $1"
    " AND starts_with(key, $3) AND starts_with(origin, $4)"
)


async def count_accepted(tx: Tx, work: Work) -> dict[str, int]:
    """Count the accepted calls by what their keys have behind the common part, up to the next slash."""
    rows = await _rows(
        tx,
        "SELECT split_part(substr(key, length($3) + 1), '/', 1) AS part, count(*)" + _OF_WORK + " AND ok GROUP BY 1",
        work,
    )
    return {row["part"]: row["count"] for row in rows}


async def list_accepted(tx: Tx, work: Work) -> list[str]:
    """List what the keys of the accepted calls have behind the common part."""
    rows = await _rows(tx, "SELECT substr(key, length($3) + 1) AS rest" + _OF_WORK + " AND ok", work)
    return [row["rest"] for row in rows]


async def list_refused(tx: Tx, work: Work) -> Sequence[KeyedRefusal]:
    """List the refused calls, by business time."""
    columns = "SELECT substr(key, length($3) + 1) AS rest, origin, error_code, output::text AS output"
    rows = await _rows(tx, columns + _OF_WORK + " AND NOT ok ORDER BY at, key", work)
    return [KeyedRefusal(row["rest"], row["origin"], _error(row)) for row in rows]


async def _rows(tx: Tx, sql: str, work: Work) -> list[Record]:
    return await tx.fetch(sql, work.actor_id, work.since, work.keys, work.origins)


def _error(row: Record) -> AppError:
    return stored_error(**msgspec.json.decode(row["output"]))
