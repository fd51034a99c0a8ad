"""What pages are told of changes: by grant, from where they were, and everything when they missed some."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from shangmai.apps.live import grant_of
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import Unauthenticated
from shangmai.kernel.events.tail import Position, now_position
from shangmai.kernel.http import live as kernel
from shangmai.kernel.http.live import Live
from shangmai.kernel.tx import Tx
from tests.jobs.waiting import until
from tests.world import World

WAIT_S = 60
CLERK = Actor(id=uuid4(), kind="user", name="x", grants=frozenset({"orders.read", "identity.self"}))
PICKER = Actor(id=uuid4(), kind="user", name="y", grants=frozenset({"warehouse.read", "identity.self"}))


async def still() -> Actor:
    return CLERK


class Stream:
    """One page's stream, read message by message."""

    def __init__(self, db: Database, live: Live, actor: Actor, after: str | None = None) -> None:
        self._texts = live.follow(db, actor, after, still)
        self.last = ""

    async def next(self) -> tuple[str, Any]:
        """The next message's kind and data, within a minute; beats are skipped."""
        async with asyncio.timeout(WAIT_S):
            return await self._next()

    async def _next(self) -> tuple[str, Any]:
        while True:
            text = (await anext(self._texts)).decode()
            kind = re.search(r"event: (\w+)", text)
            if kind:
                id_ = re.search(r"id: (\S+)", text)
                self.last = id_[1] if id_ else self.last
                data = re.search(r"data: (.*)", text)
                assert data
                return kind[1], msgspec.json.decode(data[1])

    async def close(self) -> None:
        await self._texts.aclose()

    async def until(self, name: str) -> Any:
        while True:
            _, data = await self.next()
            if name in data:
                return data[name]


@pytest_asyncio.fixture
async def live(db: Database) -> AsyncIterator[Live]:
    one = Live(grant_of)
    task = asyncio.create_task(one.run(db))
    yield one
    task.cancel()
    await asyncio.wait([task], timeout=WAIT_S)
    assert task.cancelled()


async def test_a_page_hears_what_was_committed_by_key(db: Database, live: Live, world: World) -> None:
    stream = Stream(db, live, CLERK)
    assert await stream.next() == ("changed", {})
    order = await world.place(1)
    assert str(order.id) in await stream.until("orders.placed.v1")


async def test_who_may_not_read_a_module_hears_nothing_of_it(db: Database, live: Live, world: World) -> None:
    clerk, picker = Stream(db, live, CLERK), Stream(db, live, PICKER)
    await clerk.next()
    await picker.next()
    await world.place(1)
    await clerk.until("orders.placed.v1")
    live.tell({"warehouse.wave_made.v1": None})
    assert await picker.next() == ("changed", {"warehouse.wave_made.v1": None})


async def test_a_commit_right_after_its_start_is_told(db: Database, live: Live, world: World) -> None:
    """Nobody was there, so the place in the log was forgotten, just before somebody came."""
    for n in range(20):
        stream = Stream(db, live, CLERK)
        db.wake()
        for _ in range(n):
            await asyncio.sleep(0)
        await stream.next()
        order = await world.place(1)
        assert str(order.id) in await stream.until("orders.placed.v1")
        await stream.close()


async def test_a_look_that_takes_long_takes_nothing_away(
    db: Database, live: Live, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who tells and the first page that comes ask at once where the log stands, and one of them is answered late."""
    here = asyncio.current_task()
    both_ask, placed = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Tx) -> Position:
        if asyncio.current_task() is here:
            db.wake()
            await both_ask.wait()
        else:
            both_ask.set()
            await placed.wait()
        return await now_position(tx)

    monkeypatch.setattr(kernel, "now_position", slowly)  # patch: two looks at the same time, one after the other
    stream = Stream(db, live, CLERK)
    await stream.next()
    order = await world.place(1)
    placed.set()
    assert str(order.id) in await stream.until("orders.placed.v1")


async def test_who_was_alone_and_comes_back_looks_at_everything(db: Database, live: Live, world: World) -> None:
    """What is committed while nobody is there is not read."""
    stream = Stream(db, live, CLERK)
    await stream.next()
    await stream.close()
    await world.place(1)
    await until(lambda: live._at is None)
    assert (await Stream(db, live, CLERK, stream.last).next())[0] == "again"


async def test_who_comes_back_goes_on_where_they_were(db: Database, live: Live) -> None:
    stream = Stream(db, live, CLERK)
    await stream.next()
    for n in range(3):
        live.tell({f"orders.x{n}": ["1"]})
        await stream.next()
    live.tell({"orders.missed": ["2"]})
    back = Stream(db, live, CLERK, stream.last)
    assert await back.next() == ("changed", {"orders.missed": ["2"]})
    caught_up = Stream(db, live, CLERK, back.last)
    assert await caught_up.next() == ("changed", {})


async def test_who_was_away_too_long_or_at_another_process_looks_at_everything(db: Database, live: Live) -> None:
    for _ in range(kernel.KEPT + 2):
        live.tell({"orders.x": None})
    for after in (f"{live.run_id}-1", "another-3", f"{live.run_id}-99999", "nonsense"):
        stream = Stream(db, live, CLERK, after)
        assert (await stream.next())[0] == "again"
        assert await stream.next() == ("changed", {})


async def test_who_reads_too_slowly_looks_at_everything(db: Database, live: Live) -> None:
    stream = Stream(db, live, CLERK)
    await stream.next()
    for n in range(kernel.QUEUED_MAX + 5):
        live.tell({f"orders.x{n}": None})
    assert (await stream.next())[0] == "again"
    assert (await stream.next())[0] == "changed"


async def test_after_a_lost_connection_everybody_looks_at_everything(
    db: Database, live: Live, world: World, admin_conn: asyncpg.Connection[Any]
) -> None:
    stream, away = Stream(db, live, CLERK), Stream(db, live, CLERK)
    for each in (stream, away):
        await each.next()
    await away.close()
    await world.place(1)
    await stream.until("orders.placed.v1")
    ended = await admin_conn.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'shangmai-live'"
    )
    assert ended == 1
    while (await stream.next())[0] != "again":
        pass
    back = Stream(db, live, CLERK, after=away.last)
    assert (await back.next())[0] == "again"
    order = await world.place(1)
    assert str(order.id) in await stream.until("orders.placed.v1")


async def test_a_stream_ends_with_its_session(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "TICK_S", 0.01)  # patch: the stream looks up sooner
    monkeypatch.setattr(kernel, "BEAT_TICKS", 2)  # patch: the same

    async def ended() -> Actor:
        raise Unauthenticated()

    live = Live(grant_of)
    assert len([text async for text in live.follow(db, CLERK, None, ended)]) == 2
    assert live.followers == 0


async def test_a_stream_ends_with_its_process(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "TICK_S", 0.01)  # patch: the stream looks up sooner
    live = Live(grant_of)
    async for _ in live.follow(db, CLERK, None, still):
        live.is_ending = True
    assert live.followers == 0


async def test_very_many_events_are_told_without_keys(live: Live, db: Database) -> None:
    stream = Stream(db, live, SYSTEM)
    await stream.next()
    async with db.transaction() as tx:
        await tx.execute(
            "INSERT INTO events (id, name, key, lane_hash, at, cause, payload) SELECT gen_random_uuid(), 'orders.x.v1',"
            " n::text, 0, now(), gen_random_uuid(), '{}' FROM generate_series(1, $1::int) n",
            kernel.KEYS_MAX + 1,
        )
    db.wake()
    assert await stream.until("orders.x.v1") is None
