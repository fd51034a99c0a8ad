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


class _Opened(msgspec.Struct, frozen=True):
    """A window, and the lowest `seq` that may be new in it to who opened it; none when nothing is."""

    window: str
    first: int | None


class Tail:
    """A way to read a table, `l`: `columns` are what it selects, `condition` narrows the rows (its values from $5 on).

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
        """The next rows in order and the place behind them; fewer than `limit` when the reader has caught up."""
        [page] = await self.pages(tx, [(at, args)], limit)
        return page

    async def pages(
        self, tx: Tx, readers: Sequence[tuple[Position, Sequence[object]]], limit: int
    ) -> list[tuple[list[Record], Position]]:
        """The next rows of several readers, whose values for the condition are given, and the places behind them.

        All that begin a window begin the same one. So those whose pages were not full are at one place when they have
        come to its end, however far from each other they were. Where the rest of a window does not fill a page, it goes
        on with the next one: what was committed since the first began may have been told of long ago.
        """
        window: str | None = None
        pages = []
        for before, args in readers:
            rows, at = ([], before) if before.window is None else await self._in_window(tx, before, limit, args)
            if at.window is None:
                opened = await self._opened(tx, at)
                window = window or opened.window
                if opened.first is not None:
                    begun = Position(at.done, window, opened.first - 1)
                    more, at = await self._in_window(tx, begun, limit - len(rows), args)
                    rows = [*rows, *more]
                elif len(readers) > 1:
                    at = Position(window, None, 0)
            pages.append((rows, at))
        return pages

    async def behind_all(self, tx: Tx, at: Position) -> Position:
        """The place behind all rows that there are; the same where there is none behind it."""
        opened = await self._opened(tx, at)
        return at if opened.first is None else Position(opened.window, None, 0)

    async def _in_window(
        self, tx: Tx, at: Position, limit: int, args: Sequence[object]
    ) -> tuple[list[Record], Position]:
        assert at.window is not None
        rows = await tx.fetch(self._page, at.done, at.window, at.seq, limit, *args)
        if len(rows) < limit:
            return rows, Position(at.window, None, 0)
        return rows, Position(at.done, at.window, rows[-1]["seq"])

    async def _opened(self, tx: Tx, at: Position) -> _Opened:
        row = await tx.fetchrow(self._open, at.done)
        assert row is not None
        assert row["unwritten"], UNWRITTEN
        return _Opened(row["now"], row["first"])


UNWRITTEN: Final = "a window was opened after its transaction had written"


async def _snapshot(tx: Tx) -> str:
    snapshot: str | None = await tx.fetchval(
        "SELECT pg_current_snapshot()::text WHERE pg_current_xact_id_if_assigned() IS NULL"
    )
    assert snapshot is not None, UNWRITTEN
    return snapshot
