"""Events are handled once, whoever is killed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import msgspec
import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import Delivery
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from tests.kernel.conftest import Dump, Until
from tests.kernel.consumers import consumer, emit, parked, record, recording, seen
from tests.kernel.declared import Counted, Gate, Noted, Taken
from tests.kernel.events.following import NAME, TABLES, counted
from tests.kernel.process import Process

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]


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
    async def test_each_event_is_handled_once_and_in_order(self, dsn: str, db: Database, until: Until) -> None:
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
        last = Reader(db, [recording(NAME, lanes=2, worker="last")])

        async def caught_up() -> bool:
            """Not before the server has noticed that they are gone: until then it keeps their lanes for them."""
            await last.drain()
            return [lag.waiting for lag in await last.lags()] == [0, 0]

        await until(caught_up)
        by_key: dict[str, list[int]] = {key: [] for key in numbers}
        for key, n in await seen(db):
            by_key[key].append(n)
        assert by_key == {key: list(range(count)) for key, count in numbers.items()}
        async with db.reading(SYSTEM) as tx:
            workers = await tx.fetch("SELECT DISTINCT worker FROM test_seen")
        assert {row["worker"] for row in workers} >= {"one", "two"}
