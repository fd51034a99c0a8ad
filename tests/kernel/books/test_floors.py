"""A bounded account never goes below its floor; the others need none."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from shangmai.kernel.books.contract import (
    Hold,
    Moved,
    Post,
)
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from tests.kernel.books.ops import TABLES, Apply, balance, hold, post, proof, release, settle, short, told
from tests.kernel.conftest import Dump, Stock
from tests.kernel.declared import pieces, shelf


class TestFloors:
    async def test_a_floor_above_zero_keeps_a_reserve(
        self, db: Database, apply: Apply, stock: Stock, dump: Dump
    ) -> None:
        sku = await stock(10)
        async with db.transaction() as tx:
            await pieces.set_floors(tx, {(sku, "on_hand"): 3})
        await apply(post(sku, 1))
        before = await dump(*TABLES)
        assert told(await apply(hold(sku, 7))) == [short(sku, wanted=7, available=6)]
        assert await dump(*TABLES) == before
        assert await apply(hold(sku, 6)) == [Moved(6, 9)]
        assert await balance(db, sku) == (9, 6, 3)

    async def test_a_floor_below_zero_lets_the_account_go_down_to_it(
        self, db: Database, apply: Apply, stock: Stock
    ) -> None:
        sku, id_ = await stock(5), new_id()
        async with db.transaction() as tx:
            await pieces.set_floors(tx, {(sku, "on_hand"): -3})
        assert told(await apply(hold(sku, 9))) == [short(sku, wanted=9, available=8)]
        assert await apply(hold(sku, 6, id=id_), settle(new_id())) != []
        assert told(await apply(settle(id_), post(sku, 3), post(sku, 2))) == [
            Moved(6, 5),
            short(sku, wanted=3, available=2),
            Moved(2, -1),
        ]
        assert await balance(db, sku) == (-3, 0, -3)
        assert await proof(db) == []

    async def test_in_a_physical_book_only_what_is_there_is_settled(
        self, db: Database, apply: Apply, stock: Stock, dump: Dump
    ) -> None:
        sku, id_ = await stock(5, book=shelf), new_id()
        async with db.transaction() as tx:
            await shelf.set_floors(tx, {(sku, "on_hand"): -3})
        assert await apply(hold(sku, 8, id=id_), book=shelf) == [Moved(8, 5)]
        before = await dump(*TABLES)
        assert told(await apply(settle(id_), book=shelf)) == [short(sku, wanted=8, available=5, book=shelf)]
        assert await dump(*TABLES) == before
        assert told(await apply(settle(id_, 5), settle(id_, 1), book=shelf)) == [
            Moved(5, 5),
            short(sku, wanted=1, available=0, book=shelf),
        ]
        await stock(3, book=shelf, sku=sku)
        assert await apply(settle(id_), book=shelf) == [Moved(3, 3)]
        assert await balance(db, sku, book=shelf) == (0, 0, -3)
        assert await proof(db, shelf) == []

    async def test_in_a_physical_book_only_what_is_there_is_posted(
        self, db: Database, apply: Apply, stock: Stock, dump: Dump
    ) -> None:
        sku = await stock(5, book=shelf)
        async with db.transaction() as tx:
            await shelf.set_floors(tx, {(sku, "on_hand"): -3})
        await apply(hold(sku, 1), book=shelf)
        before = await dump(*TABLES)
        assert told(await apply(post(sku, 6), book=shelf)) == [short(sku, wanted=6, available=5, book=shelf)]
        assert await dump(*TABLES) == before
        assert await apply(post(sku, 5), book=shelf) == [Moved(5, 5)]
        assert await balance(db, sku, book=shelf) == (0, 1, -3)

    @pytest.mark.parametrize("floor", [6, 10])
    async def test_a_floor_that_the_account_stands_below_is_refused(
        self, db: Database, apply: Apply, stock: Stock, dump: Dump, floor: int
    ) -> None:
        sku, free = await stock(10), await stock(10)
        await apply(hold(sku, 5))
        before = await dump(*TABLES)
        with pytest.raises(asyncpg.CheckViolationError, match="test_pieces_floor"):
            async with db.transaction() as tx:
                await pieces.set_floors(tx, {(free, "on_hand"): 1, (sku, "on_hand"): floor})
        assert await dump(*TABLES) == before

    async def test_can_be_set_before_there_is_an_account(self, db: Database, apply: Apply) -> None:
        sku = new_id()
        async with db.transaction() as tx:
            await pieces.set_floors(tx, {(sku, "on_hand"): -2})
        assert await apply(hold(sku, 2)) == [Moved(2, 0)]
        assert await balance(db, sku) == (0, 2, -2)


class TestUnboundedAccounts:
    async def test_keep_no_balance(self, db: Database, apply: Apply, admin_conn: asyncpg.Connection[Any]) -> None:
        sku = new_id()
        assert await apply(
            post(sku, 1_000_000, "on_hand", out_of="supplier"), post(sku, 5, "supplier", out_of="customer")
        ) == [Moved(1_000_000, 0), Moved(5, 0)]
        rows = await admin_conn.fetch(
            "SELECT bucket, bounded, posted, held FROM test_pieces_accounts WHERE sku = $1 ORDER BY bucket", sku
        )
        assert [tuple(row) for row in rows] == [
            ("customer", False, 0, 0),
            ("on_hand", True, 1_000_000, 0),
            ("supplier", False, 0, 0),
        ]
        assert await balance(db, sku, "supplier") == (0, 0, 0)
        assert await proof(db) == []

    async def test_two_transactions_do_not_wait_for_each_other(self, db: Database, stock: Stock) -> None:
        a, b = await stock(1), await stock(1)
        till = await stock(1)
        pay: dict[str, Any] = {"debit": (a, "supplier"), "amount": 1}
        async with db.transaction() as first:
            await pieces.post(first, [Post(**pay, credit=(b, "on_hand"), doc=new_id(), item=first.items[0])])
            async with asyncio.timeout(60), db.transaction() as second:
                outcomes = await pieces.post(
                    second, [Post(**pay, credit=(till, "on_hand"), doc=new_id(), item=second.items[0])]
                )
        assert outcomes == [Moved(1, 0)]
        assert (await balance(db, b), await balance(db, till)) == ((2, 0, 0), (2, 0, 0))

    async def test_can_be_held_and_settled(self, db: Database, apply: Apply) -> None:
        sku, id_ = new_id(), new_id()
        await apply(lambda tx: Hold(id=id_, debit=(sku, "supplier"), credit=(sku, "on_hand"), amount=9, doc=id_,
                                    item=tx.items[0]))  # fmt: skip
        assert await apply(settle(id_, 4), release(id_, 2)) == [Moved(4, 0), Moved(2, 0)]
        assert await balance(db, sku) == (4, 0, 0)
        assert await proof(db) == []
