"""Events are written with their cause, and only declared ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import (
    CONSUMERS,
    event,
    on,
    on_every,
)
from shangmai.kernel.events.reader import Reader, find_event
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from tests.kernel.conftest import rolled_back
from tests.kernel.consumers import recording, seen
from tests.kernel.declared import Counted, Noted
from tests.kernel.events.following import NAME

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]


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

    @pytest.mark.parametrize("dry_run", [False, True])
    async def test_who_forgets_to_append_them_is_told_and_nothing_is_left(
        self, db: Database, admin_conn: Admin, dry_run: bool
    ) -> None:
        async def forget() -> None:
            async with db.transaction(dry_run=dry_run) as tx:
                tx.emit(Counted("a", 1))
                await store.append(tx)
                tx.emit(Counted("b", 1))

        with pytest.raises(AssertionError, match="never appended"):
            await forget()
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
            with pytest.raises(AssertionError, match="only who goes alone has a pace of its own"):
                on(Counted, consumer="test.paced", apart_s=0.1)(_nothing)
            on(Counted, consumer="test.alone", alone=True, apart_s=0.1)(_nothing)
            on_every(consumer="test.all", wanted=_every, lanes=4, batch=7)(_nothing)
            once, every = CONSUMERS["test.once"], CONSUMERS["test.all"]
        finally:
            CONSUMERS.clear()
            CONSUMERS.update(before)
        assert (once.travels, every.travels) == (True, False)
        assert (once.events, once.raw) == (frozenset({"test.counted.v1"}), False)
        assert (every.events, every.raw, every.lanes, every.batch) == (None, True, 4, 7)


async def _every(tx: Tx) -> None:
    """A use for all events."""


async def _nothing(tx: Tx, events: list[Any]) -> None:
    """A handler with nothing to do."""
