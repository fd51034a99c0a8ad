"""What became of calls by their idempotency keys: how a long import counts and lists what it did, after any crash."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from shangmai.kernel.errors import AppError, error_class
from shangmai.kernel.tx import Tx


class KeyedRefusal(Struct, frozen=True):
    """A refused call: what its key has behind the prefix, where it was written down, and why."""

    rest: str
    origin: str
    error: AppError


async def accepted(tx: Tx, actor_id: UUID, prefix: str) -> dict[str, int]:
    """Count the accepted calls of an actor whose keys begin with `prefix`, by the part up to the next slash."""
    rows = await tx.fetch(
        "SELECT split_part(substr(c.key, length($2) + 1), '/', 1) AS part, count(*) AS count FROM action_claims c"
        " JOIN action_log l ON l.id = c.log_id WHERE c.actor_id = $1 AND starts_with(c.key, $2) AND l.ok GROUP BY 1",
        actor_id,
        prefix,
    )
    return {row["part"]: row["count"] for row in rows}


async def refused(tx: Tx, actor_id: UUID, prefix: str) -> Sequence[KeyedRefusal]:
    """List the refused calls of an actor whose keys begin with `prefix`, by business time."""
    rows = await tx.fetch(
        "SELECT substr(c.key, length($2) + 1) AS rest, coalesce(l.origin, '') AS origin, l.error_code,"
        " l.output::text AS output FROM action_claims c JOIN action_log l ON l.id = c.log_id"
        " WHERE c.actor_id = $1 AND starts_with(c.key, $2) AND NOT l.ok ORDER BY l.at, c.key",
        actor_id,
        prefix,
    )
    return [KeyedRefusal(row["rest"], row["origin"], _error(row["error_code"], row["output"])) for row in rows]


def _error(code: str, output: str) -> AppError:
    stored = msgspec.json.decode(output)
    return error_class(code)(**stored["data"])
