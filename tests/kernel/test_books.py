"""Books on the real database: what moves, what is refused, what two at once do, and what the proof finds."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.books.book import Book
from shangmai.kernel.books.contract import (
    Divergence,
    Hold,
    HoldNotFound,
    HoldSpent,
    LinkedItemRefused,
    Moved,
    Op,
    Post,
    Release,
    Settle,
    Short,
)
from shangmai.kernel.books.decide import Outcome
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.kernel.conftest import Dump, Stock, UntilBlocked, rolled_back
from tests.kernel.declared import Take, pieces, shelf

TABLES = [f"{book}_{table}" for book in ("test_pieces", "test_shelf") for table in ("accounts", "holds", "transfers")]
Apply = Callable[..., Coroutine[Any, Any, list[Outcome]]]


@pytest.fixture
def apply(db: Database) -> Apply:
    """Carry out ops in one transaction; each is given as a function of the transaction."""

    async def run(*makers: Callable[[Tx], Op], book: Book = pieces) -> list[Outcome]:
        async with db.transaction() as tx:
            return await book.apply(tx, [make(tx) for make in makers])

    return run


def post(sku: UUID, amount: Any, to: str = "customer", *, out_of: str = "on_hand", **more: Any) -> Callable[[Tx], Op]:
    given = {"doc": new_id(), **more}
    return lambda tx: Post(debit=(sku, out_of), credit=(sku, to), amount=amount, item=tx.items[0], **given)


def hold(sku: UUID, amount: int, *, id: UUID | None = None, to: str = "customer", **more: Any) -> Callable[[Tx], Op]:
    given = {"id": id or new_id(), "doc": new_id(), **more}
    return lambda tx: Hold(debit=(sku, "on_hand"), credit=(sku, to), amount=amount, item=tx.items[0], **given)


def settle(hold_id: UUID, amount: int | None = None, **more: Any) -> Callable[[Tx], Op]:
    return lambda tx: Settle(hold_id=hold_id, amount=amount, item=tx.items[0], **more)


def release(hold_id: UUID, amount: int | None = None, **more: Any) -> Callable[[Tx], Op]:
    return lambda tx: Release(hold_id=hold_id, amount=amount, item=tx.items[0], **more)


def told(outcomes: list[Outcome]) -> list[Any]:
    """Outcomes that can be compared: refusals as their class and data."""
    return [(type(o), o.data) if isinstance(o, AppError) else o for o in outcomes]


def short(sku: UUID, *, wanted: int, available: int, book: Book = pieces) -> tuple[type, dict[str, object]]:
    return Short, {"book": book.name, "account": f"{sku}/on_hand", "wanted": wanted, "available": available}


async def balance(db: Database, sku: UUID, bucket: str = "on_hand", book: Book = pieces) -> tuple[int, int, int]:
    async with db.reading(SYSTEM) as tx:
        return (await book.balances(tx, [(sku, bucket)]))[0]


async def proof(db: Database, book: Book = pieces) -> list[Divergence]:
    async with db.reading(SYSTEM) as tx:
        return await book.prove(tx)


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
            async with asyncio.timeout(10), db.transaction() as tx:
                assert [row["id"] for row in await pieces.expire(tx, self.NOW)] == [other]
        assert await balance(db, sku) == (4, 0, 0)
        assert await proof(db) == []


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
            async with asyncio.timeout(10), db.transaction() as second:
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


class TestManyAtOnce:
    async def test_two_hundred_transactions_for_fifty_pieces(self, db: Database, stock: Stock) -> None:
        sku = await stock(50)

        async def buy() -> Outcome:
            async with db.transaction() as tx:
                return (await pieces.hold(tx, [hold(sku, 1)(tx)]))[0]  # type: ignore[list-item]

        outcomes = await asyncio.gather(*(buy() for _ in range(200)))
        assert sum(isinstance(o, Moved) for o in outcomes) == 50
        assert {o.data["available"] for o in outcomes if isinstance(o, Short)} == {0}
        assert await balance(db, sku) == (50, 50, 0)
        assert await proof(db) == []

    async def test_two_hundred_coalesced_calls_for_fifty_pieces(
        self, db: Database, other_db: Database, stock: Stock, admin_conn: asyncpg.Connection[Any]
    ) -> None:
        sku = await stock(50)
        runners = [Runner(db), Runner(other_db)]
        answers = await asyncio.gather(
            *(
                runners[n % 2].run(
                    Call(action="test.take", input=Take(sku=sku, qty=1, shop_id=sku), actor=SYSTEM, door="test")
                )
                for n in range(200)
            )
        )
        assert sum(a.error is None for a in answers) == 50
        assert {a.error.code for a in answers if a.error} == {"kernel.Short"}
        assert await balance(db, sku) == (50, 50, 0)
        assert await admin_conn.fetchval("SELECT count(*) FROM test_pieces_holds") == 50
        assert await admin_conn.fetchval("SELECT count(*) FROM events") == 50
        numbers = sorted(a.value.number[-6:] for a in answers if a.error is None)
        assert numbers == [f"{n:06}" for n in range(1, 51)]
        assert await proof(db) == []

    @pytest.mark.parametrize("finish", [settle, release])
    async def test_two_settlements_of_one_hold_settle_once(
        self, db: Database, apply: Apply, stock: Stock, until_blocked: UntilBlocked, finish: Any
    ) -> None:
        sku, id_ = await stock(5), new_id()
        await apply(hold(sku, 5, id=id_))
        async with db.transaction() as first:
            assert await pieces.apply(first, [settle(id_)(first)]) == [Moved(5, 5)]
            second = asyncio.create_task(apply(finish(id_)))
            await until_blocked()
        spent = {"book": "test_pieces", "hold_id": id_, "remaining": 0, "wanted": 0}
        assert told(await second) == [(HoldSpent, spent)]
        assert await balance(db, sku) == (0, 0, 0)
        assert await proof(db) == []

    async def test_who_waits_sees_what_the_other_left(
        self, db: Database, apply: Apply, stock: Stock, until_blocked: UntilBlocked
    ) -> None:
        sku = await stock(5)
        async with db.transaction() as first:
            await pieces.apply(first, [post(sku, 4)(first)])
            second = asyncio.create_task(apply(post(sku, 4)))
            await until_blocked()
        assert told(await second) == [short(sku, wanted=4, available=1)]
        assert await balance(db, sku) == (1, 0, 0)

    async def test_a_rolled_back_taker_leaves_the_pieces_to_who_waited(
        self, db: Database, apply: Apply, stock: Stock, until_blocked: UntilBlocked
    ) -> None:
        sku = await stock(5)
        async with rolled_back(db) as first:
            await pieces.apply(first, [post(sku, 4)(first)])
            second = asyncio.create_task(apply(post(sku, 4)))
            await until_blocked()
        assert await second == [Moved(4, 5)]
        assert await balance(db, sku) == (1, 0, 0)
        assert await proof(db) == []

    async def test_making_one_account_at_once_makes_one(
        self, db: Database, apply: Apply, admin_conn: asyncpg.Connection[Any]
    ) -> None:
        sku = new_id()
        await asyncio.gather(*(apply(post(sku, 1, "on_hand", out_of="supplier")) for _ in range(20)))
        assert await balance(db, sku) == (20, 0, 0)
        assert await admin_conn.fetchval("SELECT count(*) FROM test_pieces_accounts WHERE sku = $1", sku) == 2
        assert await proof(db) == []

    async def test_making_several_in_any_order_never_waits_in_a_circle(self, db: Database, apply: Apply) -> None:
        dice = random.Random(11)
        async with asyncio.timeout(60):
            for _ in range(10):
                skus = [new_id() for _ in range(40)]
                lists = [dice.sample(skus, count) for count in (3, 10, 20, 30, 40, 40)]
                await asyncio.gather(
                    *(apply(*(post(sku, 1, "on_hand", out_of="supplier") for sku in each)) for each in lists)
                )
                async with db.reading(SYSTEM) as tx:
                    balances = await pieces.balances(tx, [(sku, "on_hand") for sku in skus])
                assert [posted for posted, _, _ in balances] == [sum(sku in each for each in lists) for sku in skus]
        assert await proof(db) == []

    async def test_lists_in_any_order_never_wait_in_a_circle(self, db: Database, stock: Stock) -> None:
        """No retries here: a deadlock would surface. Every list is one `apply`, over accounts and holds at random."""
        dice = random.Random(20260731)
        skus = [await stock(1_000) for _ in range(6)]
        held: list[UUID] = []

        def ops(tx: Tx) -> list[Op]:
            chosen = dice.sample(skus, 4)
            spent = dice.sample(held, min(3, len(held)))
            made = [new_id() for _ in range(2)]
            held.extend(made)
            mixed = [
                *(post(a, 1, "packed")(tx) for a in chosen),
                *(post(a, 1, "on_hand", out_of="packed")(tx) for a in dice.sample(skus, 3)),
                *(hold(a, 1, id=id_, to="packed")(tx) for a, id_ in zip(dice.sample(skus, 2), made, strict=True)),
                *(dice.choice([settle, release])(id_)(tx) for id_ in spent),
            ]
            dice.shuffle(mixed)
            return mixed

        async def work() -> None:
            for _ in range(25):
                async with db.transaction() as tx:
                    await pieces.apply(tx, ops(tx))

        async with asyncio.timeout(60):
            await asyncio.gather(*(work() for _ in range(8)))
        async with db.reading(SYSTEM) as tx:
            rows = await pieces.balances(tx, [(sku, bucket) for sku in skus for bucket in ("on_hand", "packed")])
        assert sum(posted for posted, _, _ in rows) == 6_000
        assert await proof(db) == []

    async def test_transactions_of_several_lists_are_retried_and_lose_nothing(
        self, db: Database, stock: Stock, admin_conn: asyncpg.Connection[Any]
    ) -> None:
        """Two lists in one transaction can meet another's in a circle; `run` tries again and nothing moves twice."""
        dice = random.Random(7)
        skus = [await stock(1_000) for _ in range(3)]
        moved = 0

        async def once() -> None:
            nonlocal moved
            first, second = dice.sample(skus, 2)

            async def body() -> None:
                async with db.transaction() as tx:
                    assert await pieces.apply(tx, [post(first, 1, "packed")(tx)]) != []
                    assert await pieces.apply(tx, [post(second, 1, "packed")(tx)]) != []

            await db.run(body)
            moved += 2

        async with asyncio.timeout(90):
            for _ in range(10):
                await asyncio.gather(*(once() for _ in range(4)))
        async with db.reading(SYSTEM) as tx:
            on_hand = await pieces.balances(tx, [(sku, "on_hand") for sku in skus])
            packed = await pieces.balances(tx, [(sku, "packed") for sku in skus])
        assert moved == 80
        assert (sum(b[0] for b in on_hand), sum(b[0] for b in packed)) == (2_920, 80)
        assert await admin_conn.fetchval("SELECT count(*) FROM test_pieces_transfers") == 83
        assert await proof(db) == []


class TestRememberedIds:
    async def test_a_rolled_back_account_is_not_remembered(self, db: Database, apply: Apply) -> None:
        sku = new_id()
        async with rolled_back(db) as tx:
            for _ in range(2):
                await pieces.apply(tx, [post(sku, 1, "on_hand", out_of="supplier")(tx)])
        assert told(await apply(post(sku, 1))) == [short(sku, wanted=1, available=0)]
        assert await apply(post(sku, 3, "on_hand", out_of="supplier"), post(sku, 2)) == [Moved(3, 0), Moved(2, 3)]
        assert await balance(db, sku) == (1, 0, 0)
        assert await proof(db) == []

    async def test_nor_one_of_a_rolled_back_savepoint(self, db: Database, apply: Apply) -> None:
        sku = new_id()
        async with db.transaction() as tx:
            with suppress(ZeroDivisionError):
                async with tx.savepoint():
                    await pieces.apply(tx, [post(sku, 1, "on_hand", out_of="supplier")(tx)])
                    raise ZeroDivisionError
            assert told(await pieces.apply(tx, [post(sku, 1)(tx)])) == [short(sku, wanted=1, available=0)]
        assert await apply(post(sku, 3, "on_hand", out_of="supplier")) == [Moved(3, 0)]
        assert await balance(db, sku) == (3, 0, 0)
        assert await proof(db) == []

    async def test_nor_one_of_a_dry_run(self, db: Database, apply: Apply, dump: Dump) -> None:
        sku, before = new_id(), await dump(*TABLES)
        async with db.transaction(dry_run=True) as tx:
            await pieces.apply(tx, [post(sku, 1, "on_hand", out_of="supplier")(tx)])
        assert await dump(*TABLES) == before
        assert await apply(post(sku, 3, "on_hand", out_of="supplier")) == [Moved(3, 0)]
        assert await proof(db) == []

    async def test_an_account_that_is_gone_is_never_taken_for_an_unbounded_one(
        self, db: Database, apply: Apply, stock: Stock, admin_conn: asyncpg.Connection[Any]
    ) -> None:
        """A restored database may lack what a running process remembers; that must not sell pieces that are not."""
        sku = await stock(1)
        await apply(post(sku, 1))
        await admin_conn.execute("DELETE FROM test_pieces_transfers")
        await admin_conn.execute("DELETE FROM test_pieces_accounts")
        with pytest.raises(AssertionError, match="is not in the database"):
            await apply(post(sku, 1))
        assert told(await apply(post(sku, 1))) == [short(sku, wanted=1, available=0)]
        assert await admin_conn.fetchval("SELECT count(*) FROM test_pieces_transfers") == 0


class TestProof:
    """Each tampering is done as the owner of the tables; the proof runs as the application."""

    @pytest.fixture
    async def book(self, apply: Apply, stock: Stock) -> tuple[UUID, UUID]:
        sku, id_ = await stock(10), new_id()
        await apply(hold(sku, 6, id=id_, to="packed"), post(sku, 1))
        await apply(settle(id_, 2), release(id_, 1))
        return sku, id_

    @pytest.mark.parametrize(
        ("tampering", "found"),
        [
            ("UPDATE test_pieces_accounts SET posted = posted + 1 WHERE bucket = 'on_hand'", [("posted", 8, 7)]),
            ("UPDATE test_pieces_accounts SET held = held - 1 WHERE bucket = 'on_hand'", [("held", 2, 3)]),
            ("UPDATE test_pieces_holds SET remaining = 5", [("hold", 5, 3)]),
            ("DELETE FROM test_pieces_holds", [("hold", 0, 3)]),
            ("DELETE FROM test_pieces_transfers WHERE kind = 'post' AND amount = 10", [("posted", 7, -3)]),
            (
                "DELETE FROM test_pieces_transfers WHERE kind = 'settle'",
                [("held", 3, 5), ("hold", 3, 5), ("posted", 2, 0), ("posted", 7, 9)],
            ),
            ("DELETE FROM test_pieces_transfers WHERE kind = 'release'", [("held", 3, 4), ("hold", 3, 4)]),
            (
                "UPDATE test_pieces_transfers SET amount = 3 WHERE kind = 'settle'",
                [("held", 3, 2), ("hold", 3, 2), ("posted", 2, 3), ("posted", 7, 6)],
            ),
            ("DELETE FROM test_pieces_accounts WHERE bucket = 'packed'", [("posted", 0, 2)]),
            (
                "INSERT INTO test_pieces_accounts (sku, bucket, bounded, posted)"
                " VALUES (gen_random_uuid(), 'on_hand', true, 4)",
                [("posted", 4, 0)],
            ),
            (
                "INSERT INTO test_pieces_holds SELECT gen_random_uuid(), debit_id, credit_id, 1, 1, doc, line, null, at"
                " FROM test_pieces_transfers LIMIT 1",
                [("hold", 1, 0)],
            ),
        ],
    )
    async def test_finds_what_was_tampered_with(
        self,
        db: Database,
        book: tuple[UUID, UUID],
        admin_conn: asyncpg.Connection[Any],
        tampering: str,
        found: list[tuple[str, int, int]],
    ) -> None:
        assert await proof(db) == []
        await admin_conn.execute(tampering)
        divergences = await proof(db)
        assert sorted((d.what, d.kept, d.transfers) for d in divergences) == found
        assert {d.book for d in divergences} == {"test_pieces"}

    async def test_names_the_account_and_the_hold(
        self, db: Database, book: tuple[UUID, UUID], admin_conn: asyncpg.Connection[Any]
    ) -> None:
        _, id_ = book
        account = await admin_conn.fetchval("SELECT id FROM test_pieces_accounts WHERE bucket = 'on_hand'")
        await admin_conn.execute("UPDATE test_pieces_accounts SET posted = 11 WHERE id = $1", account)
        await admin_conn.execute("UPDATE test_pieces_holds SET remaining = 4")
        assert await proof(db) == [
            Divergence("test_pieces", "hold", str(id_), 4, 3),
            Divergence("test_pieces", "posted", str(account), 11, 7),
        ]

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE test_pieces_transfers SET amount = 1",
            "DELETE FROM test_pieces_transfers",
            "TRUNCATE test_pieces_transfers",
            "DELETE FROM test_pieces_accounts",
            "UPDATE test_pieces_accounts SET bucket = 'packed'",
            "UPDATE test_pieces_accounts SET bounded = false",
            "DELETE FROM test_pieces_holds",
            "UPDATE test_pieces_holds SET amount = 1",
            "ALTER TABLE test_pieces_accounts DROP CONSTRAINT test_pieces_floor",
        ],
    )
    async def test_the_application_may_not_rewrite_the_past(
        self, db: Database, book: tuple[UUID, UUID], dump: Dump, statement: str
    ) -> None:
        before = await dump(*TABLES)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction() as tx:
                await tx.execute(statement)
        assert await dump(*TABLES) == before

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE test_pieces_accounts SET posted = 2 WHERE bucket = 'on_hand'",
            "UPDATE test_pieces_accounts SET held = -1 WHERE bucket = 'packed'",
            "UPDATE test_pieces_accounts SET posted = 1 WHERE bucket = 'supplier'",
            "UPDATE test_pieces_holds SET remaining = 7",
        ],
    )
    async def test_the_database_refuses_what_a_wrong_decision_would_write(
        self, db: Database, book: tuple[UUID, UUID], dump: Dump, statement: str
    ) -> None:
        before = await dump(*TABLES)
        with pytest.raises(asyncpg.CheckViolationError):
            async with db.transaction() as tx:
                await tx.execute(statement)
        assert await dump(*TABLES) == before
