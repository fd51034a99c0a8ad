"""Bargains: cut down by friends, bought at the price reached, over in time; and all of that at the same moment."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.db.database import Database
from shangmai.modules.marketing import service
from shangmai.modules.marketing.contract import (
    BargainNotFound,
    BargainOver,
    BargainStarted,
    HelpedAlready,
    LowestReached,
    NoBargainPromotion,
    NotCutYet,
    OwnBargain,
)
from shangmai.modules.members.contract import CustomerNotFound
from shangmai.modules.orders.contract import OfferNotUsable, PriceChanged
from tests.marketing.conftest import HOUR, MINUTE, Groups
from tests.pricing.making import customer, publish
from tests.world import World


class Bargains:
    """Short ways to bargain for the first SKU, 10.00, down to 4.00 by three helps."""

    def __init__(self, world: World, clock: ManualClock) -> None:
        self.world, self.clock = world, clock

    async def make(self) -> Bargains:
        benefit = {"kind": "bargain", "lowest_minor": 400}
        self.promotion = await publish(self.world, "KJ", layer="price", benefit=benefit)
        await self.world.act("marketing.set_bargain_terms", {"promotion_id": self.promotion.id, "helps": 3})
        self.customers: list[UUID] = [await customer(self.world, f"B{n}") for n in range(6)]
        return self

    def starting(self, who: int = 0, **more: Any) -> dict[str, Any]:
        return {
            "shop_id": self.world.shop_id,
            "promotion_id": self.promotion.id,
            "sku_id": self.world.skus[0],
            "customer_id": self.customers[who],
            **more,
        }

    async def start(self, who: int = 0) -> Any:
        return await self.world.act("marketing.start_bargain", self.starting(who))

    def helping(self, made: Any, who: int) -> dict[str, Any]:
        return {"bargain_id": made.id, "customer_id": self.customers[who]}

    async def help(self, made: Any, who: int) -> Any:
        return await self.world.act("marketing.help_bargain", self.helping(made, who))

    async def buy(self, made: Any, **more: Any) -> Any:
        return await self.world.act("marketing.buy_bargain", {"bargain_id": made.id, **more})

    async def look(self, made: Any) -> Any:
        await self.world.reader.drain()
        async with self.world.db.transaction() as tx:
            return await service.get_bargain(tx, made.id)


@pytest_asyncio.fixture
async def bargains(world: World, clock: ManualClock) -> Bargains:
    return await Bargains(world, clock).make()


async def test_three_helps_reach_the_lowest_price(world: World, bargains: Bargains) -> None:
    made = await bargains.start()
    assert (made.list_minor, made.lowest_minor, made.price_minor, made.helps_max) == (1000, 400, 1000, 3)
    told = [await bargains.help(made, who) for who in (1, 2, 3)]
    assert sum(each.cut_minor for each in told) == 600
    assert [each.bargain.helps for each in told] == [1, 2, 3]
    with pytest.raises(LowestReached):
        await bargains.help(made, 4)
    detail = await bargains.look(made)
    assert [each.cut_minor for each in detail.helps] == [each.cut_minor for each in told]
    bought = await bargains.buy(made, expected_total_minor=400)
    assert (bought.order.total_minor, bought.bargain.status, bought.bargain.order_id) == (
        400,
        "bought",
        bought.order.id,
    )
    await world.pay(bought.order)
    assert (await world.ship(bought.order)).status == "shipped"
    for again in (bargains.buy(made), bargains.help(made, 4)):
        with pytest.raises(BargainOver):
            await again
    assert await world.faults() == []


async def test_bought_at_the_price_reached(world: World, bargains: Bargains) -> None:
    made = await bargains.start()
    with pytest.raises(NotCutYet):
        await bargains.buy(made)
    price = (await bargains.help(made, 1)).bargain.price_minor
    with pytest.raises(PriceChanged):
        await bargains.buy(made, expected_total_minor=price - 1)
    assert (await bargains.look(made)).bargain.status == "open"
    assert (await bargains.buy(made)).order.total_minor == price
    assert await world.faults() == []


async def test_an_order_that_is_not_paid_lets_the_bargain_be_bought_again(
    world: World, bargains: Bargains, groups: Groups
) -> None:
    made = await bargains.start()
    await bargains.help(made, 1)
    first = await bargains.buy(made)
    await groups.pass_time(31 * MINUTE)
    assert (await world.detail(first.order)).order.status == "canceled"
    assert (await bargains.look(made)).bargain.status == "open"
    second = await bargains.buy(made)
    assert second.order.total_minor == first.order.total_minor
    other = await bargains.start()  # one that is bought makes room
    await world.act("orders.cancel", {"order_id": second.order.id, "reason": "不要了"})
    assert (await bargains.look(made)).bargain.status == "over"
    assert (await bargains.look(other)).bargain.status == "open"
    assert await world.faults() == []


async def test_what_is_refused_changes_nothing(world: World, bargains: Bargains) -> None:
    made = await bargains.start()
    await bargains.help(made, 1)
    before = await bargains.look(made)
    wrong: list[tuple[str, dict[str, Any], type[Exception]]] = [
        ("help_bargain", bargains.helping(made, 0), OwnBargain),
        ("help_bargain", bargains.helping(made, 1), HelpedAlready),
        ("help_bargain", {"bargain_id": made.id, "customer_id": world.shop_id}, CustomerNotFound),
        ("help_bargain", {"bargain_id": world.shop_id, "customer_id": bargains.customers[1]}, BargainNotFound),
        ("buy_bargain", {"bargain_id": world.shop_id}, BargainNotFound),
        ("start_bargain", bargains.starting(), BargainStarted),
        ("start_bargain", bargains.starting(promotion_id=world.shop_id), NoBargainPromotion),
        ("start_bargain", bargains.starting(1, customer_id=world.shop_id), CustomerNotFound),
    ]
    for name, given, refusal in wrong:
        with pytest.raises(refusal):
            await world.act(f"marketing.{name}", given)
    bargains.clock.advance(seconds=24 * HOUR)
    for late in (bargains.help(made, 2), bargains.buy(made)):
        with pytest.raises(BargainOver):
            await late
    after = await bargains.look(made)
    assert (after.helps, after.bargain.status) == (before.helps, "over")
    assert (await world.count("orders"), await world.count("marketing_bargains")) == (0, 1)
    assert (await bargains.start()).status == "open"  # a new one
    assert await world.faults() == []


async def test_nobody_helps_in_vain(world: World, bargains: Bargains) -> None:
    price = {"kind": "special_price", "prices": [{"sku_id": str(world.skus[0]), "price_minor": 300}]}
    await publish(world, "SP", layer="price", benefit=price)
    with pytest.raises(OfferNotUsable):
        await bargains.start()
    assert await world.count("marketing_bargains") == 0


class TestAtOnce:
    async def test_many_help_on_two_connections(self, world: World, bargains: Bargains, dsn: str) -> None:
        made = await bargains.start()
        async with await Database.connect(dsn, size=4) as db:
            db.clock = bargains.clock
            worlds = (world, World(db))
            told = await asyncio.gather(
                *(
                    worlds[n % 2].answer("marketing.help_bargain", bargains.helping(made, who))
                    for n, who in enumerate((1, 1, 1, 2, 2, 3, 4, 5))
                )
            )
        assert sum(each.error is None for each in told) == 3
        assert {type(each.error) for each in told if each.error} <= {HelpedAlready, LowestReached}
        detail = await bargains.look(made)
        assert (detail.bargain.price_minor, [each.n for each in detail.helps]) == (400, [1, 2, 3])
        assert len({each.customer_id for each in detail.helps}) == 3
        assert await world.faults() == []

    async def test_bought_once_and_started_once(self, world: World, bargains: Bargains, dsn: str) -> None:
        async with await Database.connect(dsn, size=4) as db:
            db.clock = bargains.clock
            worlds = (world, World(db))
            begun = await asyncio.gather(*(w.answer("marketing.start_bargain", bargains.starting()) for w in worlds))
            assert sorted(type(each.error).__name__ for each in begun) == ["BargainStarted", "NoneType"]
            [made] = [each.value for each in begun if each.error is None]
            await bargains.help(made, 1)
            do = {"bargain_id": made.id}
            told = await asyncio.gather(*(w.answer("marketing.buy_bargain", do) for w in (*worlds, world)))
        assert sorted(type(each.error).__name__ for each in told) == ["BargainOver", "BargainOver", "NoneType"]
        assert (await world.count("orders"), await world.stock_of()) == (1, (100, 1))
        async with world.db.reading(SYSTEM) as tx:
            assert await service.prove(tx) == []
