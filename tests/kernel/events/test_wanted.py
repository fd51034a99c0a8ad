"""Consumers that tell before each batch what they have a use for."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import Consumer, Delivery, Wanted
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.kernel.consumers import consumer, emit
from tests.kernel.declared import Counted, Noted
from tests.kernel.events.following import NAME, counted


def wanting(wanted: Wanted, got: list[str]) -> Consumer:
    """A consumer of what `wanted` names; what it is given is noted by key."""

    async def handle(tx: Tx, events: list[Delivery]) -> None:
        got.extend(event.key for event in events)

    return msgspec.structs.replace(consumer(NAME, handle), raw=True, events=None, wanted=wanted)


async def written(db: Database) -> str:
    """The transaction that wrote the cursor last."""
    async with db.reading(SYSTEM) as tx:
        return str(await tx.fetchval("SELECT xmin::text FROM event_cursors WHERE consumer = $1", NAME))


class TestWanted:
    async def test_passes_what_there_is_no_use_for_unread(self, db: Database) -> None:
        use: Collection[str] | None = ()
        got: list[str] = []

        async def wanted(tx: Tx) -> Collection[str] | None:
            return use

        reader = Reader(db, [wanting(wanted, got)])
        await emit(db, *counted("a", 1, 2))
        assert await reader.drain() == 0
        assert [lag.waiting for lag in await reader.lags()] == [0]
        before = await written(db)
        assert await reader.drain() == 0
        assert await written(db) == before, "where there is nothing to pass, nothing is written"
        use = None
        assert await reader.drain() == 0
        await emit(db, *counted("b", 3))
        assert await reader.drain() == 1
        assert got == ["b"]

    async def test_gives_only_what_is_named(self, db: Database) -> None:
        got: list[str] = []

        async def wanted(tx: Tx) -> Collection[str] | None:
            return {"test.noted.v1"}

        noted = Noted(new_id())
        async with db.transaction() as tx:
            for event in (Counted("a", 1), noted, Counted("b", 2)):
                tx.emit(event)
            await store.append(tx)
        reader = Reader(db, [wanting(wanted, got)])
        assert await reader.drain() == 1
        assert got == [str(noted.note_id)]
        assert [lag.waiting for lag in await reader.lags()] == [0]

    async def test_does_not_pass_what_comes_with_its_use_after_it_was_asked(self, db: Database) -> None:
        got: list[str] = []
        asked: list[Collection[str] | None] = []

        async def wanted(tx: Tx) -> Collection[str] | None:
            asked.append(None if asked else ())
            if len(asked) == 1:
                await emit(db, *counted("came with its use", 1))
            return asked[-1]

        reader = Reader(db, [wanting(wanted, got)])
        await emit(db, *counted("of no use", 1))
        assert await reader.drain() == 0
        assert await reader.drain() == 1
        assert got == ["came with its use"]
