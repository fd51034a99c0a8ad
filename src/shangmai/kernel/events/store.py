"""The SQL of the event log."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from shangmai.kernel.db.behind import Write
from shangmai.kernel.db.rows import Rows
from shangmai.kernel.events.contract import LANE_HASHES, TYPES_BY_STRUCT, Consumer, Delivery, Lag, Parked
from shangmai.kernel.events.tail import START, Position, Tail
from shangmai.kernel.tx import Tx

COLUMNS = "seq, id, name, key, at, cause, payload::text AS payload"
EVENTS = Rows(
    "events",
    {
        "id": "uuid", "name": "text", "key": "text", "lane_hash": "smallint", "at": "timestamptz", "cause": "uuid",
        "payload": "json",
    },
    row="events_row",
)  # fmt: skip
TAIL = Tail(
    "events",
    # Nearly always nothing is parked: that is looked up once, and not for each row.
    COLUMNS + ", CASE WHEN (SELECT EXISTS (SELECT FROM event_parked WHERE consumer = ANY ($8::text[]))) THEN"
    " ARRAY (SELECT DISTINCT consumer FROM event_parked p WHERE p.consumer = ANY ($8) AND p.key = l.key)"
    " ELSE '{}' END AS blocked",
    "(($5::text[] IS NULL) OR name = ANY ($5)) AND lane_hash % $6::int = $7::int",
)


class Page(msgspec.Struct, frozen=True):
    """The next events of a lane, or of lanes that stand at one place, and the place behind them all.

    `blocked`: by consumer, the keys among them that wait behind an event that it has parked.
    """

    events: list[Delivery]
    blocked: set[tuple[str, str]]
    behind: Position


RECENT: Final = 100_000
"""So many events back `list_recent` looks."""


def lane_hash(key: str) -> int:
    """The slot of a key, the same in every process and release."""
    return zlib.crc32(key.encode()) % LANE_HASHES


async def append(tx: Tx) -> None:
    """Write the events that wait in the transaction, in order, behind; a dry run reports them as effects, too.

    Actions and handlers are followed by this. Whoever emits in a transaction of its own calls it before its end.
    """
    emitted, tx.emitted = tx.emitted, []
    kinds = [TYPES_BY_STRUCT[type(e.event)] for e in emitted]
    keys = [kind.key_of(e.event) for kind, e in zip(kinds, emitted, strict=True)]
    if tx.dry_run:
        tx.effects += [
            {"event": kind.name, "key": key, "payload": msgspec.to_builtins(e.event)}
            for kind, key, e in zip(kinds, keys, emitted, strict=True)
        ]
    encode = msgspec.json.encode
    tx.written.update(kind.name for kind in kinds)
    rows = [
        (e.id, kind.name, key, lane_hash(key), e.at, e.cause, encode(e.event))
        for kind, key, e in zip(kinds, keys, emitted, strict=True)
    ]
    await EVENTS.add(tx, rows)


def delivery(row: Record) -> Delivery:
    return Delivery(row["seq"], row["id"], row["name"], row["key"], row["at"], row["cause"], row["payload"].encode())


async def try_lease(tx: Tx, consumer: str, lane: int) -> bool:
    """Take the lane for this transaction. The lease is a lock, so it ends with its holder whatever the clock says."""
    taken: bool = await tx.fetchval(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('events:' || $1 || ':' || $2::int, 0))", consumer, lane
    )
    return taken


async def try_leases(tx: Tx, consumers: Sequence[str]) -> list[str]:
    """Take the only lanes of these consumers for this transaction; the names of those that were free."""
    rows = await tx.fetch(
        "SELECT name FROM unnest($1::text[]) AS c (name)"
        " WHERE pg_try_advisory_xact_lock(hashtextextended('events:' || name || ':0', 0))",
        consumers,
    )
    return [row["name"] for row in rows]


async def lease(tx: Tx, consumer: Consumer) -> None:
    """Wait for all lanes of a consumer, so that meanwhile nobody handles or parks an event for it."""
    for lane in range(consumer.lanes):
        await tx.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('events:' || $1 || ':' || $2::int, 0))", consumer.name, lane
        )


async def lease_of_parked(tx: Tx, consumer: Consumer, seq: int) -> None:
    """Wait for the lane of a parked event, so that meanwhile nobody handles or parks another event of its key."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('events:' || $1 || ':' || lane, 0)) FROM"
        " (SELECT e.lane_hash % $3::int AS lane FROM event_parked p JOIN events e ON e.id = p.event_id"
        " WHERE p.consumer = $1 AND p.seq = $2) AS l",
        consumer.name,
        seq,
        consumer.lanes,
    )


async def position(tx: Tx, consumer: str, lane: int) -> Position:
    row = await tx.fetchrow(
        "SELECT done, open_window, seq FROM event_cursors WHERE consumer = $1 AND lane = $2", consumer, lane
    )
    return START if row is None else Position(row["done"], row["open_window"], row["seq"])


async def places(tx: Tx, consumers: Sequence[str]) -> dict[str, Position]:
    """Where these consumers stand in their only lanes."""
    rows = await tx.fetch(
        "SELECT consumer, done, open_window, seq FROM event_cursors WHERE consumer = ANY ($1) AND lane = 0", consumers
    )
    return dict.fromkeys(consumers, START) | {
        row["consumer"]: Position(row["done"], row["open_window"], row["seq"]) for row in rows
    }


MOVE: Final = Write(
    "INSERT INTO event_cursors (consumer, lane, done, open_window, seq) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (consumer, lane) DO UPDATE SET done = $3, open_window = $4, seq = $5",
    changes={"event_cursors"},
)


async def move(tx: Tx, consumer: str, lane: int, to: Position) -> None:
    """Put a lane's cursor where it has come to, behind: in the statement that the handler's last writes leave in."""
    await tx.later(MOVE, consumer, lane, to.done, to.window, to.seq)


MOVE_TOGETHER: Final = Write(
    "INSERT INTO event_cursors (consumer, lane, done, open_window, seq) SELECT consumer, 0, done, open_window, seq"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS m (consumer, done, open_window, seq)"
    " ON CONFLICT (consumer, lane) DO UPDATE"
    " SET done = excluded.done, open_window = excluded.open_window, seq = excluded.seq",
    changes={"event_cursors"},
)


async def move_together(tx: Tx, to: Mapping[str, Position]) -> None:
    """Put the cursors of consumers of one lane where they have come to, behind, like `move`."""
    if to:
        places = to.values()
        await tx.later(
            MOVE_TOGETHER,
            list(to),
            [place.done for place in places],
            [place.window for place in places],
            [place.seq for place in places],
        )


async def next_page(tx: Tx, consumer: Consumer, lane: int, at: Position) -> Page:
    """The next batch of a lane; where the consumer has a use for nothing at present, the place behind all there is."""
    names: Collection[str] | None = consumer.events
    if consumer.wanted is not None:
        here = await TAIL.behind_all(tx, at)  # first, so that nothing is passed that came with a use for it
        names = await consumer.wanted(tx)
        if names is not None and not names:
            return Page([], set(), here)
    return await _read_page(tx, consumer, lane, at, names)


async def _read_page(tx: Tx, consumer: Consumer, lane: int, at: Position, wanted: Collection[str] | None) -> Page:
    names = None if wanted is None else sorted(wanted)
    rows, behind = await TAIL.page(tx, at, consumer.batch, names, consumer.lanes, lane, [consumer.name])
    return _page(rows, behind)


async def next_pages(tx: Tx, groups: Mapping[Position, Sequence[Consumer]], limit: int) -> list[Page]:
    """The next page of each group of consumers of one lane, by where it stands: what one of them at least wants."""
    readers = [(at, [_wanted_by(group), 1, 0, [each.name for each in group]]) for at, group in groups.items()]
    return [_page(rows, behind) for rows, behind in await TAIL.pages(tx, readers, limit)]


def _wanted_by(consumers: Sequence[Consumer]) -> list[str]:
    return sorted({name for consumer in consumers for name in consumer.events or ()})


def _page(rows: Sequence[Record], behind: Position) -> Page:
    blocked = {(consumer, row["key"]) for row in rows for consumer in row["blocked"]}
    return Page([delivery(row) for row in rows], blocked, behind)


_PASSED = (
    "SELECT " + COLUMNS + ", EXISTS (SELECT FROM event_parked p WHERE p.consumer = $1 AND p.key = e.key) AS blocked"
    " FROM (SELECT * FROM events WHERE seq > $2 AND seq < $3 ORDER BY seq OFFSET 0) AS e WHERE name = ANY ($4::text[])"
    " AND lane_hash % $5::int = $6::int AND (pg_visible_in_snapshot(xid, (SELECT $7::text::pg_snapshot))"
    " OR ($8::text IS NOT NULL AND pg_visible_in_snapshot(xid, (SELECT $8::text::pg_snapshot)) AND seq <= $9))"
    " AND NOT EXISTS (SELECT FROM event_parked p WHERE p.consumer = $1 AND p.seq = e.seq) ORDER BY seq"
)
PASSED_SPAN: Final = 20_000
"""How far along `seq` one look for passed events goes, so that none takes long however rare they are."""


async def passed_page(tx: Tx, consumer: Consumer, names: Collection[str], after: int) -> tuple[Page, int | None]:
    """The events of these names behind `after` that a consumer has handled, without those it has parked.

    With them the `seq` to look behind next; None when the log ends here. The lanes are leased.
    """
    events: list[Delivery] = []
    blocked: set[tuple[str, str]] = set()
    end = after + PASSED_SPAN
    for lane in range(consumer.lanes):
        at = await position(tx, consumer.name, lane)
        rows = await tx.fetch(
            _PASSED, consumer.name, after, end + 1, sorted(names), consumer.lanes, lane, at.done, at.window, at.seq
        )
        events += [delivery(row) for row in rows]
        blocked |= {(consumer.name, row["key"]) for row in rows if row["blocked"]}
    events.sort(key=lambda event: event.seq)
    if len(events) > consumer.batch:
        del events[consumer.batch :]
        end = events[-1].seq
    is_last = await tx.fetchval("SELECT coalesce(max(seq), 0) <= $1 FROM events", end)
    return Page(events, blocked, START), None if is_last else end


async def is_blocked(tx: Tx, consumer: str, key: str) -> bool:
    """Whether an event of this key is parked at this consumer."""
    blocked: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM event_parked WHERE consumer = $1 AND key = $2)", consumer, key
    )
    return blocked


async def is_parked(tx: Tx, consumer: str, seq: int) -> bool:
    """Whether this consumer has parked this event."""
    parked: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM event_parked WHERE consumer = $1 AND seq = $2)", consumer, seq
    )
    return parked


async def park(tx: Tx, consumer: str, events: Sequence[Delivery], reason: str, attempts: int) -> None:
    await tx.execute(
        "INSERT INTO event_parked (consumer, seq, event_id, key, reason, attempts, parked_at)"
        " SELECT $1, seq, id, key, $5, $6, $7 FROM unnest($2::bigint[], $3::uuid[], $4::text[]) AS e (seq, id, key)"
        " ON CONFLICT (consumer, seq) DO UPDATE SET reason = $5, attempts = event_parked.attempts + $6",
        consumer,
        [e.seq for e in events],
        [e.id for e in events],
        [e.key for e in events],
        reason,
        attempts,
        tx.now,
    )


async def count_attempt(tx: Tx, consumer: str, seq: int, reason: str) -> None:
    await tx.execute(
        "UPDATE event_parked SET attempts = attempts + 1, reason = $3 WHERE consumer = $1 AND seq = $2",
        consumer,
        seq,
        reason,
    )


async def unpark(tx: Tx, consumer: str, seq: int) -> None:
    await tx.execute("DELETE FROM event_parked WHERE consumer = $1 AND seq = $2", consumer, seq)


async def parked_behind(tx: Tx, consumer: str, seq: int) -> list[Delivery]:
    """The parked event and all others that are parked with its key, in order."""
    rows = await tx.fetch(
        "SELECT e.seq, e.id, e.name, e.key, e.at, e.cause, e.payload::text AS payload FROM event_parked p"
        " JOIN events e ON e.id = p.event_id WHERE p.consumer = $1 AND p.key ="
        " (SELECT key FROM event_parked WHERE consumer = $1 AND seq = $2) ORDER BY p.seq",
        consumer,
        seq,
    )
    return [delivery(row) for row in rows]


async def list_parked(tx: Tx, consumer: str | None = None, limit: int = 100) -> list[Parked]:
    rows = await tx.fetch(
        "SELECT consumer, seq, key, reason, attempts, parked_at FROM event_parked"
        " WHERE $1::text IS NULL OR consumer = $1 ORDER BY consumer, seq LIMIT $2",
        consumer,
        limit,
    )
    return [Parked(**row) for row in rows]


async def lag(tx: Tx, consumer: Consumer, lane: int, now: datetime) -> Lag:
    """Count what waits for the lane, up to 100,000 events."""
    at = await position(tx, consumer.name, lane)
    row = await tx.fetchrow(
        "SELECT count(*) AS waiting, min(recorded_at) AS oldest FROM (SELECT recorded_at FROM events WHERE"
        " xid >= pg_snapshot_xmin($1::text::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)"
        " AND ($2::text IS NULL OR NOT pg_visible_in_snapshot(xid, $2::text::pg_snapshot) OR seq > $3)"
        " AND (($4::text[] IS NULL) OR name = ANY ($4)) AND lane_hash % $5::int = $6::int LIMIT 100000) AS e",
        at.done,
        at.window,
        at.seq,
        None if consumer.events is None else sorted(consumer.events),
        consumer.lanes,
        lane,
    )
    assert row is not None
    parked = await tx.fetchval("SELECT count(*) FROM event_parked WHERE consumer = $1", consumer.name)
    oldest_s = (now - row["oldest"]).total_seconds() if row["oldest"] else 0.0
    return Lag(consumer.name, lane, row["waiting"], max(oldest_s, 0.0), parked)


async def find_event(tx: Tx, id_: UUID) -> Delivery | None:
    row = await tx.fetchrow("SELECT " + COLUMNS + " FROM events WHERE id = $1", id_)
    return None if row is None else delivery(row)


async def list_recent(tx: Tx, name: str, limit: int) -> list[Delivery]:
    """The newest events of a name, newest first, among the last hundred thousand of any: a rare one is not dug for."""
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM events WHERE name = $1 AND seq > (SELECT coalesce(max(seq), 0) - $3 FROM events)"
        " ORDER BY seq DESC LIMIT $2",
        name,
        limit,
        RECENT,
    )
    return [delivery(row) for row in rows]


async def list_by_key(tx: Tx, key: str) -> list[Delivery]:
    """All events of a key, oldest first."""
    return [
        delivery(row) for row in await tx.fetch("SELECT " + COLUMNS + " FROM events WHERE key = $1 ORDER BY seq", key)
    ]
