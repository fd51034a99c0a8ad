"""Levels by what members spend: up with the order that reaches one, down when the period has passed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.apps.upkeep import review_levels
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item
from shangmai.modules.members import service
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.members.contract.leveling import LevelRule, LevelStep, LevelStepsUnfit
from shangmai.modules.members.contract.points import PointsBase
from shangmai.modules.members.http import routes
from shangmai.modules.members.rules.levels import check_rule, level_by, next_step
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import OrderSigned
from shangmai.modules.organization.contract import ShopNotFound
from tests.pricing.making import customer
from tests.routes import reading
from tests.world import World

STEPS = [{"level": "silver", "spent_minor": 3_000}, {"level": "gold", "spent_minor": 8_000}]
DAY_S = 24 * 3600


class Levels:
    """A shop where 30.00 in thirty days makes silver and 80.00 gold, and a member."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = ManualClock(world.db.clock.now())
        world.db.clock = self.clock

    async def open(self, **more: Any) -> Levels:
        self.member = CustomerId(await customer(self.world))
        await self.rule(**more)
        return self

    async def rule(self, steps: Any = STEPS, **more: Any) -> Any:
        rule = {"steps": steps, "days": 30, **more}
        return await self.world.act("members.set_level_rule", {"shop_id": self.world.shop_id, "rule": rule})

    async def buys(self, *quantities: int) -> Any:
        """Bought, paid, shipped and signed: 10.00, 20.00 and 30.00 a piece."""
        order = await self.world.place(*quantities, customer_id=self.member)
        await self.world.pay(order)
        await self.world.ship(order)
        await self.world.act("orders.sign", {"order_id": order.id})
        await self.world.reader.drain()
        return order

    async def days(self, days: float) -> None:
        self.clock.advance(seconds=days * DAY_S)
        await review_levels(self.world.runner)

    async def standing(self) -> tuple[str, int, str, int]:
        async with self.world.db.reading(SYSTEM) as tx:
            told = await service.level_standing(tx, self.member)
        return told.level, told.spent_minor, told.next_level, told.missing_minor

    async def level(self) -> str:
        return (await self.standing())[0]


async def test_up_with_the_order_that_reaches_it_and_down_after_the_period(world: World) -> None:
    shop = await Levels(world).open()
    await shop.buys(2)
    assert await shop.standing() == ("", 2_000, "silver", 1_000)
    await shop.days(10)
    await shop.buys(0, 1)
    assert await shop.standing() == ("silver", 4_000, "gold", 4_000)
    await shop.days(10)
    await shop.buys(0, 2)
    assert await shop.standing() == ("gold", 8_000, "", 0)
    await shop.days(10)
    assert await shop.standing() == ("silver", 6_000, "gold", 2_000), "the first order has left the period"
    await shop.days(10)
    assert await shop.standing() == ("silver", 4_000, "gold", 4_000)
    await shop.days(10)
    assert await shop.standing() == ("", 0, "silver", 3_000)
    async with world.db.reading(SYSTEM) as tx:
        told = await tx.fetch(
            "SELECT payload->>'level' AS level FROM events WHERE name = 'members.level_changed.v1' ORDER BY seq"
        )
        assert await tx.fetchval("SELECT count(*) FROM level_reviews") == 0
    assert [row["level"] for row in told] == ["silver", "gold", "silver", ""]
    assert await world.faults() == []


async def test_what_goes_back_counts_no_more(world: World) -> None:
    shop = await Levels(world).open()
    order = await shop.buys(3)
    assert await shop.level() == "silver"
    await world.give_back(order, {1: 1})
    await world.reader.drain()
    assert await shop.standing() == ("", 2_000, "silver", 1_000)


async def test_a_level_that_never_goes_down(world: World) -> None:
    shop = await Levels(world).open(lowers=False)
    await shop.buys(3)
    await shop.days(40)
    assert await shop.standing() == ("silver", 0, "silver", 3_000)


async def test_a_level_given_by_hand_that_the_rule_does_not_know_stays(world: World) -> None:
    shop = await Levels(world).open()
    await world.act("members.set_level", {"customer_id": shop.member, "level": "friend"})
    await shop.buys(9)
    assert await shop.level() == "friend"
    await shop.rule()
    await shop.days(0)
    assert await shop.level() == "friend"


async def test_another_rule_counts_for_what_was_spent_already(world: World) -> None:
    shop = await Levels(world).open(steps=[])
    await shop.buys(2)
    assert await shop.level() == ""
    await shop.rule([{"level": "bronze", "spent_minor": 1_500}])
    await shop.days(0)
    assert await shop.level() == "bronze"
    await shop.rule()
    await shop.days(0)
    assert await shop.level() == "bronze", "the new rule does not know it"


async def test_prices_go_by_the_level_at_once(world: World) -> None:
    shop = await Levels(world).open()
    given = {"code": "S", "name": "银卡价", "kind": "level", "level": "silver", "currency": "CNY"}
    await world.act("pricing.create_price_list", given)
    await world.act("pricing.set_prices", {"price_list": "S", "sku_id": world.skus[0], "price_minor": 900})
    await shop.buys(3)
    assert (await world.place(1, customer_id=shop.member)).total_minor == 900


async def test_two_orders_at_once_reach_it_together(world: World) -> None:
    shop = await Levels(world).open()
    item = Item(SYSTEM, new_id(), shop.clock.now())

    async def note() -> None:
        base = PointsBase(doc=new_id(), customer_id=shop.member, paid_minor=1_600, currency="CNY", item=item)
        async with world.transaction(items=[item]) as tx:
            await service.note_spent(tx, [base])

    await asyncio.gather(note(), note(), review_levels(world.runner))
    assert await shop.standing() == ("silver", 3_200, "gold", 4_800)
    assert await world.count("customer_levels") == 1


async def test_events_that_come_again_change_nothing(world: World) -> None:
    shop = await Levels(world).open()
    order = await shop.buys(3)
    async with world.db.transaction() as tx:
        await orders.earn(tx, [OrderSigned(order_id=order.id, number=order.number)])
    assert await shop.standing() == ("silver", 3_000, "gold", 5_000)
    assert await world.count("customer_levels") == 1


async def test_what_is_missing_is_told_and_by_which_rule(world: World) -> None:
    shop = await Levels(world).open()
    await shop.buys(2)
    stranger = Actor(
        id=new_id(), kind="user", name="x", grants=frozenset({"members.read"}), scopes={"shop": frozenset({new_id()})}
    )
    level, rule = f"/api/v1/customers/{shop.member}/level", f"/api/v1/shops/{world.shop_id}/level-rule"
    async with reading(world.db, routes, SYSTEM) as client:
        told, ruled = (await client.get(level)).json(), (await client.get(rule)).json()
        missing = await client.get(f"/api/v1/customers/{new_id()}/level")
    async with reading(world.db, routes, stranger) as client:
        refused = [(await client.get(path)).status_code for path in (level, rule)]
    assert (told["spent_minor"], told["next_level"], told["missing_minor"]) == (2_000, "silver", 1_000)
    assert (ruled["rule"]["days"], [step["level"] for step in ruled["rule"]["steps"]]) == (30, ["silver", "gold"])
    assert (missing.status_code, missing.json()["code"]) == (404, "members.CustomerNotFound")
    assert refused == [404, 403]


async def test_refusals_change_nothing(world: World) -> None:
    shop = await Levels(world).open()
    for steps in (STEPS[::-1], [STEPS[0], {"level": "silver", "spent_minor": 9_000}]):
        with pytest.raises(LevelStepsUnfit):
            await shop.rule(steps)
    with pytest.raises(ShopNotFound):
        await world.act("members.set_level_rule", {"shop_id": new_id(), "rule": {}})
    async with world.db.reading(SYSTEM) as tx:
        kept = (await service.level_rule_of(tx, world.shop_id)).rule  # type: ignore[arg-type]
    assert [step.spent_minor for step in kept.steps] == [3_000, 8_000]


ladders = st.lists(st.integers(1, 1_000), min_size=1, max_size=6, unique=True).map(
    lambda spent: tuple(LevelStep(level=f"L{n}", spent_minor=minor) for n, minor in enumerate(sorted(spent)))
)


@given(ladders, st.integers(0, 1_200), st.integers(0, 1_200), st.booleans())
def test_more_spent_is_never_a_lower_level(steps: Any, less: int, more: int, lowers: bool) -> None:
    rule = LevelRule(steps=steps, lowers=lowers)
    ladder = ["", *(step.level for step in steps)]
    less, more = sorted((less, more))
    low, high = level_by(rule, "", less), level_by(rule, "", more)
    assert check_rule(rule) is None
    assert ladder.index(low) <= ladder.index(high)
    assert level_by(rule, high, less) == (low if lowers else high)
    assert level_by(rule, low, more) == high
    assert level_by(rule, "by hand", more) == "by hand"
    step = next_step(rule, more)
    assert (step is None) == (high == ladder[-1])
    assert step is None or level_by(rule, "", step.spent_minor) == step.level == ladder[ladder.index(high) + 1]


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 3_000)), max_size=12), ladders)
def test_a_level_is_what_the_period_says_whenever_one_looks(orders: Any, steps: Any) -> None:
    """Looked at with each order and whenever one leaves the period, it is what it would be counted anew, always."""
    rule, days = LevelRule(steps=steps), 30
    noted = sorted(orders)
    looks = sorted({day for day, _ in noted} | {day + days for day, _ in noted})
    level = ""
    for day in range(140):
        counted = sum(minor for at, minor in noted if day - days < at <= day)
        if day in looks:
            level = level_by(rule, level, counted)
        assert level == level_by(rule, "", counted)
