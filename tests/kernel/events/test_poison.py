"""An event that cannot be handled is parked, and handed over again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.books.contract import Moved, Post
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.contract import (
    ParkedNotFound,
    ReplayFailed,
)
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.kernel.conftest import Dump, UntilBlocked
from tests.kernel.consumers import consumer, emit, parked, record, recording, seen
from tests.kernel.declared import Counted, Gate, pieces
from tests.kernel.events.following import NAME, WAITS, Moody, counted, seqs

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]


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
        async with asyncio.timeout(60):
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
