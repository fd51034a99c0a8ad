"""From a cause back to the person: which action, by whom, through which door, from which file row."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.tx import Tx


class Origin(Struct, frozen=True):
    """The action at the root of a cause; `via` are the events between, nearest first."""

    log_id: UUID | None
    action: str
    by: str
    door: str
    origin: str | None
    at: datetime | None
    via: tuple[str, ...] = ()


UNKNOWN = Origin(None, "system", "system", "system", None, None)
"""The cause of work that no action asked for: schedules and maintenance."""


async def origins_of(tx: Tx, causes: Collection[UUID]) -> dict[UUID, Origin]:
    """Follow each cause (a log row, or an event and then its cause, and so on) to the action that began it."""
    rows = await tx.fetch(
        """
WITH RECURSIVE chain AS (
  SELECT c.id AS asked, c.id AS at_id, 0 AS depth, ARRAY[]::text[] AS via FROM unnest($1::uuid[]) AS c (id)
  UNION ALL
  SELECT chain.asked, e.cause, chain.depth + 1, chain.via || e.name
  FROM chain JOIN events e ON e.id = chain.at_id WHERE chain.depth < 20)
SELECT chain.asked, chain.via, l.id, l.action, l.actor_name, l.door, l.origin, l.at
FROM chain JOIN action_log l ON l.id = chain.at_id""",
        list(causes),
    )
    found = {
        row["asked"]: Origin(
            row["id"], row["action"], row["actor_name"], row["door"], row["origin"], row["at"], tuple(row["via"])
        )
        for row in rows
    }
    return {cause: found.get(cause, UNKNOWN) for cause in causes}
