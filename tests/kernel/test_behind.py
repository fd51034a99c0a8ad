"""Writes that wait: they leave together, in time, and nothing can tell that they waited."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import pytest

from shangmai.kernel.db.behind import Behind, Read, Write, together
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.presuming import PresumedWrong
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.kernel.conftest import UntilBlocked, rolled_back

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]

NOTE = Write("INSERT INTO test_notes (id, text) VALUES ($1, $2)", adds=["test_notes"])
RENAME = Write("UPDATE test_notes SET text = $2 WHERE id = $1", changes=["test_notes"])
TWICE = Write(
    "INSERT INTO test_notes (id, text) VALUES ($1, $3)", "INSERT INTO test_notes (id, text) VALUES ($2, $3)",
    adds=["test_notes"],
)  # fmt: skip
LOCK = Write("INSERT INTO test_locks (key) VALUES ($1)", adds=["test_locks"])


async def texts(admin: Admin) -> list[str]:
    return [row["text"] for row in await admin.fetch("SELECT text FROM test_notes ORDER BY text")]


class Sent(list[str]):
    """The statements of a transaction, without its beginning and end."""

    def watch(self, tx: Tx) -> None:
        tx.conn.add_query_logger(lambda told: self.append(told.query))


class TestOneStatement:
    def test_counts_its_parameters_through(self) -> None:
        assert together((NOTE, TWICE, LOCK)) == (
            "WITH w0 AS (INSERT INTO test_notes (id, text) VALUES ($1, $2)),"
            " w1 AS (INSERT INTO test_notes (id, text) VALUES ($3, $5)),"
            " w2 AS (INSERT INTO test_notes (id, text) VALUES ($4, $5))"
            " INSERT INTO test_locks (key) VALUES ($6)"
        )
        assert together((LOCK,)) == LOCK.parts[0]

    def test_two_digits_are_one_number(self) -> None:
        wide = Write("INSERT INTO t VALUES (" + ", ".join(f"${n}" for n in range(1, 12)) + ")", adds=["t"])
        assert wide.parameters == 11
        assert together((LOCK, wide)).endswith("$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")

    def test_takes_as_many_values_as_it_names(self) -> None:
        with pytest.raises(AssertionError, match="1 values for 2"):
            Behind().add(NOTE, [new_id()])

    def test_holds_a_change_apart_from_all_else_that_touches_its_table(self) -> None:
        assert NOTE.goes_with(NOTE)
        assert NOTE.goes_with(LOCK)
        assert RENAME.goes_with(LOCK)
        assert not RENAME.goes_with(NOTE)
        assert not NOTE.goes_with(RENAME)
        assert not RENAME.goes_with(RENAME)


class TestWaiting:
    async def test_all_leave_as_one_before_the_commit(self, db: Database, admin_conn: Admin) -> None:
        sent = Sent()
        async with db.transaction() as tx:
            sent.watch(tx)
            await tx.later(NOTE, new_id(), "a")
            await tx.later(TWICE, new_id(), new_id(), "b")
            await tx.later(LOCK, "key")
            assert sent == []
        assert sent == [together((NOTE, TWICE, LOCK)), "COMMIT"]
        assert await texts(admin_conn) == ["a", "b", "b"]
        assert await admin_conn.fetchval("SELECT key FROM test_locks") == "key"

    async def test_whoever_reads_sees_them(self, db: Database) -> None:
        async with db.transaction() as tx:
            await tx.later(NOTE, id_ := new_id(), "a")
            assert await tx.fetchval("SELECT text FROM test_notes WHERE id = $1", id_) == "a"
            await tx.later(NOTE, new_id(), "b")
            assert len(await tx.fetch("SELECT FROM test_notes")) == 2
            await tx.later(NOTE, new_id(), "c")
            assert await tx.execute("UPDATE test_notes SET stamps = 1") == "UPDATE 3"
            await tx.later(NOTE, new_id(), "d")
            assert await tx.fetchval("SELECT text FROM test_notes WHERE stamps = 0") == "d"

    async def test_a_change_sees_what_was_added_before_it(self, db: Database, admin_conn: Admin) -> None:
        sent = Sent()
        async with db.transaction() as tx:
            sent.watch(tx)
            await tx.later(NOTE, id_ := new_id(), "first")
            await tx.later(RENAME, id_, "second")
            await tx.later(LOCK, "key")
            await tx.later(RENAME, id_, "third")
        assert sent == [NOTE.parts[0], together((RENAME, LOCK)), RENAME.parts[0], "COMMIT"]
        assert await texts(admin_conn) == ["third"]

    async def test_a_write_that_answers_goes_ahead_unless_they_touch_its_tables(self, db: Database) -> None:
        id_ = new_id()
        rename = Write("UPDATE test_notes SET text = $2 WHERE id = $1 RETURNING text", changes=["test_notes"])
        sent = Sent()
        async with db.transaction() as tx:
            sent.watch(tx)
            await tx.later(LOCK, "key")
            assert await tx.fetch_ahead(rename, id_, "nobody") == []
            await tx.later(NOTE, id_, "a")
            assert [row["text"] for row in await tx.fetch_ahead(rename, id_, "b")] == ["b"]
        assert sent == [rename.parts[0], together((LOCK, NOTE)), rename.parts[0], "COMMIT"]

    async def test_a_read_of_other_tables_leaves_them_waiting(self, db: Database) -> None:
        names, locks = Read("SELECT text FROM test_notes", of=["test_notes"]), Read("SELECT 1", of=["test_locks"])
        sent = Sent()
        async with db.transaction() as tx:
            sent.watch(tx)
            await tx.later(NOTE, new_id(), "a")
            assert len(await tx.fetch_ahead(locks)) == 1
            assert [row["text"] for row in await tx.fetch_ahead(names)] == ["a"]
        assert sent == [locks.parts[0], NOTE.parts[0], names.parts[0], "COMMIT"]

    @pytest.mark.parametrize("held", ["notes", "locks"])
    async def test_those_that_lock_do_so_in_their_order_whichever_came_first(
        self, db: Database, other_db: Database, until_blocked: UntilBlocked, held: str
    ) -> None:
        """Else two statements could wait for each other."""
        notes = Write("UPDATE test_notes SET stamps = 1 WHERE text = $1", changes=["test_notes"], locks=2)
        locks = Write("UPDATE test_locks SET key = key WHERE key = $1", changes=["test_locks"], locks=1)
        async with db.transaction() as tx:
            await tx.later(NOTE, new_id(), "a")
            await tx.later(LOCK, "a")

        async def both() -> None:
            async with db.transaction() as tx:
                await tx.later(locks, "a")
                await tx.later(notes, "a")

        async with other_db.transaction() as other:
            await other.fetch(f"SELECT FROM test_{held} FOR UPDATE")
            mine = asyncio.create_task(both())
            await until_blocked()
            async with other_db.transaction() as third:
                if held == "notes":
                    assert len(await third.fetch("SELECT FROM test_locks FOR UPDATE NOWAIT")) == 1
                else:
                    with pytest.raises(asyncpg.LockNotAvailableError):
                        await third.fetch("SELECT FROM test_notes FOR UPDATE NOWAIT")
                    await third.conn.execute("ROLLBACK; BEGIN")
        await mine

    async def test_one_that_must_find_every_row_says_where_it_did_not(self, db: Database) -> None:
        rename = Write(
            "UPDATE test_notes SET text = 'c' WHERE text = ANY ($1::text[])", changes=["test_notes"], every_row=True
        )
        async with db.transaction() as tx:
            await tx.later(NOTE, new_id(), "a")
        async with db.transaction() as tx:
            await tx.later(LOCK, "key")
            await tx.later(rename, ["a"])
        with pytest.raises(PresumedWrong):
            async with db.transaction() as tx:
                await tx.later(rename, ["c", "d"])

    async def test_a_rollback_leaves_none(self, db: Database, admin_conn: Admin) -> None:
        async with rolled_back(db) as tx:
            await tx.later(NOTE, new_id(), "a")
        async with db.transaction(dry_run=True) as tx:
            await tx.later(NOTE, new_id(), "b")
        assert await texts(admin_conn) == []

    async def test_a_dry_run_meets_what_is_wrong_with_them(self, db: Database) -> None:
        id_ = new_id()
        with pytest.raises(asyncpg.UniqueViolationError):
            async with db.transaction(dry_run=True) as tx:
                await tx.later(TWICE, id_, id_, "a")

    async def test_what_is_wrong_with_one_undoes_all(self, db: Database, admin_conn: Admin) -> None:
        id_ = new_id()

        async def add_twice() -> None:
            async with db.transaction() as tx:
                await tx.later(LOCK, "key")
                await tx.later(TWICE, id_, id_, "a")

        with pytest.raises(asyncpg.UniqueViolationError):
            await add_twice()
        assert await admin_conn.fetchval("SELECT count(*) FROM test_locks") == 0
        async with db.transaction() as tx:
            await tx.later(NOTE, id_, "the connection works on")
        assert await texts(admin_conn) == ["the connection works on"]


class TestSavepoint:
    async def test_what_waits_outside_is_kept_and_what_waits_inside_is_undone(
        self, db: Database, admin_conn: Admin
    ) -> None:
        async with db.transaction() as tx:
            await tx.later(NOTE, new_id(), "outside")
            with suppress(ZeroDivisionError):
                async with tx.savepoint():
                    await tx.later(NOTE, new_id(), "inside")
                    raise ZeroDivisionError
            async with tx.savepoint():
                await tx.later(NOTE, new_id(), "kept")
        assert await texts(admin_conn) == ["kept", "outside"]

    async def test_what_is_wrong_inside_is_met_inside(self, db: Database, admin_conn: Admin) -> None:
        id_ = new_id()
        async with db.transaction() as tx:
            with pytest.raises(asyncpg.UniqueViolationError):
                async with tx.savepoint():
                    await tx.later(TWICE, id_, id_, "inside")
            await tx.later(NOTE, id_, "after")
        assert await texts(admin_conn) == ["after"]
