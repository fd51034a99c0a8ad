"""Events: written with their cause, handled once and in order, whoever is killed and however commits interleave."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import msgspec
import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.books.contract import Moved, Post
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.db.database import WAKE_CHANNEL, Database, set_codecs
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import (
    CONSUMERS,
    Delivery,
    Lag,
    ParkedNotFound,
    ReplayFailed,
    event,
    on,
    on_every,
)
from shangmai.kernel.events.reader import Reader, find_event
from shangmai.kernel.events.tail import START, Position, Tail, now_position
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from tests.kernel.conftest import Dump, Until, UntilBlocked, rolled_back
from tests.kernel.consumers import consumer, emit, parked, record, recording, seen
from tests.kernel.declared import Counted, Gate, Noted, Taken, pieces
from tests.kernel.process import Process

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]

NAME = "test.seen"
READS = "SELECT sum(idx_tup_fetch + seq_tup_read) FROM pg_stat_user_tables WHERE relname ~ '^events_[0-9]+$'"
TABLES = ("events", "event_cursors", "event_parked", "test_seen")


@pytest.fixture
def gate(db: Database) -> Iterator[Gate]:
    """Open in the end, so that nobody whom a failed test has left at it keeps the pool from closing."""
    gate = Gate()
    yield gate
    gate.open.set()


def counted(key: str, *numbers: int, mood: str = "fine") -> list[Counted]:
    return [Counted(key, n, mood) for n in numbers]


class TestWriting:
    async def test_an_event_is_written_with_its_transaction(self, db: Database, admin_conn: Admin) -> None:
        at, cause = datetime(2026, 1, 2, tzinfo=UTC), new_id()
        async with db.transaction(items=[Item(SYSTEM, cause, at)]) as tx:
            id_ = tx.emit(Counted("a", 1))
            await store.append(tx)
            assert await admin_conn.fetchval("SELECT count(*) FROM events") == 0
        [row] = await admin_conn.fetch("SELECT * FROM events")
        assert {name: row[name] for name in set(row.keys()) - {"seq", "xid", "recorded_at"}} == {
            "id": id_,
            "name": "test.counted.v1",
            "key": "a",
            "lane_hash": store.lane_hash("a"),
            "at": at,
            "cause": cause,
            "payload": '{"key":"a","n":1,"mood":"fine"}',
        }

    async def test_a_rollback_leaves_none(self, db: Database, admin_conn: Admin) -> None:
        async with rolled_back(db) as tx:
            tx.emit(Counted("a", 1))
            await store.append(tx)
        async with db.transaction(dry_run=True) as tx:
            tx.emit(Counted("a", 2))
            await store.append(tx)
        assert tx.effects == [{"event": "test.counted.v1", "key": "a", "payload": {"key": "a", "n": 2, "mood": "fine"}}]
        assert await admin_conn.fetchval("SELECT count(*) FROM events") == 0

    async def test_events_of_a_batch_keep_their_own_origin_and_order(self, db: Database, admin_conn: Admin) -> None:
        items = [Item(SYSTEM, new_id(), datetime(2026, 1, n, tzinfo=UTC)) for n in (3, 1, 2)]
        async with db.transaction(items=items) as tx:
            ids = [tx.emit(Counted("a", n), item) for n, item in enumerate(items)]
            await store.append(tx)
        rows = await admin_conn.fetch("SELECT id, cause, at FROM events ORDER BY seq")
        assert [tuple(row) for row in rows] == [
            (id_, item.cause, item.now) for id_, item in zip(ids, items, strict=True)
        ]

    async def test_many_events_of_one_transaction_do_too(self, db: Database, admin_conn: Admin) -> None:
        """So many go by COPY."""
        at = datetime(2026, 1, 1, tzinfo=UTC)
        items = [Item(SYSTEM, new_id(), at + timedelta(minutes=n)) for n in range(150)]
        async with db.transaction(items=items) as tx:
            ids = [tx.emit(Counted(f"键 {n % 7}", n), item) for n, item in enumerate(items)]
            await store.append(tx)
        rows = await admin_conn.fetch("SELECT id, cause, at, key, lane_hash, payload FROM events ORDER BY seq")
        assert [tuple(row) for row in rows] == [
            (id_, i.cause, i.now, key, store.lane_hash(key), f'{{"key":"{key}","n":{n},"mood":"fine"}}')
            for n, (id_, i) in enumerate(zip(ids, items, strict=True))
            for key in [f"键 {n % 7}"]
        ]
        assert await Reader(db, [recording(NAME)]).drain() == 150
        assert await seen(db) == [(f"键 {n % 7}", n) for n in range(150)]

    async def test_an_event_is_found_by_its_id(self, db: Database) -> None:
        async with db.transaction() as tx:
            id_ = tx.emit(Counted("a", 1))
            await store.append(tx)
        async with db.reading(SYSTEM) as tx:
            found = await find_event(tx, id_)
            assert found is not None
            assert (found.event, found.fields["n"], found.name) == (Counted("a", 1), 1, "test.counted.v1")
            assert await find_event(tx, new_id()) is None


class TestDeclaring:
    def test_names_are_unique_and_lanes_divide_the_hashes(self) -> None:
        with pytest.raises(AssertionError, match="two events are called"):
            event("test.counted.v1", key="key")(Counted)
        before = dict(CONSUMERS)
        try:
            on(Counted, consumer="test.once")(_nothing)
            with pytest.raises(AssertionError, match="two consumers are called"):
                on(Noted, consumer="test.once")(_nothing)
            with pytest.raises(AssertionError, match="lanes must divide"):
                on(Counted, consumer="test.lanes", lanes=3)(_nothing)
            on_every(consumer="test.all", lanes=4, batch=7)(_nothing)
            once, every = CONSUMERS["test.once"], CONSUMERS["test.all"]
        finally:
            CONSUMERS.clear()
            CONSUMERS.update(before)
        assert (once.events, once.raw) == (frozenset({"test.counted.v1"}), False)
        assert (every.events, every.raw, every.lanes, every.batch) == (None, True, 4, 7)


async def _nothing(tx: Tx, events: list[Any]) -> None:
    """A handler with nothing to do."""


class TestHandling:
    async def test_gives_events_in_order_with_their_origin(self, db: Database) -> None:
        got: list[Any] = []

        async def handle(tx: Tx, events: list[Counted]) -> None:
            got.extend(zip(events, tx.items, tx.deliveries, strict=True))

        at = datetime(2026, 1, 2, tzinfo=UTC)
        async with db.transaction(items=[Item(SYSTEM, new_id(), at)]) as tx:
            ids = [tx.emit(e) for e in counted("a", 1, 2)]
            tx.emit(Noted(new_id()))
            await store.append(tx)
        assert await Reader(db, [consumer(NAME, handle)]).drain() == 2
        assert [(e, i.actor, i.cause, i.now, d.id) for e, i, d in got] == [
            (Counted("a", 1), SYSTEM, ids[0], at, ids[0]),
            (Counted("a", 2), SYSTEM, ids[1], at, ids[1]),
        ]

    async def test_gives_raw_deliveries_of_every_event(self, db: Database) -> None:
        got: list[Delivery] = []

        async def handle(tx: Tx, events: list[Delivery]) -> None:
            got.extend(events)

        id_ = new_id()
        async with db.transaction() as tx:
            tx.emit(Noted(id_))
            tx.emit(Taken(id_, 3))
            await store.append(tx)
        raw = msgspec.structs.replace(consumer(NAME, handle), raw=True, events=None)
        assert await Reader(db, [raw]).drain() == 2
        assert [(d.name, d.key, d.fields) for d in got] == [
            ("test.noted.v1", str(id_), {"note_id": str(id_)}),
            ("test.taken.v1", str(id_), {"sku": str(id_), "qty": 3}),
        ]

    async def test_once_and_in_batches(self, db: Database, admin_conn: Admin) -> None:
        sizes: list[int] = []
        await emit(db, *counted("a", *range(45)))
        reader = Reader(db, [recording(NAME, batch=20, told=sizes.append)])
        assert (await reader.drain(), await reader.drain()) == (45, 0)
        assert sizes == [20, 20, 5]
        assert await seen(db) == [("a", n) for n in range(45)]
        assert await admin_conn.fetchval("SELECT count(DISTINCT xmin::text) FROM test_seen") == 3

    async def test_consumers_have_cursors_of_their_own(self, db: Database) -> None:
        await emit(db, *counted("a", 1))
        assert await Reader(db, [recording("test.one")]).drain() == 1
        await emit(db, *counted("a", 2))
        assert await Reader(db, [recording("test.one"), recording("test.two")]).drain() == 3
        assert await seen(db, "test.one") == await seen(db, "test.two") == [("a", 1), ("a", 2)]

    async def test_what_a_handler_emits_is_caused_by_its_event(self, db: Database, admin_conn: Admin) -> None:
        async def follow(tx: Tx, events: list[Counted]) -> None:
            for e, item in zip(events, tx.items, strict=True):
                if e.n > 0:
                    tx.emit(Counted(e.key, e.n - 1), item)

        await emit(db, Counted("a", 3))
        assert await Reader(db, [consumer("test.follow", follow), recording(NAME)]).drain() == 8
        assert await seen(db) == [("a", 3), ("a", 2), ("a", 1), ("a", 0)]
        rows = await admin_conn.fetch("SELECT id, cause FROM events ORDER BY seq")
        assert [row["cause"] for row in rows[1:]] == [row["id"] for row in rows[:-1]]

    async def test_a_failed_attempt_leaves_nothing(self, db: Database) -> None:
        attempts: list[int] = []

        async def stumble(tx: Tx, events: list[Counted]) -> None:
            await record(tx, NAME, events)
            tx.emit(Counted("follow-up", len(events)))
            attempts.append(len(events))
            if len(attempts) == 1:
                raise ZeroDivisionError

        await emit(db, *counted("a", 1, 2, 3))
        reader = Reader(db, [consumer(NAME, stumble)])
        assert await reader.step(reader.consumers[0], 0) == 3
        assert attempts == [3, 1, 1, 1]
        assert await seen(db) == [("a", 1), ("a", 2), ("a", 3)]
        assert await parked(db) == []
        async with db.reading(SYSTEM) as tx:
            assert await tx.fetchval("SELECT count(*) FROM events WHERE key = 'follow-up'") == 3

    async def test_a_cancelled_attempt_leaves_nothing(self, db: Database, dump: Dump, gate: Gate) -> None:
        async def wait(tx: Tx, events: list[Counted]) -> None:
            await record(tx, NAME, events)
            gate.entered.set()
            await gate.open.wait()

        await emit(db, *counted("a", 1))
        before = await dump(*TABLES)
        reader = Reader(db, [consumer(NAME, wait)])
        task = asyncio.create_task(reader.drain())
        await gate.entered.wait()
        task.cancel()
        await asyncio.wait([task])
        assert await dump(*TABLES) == before
        gate.open.set()
        assert await reader.drain() == 1
        assert await seen(db) == [("a", 1)]

    async def test_a_retry_after_a_deadlock_is_a_whole_new_attempt(self, db: Database) -> None:
        attempts: list[int] = []

        async def stumble(tx: Tx, events: list[Counted]) -> None:
            await record(tx, NAME, events)
            attempts.append(len(events))
            if len(attempts) < 3:
                raise asyncpg.DeadlockDetectedError("as PostgreSQL would")

        await emit(db, *counted("a", 1, 2))
        assert await Reader(db, [consumer(NAME, stumble)]).drain() == 2
        assert attempts == [2, 2, 2]
        assert await seen(db) == [("a", 1), ("a", 2)]


@pytest.mark.faults
class TestKilledWorker:
    async def test_each_event_is_handled_once_and_in_order(self, dsn: str, db: Database) -> None:
        """Two processes share the lanes while events come; one is killed, the other takes over, and is killed too."""
        dice = random.Random()
        numbers: Counter[str] = Counter()
        enough = asyncio.Event()

        async def happen() -> None:
            while not enough.is_set():
                some = []
                for key in dice.choices("abcdef", k=25):
                    some.append(Counted(key, numbers[key]))
                    numbers[key] += 1
                await emit(db, *some)

        def worker(name: str) -> Process:
            return Process("work", dsn, NAME, "2", name)

        # With two lanes, the third batch that a worker tells of begins when one at least is committed.
        async with worker("one") as one, worker("two") as two:
            assert [await anext(each.lines(1)) for each in (one, two)] == ["0", "0"]
            events = asyncio.create_task(happen())
            for each in (one, two):
                assert len([line async for line in each.lines(dice.randint(3, 10))]) >= 3
            one.kill()
            assert len([line async for line in two.lines(dice.randint(3, 10))]) >= 3
            two.kill()
            enough.set()
            await events
        await Reader(db, [recording(NAME, lanes=2, worker="last")]).drain()
        by_key: dict[str, list[int]] = {key: [] for key in numbers}
        for key, n in await seen(db):
            by_key[key].append(n)
        assert by_key == {key: list(range(count)) for key, count in numbers.items()}
        async with db.reading(SYSTEM) as tx:
            workers = await tx.fetch("SELECT DISTINCT worker FROM test_seen")
        assert {row["worker"] for row in workers} >= {"one", "two"}


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

    async def emit(self, *events: Counted) -> None:
        for each in events:
            self.tx.emit(each)
        await store.append(self.tx)
        await self.tx.catch_up()
        self.tx.emitted.clear()

    async def commit(self) -> None:
        await self.tx.execute("COMMIT")
        await self.tx.conn.close()


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
        async with asyncio.timeout(30):
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


@pytest.fixture
def moody() -> Moody:
    return Moody()


@pytest.fixture
def reader(db: Database, moody: Moody) -> Reader:
    return Reader(db, [moody.consumer])


async def seqs(admin: Admin) -> list[int]:
    return [row["seq"] for row in await admin.fetch("SELECT seq FROM events ORDER BY seq")]


WAITS = "waits behind a parked event"


class TestPoison:
    async def test_is_parked_with_its_key_and_the_rest_goes_on(
        self, db: Database, reader: Reader, admin_conn: Admin
    ) -> None:
        await emit(
            db,
            Counted("a", 1),
            Counted("b", 1, "bad"),
            Counted("c", 1),
            Counted("b", 2),
            Counted("a", 2),
            Counted("b", 3),
        )
        assert await reader.drain() == 6
        assert await seen(db) == [("a", 1), ("c", 1), ("a", 2)]
        assert await parked(db) == [("b", 2, "ValueError: a bad mood"), ("b", 0, WAITS), ("b", 0, WAITS)]
        ids = await admin_conn.fetch("SELECT id, seq FROM events WHERE key = 'b' ORDER BY seq")
        rows = await admin_conn.fetch("SELECT event_id, seq FROM event_parked ORDER BY seq")
        assert [tuple(row) for row in rows] == [tuple(row) for row in ids]

    async def test_what_follows_later_waits_too(self, db: Database, reader: Reader) -> None:
        await emit(db, Counted("b", 1, "bad"))
        await reader.drain()
        await emit(db, Counted("b", 2), Counted("a", 1))
        await reader.drain()
        assert await seen(db) == [("a", 1)]
        assert await parked(db) == [("b", 2, "ValueError: a bad mood"), ("b", 0, WAITS)]

    @pytest.mark.parametrize(
        ("mood", "reason"),
        [
            ("file", "FileNotFoundError: a template"),
            ("promise", "ForeignKeyViolationError: insert or update on table"),
            ("hide", "InFailedSQLTransactionError: current transaction is aborted"),
        ],
    )
    async def test_is_parked_whatever_the_error(self, db: Database, reader: Reader, mood: str, reason: str) -> None:
        """Also one that only COMMIT would notice, and one that looks like a lost connection."""
        await emit(db, Counted("a", 1), Counted("b", 1, mood), Counted("c", 1))
        async with asyncio.timeout(20):
            await reader.drain()
        assert await seen(db) == [("a", 1), ("c", 1)]
        [(key, attempts, told)] = await parked(db)
        assert (key, attempts) == ("b", 2)
        assert told.startswith(reason)

    async def test_an_event_that_no_longer_decodes_is_parked(
        self, db: Database, reader: Reader, admin_conn: Admin
    ) -> None:
        await emit(db, Counted("a", 1), Counted("b", 1))
        await admin_conn.execute("""UPDATE events SET payload = '{"key": 7}' WHERE key = 'b'""")
        await reader.drain()
        assert await seen(db) == [("a", 1)]
        assert await parked(db) == [("b", 2, "ValidationError: Expected `str`, got `int` - at `$.key`")]

    async def test_is_parked_for_its_consumer_alone(self, db: Database, moody: Moody) -> None:
        await emit(db, Counted("b", 1, "bad"), Counted("b", 2))
        await Reader(db, [moody.consumer, recording("test.other")]).drain()
        assert (await seen(db), await seen(db, "test.other")) == ([], [("b", 1), ("b", 2)])
        assert await parked(db, None) == [("b", 2, "ValueError: a bad mood"), ("b", 0, WAITS)]
        assert await parked(db, "test.other") == []

    async def test_an_account_made_in_an_undone_attempt_is_not_remembered(self, db: Database) -> None:
        """One by one, the second event finds the account of the first, and then all of it is rolled back."""
        sku, attempts = new_id(), 0

        async def post(tx: Tx, events: list[Counted]) -> None:
            nonlocal attempts
            if len(events) > 1:
                raise ValueError("only one at a time")
            attempts += 1
            if attempts == 3:
                raise asyncpg.DeadlockDetectedError("as PostgreSQL would")
            into = Post(debit=(sku, "supplier"), credit=(sku, "on_hand"), amount=1, doc=sku, item=tx.items[0])
            assert await pieces.post(tx, [into]) == [Moved(1)]

        await emit(db, *counted("a", 1, 2, 3))
        await Reader(db, [consumer(NAME, post)]).drain()
        assert await parked(db) == []
        async with db.reading(SYSTEM) as tx:
            assert await pieces.balances(tx, [(sku, "on_hand")]) == [(3, 0, 0)]
            assert await pieces.prove(tx) == []


class TestReplay:
    async def test_handles_what_is_parked_in_order_and_frees_the_key(
        self, db: Database, reader: Reader, moody: Moody, admin_conn: Admin
    ) -> None:
        await emit(db, Counted("b", 1, "bad"), Counted("a", 1), Counted("b", 2), Counted("c", 1, "bad"))
        await reader.drain()
        moody.cured = True
        assert await reader.replay(NAME, (await seqs(admin_conn))[0]) == 2
        assert await seen(db) == [("a", 1), ("b", 1), ("b", 2)]
        assert [key for key, *_ in await parked(db)] == ["c"]
        await emit(db, Counted("b", 3))
        assert await reader.drain() == 1
        assert (await seen(db))[-1] == ("b", 3)

    async def test_may_be_asked_by_any_of_the_parked_ones(
        self, db: Database, reader: Reader, moody: Moody, admin_conn: Admin
    ) -> None:
        await emit(db, Counted("b", 1, "bad"), Counted("b", 2), Counted("b", 3))
        await reader.drain()
        moody.cured = True
        assert await reader.replay(NAME, (await seqs(admin_conn))[1]) == 3
        assert await seen(db) == [("b", 1), ("b", 2), ("b", 3)]

    async def test_that_fails_again_changes_only_the_count(
        self, db: Database, reader: Reader, dump: Dump, admin_conn: Admin
    ) -> None:
        await emit(db, Counted("b", 1, "bad"), Counted("b", 2))
        await reader.drain()
        first, second = await seqs(admin_conn)
        before = await dump("events", "event_cursors", "test_seen")
        for seq in (first, second):
            with pytest.raises(ReplayFailed) as failed:
                await reader.replay(NAME, seq)
            assert failed.value.data == {"consumer": NAME, "seq": first, "reason": "ValueError: a bad mood"}
        assert await dump("events", "event_cursors", "test_seen") == before
        assert await parked(db) == [("b", 4, "ValueError: a bad mood"), ("b", 0, WAITS)]

    async def test_that_fails_half_way_changes_nothing_before(
        self, db: Database, reader: Reader, moody: Moody, admin_conn: Admin
    ) -> None:
        await emit(db, Counted("b", 1, "bad"), Counted("b", 2), Counted("b", 3, "bad"))
        await reader.drain()
        seq = (await seqs(admin_conn))[0]
        moody.cured = True
        await admin_conn.execute("""UPDATE events SET payload = '{}' WHERE seq = $1""", seq + 2)
        with pytest.raises(ReplayFailed) as failed:
            await reader.replay(NAME, seq)
        reason = "ValidationError: Object missing required field `key`"
        assert failed.value.data == {"consumer": NAME, "seq": seq + 2, "reason": reason}
        assert await seen(db) == []
        assert await parked(db) == [("b", 2, "ValueError: a bad mood"), ("b", 0, WAITS), ("b", 1, reason)]

    async def test_what_follows_from_it_is_emitted_once(self, db: Database, admin_conn: Admin) -> None:
        cured = False

        async def follow(tx: Tx, events: list[Counted]) -> None:
            for e, item in zip(events, tx.items, strict=True):
                if e.mood == "bad":
                    tx.emit(Counted("follow-up", e.n), item)
                    if not cured:
                        raise ValueError("a bad mood")

        reader = Reader(db, [consumer(NAME, follow)])
        await emit(db, Counted("b", 1, "bad"))
        await reader.drain()
        cured = True
        await reader.replay(NAME, (await seqs(admin_conn))[0])
        rows = await admin_conn.fetch("SELECT cause FROM events WHERE key = 'follow-up'")
        assert [row["cause"] for row in rows] == [await admin_conn.fetchval("SELECT id FROM events WHERE key = 'b'")]

    async def test_of_what_is_not_parked_is_not_found(self, db: Database, reader: Reader, admin_conn: Admin) -> None:
        await emit(db, Counted("a", 1))
        await reader.drain()
        [seq] = await seqs(admin_conn)
        for name, number in ((NAME, seq), (NAME, 0), ("test.nobody", seq)):
            with pytest.raises(ParkedNotFound):
                await reader.replay(name, number)
        assert await seen(db) == [("a", 1)]

    async def test_two_at_once_handle_it_once(
        self, db: Database, other_db: Database, gate: Gate, until_blocked: UntilBlocked, admin_conn: Admin
    ) -> None:
        cured = False

        async def handle(tx: Tx, events: list[Counted]) -> None:
            if not cured:
                raise ValueError("a bad mood")
            gate.entered.set()
            await gate.open.wait()
            await record(tx, NAME, events)

        of_one, of_other = (Reader(each, [consumer(NAME, handle)]) for each in (db, other_db))
        await emit(db, Counted("b", 1))
        await of_one.drain()
        [seq] = await seqs(admin_conn)
        cured = True
        first = asyncio.create_task(of_one.replay(NAME, seq))
        await gate.entered.wait()
        second = asyncio.create_task(of_other.replay(NAME, seq))
        await until_blocked()
        gate.open.set()
        outcomes = await asyncio.gather(first, second, return_exceptions=True)
        assert [o if isinstance(o, int) else type(o) for o in outcomes] == [1, ParkedNotFound]
        assert await seen(db) == [("b", 1)]
        assert await parked(db) == []

    async def test_an_event_that_arrives_meanwhile_does_not_get_stuck(
        self, db: Database, other_db: Database, gate: Gate, admin_conn: Admin
    ) -> None:
        cured = False

        async def handle(tx: Tx, events: list[Counted]) -> None:
            if not cured:
                raise ValueError("a bad mood")
            gate.entered.set()
            await gate.open.wait()
            await record(tx, NAME, events)

        of_one, of_other = (Reader(each, [consumer(NAME, handle)]) for each in (db, other_db))
        await emit(db, Counted("b", 1))
        await of_one.drain()
        cured = True
        replay = asyncio.create_task(of_one.replay(NAME, (await seqs(admin_conn))[0]))
        await gate.entered.wait()
        await emit(db, Counted("b", 2))
        await of_other.drain()
        gate.open.set()
        assert await replay == 1
        await of_other.drain()
        assert await seen(db) == [("b", 1), ("b", 2)]
        assert await parked(db) == []

    async def test_an_undone_replay_of_a_deadlock_is_tried_again(
        self, db: Database, reader: Reader, admin_conn: Admin
    ) -> None:
        attempts = 0

        async def stumble(tx: Tx, events: list[Counted]) -> None:
            nonlocal attempts
            attempts += 1
            await record(tx, NAME, events)
            if attempts <= 2:
                raise ValueError("a bad mood")
            if attempts == 3:
                raise asyncpg.DeadlockDetectedError("as PostgreSQL would")

        reader = Reader(db, [consumer(NAME, stumble)])
        await emit(db, Counted("b", 1))
        await reader.drain()
        assert await reader.replay(NAME, (await seqs(admin_conn))[0]) == 1
        assert await seen(db) == [("b", 1)]


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


class Follower:
    """A running reader that polls once an hour, so that only a wake-up can be what woke it."""

    def __init__(self, db: Database) -> None:
        self.handled: asyncio.Queue[Counted] = asyncio.Queue()

        async def handle(tx: Tx, events: list[Counted]) -> None:
            for e in events:
                self.handled.put_nowait(e)

        self.reader = Reader(db, [consumer(NAME, handle)], poll_s=3600)

    async def __aenter__(self) -> Follower:
        self._task = asyncio.create_task(self.reader.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.reader.stop()
        async with asyncio.timeout(10):
            await self._task

    async def next(self) -> Counted:
        async with asyncio.timeout(10):
            return await self.handled.get()


LISTENERS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'shangmai-listen'"
    " AND state = 'idle' AND query LIKE 'LISTEN%'"
)


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
        apart = msgspec.structs.replace(recording(NAME, batch=3, told=counts.put_nowait), apart_s=0.5)
        reader = Reader(db, [apart], poll_s=3600)
        following = asyncio.create_task(reader.run())
        async with asyncio.timeout(10):
            await until(lambda: admin_conn.fetchval(LISTENERS))
            await emit(other_db, Counted("a", 0))
            assert await counts.get() == 1
            for n in range(1, 5):
                await emit(other_db, Counted("a", n))
            assert (await counts.get(), await counts.get()) == (3, 1), "full batches follow each other at once"
            reader.stop()
            await following
        assert await seen(db) == [("a", n) for n in range(5)]

    async def test_only_events_that_it_wants_wake_a_lane(
        self, db: Database, other_db: Database, admin_conn: Admin, until: Until
    ) -> None:
        heard: asyncio.Queue[str] = asyncio.Queue()

        def hear(_conn: object, _pid: int, _channel: str, names: object) -> None:
            heard.put_nowait(str(names))

        await admin_conn.add_listener(WAKE_CHANNEL, hear)
        async with Follower(db) as follower, asyncio.timeout(10):
            await until(lambda: admin_conn.fetchval(LISTENERS))
            await emit(other_db, Counted("a", 1))
            assert (await follower.next(), await heard.get()) == (Counted("a", 1), "test.counted.v1")
            await until(lambda: admin_conn.fetchval("SELECT done FROM event_cursors"))
            for _ in range(3):
                async with other_db.transaction() as tx:
                    tx.emit(Noted(new_id()))
                    await store.append(tx)
                assert await heard.get() == "test.noted.v1"
            cursor = await admin_conn.fetchval("SELECT done FROM event_cursors")
            async with other_db.transaction() as tx:
                tx.emit(Noted(new_id()))
                tx.emit(Counted("a", 2))
                await store.append(tx)
            assert (await follower.next(), await heard.get()) == (Counted("a", 2), "test.counted.v1,test.noted.v1")
            other_db.wake()
            assert await heard.get() == ""
        await admin_conn.remove_listener(WAKE_CHANNEL, hear)
        assert (
            await admin_conn.fetchval(
                "SELECT count(*) FROM events WHERE NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)", cursor
            )
            == 5
        )

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
        gone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'shangmai-wake'"
        async with Follower(db) as follower:
            await until(lambda: admin_conn.fetchval(LISTENERS))
            await emit(other_db, Counted("a", 1))
            assert await follower.next() == Counted("a", 1)
            assert await admin_conn.fetchval(gone)
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
        async with asyncio.timeout(10):
            await reader.run()


async def _no_waker(admin: Admin) -> bool:
    return bool(
        await admin.fetchval(
            "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'shangmai-wake'"
        )
    )
