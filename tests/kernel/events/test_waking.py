"""Whoever follows is woken, and how far behind it is can be told."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.clock import ManualClock
from shangmai.kernel.db.database import Database
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import Lag
from shangmai.kernel.events.reader import REST_MAX_S, WAY_MAX_S, Reader, rest_s
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.kernel.conftest import Until
from tests.kernel.consumers import consumer, emit, recording, seen
from tests.kernel.declared import Counted, Gate, Noted
from tests.kernel.events.following import (
    HOUR_S,
    LISTENERS,
    NAME,
    Follower,
    Moody,
    Rested,
    Watched,
    Writer,
    counted,
)

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]


LASTED = st.floats(0, 60)


class TestRest:
    @given(took_s=LASTED, apart_s=LASTED)
    def test_who_has_more_to_do_goes_on_at_once_unless_others_are_writing(self, took_s: float, apart_s: float) -> None:
        assert rest_s(took_s, apart_s, is_full=True, is_woken=False) == 0
        assert rest_s(took_s, apart_s, is_full=True, is_woken=True) == min(took_s, WAY_MAX_S)

    @given(took_s=LASTED, apart_s=LASTED, is_woken=st.booleans())
    def test_who_has_caught_up_goes_again_when_it_is_time(self, took_s: float, apart_s: float, is_woken: bool) -> None:
        rest = rest_s(took_s, apart_s, is_full=False, is_woken=is_woken)
        assert took_s + rest >= apart_s - 1e-9
        assert 0 <= rest <= max(REST_MAX_S, apart_s)


class TestLag:
    async def test_counts_what_waits_and_since_when(self, db: Database, moody: Moody, admin_conn: Admin) -> None:
        one = msgspec.structs.replace(moody.consumer, batch=2)
        reader = Reader(db, [one])
        await emit(db, *counted("a", 1, 2, 3), Counted("b", 1, "bad"), Counted("b", 2))
        await emit(db, *counted("c", 1))
        async with db.transaction() as tx:
            tx.emit(Noted(new_id()))
            await store.append(tx)
        oldest = await admin_conn.fetchval("SELECT recorded_at FROM events ORDER BY seq LIMIT 1")
        last = await admin_conn.fetchval("SELECT recorded_at FROM events ORDER BY seq DESC OFFSET 1 LIMIT 1")
        db.clock = ManualClock(last + timedelta(seconds=30))
        age = (last + timedelta(seconds=30) - oldest).total_seconds()
        assert await reader.lags() == [Lag(NAME, 0, 6, age, 0)]
        assert await reader.step(one, 0) == 2
        assert await reader.lags() == [Lag(NAME, 0, 4, age, 0)]
        assert await reader.step(one, 0) == 2
        assert await reader.lags() == [Lag(NAME, 0, 2, age, 1)]
        assert await reader.step(one, 0) == 2
        assert await reader.lags() == [Lag(NAME, 0, 0, 0.0, 2)]

    async def test_is_told_lane_by_lane(self, db: Database) -> None:
        reader = Reader(db, [recording(NAME, lanes=4)])
        keys = [str(n) for n in range(30)]
        await emit(db, *(Counted(key, 1) for key in keys))
        expected = Counter(store.lane_hash(key) % 4 for key in keys)
        assert {lag.lane: lag.waiting for lag in await reader.lags()} == dict(expected)
        await reader.step(reader.consumers[0], 2)
        assert {lag.lane: lag.waiting for lag in await reader.lags()} == dict(expected) | {2: 0}

    async def test_is_not_negative_when_clocks_differ(self, db: Database) -> None:
        db.clock = ManualClock(datetime(2020, 1, 1, tzinfo=UTC))
        await emit(db, *counted("a", 1))
        assert await Reader(db, [recording(NAME)]).lags() == [Lag(NAME, 0, 1, 0.0, 0)]


class TestWaking:
    async def test_a_commit_elsewhere_wakes_the_handler(
        self, db: Database, other_db: Database, admin_conn: Admin, until: Until
    ) -> None:
        async with Follower(db) as follower:
            await until(lambda: admin_conn.fetchval(LISTENERS))
            for n in range(5):
                await emit(other_db, Counted("a", n))
                assert await follower.next() == Counted("a", n)

    async def test_what_happens_in_a_row_is_handled_together_by_a_lane_whose_batches_lie_apart(
        self, db: Database, other_db: Database, admin_conn: Admin, until: Until
    ) -> None:
        counts: asyncio.Queue[int] = asyncio.Queue()

        def told(count: int) -> None:
            counts.put_nowait(count)
            reader.rested.clear()

        reader = Rested(db, [msgspec.structs.replace(recording(NAME, batch=3, told=told), apart_s=HOUR_S)])
        following = asyncio.create_task(reader.run())
        async with asyncio.timeout(60):
            await until(lambda: admin_conn.fetchval(LISTENERS))
            await emit(other_db, Counted("a", 0))
            assert await counts.get() == 1
            for n in range(1, 5):
                await emit(other_db, Counted("a", n))
            assert counts.empty()
            reader.rested.set()
            assert (await counts.get(), await counts.get()) == (3, 1), "full batches follow each other at once"
            reader.stop()
            reader.rested.set()
            await following
        assert await seen(db) == [("a", n) for n in range(5)]

    async def test_what_comes_while_it_is_busy_is_handled_though_nothing_more_is_heard(
        self, dsn: str, db: Database, other_db: Database, gate: Gate
    ) -> None:
        """It is heard of during the first of two batches, and the second is not full."""
        handled: asyncio.Queue[list[int]] = asyncio.Queue()

        async def handle(tx: Tx, events: list[Counted]) -> None:
            gate.entered.set()
            await gate.open.wait()
            handled.put_nowait([e.n for e in events])

        reader = Watched(db, [consumer(NAME, handle, batch=2)])
        writer = await Writer.begin(dsn)
        await writer.emit(*counted("a", 1, 2, 3))
        await writer.commit()
        following = asyncio.create_task(reader.run())
        async with asyncio.timeout(60):
            await gate.entered.wait()
            assert await reader.heard.get() == ""
            await emit(other_db, *counted("a", 4))
            assert await reader.heard.get() == "test.counted.v1"
            gate.open.set()
            assert [await handled.get(), await handled.get()] == [[1, 2], [3, 4]]
            reader.stop()
            await following

    async def test_only_events_that_it_wants_wake_a_lane(self, db: Database, other_db: Database) -> None:
        async with Follower(db) as follower, asyncio.timeout(60):
            await follower.hears("")  # it listens
            await emit(other_db, Counted("a", 1))
            assert await follower.next() == Counted("a", 1)
            await follower.hears("test.counted.v1")
            await follower.reader.resting.wait()
            for _ in range(3):
                async with other_db.transaction() as tx:
                    tx.emit(Noted(new_id()))
                    await store.append(tx)
                await follower.hears("test.noted.v1")
                assert follower.reader.resting.is_set()
            async with other_db.transaction() as tx:
                tx.emit(Noted(new_id()))
                tx.emit(Counted("a", 2))
                await store.append(tx)
            await follower.hears("test.counted.v1,test.noted.v1")
            assert await follower.next() == Counted("a", 2)
            await follower.reader.resting.wait()
            other_db.wake()
            await follower.hears("")
            assert not follower.reader.resting.is_set(), "nothing named: everybody looks"

    async def test_a_rollback_wakes_nobody_and_what_follows_is_handled(self, db: Database, other_db: Database) -> None:
        async with Follower(db) as follower:
            async with other_db.transaction(dry_run=True) as tx:
                tx.emit(Counted("a", 1))
                await store.append(tx)
            await emit(other_db, Counted("a", 2))
            assert await follower.next() == Counted("a", 2)

    async def test_what_was_committed_while_nobody_listened_is_handled_at_the_start(self, db: Database) -> None:
        await emit(db, Counted("a", 1))
        async with Follower(db) as follower:
            assert await follower.next() == Counted("a", 1)

    async def test_a_lost_listener_comes_back(
        self, db: Database, other_db: Database, admin_conn: Admin, until: Until
    ) -> None:
        async with Follower(db) as follower:
            await until(lambda: admin_conn.fetchval(LISTENERS))
            lost = await admin_conn.fetchval(LISTENERS)
            await emit(other_db, Counted("a", 1))
            assert await follower.next() == Counted("a", 1)
            assert await admin_conn.fetchval("SELECT pg_terminate_backend($1)", lost)

            async def another() -> bool:
                return await admin_conn.fetchval(LISTENERS) not in (None, lost)

            await until(another)
            await emit(other_db, Counted("a", 2))
            assert await follower.next() == Counted("a", 2)

    async def test_a_lost_waker_comes_back(
        self, db: Database, other_db: Database, admin_conn: Admin, until: Until
    ) -> None:
        gone = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'shangmai-wake'"
        )
        async with Follower(db) as follower:
            await until(lambda: admin_conn.fetchval(LISTENERS))
            await emit(other_db, Counted("a", 1))
            assert await follower.next() == Counted("a", 1)
            await until(lambda: admin_conn.fetchval(gone))  # the event may have been found before the waker was there
            await until(lambda: _no_waker(admin_conn))
            await emit(other_db, Counted("a", 2))
            assert await follower.next() == Counted("a", 2)

    async def test_a_burst_of_commits_is_handled_completely(self, db: Database, other_db: Database) -> None:
        async with Follower(db) as follower:
            await asyncio.gather(*(emit(other_db, Counted(str(n), n)) for n in range(50)))
            assert sorted([(await follower.next()).n for _ in range(50)]) == list(range(50))

    async def test_stopping_before_the_start_ends_it(self, db: Database) -> None:
        reader = Reader(db, [recording(NAME)])
        reader.stop()
        async with asyncio.timeout(60):
            await reader.run()


async def _no_waker(admin: Admin) -> bool:
    return bool(
        await admin.fetchval(
            "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'shangmai-wake'"
        )
    )
