"""Consumers that go alone and have nothing to do are taken along by those that travel, and called for their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import msgspec

from shangmai.kernel.db.database import Database
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import Consumer
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.kernel.conftest import Until
from tests.kernel.consumers import consumer, emit, recording, seen
from tests.kernel.declared import Counted, Noted
from tests.kernel.events.following import HOUR_S, LISTENERS, counted

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]

MEMBERS = ("test.one", "test.two")
RIDER = "test.rider"
PLACES = "SELECT consumer, done || coalesce(open_window, '') || seq AS place FROM event_cursors"


class Riding:
    """A running reader of two consumers that travel and one that goes alone for notes."""

    def __init__(self, db: Database, poll_s: float = HOUR_S) -> None:
        self.noted: asyncio.Queue[Noted] = asyncio.Queue()
        self.steps: list[str] = []

        async def handle(tx: Tx, events: list[Noted]) -> None:
            for event in events:
                self.noted.put_nowait(event)

        alone = msgspec.structs.replace(consumer(RIDER, handle), alone=True, events=frozenset({"test.noted.v1"}))
        self.reader = Stepping(db, [*(recording(name) for name in MEMBERS), alone], self.steps, poll_s)


class Stepping(Reader):
    """A reader that tells whom it lets go by himself."""

    def __init__(self, db: Database, consumers: list[Consumer], steps: list[str], poll_s: float) -> None:
        super().__init__(db, consumers, poll_s=poll_s)
        self.steps = steps

        self.woken: list[str] = []

    async def step(self, consumer: Consumer, lane: int) -> int:
        self.steps.append(consumer.name)
        return await super().step(consumer, lane)

    def _wake(self, told: str = "") -> None:
        super()._wake(told)
        self.woken.append(told)

    def is_carried(self, name: str) -> bool:
        """Whether it listens, and this one rides and has nothing to get off for."""
        asked = any(wake.is_set() for each, _, wake in self._wakes if each == name)
        return "" in self.woken and name in self._riding and not asked


@asynccontextmanager
async def riding(db: Database, admin: Admin, until: Until, poll_s: float = HOUR_S) -> AsyncIterator[Riding]:
    """From the moment that it listens and the rider has found nothing to do."""
    it = Riding(db, poll_s)
    task = asyncio.create_task(it.reader.run())
    async with asyncio.timeout(60):
        await until(lambda: admin.fetchval(LISTENERS))
        await until(lambda: _are(lambda: it.reader.is_carried(RIDER)))
        yield it
        it.reader.stop()
        await task


async def _are(told: Any) -> bool:
    return bool(told())


async def note(db: Database, *, quietly: bool = False) -> Noted:
    noted = Noted(new_id())
    async with db.transaction() as tx:
        tx.emit(noted)
        await store.append(tx)
        await tx.catch_up()
        if quietly:
            tx.written.clear()  # as if the message had been lost
    return noted


async def places(admin: Admin) -> set[str]:
    return {row["place"] for row in await admin.fetch(PLACES)}


async def test_who_has_nothing_to_do_is_taken_along_without_looking(
    db: Database, other_db: Database, admin_conn: Admin, until: Until
) -> None:
    async with riding(db, admin_conn, until) as it:
        before = it.steps.count(RIDER)
        for n in range(3):
            await emit(other_db, *counted("a", n))
            await until(lambda n=n: _seen(db, n))  # type: ignore[misc]
        assert it.steps.count(RIDER) == before
        assert len(await places(admin_conn)) == 1, "and stands where the others stand"
        assert len(await admin_conn.fetch(PLACES)) == 3
    assert it.noted.empty()


async def _seen(db: Database, n: int) -> bool:
    return ("a", n) in await seen(db, "test.two")


async def test_is_woken_for_what_is_its_own(db: Database, other_db: Database, admin_conn: Admin, until: Until) -> None:
    async with riding(db, admin_conn, until) as it:
        for n in range(3):
            await emit(other_db, Counted("a", n))
            noted = await note(other_db)
            assert await it.noted.get() == noted
    assert it.noted.empty(), "each once"


async def test_is_called_where_no_message_came(
    db: Database, other_db: Database, admin_conn: Admin, until: Until
) -> None:
    async with riding(db, admin_conn, until) as it:
        noted = await note(other_db, quietly=True)
        await emit(other_db, Counted("a", 1))
        assert await it.noted.get() == noted
    assert await seen(db, "test.one") == [("a", 1)]


async def test_is_called_at_the_next_poll_where_nothing_else_happens(
    db: Database, other_db: Database, admin_conn: Admin, until: Until
) -> None:
    async with riding(db, admin_conn, until, poll_s=0.05) as it:
        noted = await note(other_db, quietly=True)
        assert await it.noted.get() == noted


async def test_many_of_both_kinds_reach_everybody_once(
    db: Database, other_db: Database, admin_conn: Admin, until: Until
) -> None:
    """In two processes, each of which may take the other's along."""
    async with riding(db, admin_conn, until) as one, riding(other_db, admin_conn, until) as two:

        async def write() -> list[Noted]:
            notes = []
            for n in range(20):
                await emit(db, Counted(str(n % 3), n))
                notes.append(await note(other_db, quietly=n % 2 == 0))
            return notes

        written = [noted for notes in await asyncio.gather(*(write() for _ in range(4))) for noted in notes]
        await emit(db, Counted("last", 0))
        await until(lambda: _are(lambda: one.noted.qsize() + two.noted.qsize() >= len(written)))
        await until(lambda: _all_seen(db, 81))
    got = [it.noted.get_nowait() for it in (one, two) for _ in range(it.noted.qsize())]
    assert sorted(each.note_id for each in got) == sorted(each.note_id for each in written)
    assert [len(await seen(db, name)) for name in MEMBERS] == [81, 81]


async def _all_seen(db: Database, count: int) -> bool:
    return [len(await seen(db, name)) for name in MEMBERS] == [count, count]


async def test_one_that_fails_rides_on_no_further_than_its_event(db: Database, admin_conn: Admin, until: Until) -> None:
    """A step of the others that is undone takes nobody along."""
    reader = Riding(db).reader
    rider = reader.alone[0]
    assert await reader._go_alone(rider, 0) is False
    await note(db, quietly=True)
    await emit(db, Counted("a", 1))
    step = await reader.travel()
    assert step.called == {RIDER}
    assert step.handled == {"test.one": 1, "test.two": 1}
    assert RIDER not in {row["consumer"] for row in await admin_conn.fetch(PLACES)}
    assert await reader.step(rider, 0) == 1
