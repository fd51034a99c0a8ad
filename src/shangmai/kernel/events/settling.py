"""Settling readers in a restored database.

A cursor is a pair of snapshots, and a snapshot speaks of the transaction ids of the server that took it. Another server
draws its ids anew, so the stored rows would count as seen, or as not yet written, by chance.

What every stored cursor had still to read can be told from the stored values alone. So the rows are given new ids: 3,
the first that a transaction can have, to those that every reader had handled, and one of the next few to each group of
rows that the same readers had still before them. Each cursor becomes a snapshot that sees all groups but its own. Every
reader then goes on where it stood, in the same order; a reader that never ran begins with the first row, as anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from asyncpg import Connection, Record

from shangmai.kernel.actions.chain import READER as SEALER

HANDLED: Final = 3

_PLACES = """
SELECT DISTINCT done, open_window, seq FROM event_cursors WHERE (consumer = $1) = $2 ORDER BY 1, 2, 3"""

_WAITING = """
INSERT INTO waiting
WITH places AS MATERIALIZED (
  SELECT n, done::pg_snapshot AS done, open_window::pg_snapshot AS open_window, seq
  FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS p (done, open_window, seq, n))
SELECT r.seq, array_agg(p.n ORDER BY p.n) FROM {table} r JOIN places p
ON NOT pg_visible_in_snapshot(r.xid, p.done)
AND (p.open_window IS NULL OR NOT pg_visible_in_snapshot(r.xid, p.open_window) OR r.seq > p.seq)
GROUP BY r.seq"""

_GROUPS = "SELECT behind, count(*) AS rows FROM waiting GROUP BY behind ORDER BY behind"

_RENUMBER = """
WITH groups AS (
  SELECT seq, dense_rank() OVER (ORDER BY behind) + $1::bigint AS xid FROM waiting)
UPDATE {table} r SET xid = g.xid::text::xid8 FROM groups g WHERE g.seq = r.seq"""

_RENUMBER_HANDLED = """
UPDATE {table} r SET xid = $1::bigint::text::xid8 WHERE NOT EXISTS (SELECT FROM waiting w WHERE w.seq = r.seq)"""

_MOVE = """
UPDATE event_cursors c SET done = n.after, open_window = NULL, seq = 0
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) AS n (done, open_window, seq, after)
WHERE (c.consumer = $5) = $6 AND (c.done, c.seq) = (n.done, n.seq)
AND c.open_window IS NOT DISTINCT FROM n.open_window"""


async def settle(conn: Connection[Record]) -> dict[str, int]:
    """Settle all readers, as the owner, before anybody works on the database; how many rows of each log wait.

    Fastest before the indexes are made: it touches every row of both logs.
    """
    async with conn.transaction():
        return {
            "events": await _settle(conn, "events", sealing=False),
            "action_log": await _settle(conn, "action_log", sealing=True),
        }


async def _settle(conn: Connection[Record], table: str, *, sealing: bool) -> int:
    places = await conn.fetch(_PLACES, SEALER, sealing)
    columns: list[list[Any]] = [[place[column] for place in places] for column in ("done", "open_window", "seq")]
    await conn.execute("CREATE TEMP TABLE waiting (seq bigint, behind bigint[]) ON COMMIT DROP")
    await conn.execute(_WAITING.format(table=table), *columns)
    await conn.execute("ANALYZE waiting")
    groups = await conn.fetch(_GROUPS)
    await _check_room(conn, len(groups))
    await conn.execute(_RENUMBER_HANDLED.format(table=table), HANDLED)
    await conn.execute(_RENUMBER.format(table=table), HANDLED)
    await conn.execute("DROP TABLE waiting")
    after = [_snapshot(number, [group["behind"] for group in groups]) for number in range(1, len(places) + 1)]
    await conn.execute(_MOVE, *columns, after, SEALER, sealing)
    return sum(group["rows"] for group in groups)


async def _check_room(conn: Connection[Record], groups: int) -> None:
    """The ids given must lie in the past of the server; a new cluster has drawn several hundred by then."""
    oldest: int = await conn.fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    assert HANDLED + groups < oldest, f"{groups} groups of waiting rows, but the server has only drawn {oldest} ids"


def _snapshot(place: int, groups: Sequence[Sequence[int]]) -> str:
    """The snapshot that sees every group of rows except those that this place had still to read."""
    end = HANDLED + 1 + len(groups)
    unseen = [HANDLED + n for n, behind in enumerate(groups, 1) if place in behind]
    return f"{unseen[0] if unseen else end}:{end}:{','.join(map(str, unseen))}"
