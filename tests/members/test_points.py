"""Points: given and taken with a reason, spent oldest first, held and given back once, expired by their day."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from shangmai.apps import upkeep
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.members import service
from shangmai.modules.members.contract import CustomerId, CustomerNotFound
from shangmai.modules.members.contract.points import (
    NEVER,
    Expiry,
    PointsBack,
    PointsBalance,
    PointsBase,
    PointsComeToNothing,
    PointsHold,
    PointsLine,
    PointsPolicy,
    PointsShort,
)
from shangmai.modules.members.rules import points as rules
from shangmai.modules.members.rules.points import Lot
from tests.world import World


@pytest_asyncio.fixture
async def member(world: World) -> CustomerId:
    """A member of the shop, whose points last to the end of the month after."""
    known = await world.act("members.register", {"shop_id": world.shop_id, "ref": "C1"})
    await set_policy(world, earn_points=3, earn_each_minor=100, expiry="months", expiry_after=1, worth_minor=100)
    made: CustomerId = known.customer_id
    return made


async def set_policy(world: World, **policy: Any) -> None:
    await world.act("members.set_points_policy", {"company_id": world.company_id, "policy": policy})


async def adjust(world: World, member: CustomerId, points: int, **options: Any) -> PointsBalance:
    given = {"customer_id": member, "points": points, "reason": "补偿"}
    answer: PointsBalance = await world.act("members.adjust_points", given, **options)
    return answer


async def balance(world: World, member: CustomerId) -> tuple[int, int]:
    async with world.db.reading(SYSTEM) as tx:
        found = await service.get_points(tx, member)
    return found.available, found.held


async def statement(world: World, member: CustomerId, limit: int = 200) -> list[PointsLine]:
    lines, cursor = [], None
    async with world.db.reading(SYSTEM) as tx:
        while True:
            page = await service.list_points_lines(tx, member, cursor=cursor, limit=limit)
            lines += page.items
            if page.next is None:
                return lines
            cursor = page.next


async def hold(world: World, member: CustomerId, points: int, doc: UUID | None = None) -> AppError | None:
    async with world.transaction() as tx:
        wanted = PointsHold(doc=doc or new_id(), customer_id=member, points=points, item=tx.items[0])
        return (await service.hold_points(tx, [wanted])).get(wanted.doc)


@pytest_asyncio.fixture(autouse=True)
async def sound(world: World) -> Any:
    """Whatever a test did, the book proves afterwards; only orders would miss the documents made up here."""
    yield
    async with world.db.reading(SYSTEM) as tx:
        assert await service.prove(tx) == []


async def test_points_are_given_and_taken_with_a_reason(world: World, member: CustomerId) -> None:
    assert (await adjust(world, member, 500)).available == 500
    after = await adjust(world, member, -120)
    assert (after.available, after.held, len(after.lots)) == (380, 0, 1)
    assert [(line.kind, line.points, line.balance, line.reason) for line in await statement(world, member)] == [
        ("adjusted", -120, 380, "补偿"),
        ("adjusted", 500, 500, "补偿"),
    ]
    for points, refusal in ((-381, PointsShort), (0, PointsComeToNothing)):
        with pytest.raises(refusal):
            await adjust(world, member, points)
    with pytest.raises(CustomerNotFound):
        await adjust(world, CustomerId(new_id()), 5)
    assert await balance(world, member) == (380, 0)


async def test_a_clerk_of_another_shop_finds_nobody(world: World, member: CustomerId) -> None:
    def clerk(shop_id: UUID) -> Actor:
        scopes = {"shop": frozenset({shop_id})}
        return Actor(id=new_id(), kind="user", name="x", grants=frozenset({"members.*"}), scopes=scopes)

    given = {"customer_id": member, "points": 5, "reason": "补偿"}
    with pytest.raises(CustomerNotFound):
        await world.act("members.adjust_points", given, actor=clerk(new_id()))
    made = await world.act("members.adjust_points", given, actor=clerk(world.shop_id))
    assert made.available == 5
    assert made.lots[0].last_day is not None, "by the company's policy, which every clerk may read"


async def test_what_expires_first_is_spent_first(world: World, member: CustomerId) -> None:
    for month, points in ((3, 10), (1, 20), (2, 30)):
        await adjust(world, member, points, at=datetime(2026, month, 10, tzinfo=UTC))
    doc = new_id()
    async with world.transaction() as tx:
        tx.items = [Item(SYSTEM, tx.cause, datetime(2026, 2, 20, tzinfo=UTC))]
        await service.hold_points(tx, [PointsHold(doc=doc, customer_id=member, points=35, item=tx.items[0])])
        rows = await tx.fetch(
            "SELECT a.lot, h.remaining FROM points_holds h JOIN points_accounts a ON a.id = h.debit_id ORDER BY a.lot"
        )
        assert [tuple(row) for row in rows] == [(date(2026, 2, 28), 20), (date(2026, 3, 31), 15)]
        await service.settle_points(tx, {doc: tx.items[0]})
        assert await service.give_points_back(tx, [PointsBack(doc=doc, points=17, item=tx.items[0])]) == {doc: 17}
        assert await service.give_points_back(tx, [PointsBack(doc=doc, points=None, item=tx.items[0])]) == {doc: 18}
        assert await service.give_points_back(tx, [PointsBack(doc=doc, points=None, item=tx.items[0])]) == {doc: 0}
    lines = await statement(world, member, limit=2)
    assert sorted((line.points, line.last_day) for line in lines if line.kind == "spent") == [
        (-20, date(2026, 2, 28)), (-15, date(2026, 3, 31)), (2, date(2026, 2, 28)), (15, date(2026, 3, 31)),
        (18, date(2026, 2, 28)),
    ]  # fmt: skip
    assert (lines[0].balance, len(lines)) == (60, 8)


async def test_two_at_once_never_hold_more_than_there_is(world: World, member: CustomerId) -> None:
    await adjust(world, member, 100)
    outcomes = await asyncio.gather(*(hold(world, member, 40) for _ in range(5)))
    refused = [each for each in outcomes if each is not None]
    assert len(refused) == 3
    assert {(type(each), each.data["available"]) for each in refused} == {(PointsShort, 20)}
    assert await balance(world, member) == (20, 80)


async def test_one_who_waits_sees_what_is_left(world: World, member: CustomerId) -> None:
    await adjust(world, member, 100)
    async with world.transaction() as tx:
        assert await service.points_available(tx, {member: tx.items[0]}, lock=True) == {member: 100}
        other = asyncio.create_task(hold(world, member, 60))
        wanted = PointsHold(doc=new_id(), customer_id=member, points=70, item=tx.items[0])
        assert await service.hold_points(tx, [wanted]) == {}
    refused = await other
    assert isinstance(refused, PointsShort)
    assert refused.data == {"available": 30, "wanted": 60}


async def test_points_expire_by_their_day_and_held_ones_later(world: World, member: CustomerId) -> None:
    await adjust(world, member, 100, at=datetime(2025, 3, 1, tzinfo=UTC))
    await adjust(world, member, 50)
    assert await balance(world, member) == (50, 0), "what is over can't be spent, expired or not"
    await upkeep.expire_points(world.runner)
    [last, *_] = await statement(world, member)
    assert (last.kind, last.points, last.balance, last.last_day) == ("expired", -100, 50, date(2025, 4, 30))
    await upkeep.expire_points(world.runner)
    assert len(await statement(world, member)) == 3
    assert await balance(world, member) == (50, 0)


async def test_points_are_earned_once_and_taken_back_by_what_is_left(world: World, member: CustomerId) -> None:
    doc = new_id()

    def base(tx: Tx, paid_minor: int) -> list[PointsBase]:
        return [PointsBase(doc=doc, customer_id=member, paid_minor=paid_minor, currency="CNY", item=tx.items[0])]

    async with world.transaction() as tx:
        await service.earn_points(tx, base(tx, 1_050))
        await service.earn_points(tx, base(tx, 9_999))
    assert await balance(world, member) == (30, 0)
    async with world.transaction() as tx:
        await service.take_points_back(tx, base(tx, 999))
        await service.take_points_back(tx, base(tx, 999))
    assert await balance(world, member) == (27, 0)
    await adjust(world, member, -20)
    async with world.transaction() as tx:
        await service.take_points_back(tx, base(tx, 0))
        assert tx.emitted[-1].event.short == 20  # type: ignore[attr-defined]
    assert await balance(world, member) == (0, 0)
    await adjust(world, member, 50)
    async with world.transaction() as tx:
        await service.take_points_back(tx, base(tx, 0))
    assert await balance(world, member) == (30, 0)


# --- the decisions -------------------------------------------------------------------------------------------------

TODAY = date(2026, 6, 15)
days = st.one_of(st.just(NEVER), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
lots = st.dictionaries(days, st.integers(0, 10**6), max_size=8).map(lambda of: [Lot(day, n) for day, n in of.items()])


@given(lots, st.integers(0, 10**7))
def test_taking_takes_what_is_wanted_or_all_there_is_oldest_first(there: list[Lot], wanted: int) -> None:
    spendable = rules.usable(there, TODAY)
    taken = rules.take(spendable, wanted)
    assert rules.total(taken) == min(wanted, rules.total(spendable))
    assert [lot.last_day for lot in taken] == sorted(lot.last_day for lot in taken)
    assert all(lot.last_day >= TODAY for lot in taken)
    left = rules.without(spendable, taken)
    assert rules.total(left) == rules.total(spendable) - rules.total(taken)
    assert all(lot.available >= 0 for lot in left)
    if any(lot.available for lot in left):
        first_left = min(lot.last_day for lot in left if lot.available)
        assert all(lot.last_day <= first_left for lot in taken)


@given(st.integers(1, 100), st.integers(1, 10_000), st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_what_is_earned_falls_with_what_is_left_and_ends_at_nothing(points: int, each: int, gone: list[int]) -> None:
    paid = sum(gone)
    so_far = rules.earned(points, each, paid)
    for part in gone:
        paid -= part
        now = rules.earned(points, each, paid)
        assert 0 <= now <= so_far
        so_far = now
    assert so_far == 0


@pytest.mark.parametrize(
    ("expiry", "after", "today", "last"),
    [
        (Expiry.NEVER, 7, date(2026, 1, 31), NEVER),
        (Expiry.MONTHS, 0, date(2026, 1, 1), date(2026, 1, 31)),
        (Expiry.MONTHS, 1, date(2027, 1, 31), date(2027, 2, 28)),
        (Expiry.MONTHS, 13, date(2026, 11, 5), date(2027, 12, 31)),
        (Expiry.YEARS, 0, date(2026, 12, 31), date(2026, 12, 31)),
        (Expiry.YEARS, 1, date(2026, 2, 1), date(2027, 12, 31)),
    ],
)
def test_the_last_day(expiry: Expiry, after: int, today: date, last: date) -> None:
    assert rules.last_day(PointsPolicy(expiry=expiry, expiry_after=after), today) == last


def test_worth_is_rounded_half_up() -> None:
    assert [rules.worth_of(n, PointsPolicy(worth_minor=30)) for n in (0, 1, 2, 100, 105)] == [0, 0, 1, 30, 32]
