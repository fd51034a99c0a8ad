"""Reading the action log: page by page, and one call with what it set in motion."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Record

from shangmai.kernel.errors import NotFound
from shangmai.kernel.tx import Tx

DAYS_MAX: Final = 366
EVENTS_MAX: Final = 200


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """A call as the log keeps it: who, through which door, what became of it. `sealed`: it is in the hash chain.

    `origin`: which row of which file it came from, if it did. 操作日志。
    """

    seq: int
    id: UUID
    at: datetime
    action: str
    door: str
    actor_id: UUID
    actor_kind: str
    actor_name: str
    origin: str | None
    ok: bool
    error_code: str | None
    duration_us: int
    sealed: bool


class LogEffect(msgspec.Struct, frozen=True, kw_only=True):
    """An event that the call emitted."""

    seq: int
    name: str
    key: str
    payload: Any


class LogDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A call with its input (personal data masked), what it refused with, and the events that it emitted."""

    line: LogLine
    input: Any
    refusal: Any
    effects: list[LogEffect]


class LogLineNotFound(NotFound):
    """There is no call {id} in the action log."""

    zh = "操作日志中没有 {id}。"


LINE: Final = (
    "l.seq, l.id, l.at, l.action, l.door, l.actor_id, l.actor_kind, l.actor_name, l.origin, l.ok, l.error_code,"
    " l.duration_us, EXISTS (SELECT FROM action_chain c WHERE c.log_id = l.id) AS sealed"
)


async def page(
    tx: Tx,
    *,
    action: str | None,
    actor: str | None,
    door: str | None,
    ok: bool | None,
    people: bool,
    days: int,
    before: int | None,
    limit: int,
) -> list[LogLine]:
    """Calls of the last days, the newest first. `action` is the beginning of a name; `actor` a whole one.

    `people`: only what a person asked for, and no job, schedule or system.
    """
    rows = await tx.fetch(
        "SELECT " + LINE + " FROM action_log l WHERE recorded_at > $1 AND ($2::bigint IS NULL OR seq < $2)"
        " AND ($3::text IS NULL OR starts_with(action, $3)) AND ($4::text IS NULL OR actor_name = $4)"
        " AND ($5::text IS NULL OR door = $5) AND ($6::boolean IS NULL OR ok = $6)"
        " AND (NOT $8::boolean OR actor_kind = 'user') ORDER BY seq DESC LIMIT $7",
        tx.now - timedelta(days=days),
        before,
        action,
        actor,
        door,
        ok,
        limit,
        people,
    )
    return [_line(row) for row in rows]


async def detail(tx: Tx, id_: UUID) -> LogDetail:
    """One call, with the events of its transaction that it caused. Raises: LogLineNotFound."""
    row = await tx.fetchrow(
        "SELECT " + LINE + ", l.xid::text AS xid, l.input, CASE WHEN l.ok THEN NULL ELSE l.output END AS refusal"
        " FROM action_log l WHERE l.id = $1 ORDER BY l.seq LIMIT 1",
        id_,
    )
    if row is None:
        raise LogLineNotFound(id=id_)
    effects = await tx.fetch(
        "SELECT seq, name, key, payload FROM events WHERE xid = $1::text::xid8 AND cause = $2 ORDER BY seq LIMIT $3",
        row["xid"],
        id_,
        EVENTS_MAX,
    )
    return LogDetail(
        line=_line(row), input=row["input"], refusal=row["refusal"], effects=[LogEffect(**each) for each in effects]
    )


def _line(row: Record) -> LogLine:
    return LogLine(**{name: row[name] for name in LogLine.__struct_fields__})
