"""Tx: one database transaction and the trail it leaves.

Everything that changes state is handed a Tx as its first argument. Only `kernel.db` opens and commits one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from asyncpg import Connection, InterfaceError, Record

from shangmai.kernel.actors import Actor
from shangmai.kernel.db.ahead import AHEAD
from shangmai.kernel.db.behind import Behind, Write, together
from shangmai.kernel.db.presuming import DISPROVED, PresumedWrong, presuming_of
from shangmai.kernel.ids import new_id

if TYPE_CHECKING:
    from shangmai.kernel.db.facts import Version
    from shangmai.kernel.events.contract import Delivery


def is_lost(conn: Connection[Record]) -> bool:
    """Whether the connection is gone. One that its pool has taken back for that reason refuses to say so itself."""
    try:
        return conn.is_closed()
    except InterfaceError:
        return True


class Item(msgspec.Struct, frozen=True):
    """The origin of one item of a batch: who asked, which log row or event it belongs to, at what business time.

    `source`: the address that the request came from, where a door knows one.
    """

    actor: Actor
    cause: UUID
    now: datetime
    origin: str | None = None
    source: str = ""


class EmittedEvent(msgspec.Struct, frozen=True):
    """An event waiting to be written with the transaction that caused it."""

    id: UUID
    event: msgspec.Struct
    cause: UUID
    at: datetime


class Tx:
    """One transaction: the connection, who acts and why, and the events and transfers that it will leave.

    `items` are the origins of a batch's items, in the batch's order; a single call has one. `cause`, `now`, `actor`
    and `origin` are those of the first item. `effects` is filled only in a dry run. `emitted` are the events that wait
    to be appended to the log, `written` names those that are in it. `memory` outlives the transaction: facts that never
    change once committed (ids of accounts), one dict for each database and process.

    What is handed to `later` is written before anything else is asked of the database, so nothing can tell that it
    waited, but that what is wrong with it is raised there. `locked`: the ids of rows that are locked already, by name;
    `ahead`: those that an earlier attempt needed. `sees_all`: no row
    policy hides anything from it. `versions`: those of `db/facts.py`, once read.
    """

    __slots__ = (
        "_behind", "_presumes", "ahead", "conn", "deliveries", "door", "dry_run", "effects", "emitted", "items",
        "locked", "made_accounts", "memory", "presumed", "sees_all", "versions", "written",
    )  # fmt: skip

    def __init__(
        self,
        conn: Connection[Record],
        items: Sequence[Item],
        *,
        door: str,
        dry_run: bool = False,
        memory: dict[Any, Any] | None = None,
        sees_all: bool = False,
    ) -> None:
        self.conn = conn
        self._behind = Behind()
        self.items = items
        self.door = door
        self.dry_run = dry_run
        self.emitted: list[EmittedEvent] = []
        self.written: set[str] = set()
        self.effects: list[dict[str, Any]] = []
        self.deliveries: Sequence[Delivery] = ()
        self.memory: dict[Any, Any] = {} if memory is None else memory
        self.made_accounts: set[tuple[str, Any]] = set()
        self.locked: dict[str, set[Any]] = {}
        self.ahead = AHEAD.get()
        self.sees_all = sees_all
        self.versions: dict[str, Version] | None = None
        self.presumed = False
        self._presumes: bool | None = None

    @property
    def actor(self) -> Actor:
        return self.items[0].actor

    @property
    def cause(self) -> UUID:
        return self.items[0].cause

    @property
    def now(self) -> datetime:
        return self.items[0].now

    @property
    def origin(self) -> str | None:
        return self.items[0].origin

    @property
    def presumes(self) -> bool:
        """Whether it may go by what this process remembers: it is carried out again, with locks, if that is wrong."""
        if self._presumes is None:
            tried_again = self.ahead is not None and self.ahead.presumes and not self.dry_run
            self._presumes = tried_again and presuming_of(self.memory).may()
        return self._presumes

    @contextmanager
    def at_last_of(self, others: Iterable[datetime]) -> Iterator[None]:
        """Let what is done together, for items of several business times, happen when the last of them does.

        Sample data, imports and replays handle things of different days in one transaction. `others` are times besides
        those of the items. Within, the transaction has one origin, the first one's.
        """
        batch = self.items
        at = max([*others, *(item.now for item in batch)])
        self.items = [msgspec.structs.replace(batch[0], now=at)]
        try:
            yield
        finally:
            self.items = batch

    async def later(self, write: Write, *args: object) -> None:
        """Carry out a write that answers nothing when the next statement or the commit comes, with all that wait."""
        if not self._behind.has_room_for(write):
            await self.catch_up()
        self._behind.add(write, args)

    async def catch_up(self) -> None:
        """Carry out what waits, as one statement. Raises: PresumedWrong, also where the database refuses the write."""
        if self._behind:
            sql, args, wanted = self._behind.take()
            try:
                told = await self.conn.execute(sql, *args)
            except DISPROVED as error:
                if self.presumed:
                    raise PresumedWrong from error
                raise
            if wanted is not None and told != wanted:
                raise PresumedWrong

    async def fetch_ahead(self, write: Write, *args: object) -> list[Record]:
        """The rows that a write or a read answers with; what waits goes on, unless it touches the same tables."""
        if not self._behind.has_room_for(write):
            await self.catch_up()
        return await self.conn.fetch(together((write,)), *args)

    async def fetch(self, sql: str, *args: object) -> list[Record]:
        await self.catch_up()
        return await self.conn.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> Record | None:
        await self.catch_up()
        return await self.conn.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: object) -> Any:
        await self.catch_up()
        return await self.conn.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        await self.catch_up()
        return await self.conn.execute(sql, *args)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What the body wrote is undone when it raises; the transaction goes on, unless it is canceled as a whole."""
        await self.execute("SAVEPOINT step")
        try:
            yield
            await self.execute("RELEASE SAVEPOINT step")
        except Exception:
            self._behind = Behind()
            if not is_lost(self.conn):
                await self.conn.execute("ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step")
            raise

    def emit(self, event: msgspec.Struct, item: Item | None = None) -> UUID:
        """Append the event to the log when this transaction commits; `item` names its origin within a batch."""
        origin = item or self.items[0]
        emitted = EmittedEvent(new_id(), event, origin.cause, origin.now)
        self.emitted.append(emitted)
        return emitted.id
