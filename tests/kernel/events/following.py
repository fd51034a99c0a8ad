"""What the tests of events have in common: consumers that fail or follow, and looks at the log."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database, set_codecs
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import Consumer
from shangmai.kernel.events.reader import REST_MAX_S, WAY_MAX_S, Reader
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from tests.kernel.consumers import consumer, record
from tests.kernel.declared import Counted, Taken

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]

NAME = "test.seen"
READS = "SELECT sum(idx_tup_fetch + seq_tup_read) FROM pg_stat_user_tables WHERE relname ~ '^events_[0-9]+$'"
TABLES = ("events", "event_cursors", "event_parked", "test_seen")


def counted(key: str, *numbers: int, mood: str = "fine") -> list[Counted]:
    return [Counted(key, n, mood) for n in numbers]


class Moody:
    """Handles what is `fine`, fails on the rest until it is cured; `whole` fails every list of more than one."""

    def __init__(self) -> None:
        self.cured = False
        self.consumer = consumer(NAME, self.handle)

    async def handle(self, tx: Tx, events: list[Counted]) -> None:
        await record(tx, NAME, events)
        moods = set() if self.cured else {e.mood for e in events}
        if "bad" in moods:
            raise ValueError("a bad mood")
        if "file" in moods:
            raise FileNotFoundError("a template")
        if "promise" in moods:
            await tx.execute("INSERT INTO test_promises VALUES ($1, $2)", new_id(), new_id())
        if "hide" in moods:
            try:
                await tx.execute("INSERT INTO test_steps (mark) VALUES ('forbidden')")
            except asyncpg.CheckViolationError:
                return


async def seqs(admin: Admin) -> list[int]:
    return [row["seq"] for row in await admin.fetch("SELECT seq FROM events ORDER BY seq")]


WAITS = "waits behind a parked event"


HOUR_S = 3600.0


class Watched(Reader):
    """A reader of one lane that polls once an hour and tells what it heard and whether it rests."""

    def __init__(self, db: Database, consumers: list[Consumer]) -> None:
        super().__init__(db, consumers, poll_s=HOUR_S)
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.resting = asyncio.Event()

    async def _pause(self, until: asyncio.Event, seconds: float | None) -> None:
        if seconds == HOUR_S and not until.is_set():
            self.resting.set()
        await super()._pause(until, seconds)

    def _wake(self, told: str = "") -> None:
        super()._wake(told)
        if any(wake.is_set() for *_, wake in self._wakes):
            self.resting.clear()
        self.heard.put_nowait(told)


class Rested(Reader):
    """A reader that polls once an hour and rests between batches that lie far apart until it is told to have."""

    def __init__(self, db: Database, consumers: list[Consumer]) -> None:
        super().__init__(db, consumers, poll_s=HOUR_S)
        self.rested = asyncio.Event()
        self.rested.set()

    async def _pause(self, until: asyncio.Event, seconds: float | None) -> None:
        if until is self._stop and seconds is not None and seconds > max(REST_MAX_S, WAY_MAX_S):
            await self.rested.wait()
        else:
            await super()._pause(until, seconds)


class Follower:
    """A running reader that polls once an hour, so that only a wake-up can be what woke it."""

    def __init__(self, db: Database) -> None:
        self.handled: asyncio.Queue[Counted] = asyncio.Queue()

        async def handle(tx: Tx, events: list[Counted]) -> None:
            for e in events:
                self.handled.put_nowait(e)

        self.reader = Watched(db, [consumer(NAME, handle)])

    async def __aenter__(self) -> Follower:
        self._task = asyncio.create_task(self.reader.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.reader.stop()
        async with asyncio.timeout(60):
            await self._task

    async def next(self) -> Counted:
        async with asyncio.timeout(60):
            return await self.handled.get()

    async def hears(self, told: str) -> None:
        """Wait until it has heard this, and of nothing else before."""
        assert await self.reader.heard.get() == told


class Writer:
    """A transaction that the test steps through: it locks a key, as who changes a thing does, and then emits."""

    def __init__(self, conn: Admin) -> None:
        self.tx = Tx(conn, [Item(SYSTEM, new_id(), datetime(2026, 1, 1, tzinfo=UTC))], door="test")

    @classmethod
    async def begin(cls, dsn: str) -> Writer:
        conn = await asyncpg.connect(dsn)
        await set_codecs(conn)
        writer = cls(conn)
        await writer.tx.execute("BEGIN")
        return writer

    async def get_id(self) -> int:
        """Draw the transaction's id, as its first write does."""
        return int(await self.tx.fetchval("SELECT pg_current_xact_id()::text::bigint"))

    async def lock(self, key: str) -> None:
        await self.tx.execute("INSERT INTO test_locks VALUES ($1) ON CONFLICT (key) DO UPDATE SET key = $1", key)

    async def emit(self, *events: Counted | Taken) -> None:
        for each in events:
            self.tx.emit(each)
        await store.append(self.tx)
        await self.tx.catch_up()
        self.tx.emitted.clear()

    async def commit(self) -> None:
        await self.tx.execute("COMMIT")
        await self.tx.conn.close()


UNLEASED = (
    "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""Whoever has been ended may hold a lease for a moment more."""

LISTENERS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'shangmai-listen'"
    " AND state = 'idle' AND query LIKE 'LISTEN%'"
)
