"""What is posted moves, alone, in lists, in groups and in shares."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from shangmai.kernel.books.contract import (
    HoldSpent,
    LinkedItemRefused,
    Moved,
    Post,
)
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from tests.kernel.books.ops import TABLES, Apply, balance, hold, post, proof, release, settle, short, told
from tests.kernel.conftest import Dump, Stock
from tests.kernel.declared import pieces


class TestPost:
    async def test_moves_pieces_and_leaves_one_transfer_with_its_cause(
        self, db: Database, admin_conn: asyncpg.Connection[Any], stock: Stock
    ) -> None:
        sku = await stock(10)
        doc = new_id()
        async with db.transaction() as tx:
            item = tx.items[0]
            [outcome] = await pieces.post(
                tx, [Post(debit=(sku, "on_hand"), credit=(sku, "packed"), amount=4, doc=doc, line=7, item=item)]
            )
        assert outcome == Moved(4, posted_before=10)
        assert await balance(db, sku) == (6, 0, 0)
        assert await balance(db, sku, "packed") == (4, 0, 0)
        ids = {r["bucket"]: r["id"] for r in await admin_conn.fetch("SELECT id, bucket FROM test_pieces_accounts")}
        [row] = await admin_conn.fetch("SELECT * FROM test_pieces_transfers WHERE doc = $1", doc)
        assert dict(row) | {"id": 0, "recorded_at": None} == {
            "id": 0,
            "recorded_at": None,
            "at": item.now,
            "kind": "post",
            "debit_id": ids["on_hand"],
            "credit_id": ids["packed"],
            "amount": 4,
            "hold_id": None,
            "doc": doc,
            "line": 7,
            "cause": item.cause,
        }
        assert await proof(db) == []

    async def test_an_account_called_new_is_made_without_a_look_and_found_if_it_is_there(
        self, db: Database, stock: Stock
    ) -> None:
        sku, known, statements = new_id(), await stock(10), list[str]()
        keys = [(sku, "on_hand"), (known, "on_hand")]
        for _ in range(2):  # one of them is not there yet, then both are
            statements.clear()
            async with db.transaction() as tx:
                tx.conn.add_query_logger(lambda told: statements.append(told.query.split()[0]))
                outcomes = await pieces.post(
                    tx,
                    [
                        Post(debit=(key[0], "supplier"), credit=key, amount=3, doc=new_id(), line=1, item=tx.items[0])
                        for key in keys
                    ],
                    new=keys,
                )
            assert [type(each) for each in outcomes] == [Moved, Moved]
            assert next(each for each in statements if each in ("INSERT", "SELECT")) == "INSERT"
        assert await balance(db, sku) == (6, 0, 0)
        assert await balance(db, known) == (16, 0, 0)
        assert await proof(db) == []

    async def test_more_than_there_is_is_refused_and_changes_nothing(
        self, apply: Apply, stock: Stock, dump: Dump
    ) -> None:
        sku = await stock(5)
        await apply(post(sku, 1))
        before = await dump(*TABLES)
        assert told(await apply(post(sku, 5))) == [short(sku, wanted=5, available=4)]
        assert await dump(*TABLES) == before

    async def test_serves_in_order_of_the_list_and_answers_each(self, db: Database, apply: Apply, stock: Stock) -> None:
        sku = await stock(5)
        outcomes = await apply(post(sku, 3), post(sku, 3), post(sku, 2), post(sku, 1))
        assert told(outcomes) == [
            Moved(3, 5),
            short(sku, wanted=3, available=2),
            Moved(2, 2),
            short(sku, wanted=1, available=0),
        ]
        assert await balance(db, sku) == (0, 0, 0)

    async def test_what_arrives_earlier_in_the_list_can_leave_later_in_it(
        self, db: Database, apply: Apply, stock: Stock
    ) -> None:
        sku = await stock(1)
        outcomes = await apply(post(sku, 4, "on_hand", out_of="supplier"), post(sku, 5))
        assert outcomes == [Moved(4, 0), Moved(5, 5)]
        assert await balance(db, sku) == (0, 0, 0)
        assert await proof(db) == []

    async def test_an_empty_list_does_nothing(self, apply: Apply) -> None:
        assert await apply() == []

    @pytest.mark.parametrize("amount", [0, -1])
    async def test_an_amount_that_moves_nothing_is_a_bug_of_the_caller(
        self, apply: Apply, stock: Stock, dump: Dump, amount: int
    ) -> None:
        sku = await stock(5)
        before = await dump(*TABLES)
        with pytest.raises(AssertionError, match="a transfer moves a positive amount"):
            await apply(post(sku, 1), post(sku, amount))
        assert await dump(*TABLES) == before

    async def test_the_business_time_may_lie_in_the_past_and_picks_the_partition(
        self, db: Database, admin_conn: asyncpg.Connection[Any], stock: Stock
    ) -> None:
        sku = await stock(5)
        past = datetime(2021, 3, 31, 16, tzinfo=UTC)
        await db.pool.execute("SELECT ensure_month(2021, 3)")
        async with db.transaction() as tx:
            [origin] = tx.items
            item = type(origin)(origin.actor, origin.cause, past)
            await pieces.post(
                tx, [Post(debit=(sku, "on_hand"), credit=(sku, "customer"), amount=1, doc=new_id(), item=item)]
            )
        assert [tuple(r) for r in await admin_conn.fetch("SELECT at, amount FROM test_pieces_transfers_202103")] == [
            (past, 1)
        ]


class TestLongLists:
    """Many rows are sent as one value, and must be the same rows."""

    async def test_leave_what_short_ones_leave(
        self, db: Database, apply: Apply, stock: Stock, admin_conn: asyncpg.Connection[Any]
    ) -> None:
        sku, doc, until = await stock(1_000), new_id(), datetime(2030, 1, 1, tzinfo=UTC)
        spent, kept = [new_id() for _ in range(20)], [new_id() for _ in range(70)]
        await apply(*(hold(sku, 3, id=id_, to="packed", doc=doc, line=n) for n, id_ in enumerate(spent)))
        outcomes = await apply(
            *(
                hold(sku, 2, id=id_, doc=doc, line=100 + n, expires_at=until if n % 2 else None)
                for n, id_ in enumerate(kept)
            ),
            *(settle(id_, 1) for id_ in spent),
            post(sku, 1_000),
            *(post(sku, lambda posted: posted - 970, doc=doc, line=200 + n) for n in range(2)),
            *(release(id_) for id_ in spent),
        )
        assert told(outcomes) == [
            *[Moved(2, 1_000)] * 70,
            *(Moved(1, 1_000 - n) for n in range(20)),
            short(sku, wanted=1_000, available=800),
            Moved(10, 980),
            Moved(0, 970),
            *[Moved(2, 970)] * 20,
        ]
        assert (await balance(db, sku), await balance(db, sku, "packed")) == ((970, 140, 0), (20, 0, 0))
        ids = {r["bucket"]: r["id"] for r in await admin_conn.fetch("SELECT id, bucket FROM test_pieces_accounts")}
        rows = await admin_conn.fetch(
            "SELECT kind, debit_id, credit_id, amount, hold_id, line FROM test_pieces_transfers WHERE doc = $1"
            " ORDER BY id OFFSET 20",
            doc,
        )
        on_hand, packed, customer = ids["on_hand"], ids["packed"], ids["customer"]
        assert [tuple(row) for row in rows] == [
            *(("hold", on_hand, customer, 2, id_, 100 + n) for n, id_ in enumerate(kept)),
            *(("settle", on_hand, packed, 1, id_, n) for n, id_ in enumerate(spent)),
            ("post", on_hand, customer, 10, None, 200),
            *(("release", on_hand, packed, 2, id_, n) for n, id_ in enumerate(spent)),
        ]
        holds = await admin_conn.fetch(
            "SELECT id, debit_id, credit_id, amount, remaining, line, expires_at FROM test_pieces_holds"
            " WHERE doc = $1 ORDER BY line",
            doc,
        )
        assert [tuple(row) for row in holds] == [
            *((id_, on_hand, packed, 3, 0, n, None) for n, id_ in enumerate(spent)),
            *((id_, on_hand, customer, 2, 2, 100 + n, until if n % 2 else None) for n, id_ in enumerate(kept)),
        ]
        assert await proof(db) == []

    async def test_are_refused_without_a_trace_too(self, apply: Apply, stock: Stock, dump: Dump) -> None:
        sku = await stock(99)
        await apply(post(sku, 1, "packed"), post(sku, 1))
        before = await dump(*TABLES)
        outcomes = await apply(*(post(sku, 1, "packed", group="all") for _ in range(98)))
        assert told(outcomes) == [(LinkedItemRefused, {})] * 97 + [short(sku, wanted=1, available=0)]
        assert await dump(*TABLES) == before


class TestGroups:
    async def test_move_together(self, db: Database, apply: Apply, stock: Stock) -> None:
        a, b = await stock(5), await stock(5)
        assert await apply(post(a, 2, group=1), post(b, 5, group=1)) == [Moved(2, 5), Moved(5, 5)]
        assert (await balance(db, a), await balance(db, b)) == ((3, 0, 0), (0, 0, 0))

    @pytest.mark.parametrize("bad", [0, 1, 2])
    async def test_one_refused_line_undoes_the_others_and_hurts_no_neighbour(
        self, db: Database, apply: Apply, stock: Stock, admin_conn: asyncpg.Connection[Any], bad: int
    ) -> None:
        skus = [await stock(5) for _ in range(3)]
        amounts = [6 if n == bad else 5 for n in range(3)]
        first = new_id()
        outcomes = await apply(
            *(post(sku, amount, group="first", doc=first) for sku, amount in zip(skus, amounts, strict=True)),
            *(post(sku, 5, group="second") for sku in skus),
        )
        expected: list[Any] = [(LinkedItemRefused, {})] * 3
        expected[bad] = short(skus[bad], wanted=6, available=5)
        assert told(outcomes) == [*expected, Moved(5, 5), Moved(5, 5), Moved(5, 5)]
        assert [await balance(db, sku) for sku in skus] == [(0, 0, 0)] * 3
        assert await admin_conn.fetchval("SELECT count(*) FROM test_pieces_transfers WHERE doc = $1", first) == 0
        assert await proof(db) == []

    async def test_two_lines_on_one_account_are_summed(
        self, db: Database, apply: Apply, stock: Stock, dump: Dump
    ) -> None:
        sku = await stock(5)
        await apply(hold(sku, 1))
        before = await dump(*TABLES)
        outcomes = await apply(hold(sku, 2, group=1), hold(sku, 3, group=1))
        assert told(outcomes) == [(LinkedItemRefused, {}), short(sku, wanted=3, available=2)]
        assert await dump(*TABLES) == before
        assert await apply(hold(sku, 2, group=1), hold(sku, 2, group=1)) == [Moved(2, 5), Moved(2, 5)]
        assert await balance(db, sku) == (5, 5, 0)

    async def test_every_kind_of_op_is_undone(self, apply: Apply, stock: Stock, dump: Dump) -> None:
        sku, settled, released = await stock(20), new_id(), new_id()
        await apply(hold(sku, 4, id=settled, to="packed"), hold(sku, 6, id=released), post(sku, 1, "packed"))
        before = await dump(*TABLES)
        outcomes = await apply(
            settle(settled, 3, group=1),
            release(released, group=1),
            post(sku, 2, group=1),
            post(sku, lambda posted: 0, group=1),
            hold(sku, 1, group=1),
            settle(settled, 2, group=1),
        )
        spent = {"book": "test_pieces", "hold_id": settled, "remaining": 1, "wanted": 2}
        assert told(outcomes) == [(LinkedItemRefused, {})] * 5 + [(HoldSpent, spent)]
        assert await dump(*TABLES) == before

    async def test_ops_without_a_group_stand_alone(self, apply: Apply, stock: Stock) -> None:
        sku = await stock(1)
        outcomes = await apply(post(sku, 2), post(sku, 1, group=None), post(sku, 1, group=None))
        assert told(outcomes) == [short(sku, wanted=2, available=1), Moved(1, 1), short(sku, wanted=1, available=0)]


class TestShares:
    async def test_are_taken_of_what_is_posted_when_their_turn_comes(
        self, db: Database, apply: Apply, stock: Stock
    ) -> None:
        sku = await stock(100)
        outcomes = await apply(post(sku, lambda posted: posted // 3), post(sku, 7), post(sku, lambda posted: posted))
        assert outcomes == [Moved(33, 100), Moved(7, 67), Moved(60, 60)]
        assert await balance(db, sku) == (0, 0, 0)

    async def test_a_share_of_zero_moves_nothing(self, apply: Apply, stock: Stock, dump: Dump) -> None:
        sku = await stock(2)
        await apply(post(sku, 1))
        before = await dump(*TABLES)
        assert await apply(post(sku, lambda posted: posted // 3)) == [Moved(0, 1)]
        assert await dump(*TABLES) == before

    async def test_a_share_of_more_than_is_free_is_refused(self, apply: Apply, stock: Stock) -> None:
        sku = await stock(10)
        assert told(await apply(hold(sku, 4), post(sku, lambda posted: posted))) == [
            Moved(4, 10),
            short(sku, wanted=10, available=6),
        ]
