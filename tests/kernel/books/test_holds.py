"""What is held is settled, released, or expires."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.books.contract import (
    HoldNotFound,
    HoldSpent,
    Moved,
)
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from tests.kernel.books.ops import TABLES, Apply, balance, hold, post, proof, release, settle, short, told
from tests.kernel.conftest import Dump, Stock
from tests.kernel.declared import pieces


class TestHolds:
    async def test_sets_aside_without_moving(
        self, db: Database, apply: Apply, stock: Stock, admin_conn: asyncpg.Connection[Any]
    ) -> None:
        sku, id_, doc, until = await stock(10), new_id(), new_id(), datetime(2030, 1, 1, tzinfo=UTC)
        assert await apply(hold(sku, 4, id=id_, doc=doc, line=3, expires_at=until)) == [Moved(4, 10)]
        assert await balance(db, sku) == (10, 4, 0)
        assert told(await apply(post(sku, 7))) == [short(sku, wanted=7, available=6)]
        accounts = {r["bucket"]: r["id"] for r in await admin_conn.fetch("SELECT id, bucket FROM test_pieces_accounts")}
        [row] = await admin_conn.fetch("SELECT * FROM test_pieces_holds")
        [transfer] = await admin_conn.fetch("SELECT * FROM test_pieces_transfers WHERE hold_id IS NOT NULL")
        assert dict(row) == {
            "id": id_,
            "debit_id": accounts["on_hand"],
            "credit_id": accounts["customer"],
            "amount": 4,
            "remaining": 4,
            "doc": doc,
            "line": 3,
            "expires_at": until,
            "created_at": transfer["at"],
        }
        assert (transfer["kind"], transfer["hold_id"], transfer["doc"], transfer["line"]) == ("hold", id_, doc, 3)
        assert await proof(db) == []

    async def test_says_for_whom_it_keeps_what(self, db: Database, apply: Apply, stock: Stock) -> None:
        sku, doc, other = await stock(10), new_id(), new_id()
        second, first, spent, foreign = new_id(), new_id(), new_id(), new_id()
        await apply(
            hold(sku, 1, id=second, doc=doc, line=2),
            hold(sku, 2, id=first, doc=doc, line=1),
            hold(sku, 3, id=spent, doc=doc, line=3),
            hold(sku, 4, id=foreign, doc=other, line=1),
        )
        await apply(release(spent), settle(first, 1))
        async with db.reading(SYSTEM) as tx:
            assert [tuple(r) for r in await pieces.open_holds(tx, [doc])] == [(first, doc, 1, 1), (second, doc, 2, 1)]
            assert [r["id"] for r in await pieces.open_holds(tx, [other, new_id()])] == [foreign]

    async def test_settles_in_parts_down_to_the_last_piece(
        self, db: Database, apply: Apply, stock: Stock, admin_conn: asyncpg.Connection[Any]
    ) -> None:
        sku, id_, doc = await stock(10), new_id(), new_id()
        await apply(hold(sku, 5, id=id_, to="packed", doc=doc, line=9))
        assert await apply(settle(id_, 2)) == [Moved(2, 10)]
        assert (await balance(db, sku), await balance(db, sku, "packed")) == ((8, 3, 0), (2, 0, 0))
        spent = {"book": "test_pieces", "hold_id": id_, "remaining": 3, "wanted": 4}
        assert told(await apply(settle(id_, 4))) == [(HoldSpent, spent)]
        assert await apply(settle(id_)) == [Moved(3, 8)]
        assert (await balance(db, sku), await balance(db, sku, "packed")) == ((5, 0, 0), (5, 0, 0))
        rows = await admin_conn.fetch(
            "SELECT kind, amount, doc, line FROM test_pieces_transfers WHERE hold_id = $1 ORDER BY id", id_
        )
        assert [tuple(row) for row in rows] == [
            ("hold", 5, doc, 9),
            ("settle", 2, doc, 9),
            ("settle", 3, doc, 9),
        ]
        assert await proof(db) == []

    async def test_released_pieces_are_free_again(self, db: Database, apply: Apply, stock: Stock) -> None:
        sku, id_ = await stock(5), new_id()
        await apply(hold(sku, 5, id=id_))
        assert await apply(release(id_, 2)) == [Moved(2, 5)]
        assert told(await apply(hold(sku, 3))) == [short(sku, wanted=3, available=2)]
        assert await apply(release(id_), hold(sku, 5)) == [Moved(3, 5), Moved(5, 5)]
        assert await balance(db, sku) == (5, 5, 0)
        assert await proof(db) == []

    @pytest.mark.parametrize("amount", [None, 1, 0, -1])
    @pytest.mark.parametrize("finish", [settle, release])
    async def test_a_spent_hold_gives_nothing_more(
        self, apply: Apply, stock: Stock, dump: Dump, finish: Any, amount: int | None
    ) -> None:
        sku, id_ = await stock(5), new_id()
        await apply(hold(sku, 5, id=id_))
        await apply(settle(id_))
        before = await dump(*TABLES)
        spent = {"book": "test_pieces", "hold_id": id_, "remaining": 0, "wanted": amount or 0}
        assert told(await apply(finish(id_, amount))) == [(HoldSpent, spent)]
        assert await dump(*TABLES) == before

    @pytest.mark.parametrize("amount", [0, -3])
    @pytest.mark.parametrize("finish", [settle, release])
    async def test_no_part_of_zero_or_less(
        self, apply: Apply, stock: Stock, dump: Dump, finish: Any, amount: int
    ) -> None:
        sku, id_ = await stock(5), new_id()
        await apply(hold(sku, 5, id=id_))
        before = await dump(*TABLES)
        assert [type(o) for o in await apply(finish(id_, amount))] == [HoldSpent]
        assert await dump(*TABLES) == before

    async def test_an_unknown_hold_is_not_found(self, apply: Apply, dump: Dump) -> None:
        before, id_ = await dump(*TABLES), new_id()
        not_found = (HoldNotFound, {"book": "test_pieces", "hold_id": id_})
        assert told(await apply(settle(id_), release(id_))) == [not_found, not_found]
        assert await dump(*TABLES) == before

    async def test_two_parts_in_one_list_are_summed(self, db: Database, apply: Apply, stock: Stock) -> None:
        sku, id_ = await stock(5), new_id()
        await apply(hold(sku, 5, id=id_))
        outcomes = await apply(settle(id_, 3), settle(id_, 3), release(id_, 2))
        spent = {"book": "test_pieces", "hold_id": id_, "remaining": 2, "wanted": 3}
        assert told(outcomes) == [Moved(3, 5), (HoldSpent, spent), Moved(2, 2)]
        assert await balance(db, sku) == (2, 0, 0)
        assert await proof(db) == []

    async def test_a_hold_and_a_post_of_the_same_account_meet_in_one_list(
        self, db: Database, apply: Apply, stock: Stock
    ) -> None:
        sku, id_ = await stock(5), new_id()
        await apply(hold(sku, 5, id=id_, to="packed"))
        outcomes = await apply(post(sku, 1), release(id_, 2), post(sku, 2), settle(id_), post(sku, 3, out_of="packed"))
        assert told(outcomes) == [short(sku, wanted=1, available=0), Moved(2, 5), Moved(2, 5), Moved(3, 3), Moved(3, 3)]
        assert (await balance(db, sku), await balance(db, sku, "packed")) == ((0, 0, 0), (0, 0, 0))
        assert await proof(db) == []


class TestExpiry:
    NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)

    async def test_gives_back_what_is_due_and_nothing_else(
        self, db: Database, apply: Apply, stock: Stock, admin_conn: asyncpg.Connection[Any]
    ) -> None:
        sku, doc = await stock(20), new_id()
        due, partly, later, forever = [new_id() for _ in range(4)]
        await apply(
            hold(sku, 1, id=due, doc=doc, line=1, expires_at=self.NOW),
            hold(sku, 5, id=partly, doc=doc, line=2, expires_at=self.NOW - timedelta(days=1)),
            hold(sku, 3, id=later, expires_at=self.NOW + timedelta(microseconds=1)),
            hold(sku, 4, id=forever),
        )
        await apply(settle(partly, 3))
        async with db.transaction() as tx:
            expired = await pieces.expire(tx, self.NOW)
        assert [tuple(row) for row in expired] == [(due, doc, 1, 1), (partly, doc, 2, 2)]
        assert await balance(db, sku) == (17, 7, 0)
        rows = await admin_conn.fetch("SELECT hold_id, amount FROM test_pieces_transfers WHERE kind = 'expire'")
        assert {tuple(row) for row in rows} == {(due, 1), (partly, 2)}
        async with db.transaction() as tx:
            assert await pieces.expire(tx, self.NOW) == []
        assert await proof(db) == []

    @pytest.mark.parametrize("count", [1, 40])
    async def test_a_hold_keeps_its_time_until_it_is_spent(
        self, apply: Apply, stock: Stock, admin_conn: asyncpg.Connection[Any], count: int
    ) -> None:
        """So the index of what can expire holds nothing that cannot; forty at once go the way of many rows."""
        sku = await stock(1_000)
        partly, wholly = [new_id() for _ in range(count)], [new_id() for _ in range(count)]
        await apply(*(hold(sku, 5, id=id_, expires_at=self.NOW) for id_ in (*partly, *wholly)))
        await apply(*(settle(id_, 4) for id_ in partly), *(settle(id_, 5) for id_ in wholly))
        rows = await admin_conn.fetch("SELECT id, remaining, expires_at FROM test_pieces_holds")
        assert {row["id"]: (row["remaining"], row["expires_at"]) for row in rows} == {
            **dict.fromkeys(partly, (1, self.NOW)),
            **dict.fromkeys(wholly, (0, None)),
        }

    async def test_takes_as_many_as_it_is_told(self, db: Database, apply: Apply, stock: Stock) -> None:
        sku = await stock(5)
        await apply(*(hold(sku, 1, expires_at=self.NOW) for _ in range(5)))
        counts = []
        for _ in range(4):
            async with db.transaction() as tx:
                counts.append(len(await pieces.expire(tx, self.NOW, limit=2)))
        assert counts == [2, 2, 1, 0]
        assert await balance(db, sku) == (5, 0, 0)

    async def test_leaves_a_hold_that_is_being_settled(self, db: Database, apply: Apply, stock: Stock) -> None:
        sku, mine, other = await stock(5), new_id(), new_id()
        await apply(hold(sku, 1, id=mine, expires_at=self.NOW))
        other_sku = await stock(5)
        await apply(hold(other_sku, 1, id=other, expires_at=self.NOW))
        async with db.transaction() as settling:
            assert await pieces.apply(settling, [settle(mine)(settling)]) == [Moved(1, 5)]
            async with asyncio.timeout(60), db.transaction() as tx:
                assert [row["id"] for row in await pieces.expire(tx, self.NOW)] == [other]
        assert await balance(db, sku) == (4, 0, 0)
        assert await proof(db) == []
