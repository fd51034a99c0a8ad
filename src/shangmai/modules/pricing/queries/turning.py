"""Price entries by when they begin and end."""

from __future__ import annotations

from datetime import datetime

from asyncpg import Record

from shangmai.kernel.tx import Tx


async def targets_turned(tx: Tx, after: datetime, until: datetime) -> list[Record]:
    """What prices are of that began or ended behind `after`, until `until`: target and target_id."""
    return await tx.fetch(
        "SELECT target, target_id FROM price_entries WHERE ended_at IS NULL AND valid_from > $1 AND valid_from <= $2"
        " UNION SELECT target, target_id FROM price_entries"
        " WHERE ended_at IS NULL AND valid_to > $1 AND valid_to <= $2",
        after,
        until,
    )


async def next_turn(tx: Tx, after: datetime) -> datetime | None:
    turn: datetime | None = await tx.fetchval(
        "SELECT least((SELECT min(valid_from) FROM price_entries WHERE ended_at IS NULL AND valid_from > $1),"
        " (SELECT min(valid_to) FROM price_entries WHERE ended_at IS NULL AND valid_to > $1))",
        after,
    )
    return turn
