"""What two and many at once do to the same accounts."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.books.contract import (
    HoldSpent,
    Moved,
    Op,
    Short,
)
from shangmai.kernel.books.decide import Outcome
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.kernel.books.ops import TABLES, Apply, balance, hold, post, proof, release, settle, short, told
from tests.kernel.conftest import Dump, Stock, UntilBlocked, rolled_back
from tests.kernel.declared import Take, pieces


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
        db.clock = other_db.clock = ManualClock(db.clock.now())  # numbers begin anew at midnight
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

    async def test_transactions_of_several_lists_never_wait_in_a_circle_and_lose_nothing(
        self, db: Database, stock: Stock, admin_conn: asyncpg.Connection[Any]
    ) -> None:
        """Two lists in one transaction can meet another's crosswise; `run` begins again, and nothing moves twice."""
        dice = random.Random(7)
        skus = [await stock(1_000) for _ in range(3)]
        moved, ends = 0, Counter[str]()

        async def once() -> None:
            nonlocal moved
            first, second = dice.sample(skus, 2)

            async def body() -> None:
                try:
                    async with db.transaction() as tx:
                        assert await pieces.apply(tx, [post(first, 1, "packed")(tx)]) != []
                        assert await pieces.apply(tx, [post(second, 1, "packed")(tx)]) != []
                except asyncpg.PostgresError as error:
                    ends[type(error).__name__] += 1
                    raise

            await db.run(body)
            moved += 2

        async with asyncio.timeout(90):
            for _ in range(10):
                await asyncio.gather(*(once() for _ in range(4)))
        async with db.reading(SYSTEM) as tx:
            on_hand = await pieces.balances(tx, [(sku, "on_hand") for sku in skus])
            packed = await pieces.balances(tx, [(sku, "packed") for sku in skus])
        assert moved == 80
        assert ends.keys() <= {"LockNotAvailableError"}, "nobody waited in a circle"
        assert (sum(b[0] for b in on_hand), sum(b[0] for b in packed)) == (2_920, 80)
        assert await admin_conn.fetchval("SELECT count(*) FROM test_pieces_transfers") == 83
        assert await proof(db) == []

    async def test_two_that_call_twice_crosswise_both_end_without_a_deadlock(self, db: Database, stock: Stock) -> None:
        """Each has locked what the other needs: one gives way, or both, and locks all of it in order the next time."""
        skus = [await stock(10), await stock(10)]
        has_first = [asyncio.Event(), asyncio.Event()]
        ends: list[str] = []

        async def once(n: int) -> None:
            async def body() -> None:
                try:
                    async with db.transaction() as tx:
                        await pieces.apply(tx, [post(skus[n], 1, "packed")(tx)])
                        has_first[n].set()
                        await has_first[1 - n].wait()
                        await pieces.apply(tx, [post(skus[1 - n], 1, "packed")(tx)])
                except asyncpg.PostgresError as error:
                    ends.append(type(error).__name__)
                    raise

            await db.run(body)

        async with asyncio.timeout(60):
            await asyncio.gather(once(0), once(1))
        assert set(ends) == {"LockNotAvailableError"}, "nobody waited in a circle"
        assert [await balance(db, sku) for sku in skus] == [(8, 0, 0), (8, 0, 0)]
        assert await proof(db) == []

    async def test_a_hold_that_another_settles_is_not_waited_for_behind_an_account(
        self, db: Database, stock: Stock
    ) -> None:
        sku = await stock(10)
        id_ = new_id()
        async with db.transaction() as tx:
            await pieces.apply(tx, [hold(sku, 2, id=id_, to="packed")(tx)])
        other = await stock(11)
        async with db.transaction() as tx:  # so that nobody has to make the account and gives way for that
            await pieces.apply(tx, [post(other, 1, "packed")(tx)])
        has = [asyncio.Event(), asyncio.Event()]
        ends: list[str] = []

        async def late() -> None:
            try:
                async with db.transaction() as tx:
                    await pieces.apply(tx, [post(other, 1, "packed")(tx)])
                    has[0].set()
                    await has[1].wait()
                    await pieces.apply(tx, [release(id_, 1)(tx)])
            except asyncpg.PostgresError as error:
                ends.append(type(error).__name__)
                raise

        async def early() -> None:
            async with db.transaction() as tx:
                await has[0].wait()
                await pieces.apply(tx, [settle(id_, 1)(tx)])
                has[1].set()
                await pieces.apply(tx, [post(other, 1, "packed")(tx)])

        async with asyncio.timeout(60):
            await asyncio.gather(db.run(late), db.run(early))
        assert set(ends) == {"LockNotAvailableError"}
        assert (await balance(db, sku), await balance(db, other)) == ((9, 0, 0), (8, 0, 0))
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
