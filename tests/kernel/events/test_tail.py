"""What is new is found, and shared among lanes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events import store
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.events.tail import START, Position, Tail, now_position
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.kernel.conftest import UntilBlocked, rolled_back
from tests.kernel.consumers import consumer, emit, record, recording, seen
from tests.kernel.declared import Counted, Gate, Noted
from tests.kernel.events.following import NAME, READS, counted

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]


class TestTail:
    async def test_goes_on_behind_a_window_that_is_used_up(self, db: Database) -> None:
        """The last page was exactly full, so nothing is left in the window, but more has happened since."""
        reader = Reader(db, [recording(NAME, batch=2)])
        await emit(db, *counted("a", 1, 2))
        assert await reader.step(reader.consumers[0], 0) == 2
        await emit(db, *counted("a", 3))
        assert await reader.step(reader.consumers[0], 0) == 1
        assert await seen(db) == [("a", 1), ("a", 2), ("a", 3)]

    async def test_moves_past_what_is_not_for_it(self, db: Database, admin_conn: Admin) -> None:
        reader = Reader(db, [recording(NAME)])
        await emit(db, *counted("a", 1))
        await reader.drain()
        before = await admin_conn.fetchval("SELECT done FROM event_cursors")
        async with db.transaction() as tx:
            tx.emit(Noted(new_id()))
            await store.append(tx)
        assert await reader.drain() == 0
        after = await admin_conn.fetchval("SELECT done FROM event_cursors")
        assert before != after
        assert await reader.drain() == 0
        assert await admin_conn.fetchval("SELECT done FROM event_cursors") == after

    async def test_a_place_behind_everything_shows_only_what_follows(self, db: Database) -> None:
        tail = Tail("events", "seq, key")
        await emit(db, *counted("old", 1))
        async with db.reading(SYSTEM) as tx:
            at = await now_position(tx)
            assert (await tail.page(tx, at, 10))[0] == []
            assert [row["key"] for row in (await tail.page(tx, START, 10))[0]] == ["old"]
        await emit(db, *counted("new", 1))
        async with db.reading(SYSTEM) as tx:
            rows, behind = await tail.page(tx, at, 10)
            assert [row["key"] for row in rows] == ["new"]
            assert behind == Position(behind.done, None, 0)

    async def test_readers_at_several_places_begin_one_window(
        self, db: Database, other_db: Database, admin_conn: Admin, until_blocked: UntilBlocked
    ) -> None:
        """Something is committed while the first of them reads: the second does not see it either."""
        tail = Tail("events", "seq, key", "(SELECT true FROM pg_advisory_xact_lock(7))")
        await emit(db, *counted("old", 1))
        async with db.reading(SYSTEM) as tx:
            further = await now_position(tx)
        await emit(db, *counted("new", 1))
        await admin_conn.execute("SELECT pg_advisory_lock(7)")
        async with db.transaction() as tx:
            reading = asyncio.create_task(tail.pages(tx, [(START, ()), (further, ())], 10))
            await until_blocked()
            await emit(other_db, *counted("late", 1))
            await admin_conn.execute("SELECT pg_advisory_unlock(7)")
            (every, behind), (new, also) = await reading
        assert [[row["key"] for row in rows] for rows in (every, new)] == [["old", "new"], ["new"]]
        assert behind == also
        async with db.transaction() as tx:
            assert [row["key"] for row in (await tail.page(tx, behind, 10))[0]] == ["late"]

    async def test_a_long_window_is_read_once_and_not_once_a_page(self, db: Database, admin_conn: Admin) -> None:
        """Before anybody has analyzed the table, as it is when a month begins."""
        await emit(db, *counted("a", *range(1000)))
        before = await _flushed(db, admin_conn, READS)
        batches: list[int] = []
        assert await Reader(db, [recording(NAME, batch=100, told=batches.append)]).drain() == 1000
        assert batches == [100] * 10
        assert await _flushed(db, admin_conn, READS) - before < 4 * 1000
        assert await seen(db) == [("a", n) for n in range(1000)]

    async def test_what_is_new_is_found_without_looking_at_the_old(self, db: Database, admin_conn: Admin) -> None:
        reader = Reader(db, [recording(NAME)])
        await emit(db, *counted("a", *range(1000)))
        await reader.drain()
        before = await _flushed(db, admin_conn, READS)
        for n in range(10):
            await emit(db, *counted("a", n))
            assert await reader.drain() == 1
        assert await _flushed(db, admin_conn, READS) - before < 100

    async def test_a_window_cannot_be_opened_after_a_write(self, db: Database) -> None:
        async with rolled_back(db) as tx:
            await tx.execute("INSERT INTO test_locks VALUES ('x')")
            with pytest.raises(AssertionError, match="after its transaction had written"):
                await now_position(tx)


async def _flushed(db: Database, admin_conn: Admin, sql: str) -> int:
    """A statistic after the pool's connection has told what it did."""
    async with db.connection() as conn:
        await conn.execute("SELECT pg_stat_force_next_flush()")
    await admin_conn.execute("SELECT pg_stat_clear_snapshot()")
    return int(await admin_conn.fetchval(sql))


class TestLanes:
    async def test_two_readers_share_the_lanes_and_handle_each_event_once(
        self, db: Database, other_db: Database
    ) -> None:
        keys = [f"key {n}" for n in range(40)]
        for n in range(5):
            await emit(db, *(Counted(key, n) for key in keys))
        everything, count = asyncio.Event(), 0

        def told(some: int) -> None:
            nonlocal count
            count += some
            if count >= 200:
                everything.set()

        readers = [
            Reader(of, [recording(NAME, lanes=4, batch=7, worker=worker, told=told)])
            for of, worker in ((db, "one"), (other_db, "two"))
        ]
        tasks = [asyncio.create_task(reader.run()) for reader in readers]
        async with asyncio.timeout(60):
            await everything.wait()
        for reader in readers:
            reader.stop()
        await asyncio.gather(*tasks)
        by_key: dict[str, list[int]] = {key: [] for key in keys}
        for key, n in await seen(db):
            by_key[key].append(n)
        assert by_key == {key: list(range(5)) for key in keys}

    async def test_a_lane_is_held_by_one_reader_at_a_time(self, db: Database, other_db: Database, gate: Gate) -> None:
        async def wait(tx: Tx, events: list[Counted]) -> None:
            gate.entered.set()
            await gate.open.wait()
            await record(tx, NAME, events)

        slow, quick = consumer(NAME, wait, lanes=2), recording(NAME, lanes=2)
        keys: dict[int, str] = {}
        for n in range(20):
            keys.setdefault(store.lane_hash(str(n)) % 2, str(n))
        await emit(db, Counted(keys[0], 1), Counted(keys[1], 1))
        holder = asyncio.create_task(Reader(db, [slow]).step(slow, 0))
        await gate.entered.wait()
        other = Reader(other_db, [quick])
        assert await other.step(quick, 0) == 0
        assert await other.step(quick, 1) == 1
        gate.open.set()
        assert await holder == 1
        assert await other.drain() == 0
        assert await seen(db) == [(keys[1], 1), (keys[0], 1)]

    def test_a_key_has_the_same_lane_in_every_release(self) -> None:
        assert [store.lane_hash(key) for key in ("", "a", "SO20260101-000001", "订单")] == [0, 3, 32, 51]
