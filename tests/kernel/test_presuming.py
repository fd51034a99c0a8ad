"""Presuming: no lock before the last statement where this process knows enough, and locks where it was wrong."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.books.book import PLENTY
from shangmai.kernel.books.contract import Hold, Moved, Short
from shangmai.kernel.books.decide import Outcome
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.presuming import WARY_MAX, Presuming
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.ids import parse_number
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Tx
from tests.kernel.books.ops import TABLES, balance, hold, proof, told
from tests.kernel.books.ops import short as too_few
from tests.kernel.conftest import Dump, Stock, UntilBlocked
from tests.kernel.consumers import consumer, emit, parked
from tests.kernel.declared import Counted, pieces

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]

DAY = datetime(2026, 1, 31, 4, tzinfo=UTC)
Body = Callable[[Tx], Awaitable[Any]]


class Tried(list[list[str]]):
    """The first words of the statements of each attempt at a transaction, without its beginning and its commit."""


async def go(db: Database, body: Body, tried: Tried | None = None) -> Any:
    """Carry a transaction out as actions are: again where a presumption was wrong."""

    async def once() -> Any:
        async with db.transaction() as tx:
            statements: list[str] = []

            def note(told: Any) -> None:
                statements.append(told.query.split()[0])

            if tried is not None:
                tried.append(statements)
                tx.conn.add_query_logger(note)
            try:
                given = await body(tx)
                await tx.catch_up()
            finally:
                tx.conn.remove_query_logger(note)
            return given

    return await db.run(once)


def numbers(count: int = 1) -> Body:
    return lambda tx: next_numbers(tx, "SO", [DAY] * count, presume=True)


def take(*wanted: tuple[UUID, int]) -> Body:
    async def body(tx: Tx) -> list[Outcome]:
        ops = [hold(sku, amount)(tx) for sku, amount in wanted]
        return await pieces.hold(tx, [op for op in ops if isinstance(op, Hold)], presume=True)

    return body


async def know(db: Database, *skus: UUID) -> None:
    """Hold two pieces of each: the first hold makes the customer's account, from the second on its id is known."""
    for _ in range(2):
        assert await go(db, take(*((sku, 1) for sku in skus))) != []


class TestNumbers:
    async def test_the_first_are_counted_with_a_lock_and_the_next_at_the_end(self, db: Database) -> None:
        tried = Tried()
        assert await go(db, numbers(2)) == ["SO20260131-000001", "SO20260131-000002"]
        assert await go(db, numbers(), tried) == ["SO20260131-000003"]
        assert tried == [["INSERT"]]

        async def body(tx: Tx) -> list[str]:
            mine = await next_numbers(tx, "SO", [DAY], presume=True)
            assert await tx.fetchval("SELECT 1") == 1
            return mine

        tried.clear()
        assert await go(db, body, tried) == ["SO20260131-000004"]
        assert tried == [["INSERT", "SELECT"]], "what waits goes before whatever is asked next"

    async def test_nobody_is_waited_for_before_the_last_statement(
        self, db: Database, other_db: Database, until_blocked: UntilBlocked
    ) -> None:
        await go(db, numbers())
        got: list[str] = []

        async def body(tx: Tx) -> None:
            got[:] = await next_numbers(tx, "SO", [DAY], presume=True)

        async with other_db.transaction() as other:
            assert await next_numbers(other, "SO", [DAY]) == ["SO20260131-000002"]
            mine = asyncio.create_task(go(db, body))
            await until_blocked()
            assert got == ["SO20260131-000002"], "as far as it knows"
        await mine
        assert got == ["SO20260131-000003"], "the other was first"

    async def test_another_process_that_counts_is_noticed_and_no_number_is_given_twice(
        self, db: Database, other_db: Database
    ) -> None:
        given: list[str] = []
        for n in range(40):
            given += await go((db, other_db)[n % 2], numbers())
        assert given == [f"SO20260131-{n:06}" for n in range(1, 41)]

    async def test_what_was_rolled_back_leaves_no_gap(self, db: Database) -> None:
        await go(db, numbers())

        async def fails(tx: Tx) -> None:
            assert await next_numbers(tx, "SO", [DAY], presume=True) == ["SO20260131-000002"]
            raise ZeroDivisionError

        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await go(db, fails)
            assert await go(db, numbers()) == ["SO20260131-000002"]
            await go(db, lambda tx: tx.execute("UPDATE document_numbers SET last = 1"))

    async def test_a_dry_run_leaves_what_is_remembered_as_it_is(self, db: Database) -> None:
        await go(db, numbers())

        async def dry() -> list[str]:
            async with db.transaction(dry_run=True) as tx:
                return await next_numbers(tx, "SO", [DAY], presume=True)

        assert await db.run(dry) == ["SO20260131-000002"]
        tried = Tried()
        assert await go(db, numbers(), tried) == ["SO20260131-000002"]
        assert len(tried) == 1, "it was right at once"

    async def test_a_counter_that_is_gone_is_begun_anew(self, db: Database, admin_conn: Admin) -> None:
        """As after a restore into the database of a process that runs."""
        await go(db, numbers(3))
        await admin_conn.execute("DELETE FROM document_numbers")
        assert await go(db, numbers(2)) == ["SO20260131-000001", "SO20260131-000002"]

    async def test_many_at_once_in_two_processes_leave_no_gap_and_no_double(
        self, db: Database, other_db: Database
    ) -> None:
        dice = random.Random(5)
        lists = await asyncio.gather(*(go(dice.choice((db, other_db)), numbers(dice.randint(1, 9))) for _ in range(60)))
        given = sorted(parse_number(each).n for some in lists for each in some)
        assert given == list(range(1, len(given) + 1))

    async def test_no_event_is_parked_because_its_handler_presumed_wrongly(
        self, db: Database, other_db: Database
    ) -> None:
        """Also where events are handled one by one, after a batch in which another one failed."""
        given: list[str] = []

        async def handle(tx: Tx, events: list[Counted]) -> None:
            if any(event.key == "poison" for event in events):
                raise ZeroDivisionError
            given[:] = await next_numbers(tx, "SO", [DAY], presume=True)

        await go(db, numbers())
        await go(other_db, numbers())
        await emit(db, Counted(key="good", n=1), Counted(key="poison", n=1))
        await Reader(db, [consumer("test.presumes", handle)]).drain()
        assert [key for key, *_ in await parked(db, "test.presumes")] == ["poison"]
        assert given == ["SO20260131-000003"]

    async def test_counters_of_two_prefixes_are_one_statement(self, db: Database) -> None:
        async def body(tx: Tx) -> list[str]:
            return [
                *await next_numbers(tx, "SO", [DAY], presume=True),
                *await next_numbers(tx, "RC", [DAY], presume=True),
            ]

        await go(db, body)
        tried = Tried()
        assert await go(db, body, tried) == ["SO20260131-000002", "RC20260131-000002"]
        assert tried == [["WITH"]]


class TestHolds:
    async def test_where_there_is_plenty_one_statement_decides(self, db: Database, stock: Stock) -> None:
        sku = await stock(10 * PLENTY)
        await know(db, sku)
        tried = Tried()
        assert await go(db, take((sku, 2), (sku, 3)), tried) == [Moved(2, 10 * PLENTY - 2), Moved(3, 10 * PLENTY - 2)]
        assert tried == [["WITH"]]
        assert await balance(db, sku) == (10 * PLENTY, 7, 0)
        assert await proof(db) == []

    async def test_an_account_that_another_has_locked_is_waited_for_at_the_end_only(
        self, db: Database, other_db: Database, stock: Stock, until_blocked: UntilBlocked
    ) -> None:
        sku = await stock(10 * PLENTY)
        await go(db, take((sku, 1)))
        is_decided = asyncio.Event()

        async def body(tx: Tx) -> None:
            await take((sku, 1))(tx)
            is_decided.set()

        async with other_db.transaction() as other:
            await pieces.hold(other, [hold(sku, 1)(other)])  # type: ignore[list-item]
            await other.catch_up()
            mine = asyncio.create_task(go(db, body))
            async with asyncio.timeout(60):
                await is_decided.wait()
            await until_blocked()
        await mine
        assert await balance(db, sku) == (10 * PLENTY, 3, 0)
        assert await proof(db) == []

    async def test_near_the_last_pieces_the_account_is_locked(
        self, db: Database, other_db: Database, stock: Stock, until_blocked: UntilBlocked
    ) -> None:
        sku = await stock(PLENTY)
        await go(db, take((sku, 1)))
        is_decided = False

        async def body(tx: Tx) -> None:
            nonlocal is_decided
            await take((sku, 1))(tx)
            is_decided = True

        async with other_db.transaction() as other:
            await pieces.hold(other, [hold(sku, 1)(other)])  # type: ignore[list-item]
            mine = asyncio.create_task(go(db, body))
            await until_blocked()
            assert not is_decided
        await mine
        assert await balance(db, sku) == (PLENTY, 3, 0)

    async def test_what_another_process_took_is_noticed_and_answered_exactly(
        self, db: Database, other_db: Database, stock: Stock
    ) -> None:
        sku = await stock(3 * PLENTY)
        await know(db, sku)
        await go(other_db, take((sku, 3 * PLENTY - 3)))
        tried = Tried()
        outcomes = await go(db, take((sku, 2)), tried)
        assert told(outcomes) == [too_few(sku, wanted=2, available=1)]
        assert [each[0] for each in tried] == ["WITH", "SELECT"], "presumed, then locked"
        assert await go(db, take((sku, 1))) == [Moved(1, 3 * PLENTY)]
        assert await balance(db, sku) == (3 * PLENTY, 3 * PLENTY, 0)
        assert await proof(db) == []

    @pytest.mark.parametrize("also_the_other", [False, True])
    async def test_an_account_that_is_gone_sells_nothing(
        self, db: Database, stock: Stock, admin_conn: Admin, dump: Dump, also_the_other: bool
    ) -> None:
        """A restored database may lack what a running process remembers."""
        sku, other = await stock(10 * PLENTY), await stock(10 * PLENTY)
        await know(db, sku, other)
        await admin_conn.execute("DELETE FROM test_pieces_accounts WHERE sku = $1 OR $2", sku, also_the_other)
        before = await dump(*TABLES)
        with pytest.raises(AssertionError, match="is not in the database"):
            await go(db, take((sku, 1), (other, 1)))
        assert await dump(*TABLES) == before

    async def test_a_dry_run_and_one_that_is_not_tried_again_presume_nothing(self, db: Database, stock: Stock) -> None:
        sku = await stock(10 * PLENTY)
        await go(db, take((sku, 1)))
        async with db.transaction() as tx:
            assert not tx.presumes

        async def dry() -> None:
            async with db.transaction(dry_run=True) as tx:
                assert not tx.presumes
                await take((sku, 1))(tx)

        await db.run(dry)
        assert await balance(db, sku) == (10 * PLENTY, 1, 0)

    async def test_an_error_of_a_transaction_that_presumed_nothing_is_told_as_it_is(
        self, db: Database, stock: Stock
    ) -> None:
        sku, attempts = await stock(PLENTY), 0

        async def wrong(tx: Tx) -> None:
            nonlocal attempts
            attempts += 1
            await tx.execute("UPDATE test_pieces_accounts SET held = posted + 1 WHERE sku = $1 AND bounded", sku)

        with pytest.raises(asyncpg.CheckViolationError):
            await go(db, wrong)
        assert attempts == 1

    async def test_two_processes_never_hold_more_than_there_is(
        self, db: Database, other_db: Database, stock: Stock
    ) -> None:
        """Lists over several accounts, from plenty to the last piece; each answer is right, and nobody is stuck."""
        dice = random.Random(20261130)
        skus = [await stock(2 * PLENTY) for _ in range(3)]
        wanted = [[(sku, dice.randint(1, 4)) for sku in dice.sample(skus, 2)] for _ in range(360)]
        async with asyncio.timeout(120):
            answers = await asyncio.gather(*(go(dice.choice((db, other_db)), take(*each)) for each in wanted))
        held = dict.fromkeys(skus, 0)
        for each, outcomes in zip(wanted, answers, strict=True):
            for (sku, amount), outcome in zip(each, outcomes, strict=True):
                assert isinstance(outcome, Moved | Short)
                held[sku] += amount if isinstance(outcome, Moved) else 0
        for sku in skus:
            assert await balance(db, sku) == (2 * PLENTY, held[sku], 0)
            assert 2 * PLENTY - 4 < held[sku] <= 2 * PLENTY
        assert await proof(db) == []


@given(st.lists(st.booleans(), max_size=400))
def test_who_is_always_wrong_presumes_ever_more_seldom_and_never_stops(wrong: list[bool]) -> None:
    """Between two that presume, no more than WARY_MAX do not."""
    presuming, since = Presuming(), 0
    for is_wrong in wrong:
        if presuming.may():
            since = 0
            if is_wrong:
                presuming.was_wrong()
        else:
            since += 1
        assert since <= WARY_MAX


def test_the_second_mistake_costs_twice_as_much_as_the_first() -> None:
    presuming, waits = Presuming(), []
    for _ in range(9):
        assert presuming.may()
        presuming.was_wrong()
        waits.append(presuming.wary)
        while presuming.wary:
            assert not presuming.may()
    assert waits == [1, 2, 4, 8, 16, 32, 64, 64, 64]


def test_after_many_that_were_right_a_mistake_is_the_first_again() -> None:
    presuming = Presuming()
    for _ in range(8):
        presuming.was_wrong()
    for _ in range(1000):
        presuming.may()
    presuming.was_wrong()
    assert presuming.wary == 1
