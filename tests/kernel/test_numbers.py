"""Document numbers: counted per prefix and business day, without gap or double."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import parse_number
from shangmai.kernel.numbers import next_numbers
from tests.kernel.conftest import UntilBlocked, rolled_back

DAY = datetime(2026, 1, 31, 4, tzinfo=UTC)
"""Noon in Shanghai."""


async def take(db: Database, prefix: str, *at: datetime) -> list[str]:
    async with db.transaction() as tx:
        return await next_numbers(tx, prefix, at)


async def test_counts_from_one_and_goes_on(db: Database) -> None:
    assert await take(db, "SO", DAY, DAY) == ["SO20260131-000001", "SO20260131-000002"]
    assert await take(db, "SO", DAY) == ["SO20260131-000003"]


async def test_every_prefix_and_every_day_counts_for_itself(db: Database) -> None:
    yesterday = DAY - timedelta(days=1)
    assert await take(db, "SO", DAY, yesterday, DAY, yesterday, yesterday) == [
        "SO20260131-000001",
        "SO20260130-000001",
        "SO20260131-000002",
        "SO20260130-000002",
        "SO20260130-000003",
    ]
    assert await take(db, "PO", DAY) == ["PO20260131-000001"]


async def test_a_day_begins_at_midnight_in_shanghai(db: Database) -> None:
    midnight = datetime(2026, 1, 31, 16, tzinfo=UTC)
    assert await take(db, "SO", midnight - timedelta(microseconds=1), midnight) == [
        "SO20260131-000001",
        "SO20260201-000001",
    ]


async def test_none_are_asked_for(db: Database) -> None:
    assert await take(db, "SO") == []


async def test_a_rollback_gives_them_back(db: Database) -> None:
    async with rolled_back(db) as tx:
        assert await next_numbers(tx, "SO", [DAY, DAY]) == ["SO20260131-000001", "SO20260131-000002"]
    assert await take(db, "SO", DAY) == ["SO20260131-000001"]


async def test_who_comes_second_waits_and_goes_on_from_there(db: Database, until_blocked: UntilBlocked) -> None:
    async with db.transaction() as first:
        assert await next_numbers(first, "SO", [DAY]) == ["SO20260131-000001"]
        second = asyncio.create_task(take(db, "SO", DAY))
        await until_blocked()
    assert await second == ["SO20260131-000002"]


async def test_who_comes_second_takes_over_what_was_given_back(db: Database, until_blocked: UntilBlocked) -> None:
    async with rolled_back(db) as first:
        await next_numbers(first, "SO", [DAY])
        second = asyncio.create_task(take(db, "SO", DAY))
        await until_blocked()
    assert await second == ["SO20260131-000001"]


async def test_many_at_once_leave_no_gap_and_no_double_and_no_circle(db: Database) -> None:
    """Lists over several days in any order; no retry here, so a circle of waiting transactions would surface."""
    dice = random.Random(3)
    days = [DAY + timedelta(days=n) for n in range(4)]
    lists = await asyncio.gather(*(take(db, "SO", *dice.choices(days, k=10)) for _ in range(40)))
    numbers = sorted(number for each in lists for number in each)
    by_day: dict[str, list[int]] = {}
    for number in numbers:
        by_day.setdefault(str(parse_number(number).day), []).append(parse_number(number).n)
    assert sum(map(len, by_day.values())) == 400
    assert by_day == {day: list(range(1, len(each) + 1)) for day, each in by_day.items()}
