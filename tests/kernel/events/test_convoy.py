"""Consumers that travel together handle each event once, and one by itself what fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from shangmai.kernel.db.database import Database, DatabaseAway
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import Consumer
from shangmai.kernel.events.convoy import PAGE, Convoy
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.kernel.conftest import Until, rolled_back
from tests.kernel.consumers import consumer, emit, parked, record, recording, seen
from tests.kernel.declared import Counted, Gate, Noted
from tests.kernel.events.following import HOUR_S, LISTENERS, NAME, UNLEASED, WAITS, Moody, Writer, counted, seqs

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]

MEMBERS = ("test.one", "test.two", "test.three")
PLACES = "SELECT DISTINCT done, open_window, seq FROM event_cursors"
WRITTEN = "SELECT consumer, xmin::text FROM event_cursors ORDER BY consumer"


def reader_of(db: Database, *members: Consumer, page: int = PAGE) -> Reader:
    reader = Reader(db, members, poll_s=HOUR_S)
    assert reader.convoy.members == list(members)
    reader.convoy = Convoy(db, members, page=page)
    return reader


def three(**given: Any) -> list[Consumer]:
    return [recording(name, **given) for name in MEMBERS]


def wanting(name: str, got: list[Any], *events: str) -> Consumer:
    """A member that wants these events, and keeps what it is given with its origins."""

    async def handle(tx: Tx, events: list[Any]) -> None:
        got.extend(zip(events, tx.items, tx.deliveries, strict=True))

    return msgspec.structs.replace(consumer(name, handle), events=frozenset(events))


async def seen_by(db: Database, *names: str) -> list[list[tuple[str, int]]]:
    return [await seen(db, name) for name in names]


@pytest.fixture
def asked() -> list[str]:
    """What `listened` was asked."""
    return []


@pytest_asyncio.fixture
async def listened(dsn: str, asked: list[str]) -> AsyncIterator[Database]:
    """A database of one connection that tells its statements."""

    async def greet(conn: Any) -> None:
        conn.add_query_logger(lambda told: asked.append(told.query))

    async with await Database.connect(dsn, size=1, greet=greet) as db:
        yield db


class TestWho:
    def test_of_one_lane_that_has_not_asked_to_go_alone(self, db: Database) -> None:
        alone = msgspec.structs.replace(recording("test.alone"), alone=True)
        raw = msgspec.structs.replace(recording("test.raw"), raw=True, events=None)
        reader = Reader(db, [*three(), recording("test.lanes", lanes=2), alone, raw])
        assert [member.name for member in reader.convoy.members] == list(MEMBERS)
        assert [each.name for each in reader.alone] == ["test.lanes", "test.alone", "test.raw"]

    def test_nobody_travels_with_nobody(self, db: Database) -> None:
        reader = Reader(db, [recording(NAME)])
        assert (reader.convoy.members, [each.name for each in reader.alone]) == ([], [NAME])


class TestTravelling:
    async def test_each_is_given_what_it_wants_and_nothing_else(self, db: Database) -> None:
        got: dict[str, list[Any]] = {name: [] for name in MEMBERS}
        wants = (("test.counted.v1",), ("test.noted.v1",), ("test.counted.v1", "test.noted.v1"))
        reader = reader_of(db, *(wanting(name, got[name], *names) for name, names in zip(MEMBERS, wants, strict=True)))
        noted = Noted(new_id())
        async with db.transaction() as tx:
            ids = [tx.emit(event) for event in (Counted("a", 1), noted, Counted("a", 2))]
            await store.append(tx)
        assert (await reader.travel()).handled == {"test.one": 2, "test.two": 1, "test.three": 3}
        one, two, all_ = got.values()
        assert [event for event, *_ in one] == [Counted("a", 1), Counted("a", 2)]
        assert [event for event, *_ in two] == [noted]
        assert [(event, item.cause, told.id) for event, item, told in all_] == [
            (Counted("a", 1), ids[0], ids[0]), (noted, ids[1], ids[1]), (Counted("a", 2), ids[2], ids[2]),
        ]  # fmt: skip
        assert all_[0][0] is one[0][0], "it is decoded once"
        assert (await reader.travel()).handled == {}

    async def test_those_elsewhere_come_to_the_same_place(self, db: Database, admin_conn: Admin) -> None:
        members = three(batch=2)
        reader = reader_of(db, *members, page=4)
        await emit(db, *counted("a", *range(5)))
        assert await reader.step(members[0], 0) == 2, "it stands within a window of its own"
        await emit(db, *counted("a", 5, 6))
        assert await reader.step(members[1], 0) == 2
        assert len(await admin_conn.fetch(PLACES)) == 2
        await reader.drain()
        assert len(await admin_conn.fetch(PLACES)) == 1
        assert await seen_by(db, *MEMBERS) == [[("a", n) for n in range(7)]] * 3

    async def test_they_do_when_nothing_is_new(self, db: Database, admin_conn: Admin) -> None:
        members = three()
        reader = reader_of(db, *members)
        for n, member in enumerate(members):
            await emit(db, *counted("a", n))
            while await reader.step(member, 0):
                pass
        await emit(db, *counted("a", 3))
        for member in members:
            await reader.step(member, 0)
            async with db.transaction() as tx:
                await tx.execute("SELECT pg_current_xact_id()")  # so that no two snapshots are the same
        assert len(await admin_conn.fetch(PLACES)) == 3
        assert (await reader.travel()).handled == {}
        assert len(await admin_conn.fetch(PLACES)) == 1

    async def test_in_portions_of_each_ones_batch(self, db: Database) -> None:
        sizes: dict[str, list[int]] = {name: [] for name in MEMBERS}
        batches = (3, 500, 2)
        members = [
            recording(name, batch=batch, told=sizes[name].append) for name, batch in zip(MEMBERS, batches, strict=True)
        ]
        await emit(db, *counted("a", *range(5)))
        step = await reader_of(db, *members).travel()
        assert (step.handled, step.is_full) == (dict.fromkeys(MEMBERS, 5), False)
        assert list(sizes.values()) == [[3, 2], [5], [2, 2, 1]]

    async def test_what_one_emits_is_written_once_and_reaches_all_with_the_next_step(
        self, db: Database, admin_conn: Admin
    ) -> None:
        async def follow(tx: Tx, events: list[Counted]) -> None:
            for e, item in zip(events, tx.items, strict=True):
                if e.n > 0:
                    tx.emit(Counted(e.key, e.n - 1), item)

        behind = recording("test.behind")
        reader = reader_of(db, recording("test.before"), consumer("test.follow", follow), behind)
        await emit(db, Counted("a", 3))
        await reader.step(behind, 0)
        for n in (2, 1, 0):
            assert (await reader.travel()).handled.get("test.follow") == 1
            assert (await seen(db, "test.before"))[-1] == ("a", n + 1)
        assert await reader.drain() == 3
        assert await seen_by(db, "test.before", "test.behind") == [[("a", 3), ("a", 2), ("a", 1), ("a", 0)]] * 2
        rows = await admin_conn.fetch("SELECT id, cause FROM events ORDER BY seq")
        assert [row["cause"] for row in rows[1:]] == [row["id"] for row in rows[:-1]]

    async def test_a_late_commit_is_not_lost(self, dsn: str, db: Database) -> None:
        reader = reader_of(db, *three(), page=2)
        late = await Writer.begin(dsn)
        await late.emit(Counted("late", 1))
        await emit(db, *counted("quick", 1, 2, 3))
        assert (await reader.travel()).is_full
        await late.commit()
        await emit(db, *counted("quick", 4))
        await reader.drain()
        for got in await seen_by(db, *MEMBERS):
            assert sorted(got) == [("late", 1), *(("quick", n) for n in (1, 2, 3, 4))]
            assert [n for key, n in got if key == "quick"] == [1, 2, 3, 4]

    async def test_goes_on_at_once_while_pages_are_full(self, db: Database) -> None:
        """Nobody wakes it for the last of four pages: once at most it is woken, by beginning to listen."""
        handled: asyncio.Queue[int] = asyncio.Queue()
        reader = reader_of(db, *three(), recording(NAME, told=handled.put_nowait), page=2)
        await emit(db, *counted("a", *range(7)))
        following = asyncio.create_task(reader.run())
        async with asyncio.timeout(60):
            assert [await handled.get() for _ in range(4)] == [2, 2, 2, 1]
            reader.stop()
            await following
        assert await seen_by(db, *MEMBERS) == [[("a", n) for n in range(7)]] * 3

    async def test_is_woken_by_what_any_of_them_wants(
        self, db: Database, other_db: Database, admin_conn: Admin, until: Until
    ) -> None:
        handled: asyncio.Queue[Any] = asyncio.Queue()

        async def handle(tx: Tx, events: list[Any]) -> None:
            for event in events:
                handled.put_nowait(event)

        one = consumer("test.one", handle)
        reader = reader_of(db, one, msgspec.structs.replace(one, name="test.two", events=frozenset(["test.noted.v1"])))
        following = asyncio.create_task(reader.run())
        async with asyncio.timeout(60):
            await until(lambda: admin_conn.fetchval(LISTENERS))
            for event in (Counted("a", 1), Noted(new_id()), Counted("a", 2)):
                async with other_db.transaction() as tx:
                    tx.emit(event)
                    await store.append(tx)
                assert await handled.get() == event
            reader.stop()
            await following

    async def test_finishes_what_is_in_hand_when_it_is_stopped(self, db: Database, gate: Gate) -> None:
        async def wait(tx: Tx, events: list[Counted]) -> None:
            gate.entered.set()
            await gate.open.wait()
            await record(tx, NAME, events)

        reader = reader_of(db, *three(), consumer(NAME, wait))
        await emit(db, *counted("a", 1))
        following = asyncio.create_task(reader.run())
        async with asyncio.timeout(60):
            await gate.entered.wait()
            reader.stop()
            gate.open.set()
            await following
        assert await seen_by(db, *MEMBERS, NAME) == [[("a", 1)]] * 4


class TestCost:
    async def test_an_idle_one_writes_nothing_and_asks_little(
        self, listened: Database, asked: list[str], admin_conn: Admin
    ) -> None:
        reader = reader_of(listened, *(recording(f"test.{n:02}") for n in range(20)))
        await emit(listened, *counted("a", 1))
        await reader.drain()
        before = await admin_conn.fetch(WRITTEN)
        assert len(before) == 20
        asked.clear()
        assert (await reader.travel()).handled == {}
        assert len(asked) == 5, "BEGIN, the leases, the places, what is new, COMMIT"
        assert await admin_conn.fetch(WRITTEN) == before

    async def test_a_step_reads_once_and_moves_all_at_once(self, listened: Database, asked: list[str]) -> None:
        reader = reader_of(listened, *(wanting(f"test.{n:02}", [], "test.counted.v1") for n in range(20)))
        await emit(listened, *counted("a", 0))
        await reader.drain()  # now the driver knows the types
        await emit(listened, *counted("a", *range(50)))
        asked.clear()
        assert sum((await reader.travel()).handled.values()) == 1000
        assert len(asked) == 7, "BEGIN, the leases, the places, what is new, the page, the cursors, COMMIT"


class TestFailing:
    async def test_who_fails_parks_and_the_others_get_theirs_once(
        self, db: Database, moody: Moody, admin_conn: Admin
    ) -> None:
        members = three()
        reader = reader_of(db, members[0], moody.consumer, *members[1:])
        await emit(db, *counted("a", 1), Counted("b", 1, "bad"), Counted("a", 2), Counted("b", 2))
        assert (await reader.travel()).handled == dict.fromkeys([*MEMBERS, NAME], 4)
        all_ = [("a", 1), ("b", 1), ("a", 2), ("b", 2)]
        got = [all_, all_, all_, [("a", 1), ("a", 2)]]
        assert await seen_by(db, *MEMBERS, NAME) == got
        assert await parked(db, None) == [("b", 2, "ValueError: a bad mood"), ("b", 0, WAITS)]
        await emit(db, *counted("c", 1))
        await reader.travel()
        await reader.travel()
        assert len(await admin_conn.fetch(PLACES)) == 1
        assert await seen_by(db, *MEMBERS, NAME) == [[*some, ("c", 1)] for some in got]

    async def test_a_blocked_key_waits_for_who_parked_alone(
        self, db: Database, moody: Moody, admin_conn: Admin
    ) -> None:
        reader = reader_of(db, *three(), moody.consumer)
        await emit(db, Counted("b", 1, "bad"))
        await reader.drain()
        await emit(db, *counted("b", 2), *counted("a", 1), *counted("b", 3))
        assert (await reader.travel()).handled == dict.fromkeys([*MEMBERS, NAME], 3)
        assert await seen_by(db, *MEMBERS) == [[("b", 1), ("b", 2), ("a", 1), ("b", 3)]] * 3
        assert await seen(db) == [("a", 1)]
        assert await parked(db, None) == [("b", 2, "ValueError: a bad mood"), ("b", 0, WAITS), ("b", 0, WAITS)]
        moody.cured = True
        assert await reader.replay(NAME, (await seqs(admin_conn))[0]) == 3
        assert await seen(db) == [("a", 1), ("b", 1), ("b", 2), ("b", 3)]

    async def test_an_event_that_no_longer_decodes_is_parked_by_who_wants_it(
        self, db: Database, admin_conn: Admin
    ) -> None:
        got: list[Any] = []
        reader = reader_of(db, *three(), wanting(NAME, got, "test.noted.v1"))
        noted = Noted(new_id())
        async with db.transaction() as tx:
            for event in (Counted("a", 1), Counted("b", 1), noted):
                tx.emit(event)
            await store.append(tx)
        await admin_conn.execute("""UPDATE events SET payload = '{"key": 7}' WHERE key = 'b'""")
        await reader.drain()
        assert await seen_by(db, *MEMBERS) == [[("a", 1)]] * 3
        assert [event for event, *_ in got] == [noted]
        assert len(await parked(db, None)) == 3

    async def test_who_cannot_go_on_at_all_keeps_nobody_else(self, db: Database) -> None:
        async def stumble(tx: Tx, events: list[Counted]) -> None:
            raise asyncpg.DeadlockDetectedError("as PostgreSQL would")

        reader = reader_of(db, consumer(NAME, stumble), *three())
        await emit(db, *counted("a", 1))
        assert (await reader.travel()).handled == dict.fromkeys(MEMBERS, 1)
        assert await seen_by(db, *MEMBERS) == [[("a", 1)]] * 3
        assert await parked(db, None) == []
        assert [lag.waiting for lag in await reader.lags()] == [1, 0, 0, 0]

    async def test_a_retry_after_a_deadlock_is_a_whole_new_attempt(self, db: Database, admin_conn: Admin) -> None:
        attempts = 0

        async def stumble(tx: Tx, events: list[Counted]) -> None:
            nonlocal attempts
            attempts += 1
            tx.emit(Counted("follow-up", attempts))
            if attempts < 3:
                raise asyncpg.DeadlockDetectedError("as PostgreSQL would")

        reader = reader_of(db, *three(), consumer(NAME, stumble))
        await emit(db, *counted("a", 1))
        assert (await reader.travel()).handled == dict.fromkeys([*MEMBERS, NAME], 1)
        rows = await admin_conn.fetch("SELECT payload->>'n' AS n FROM events WHERE key = 'follow-up'")
        assert [row["n"] for row in rows] == ["3"]
        assert await seen_by(db, *MEMBERS) == [[("a", 1)]] * 3

    async def test_a_lost_connection_loses_nothing(self, db: Database, admin_conn: Admin, until: Until) -> None:
        lost = False

        async def lose(tx: Tx, events: list[Counted]) -> None:
            nonlocal lost
            await record(tx, NAME, events)
            tx.emit(Counted("follow-up", 1))
            if not lost:
                lost = True
                await admin_conn.execute("SELECT pg_terminate_backend($1)", tx.conn.get_server_pid())
                await tx.fetchval("SELECT 1")

        one, *others = three()
        only = msgspec.structs.replace(consumer(NAME, lose), batch=500)
        reader = reader_of(db, one, only, *others)
        await emit(db, *counted("a", 1, 2))
        with pytest.raises(DatabaseAway):
            await reader.travel()
        assert await seen_by(db, *MEMBERS, NAME) == [[]] * 4
        await until(lambda: admin_conn.fetchval(UNLEASED))
        assert (await reader.travel()).handled == dict.fromkeys([*MEMBERS, NAME], 2)
        assert await seen_by(db, *MEMBERS, NAME) == [[("a", 1), ("a", 2)]] * 4
        assert await admin_conn.fetchval("SELECT count(*) FROM events WHERE key = 'follow-up'") == 1


class TestSharing:
    async def test_who_is_held_elsewhere_is_left_out_and_comes_back(
        self, db: Database, other_db: Database, admin_conn: Admin
    ) -> None:
        reader = reader_of(db, *three())
        await emit(db, *counted("a", 1))
        async with rolled_back(other_db) as tx:
            assert await store.try_lease(tx, MEMBERS[1], 0)
            assert (await reader.travel()).handled == {MEMBERS[0]: 1, MEMBERS[2]: 1}
        assert await reader.drain() == 1
        assert await seen_by(db, *MEMBERS) == [[("a", 1)]] * 3
        assert len(await admin_conn.fetch(PLACES)) == 1

    async def test_a_leased_lane_is_the_same_for_who_goes_alone(
        self, db: Database, other_db: Database, gate: Gate
    ) -> None:
        async def wait(tx: Tx, events: list[Counted]) -> None:
            gate.entered.set()
            await gate.open.wait()
            await record(tx, NAME, events)

        slow = consumer(NAME, wait)
        await emit(db, *counted("a", 1))
        travelling = asyncio.create_task(reader_of(db, *three(), slow).travel())
        await gate.entered.wait()
        for each in (*three(), slow):
            assert await Reader(other_db, [each]).step(each, 0) == 0
        gate.open.set()
        assert (await travelling).handled == dict.fromkeys([*MEMBERS, NAME], 1)

    async def test_two_readers_handle_each_event_once(self, db: Database, other_db: Database) -> None:
        everything, count = asyncio.Event(), 0

        def told(some: int) -> None:
            nonlocal count
            count += some
            if count >= 3 * 200:
                everything.set()

        readers = [reader_of(of, *three(batch=3, told=told), page=7) for of in (db, other_db)]
        tasks = [asyncio.create_task(reader.run()) for reader in readers]
        keys = [f"key {n}" for n in range(40)]
        for n in range(5):
            await emit(db, *(Counted(key, n) for key in keys))
        async with asyncio.timeout(60):
            await everything.wait()
            for reader in readers:
                reader.stop()
            await asyncio.gather(*tasks)
        for got in await seen_by(db, *MEMBERS):
            assert _by_key(got) == {key: list(range(5)) for key in keys}

    @pytest.mark.parametrize("go", [Reader.drain, Reader.travel])
    async def test_two_at_once_do_too(
        self, db: Database, other_db: Database, go: Callable[[Reader], Awaitable[Any]]
    ) -> None:
        readers = [reader_of(of, *three(batch=2), page=5) for of in (db, other_db)]
        for n in range(10):
            await emit(db, *counted("a", n), *counted("b", n))
            await asyncio.gather(*(go(reader) for reader in readers))
        await readers[0].drain()
        for got in await seen_by(db, *MEMBERS):
            assert _by_key(got) == {"a": list(range(10)), "b": list(range(10))}


def _by_key(got: Sequence[tuple[str, int]]) -> dict[str, list[int]]:
    by_key: dict[str, list[int]] = {}
    for key, n in got:
        by_key.setdefault(key, []).append(n)
    return by_key
