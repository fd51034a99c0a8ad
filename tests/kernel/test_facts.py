"""What seldom changes: remembered until somebody changes it, by whoever sees everything."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import asyncpg
import pytest

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db import facts
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.kernel.conftest import actor, rolled_back

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]

SHOP, OTHER = new_id(), new_id()


async def read(tx: Tx, ids: Collection[UUID]) -> dict[UUID, str]:
    rows = await tx.fetch("SELECT id, text FROM test_notes WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: row["text"] for row in rows}


class Asked:
    """Recalls notes in a transaction of its own, and tells what was asked of the database for it."""

    def __init__(self, db: Database, by: Actor = SYSTEM) -> None:
        self.db, self.by = db, by

    async def __call__(self, *ids: UUID) -> tuple[dict[UUID, str], int]:
        told: list[str] = []
        async with self.db.transaction(self.by) as tx:
            tx.conn.add_query_logger(lambda each: told.append(each.query))
            found = await facts.recall(tx, "test", read, ids)
        return found, sum("test_notes" in query for query in told)


async def note(db: Database, id_: UUID, text: str, shop: UUID = SHOP) -> None:
    async with db.transaction() as tx:
        await write(tx, id_, text, shop)


async def write(tx: Tx, id_: UUID, text: str, shop: UUID = SHOP) -> None:
    await tx.execute(
        "INSERT INTO test_notes (id, shop_id, text) VALUES ($1, $2, $3)"
        " ON CONFLICT (id) DO UPDATE SET text = excluded.text",
        id_,
        shop,
        text,
    )


async def test_what_nobody_changed_is_asked_for_once(db: Database) -> None:
    one, two, recall = new_id(), new_id(), Asked(db)
    await note(db, one, "first")
    assert await recall(one) == ({one: "first"}, 1)
    assert await recall(one) == ({one: "first"}, 0)
    assert await recall(one, two) == ({one: "first"}, 1), "only what was never asked for"
    assert await recall(one, two) == ({one: "first"}, 0), "that there is none is known too"
    assert await recall() == ({}, 0)


async def test_what_another_process_changed_is_read_anew(db: Database, other_db: Database, admin_conn: Admin) -> None:
    one, two, recall = new_id(), new_id(), Asked(db)
    await note(other_db, one, "first")
    await recall(one, two)
    await note(other_db, one, "second")
    await note(other_db, two, "new")
    assert await recall(one, two) == ({one: "second", two: "new"}, 1)
    await admin_conn.execute("DELETE FROM test_notes WHERE id = $1", two)
    assert await recall(one, two) == ({one: "second"}, 1)


async def test_a_change_that_does_not_count_leaves_it_remembered(db: Database) -> None:
    one, recall = new_id(), Asked(db)
    await note(db, one, "first")
    await recall(one)
    async with db.transaction() as tx:
        await tx.execute("UPDATE test_notes SET stamps = stamps + 1")
    assert await recall(one) == ({one: "first"}, 0)


async def test_what_was_rolled_back_is_not_taken_for_what_was_committed_under_its_number(db: Database) -> None:
    one, recall = new_id(), Asked(db)
    await note(db, one, "first")
    async with rolled_back(db) as tx:
        await write(tx, one, "never was")
        assert await facts.recall(tx, "test", read, [one]) == {one: "never was"}
    assert (await recall(one))[0] == {one: "first"}
    await note(db, one, "second")
    assert (await recall(one))[0] == {one: "second"}


async def test_what_is_not_committed_yet_is_seen_by_its_own_transaction_alone(db: Database, other_db: Database) -> None:
    one, recall = new_id(), Asked(db)
    await note(db, one, "first")
    await recall(one)
    async with other_db.transaction() as tx:
        await write(tx, one, "second")
        assert await recall(one) == ({one: "first"}, 0)
    assert await recall(one) == ({one: "second"}, 1)


async def test_who_changes_them_sees_it_when_saying_so(db: Database) -> None:
    one = new_id()
    await note(db, one, "first")
    async with db.transaction() as tx:
        assert await facts.recall(tx, "test", read, [one]) == {one: "first"}
        await write(tx, one, "second")
        facts.changed(tx)
        assert await facts.recall(tx, "test", read, [one]) == {one: "second"}


async def test_whom_policies_hide_something_from_reads_for_himself(db: Database) -> None:
    mine, theirs = new_id(), new_id()
    await note(db, mine, "mine", SHOP)
    await note(db, theirs, "theirs", OTHER)
    narrow, wide = Asked(db, actor("*", shop={SHOP})), Asked(db)
    assert await narrow(mine, theirs) == ({mine: "mine"}, 1)
    assert await wide(mine, theirs) == ({mine: "mine", theirs: "theirs"}, 1), "his blindness is not remembered"
    assert await narrow(mine, theirs) == ({mine: "mine"}, 1), "and what others know is not told him"


async def test_names_without_end_do_not_fill_the_memory(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "REMEMBERED_MAX", 10)  # patch: a small limit instead of ten thousand keys
    recall = Asked(db)
    for _ in range(5):
        await recall(*(new_id() for _ in range(8)))
    [(_, known)] = [value for key, value in db.memory.items() if key[0] == "facts"]
    assert len(known) < 30


async def test_only_what_changes_them_counts(db: Database) -> None:
    async with db.transaction() as tx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx.execute("UPDATE fact_versions SET version = 0")
        await tx.conn.execute("ROLLBACK; BEGIN")
