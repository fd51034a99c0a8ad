"""Points in orders: spent when one is placed, given back once, earned when it is final and taken back in share."""

from __future__ import annotations

import asyncio
import random
from fractions import Fraction
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.inventory.contract import OutOfStock
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.members.contract.points import PointsShort
from shangmai.modules.orders import rules
from tests.pricing.making import customer, publish
from tests.world import World


@pytest_asyncio.fixture
async def member(world: World) -> CustomerId:
    """A member with 1,000 points, in a shop where 100 points pay 1.00 and each 1.00 paid earns one."""
    await publish(world, layer="points", benefit={"kind": "points_deduction"})
    policy = {"earn_points": 1, "earn_each_minor": 100, "expiry": "years", "expiry_after": 1}
    await world.act("members.set_points_policy", {"company_id": world.company_id, "policy": policy})
    made = CustomerId(await customer(world))
    await world.act("members.adjust_points", {"customer_id": made, "points": 1000, "reason": "开业"})
    return made


async def points(world: World, member: CustomerId) -> tuple[int, int]:
    """Available and held, after every event was handled."""
    await world.reader.drain()
    async with world.db.reading(SYSTEM) as tx:
        found = await members.get_points(tx, member)
    return found.available, found.held


async def place(world: World, member: CustomerId, use: int, *quantities: int, **more: Any) -> Any:
    return await world.place(*quantities, customer_id=member, points=use, **more)


async def test_points_are_kept_spent_and_earned(world: World, member: CustomerId) -> None:
    order = await place(world, member, 750, 2, 1)  # 20.00 + 20.00
    assert (order.total_minor, order.points) == (3300, 700), "whole steps of 100"
    assert await points(world, member) == (300, 700)
    await world.pay(order)
    assert await points(world, member) == (300, 0)
    await world.ship(order)
    assert await points(world, member) == (300, 0)
    await world.act("orders.sign", {"order_id": order.id})
    assert await points(world, member) == (333, 0)
    assert await world.faults() == []


async def test_no_points_are_used_unasked(world: World, member: CustomerId) -> None:
    order = await place(world, member, 0, 1)
    assert (order.total_minor, order.points) == (1000, 0)
    assert await points(world, member) == (1000, 0)


async def test_asking_for_more_than_there_is_is_refused_and_changes_nothing(world: World, member: CustomerId) -> None:
    before = await world.count("orders"), await world.stock_of()
    with pytest.raises(PointsShort) as refused:
        await place(world, member, 1001, 5)
    assert refused.value.data == {"available": 1000, "wanted": 1001}
    with pytest.raises(PointsShort):
        await world.place(5, points=100)
    assert (await world.count("orders"), await world.stock_of()) == before
    assert await points(world, member) == (1000, 0)


async def test_an_order_without_stock_keeps_no_points(world: World, member: CustomerId) -> None:
    with pytest.raises(OutOfStock):
        await place(world, member, 500, 1000)
    assert await points(world, member) == (1000, 0)
    assert await world.faults() == []


@pytest.mark.parametrize("paid", [False, True])
async def test_canceling_gives_them_back_once(world: World, member: CustomerId, paid: bool) -> None:
    order = await place(world, member, 600, 3)
    if paid:
        await world.pay(order)
    for _ in range(2):
        await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
        assert await points(world, member) == (1000, 0)
    assert await world.faults() == []


async def test_an_order_that_points_pay_for_is_spent_at_once(world: World, member: CustomerId) -> None:
    order = await place(world, member, 1000, 1)
    assert (order.total_minor, order.points, order.payment_status) == (0, 1000, "paid")
    assert await points(world, member) == (0, 0)
    await world.ship(order)
    await world.act("orders.sign", {"order_id": order.id})
    made = await world.give_back(order, {1: 1})
    assert (made.refund_minor, made.points_back) == (0, 1000)
    assert await points(world, member) == (1000, 0)
    assert await world.faults() == []


async def test_of_orders_at_once_those_win_that_find_points(world: World, member: CustomerId) -> None:
    wishes = [world.wish(1, customer_id=member, points=400) for _ in range(6)]
    answers = await asyncio.gather(*(world.answer("orders.place", wish) for wish in wishes))
    placed = [answer.value for answer in answers if answer.error is None]
    assert [(order.points, order.total_minor) for order in placed] == [(400, 600)] * 2
    assert {type(answer.error) for answer in answers if answer.error} == {PointsShort}
    assert await points(world, member) == (200, 800)
    assert await world.faults() == []


async def test_orders_in_two_processes_do_not_share_points(world: World, member: CustomerId) -> None:
    """Two runners coalesce nothing with each other: two transactions meet at the member's row."""
    other = World(world.db)
    calls = [each.answer("orders.place", world.wish(1, customer_id=member, points=600)) for each in (world, other)]
    answers = await asyncio.gather(*calls)
    assert sorted(type(answer.error).__name__ for answer in answers) == ["NoneType", "PointsShort"]
    assert await points(world, member) == (400, 600)


@pytest.mark.parametrize("seed", range(4))
async def test_any_sequence_of_returns_gives_every_point_back_and_takes_every_earned_one(
    world: World, member: CustomerId, seed: int
) -> None:
    chance = random.Random(seed)
    order = await place(world, member, 100 * chance.randrange(1, 11), 5, 3, 1)
    await world.pay(order)
    await world.ship(order)
    if chance.random() < 0.7:
        await world.act("orders.sign", {"order_id": order.id})
    assert sum(await points(world, member)) <= 1000 - order.points + order.total_minor // 100
    pieces = [n for n, qty in ((1, 5), (2, 3), (3, 1)) for _ in range(qty)]
    chance.shuffle(pieces)
    given = 0
    while pieces:
        part = [pieces.pop() for _ in range(min(len(pieces), chance.randrange(1, 4)))]
        given += (await world.give_back(order, {n: part.count(n) for n in set(part)})).points_back
    assert given == order.points
    assert await points(world, member) == (1000, 0)
    assert await world.faults() == []


async def test_the_quote_tells_before(world: World, member: CustomerId) -> None:
    answer = await world.act("orders.place", world.wish(2, customer_id=member, points=500), dry_run=True)
    assert (answer.total_minor, answer.points) == (1500, 500)
    assert await points(world, member) == (1000, 0)


@given(st.integers(0, 10**9), st.lists(st.integers(1, 1000), min_size=1, max_size=12))
def test_what_goes_back_adds_up_to_the_amount(amount: int, parts: list[int]) -> None:
    whole, gone, back = sum(parts), 0, 0
    for part in parts:
        some = rules.goes_back(amount, Fraction(gone, whole), Fraction(gone + part, whole))
        assert some >= 0
        gone, back = gone + part, back + some
    assert back == amount
