"""Reading an append-only table in causal order while others append to it.

Rows carry `seq` (drawn when inserted) and `xid` (their transaction). A reader keeps two database snapshots: all rows
visible in `done` are handled; the rows visible in `window` but not in `done` are being handled, in order of `seq`,
up to `seq`. When the window is exhausted it becomes `done` and the present snapshot the next window.

Why not "seq greater than the last": a transaction may draw 7 and commit after 8 was read. Why not "xid below the
snapshot's xmin": one long transaction would stop every reader, and two events of one key could swap when their
transactions began in the other order. A snapshot never shows an effect without its cause, and within one window
`seq` orders the rows of a key, because whoever wrote the second held a lock that the first had released.

A window must be opened before its transaction has written anything: PostgreSQL leaves a transaction's own id out of
the snapshots that it takes, so the rows it writes itself would count as seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from asyncpg import Record

from shangmai.kernel.tx import Tx


class Position(msgspec.Struct, frozen=True):
    """A reader's place: snapshots as PostgreSQL spells them (`xmin:xmax:xip,…`), and the last handled `seq`."""

    done: str
    window: str | None
    seq: int


async def now_position(tx: Tx) -> Position:
    """The place behind everything that is committed now; the transaction must not have written yet."""
    return Position(await _snapshot(tx), None, 0)


START: Final = Position("3:3:", None, 0)
"""Before the first row of a database."""


class Tail:
    """A reader of one table, `l`: `columns` are what it selects, `condition` narrows the rows (its values from $5 on).

    A window is paged through along `seq`, in a subquery of its own: with all conditions in one place PostgreSQL, which
    cannot tell that nearly all rows meet them, may fetch a long window whole and sort it, again for every page.
    """

    def __init__(self, table: str, columns: str, condition: str = "true") -> None:
        # As subqueries, because a snapshot that is cast in place would be parsed again for every row.
        done, window = "(SELECT $1::text::pg_snapshot)", "(SELECT $2::text::pg_snapshot)"
        fresh = f"pg_visible_in_snapshot(xid, {window}) AND NOT pg_visible_in_snapshot(xid, {done})"
        ordered = f"(SELECT * FROM {table} WHERE seq > $3 ORDER BY seq OFFSET 0) AS l"
        self._page = f"SELECT {columns} FROM {ordered} WHERE {fresh} AND {condition} LIMIT $4"
        # What one statement sees is what lies in the snapshot that it answers. The upper bound excludes nothing and the
        # subquery changes nothing: without them PostgreSQL looks for the lowest `seq` from the table's beginning.
        self._open = (
            "SELECT pg_current_snapshot()::text AS now, pg_current_xact_id_if_assigned() IS NULL AS unwritten,"
            f" (SELECT min(seq) FROM (SELECT seq, xid FROM {table} WHERE xid >= pg_snapshot_xmin({done})"
            " AND xid < pg_snapshot_xmax(pg_current_snapshot()) OFFSET 0) AS l"
            f" WHERE NOT pg_visible_in_snapshot(xid, {done})) AS first"
        )

    async def page(self, tx: Tx, at: Position, limit: int, *args: object) -> tuple[list[Record], Position]:
        """The next rows in order and the place behind them; no rows when the reader has caught up."""
        if at.window is not None:
            rows, behind = await self._in_window(tx, at, limit, args)
            if rows:
                return rows, behind
            at = behind
        opened = await self._opened(tx, at)
        return ([], at) if opened is None else await self._in_window(tx, opened, limit, args)

    async def behind_all(self, tx: Tx, at: Position) -> Position:
        """The place behind all rows that there are; the same where there is none behind it."""
        opened = await self._opened(tx, at)
        return at if opened is None or opened.window is None else Position(opened.window, None, 0)

    async def _in_window(
        self, tx: Tx, at: Position, limit: int, args: Sequence[object]
    ) -> tuple[list[Record], Position]:
        assert at.window is not None
        rows = await tx.fetch(self._page, at.done, at.window, at.seq, limit, *args)
        if len(rows) < limit:
            return rows, Position(at.window, None, 0)
        return rows, Position(at.done, at.window, rows[-1]["seq"])

    async def _opened(self, tx: Tx, at: Position) -> Position | None:
        row = await tx.fetchrow(self._open, at.done)
        assert row is not None
        assert row["unwritten"], UNWRITTEN
        return None if row["first"] is None else Position(at.done, row["now"], row["first"] - 1)


UNWRITTEN: Final = "a window was opened after its transaction had written"


async def _snapshot(tx: Tx) -> str:
    snapshot: str | None = await tx.fetchval(
        "SELECT pg_current_snapshot()::text WHERE pg_current_xact_id_if_assigned() IS NULL"
    )
    assert snapshot is not None, UNWRITTEN
    return snapshot
