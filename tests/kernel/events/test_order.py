"""Events of one key keep their order, however commits interleave."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from shangmai.kernel.db.database import Database
from shangmai.kernel.events.reader import Reader
from tests.kernel.consumers import emit, recording, seen
from tests.kernel.declared import Counted
from tests.kernel.events.following import NAME, Writer, counted

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]


class TestOrder:
    async def test_who_began_first_but_wrote_last_comes_last(self, dsn: str, db: Database) -> None:
        first, second = await Writer.begin(dsn), await Writer.begin(dsn)
        assert await first.get_id() < await second.get_id()
        await second.lock("a")
        await second.emit(Counted("a", 1))
        await second.commit()
        await first.lock("a")
        await first.emit(Counted("a", 2))
        await first.commit()
        await Reader(db, [recording(NAME, batch=1)]).drain()
        assert await seen(db) == [("a", 1), ("a", 2)]

    async def test_also_when_the_reader_looks_in_between(self, dsn: str, db: Database) -> None:
        reader = Reader(db, [recording(NAME)])
        first, second = await Writer.begin(dsn), await Writer.begin(dsn)
        assert await first.get_id() < await second.get_id()
        await second.lock("a")
        await second.emit(Counted("a", 1))
        await second.commit()
        assert await reader.drain() == 1
        await first.lock("a")
        await first.emit(Counted("a", 2))
        await first.commit()
        assert await reader.drain() == 1
        assert await seen(db) == [("a", 1), ("a", 2)]

    async def test_a_late_commit_is_not_lost(self, dsn: str, db: Database, admin_conn: Admin) -> None:
        reader = Reader(db, [recording(NAME)])
        late = await Writer.begin(dsn)
        await late.emit(Counted("late", 1))
        await emit(db, Counted("quick", 1))
        assert await reader.drain() == 1
        await emit(db, Counted("quick", 2))
        assert await reader.drain() == 1
        await late.commit()
        assert await reader.drain() == 1
        assert await seen(db) == [("quick", 1), ("quick", 2), ("late", 1)]
        rows = await admin_conn.fetch("SELECT key FROM events ORDER BY seq")
        assert [row["key"] for row in rows] == ["late", "quick", "quick"]

    async def test_a_late_commit_within_a_window_is_not_lost(self, dsn: str, db: Database) -> None:
        """The reader is half way through its window when a transaction with a lower `seq` commits."""
        reader = Reader(db, [recording(NAME, batch=2)])
        late = await Writer.begin(dsn)
        await late.emit(Counted("late", 1))
        await emit(db, *counted("quick", 1, 2, 3))
        assert await reader.step(reader.consumers[0], 0) == 2
        await late.commit()
        await emit(db, Counted("quick", 4))
        assert await reader.drain() == 3
        assert sorted(await seen(db)) == [("late", 1), ("quick", 1), ("quick", 2), ("quick", 3), ("quick", 4)]
        assert [n for key, n in await seen(db) if key == "quick"] == [1, 2, 3, 4]

    async def test_a_long_transaction_stops_nobody_else(self, dsn: str, db: Database) -> None:
        reader = Reader(db, [recording(NAME, batch=3)])
        long = await Writer.begin(dsn)
        await long.get_id()
        await long.lock("long")
        for n in range(10):
            await emit(db, Counted("quick", n))
            assert await reader.drain() == 1
        await long.emit(Counted("long", 1))
        assert await reader.drain() == 0
        await long.commit()
        assert await reader.drain() == 1
        assert await seen(db) == [*(("quick", n) for n in range(10)), ("long", 1)]

    async def test_a_rolled_back_writer_leaves_no_gap_to_wait_for(self, dsn: str, db: Database) -> None:
        reader = Reader(db, [recording(NAME)])
        writer = await Writer.begin(dsn)
        await writer.emit(Counted("never", 1))
        await emit(db, Counted("a", 1))
        await writer.tx.conn.close()
        await emit(db, Counted("a", 2))
        assert await reader.drain() == 2
        assert await seen(db) == [("a", 1), ("a", 2)]

    async def test_concurrent_writers_and_readers_keep_every_key_in_order(
        self, dsn: str, db: Database, other_db: Database
    ) -> None:
        """Writers draw their ids early, wait for each other's keys, and two processes read all the while."""
        dice = random.Random(99)
        keys, per_writer, writers = "abcd", 15, 6
        numbers: Counter[str] = Counter()
        done = asyncio.Event()

        async def write() -> None:
            for _ in range(per_writer):
                writer = await Writer.begin(dsn)
                await writer.get_id()
                for key in sorted(dice.sample(keys, 2)):
                    await writer.lock(key)
                    numbers[key] += 1  # nobody else can be here: the lock is held until the commit
                    await writer.emit(Counted(key, numbers[key]))
                await writer.commit()

        async def read(reader: Reader) -> None:
            while not done.is_set():
                await reader.drain()

        readers = [Reader(of, [recording(NAME, lanes=2, batch=3)]) for of in (db, other_db)]
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            for reader in readers:
                group.create_task(read(reader))
            await asyncio.gather(*(write() for _ in range(writers)))
            done.set()
        await readers[0].drain()
        by_key: dict[str, list[int]] = {key: [] for key in keys}
        for key, n in await seen(db):
            by_key[key].append(n)
        assert by_key == {key: list(range(1, numbers[key] + 1)) for key in keys}
        assert sum(numbers.values()) == 2 * per_writer * writers
