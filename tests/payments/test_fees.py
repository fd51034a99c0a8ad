"""What a provider keeps by its bill: to the ledger once, when all of the bill fits, and back again."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.ids import new_id
from shangmai.modules.ledger.contract.errors import EventsWaiting
from shangmai.modules.payments.contract.statements import (
    FeesNotPosted,
    FeesPeriodClosed,
    FeesPosted,
    NoFees,
    Statement,
    StatementOpen,
)
from tests.world import World

SHANGHAI = ZoneInfo("Asia/Shanghai")


async def paid(world: World) -> str:
    """An order of 40.00, paid; the number of the payment at its provider."""
    order = await world.place(2, 1)
    number = f"T{new_id().hex}"
    given = {"order_id": order.id, "amount_minor": order.total_minor, "method": "test", "reference": number}
    await world.act("orders.pay", given)
    return number


async def billed(
    world: World,
    *entries: tuple[str, int],
    file: str = "march.csv",
    period: tuple[datetime, datetime] | None = None,
) -> Statement:
    """A bill of payments of 40.00, each with its fee; of yesterday and today where no period is given."""
    now = world.db.clock.now()
    since, until = period or (now - timedelta(days=1), now + timedelta(days=1))
    given = {
        "company_id": world.company_id,
        "provider": "test",
        "since": since.isoformat(),
        "until": until.isoformat(),
        "file_name": file,
        "file_sha256": f"{new_id().hex}{new_id().hex}",
        "entries": [
            {"kind": "payment", "transaction": number, "amount_minor": 4000, "fee_minor": fee, "at": now.isoformat()}
            for number, fee in entries
        ],
    }
    made: Statement = await world.act("payments.record_statement", given)
    return made


async def post(world: World, bill: Statement) -> Statement:
    posted: Statement = await world.act("payments.post_fees", {"statement_id": bill.id})
    return posted


async def vouchers(world: World) -> list[tuple[Any, ...]]:
    """What the ledger has of fees."""
    await world.reader.drain()
    async with world.db.reading(SYSTEM) as tx:
        rows = await tx.fetch(
            "SELECT e.rule, l.debit_account, l.credit_account, l.amount_minor FROM ledger_entries e"
            " JOIN ledger_lines l ON l.entry_id = e.id WHERE e.rule LIKE 'payments.fees%' ORDER BY e.number, l.line"
        )
    return [tuple(row) for row in rows]


CHARGED = ("payments.fees_charged", "560302", "1012", 42)
REVERSED = ("payments.fees_reversed", "560302", "1012", -42)


async def test_fees_are_posted_once_taken_back_and_posted_again(world: World) -> None:
    bill = await billed(world, (await paid(world), 24), (await paid(world), 18))
    posted = await post(world, bill)
    assert (posted.fees_posted_minor, posted.fees_posted_at is None) == (42, False)
    assert await vouchers(world) == [CHARGED]
    with pytest.raises(FeesPosted):
        await post(world, bill)
    assert await vouchers(world) == [CHARGED]
    back = await world.act("payments.reverse_fees", {"statement_id": bill.id})
    assert (back.fees_posted_minor, back.fees_posted_at) == (None, None)
    assert await vouchers(world) == [CHARGED, REVERSED]
    with pytest.raises(FeesNotPosted):
        await world.act("payments.reverse_fees", {"statement_id": bill.id})
    await post(world, bill)
    assert await vouchers(world) == [CHARGED, REVERSED, CHARGED]


async def test_two_at_once_post_once(world: World) -> None:
    bill = await billed(world, (await paid(world), 42))
    outcomes = await asyncio.gather(post(world, bill), post(world, bill), return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["FeesPosted", "Statement"]
    assert await vouchers(world) == [CHARGED]


async def test_a_bill_with_open_lines_waits(world: World) -> None:
    bill = await billed(world, (await paid(world), 42), ("NOBODY", 9))
    with pytest.raises(StatementOpen) as refused:
        await post(world, bill)
    assert refused.value.data == {"open": 1}
    assert await vouchers(world) == []


async def test_what_stands_twice_is_posted_once(world: World) -> None:
    number = await paid(world)
    first = await billed(world, (number, 42), file="day.csv")
    await post(world, first)
    month = await billed(world, (number, 42), (await paid(world), 10), file="month.csv")
    for line in await open_lines(world, month):
        await world.act("payments.settle_statement_line", {"line_id": line, "note": "在日账单里"})
    assert (await post(world, month)).fees_posted_minor == 10
    only = await billed(world, (number, 42), file="again.csv")
    for line in await open_lines(world, only):
        await world.act("payments.settle_statement_line", {"line_id": line, "note": "在日账单里"})
    with pytest.raises(NoFees):
        await post(world, only)
    assert [row[3] for row in await vouchers(world)] == [42, 10]


async def test_fees_given_back_are_posted_in_red(world: World) -> None:
    bill = await billed(world, (await paid(world), -7))
    assert (await post(world, bill)).fees_posted_minor == -7
    assert await vouchers(world) == [("payments.fees_charged", "560302", "1012", -7)]


class TestOnTheBillsDay:
    """The fees of September stand in September, whenever somebody gets round to posting them."""

    @pytest.fixture
    def september(self, world: World) -> tuple[datetime, datetime]:
        """The calendar month before the last one, as the company's clock has it."""
        first = world.db.clock.now().astimezone(SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        until = (first - timedelta(days=1)).replace(day=1)
        return (until - timedelta(days=1)).replace(day=1), until

    async def test_they_stand_on_its_last_day_and_so_does_what_takes_them_back(
        self, world: World, september: tuple[datetime, datetime]
    ) -> None:
        bill = await billed(world, (await paid(world), 42), period=september)
        await post(world, bill)
        await vouchers(world)
        await world.act("payments.reverse_fees", {"statement_id": bill.id})
        await vouchers(world)
        last = september[1] - timedelta(microseconds=1)
        assert await dated(world) == [last, last]
        assert not await world.faults()

    async def test_one_whose_days_are_not_over_is_posted_now(self, world: World) -> None:
        before = world.db.clock.now()
        await post(world, await billed(world, (await paid(world), 42)))
        await vouchers(world)
        (at,) = await dated(world)
        assert before <= at <= world.db.clock.now()

    async def test_in_a_closed_period_they_are_refused_until_it_is_open(
        self, world: World, september: tuple[datetime, datetime]
    ) -> None:
        bill = await billed(world, (await paid(world), 42), period=september)
        period = september[0].year * 100 + september[0].month
        books = {"company_id": world.company_id, "period": period}
        await world.reader.drain()
        await world.act("ledger.lock_period", books)
        with pytest.raises(FeesPeriodClosed) as refused:
            await post(world, bill)
        assert refused.value.data == {"period": period, "closed_through": period}
        assert "ledger.unlock_period" in refused.value.message("zh-CN")
        assert await vouchers(world) == []
        await world.act("ledger.unlock_period", books)
        assert (await post(world, bill)).fees_posted_minor == 42
        assert await vouchers(world) == [CHARGED]

    async def test_taken_back_from_a_closed_period_they_go_to_the_first_open_one(
        self, world: World, september: tuple[datetime, datetime]
    ) -> None:
        bill = await billed(world, (await paid(world), 42), period=september)
        await post(world, bill)
        await world.reader.drain()
        period = september[0].year * 100 + september[0].month
        await world.act("ledger.lock_period", {"company_id": world.company_id, "period": period})
        await world.act("payments.reverse_fees", {"statement_id": bill.id})
        assert await vouchers(world) == [CHARGED, REVERSED]
        assert await dated(world) == [september[1] - timedelta(microseconds=1), september[1]]

    async def test_a_period_is_not_closed_between_the_click_and_the_voucher(
        self, world: World, september: tuple[datetime, datetime]
    ) -> None:
        bill = await billed(world, (await paid(world), 42), period=september)
        period = september[0].year * 100 + september[0].month
        await post(world, bill)
        with pytest.raises(EventsWaiting):
            await world.act("ledger.lock_period", {"company_id": world.company_id, "period": period})
        assert await vouchers(world) == [CHARGED]


async def dated(world: World) -> list[datetime]:
    """When the vouchers of fees are of."""
    async with world.db.reading(SYSTEM) as tx:
        rows = await tx.fetch("SELECT at FROM ledger_entries WHERE rule LIKE 'payments.fees%' ORDER BY at, id")
    return [row["at"] for row in rows]


async def open_lines(world: World, bill: Statement) -> list[Any]:
    async with world.db.reading(SYSTEM) as tx:
        rows = await tx.fetch(
            "SELECT id FROM payment_statement_lines WHERE statement_id = $1 AND verdict <> 'matched'"
            " AND settled_at IS NULL",
            bill.id,
        )
    return [row["id"] for row in rows]
