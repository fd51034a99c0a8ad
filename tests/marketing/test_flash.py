"""Flash sales: exactly as many as there are, nobody twice, and a crowd that is refused costs next to nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from shangmai.apps.upkeep import expire_orders
from shangmai.kernel.actions.contract import ACTIONS, Answer, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import GUEST, SYSTEM, Actor
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.pace import Turnstile
from shangmai.modules.checkout.contract.placing import CheckoutPriceChanged
from shangmai.modules.marketing import service
from shangmai.modules.marketing.contract.flash import (
    FlashLimitReached,
    FlashNotOpen,
    FlashSaleNotFound,
    FlashSoldOut,
    FlashStatus,
)
from shangmai.modules.members.service import actor_of_customer
from shangmai.modules.organization.contract import ShopId
from tests.checkout.conftest import RECEIVER, Mall
from tests.marketing.conftest import HOUR, MINUTE
from tests.world import World


class Flash:
    """The first SKU, 10.00, for 1.00: 50 pieces in the next hour, one for each buyer."""

    def __init__(self, world: World, clock: ManualClock) -> None:
        self.world, self.clock = world, clock

    async def open(self, units: int = 50, per_buyer: int = 1, starts_in_s: int = 0) -> Flash:
        await Mall(self.world).open()
        starts = self.clock.now() + timedelta(seconds=starts_in_s)
        given = {
            "shop_id": self.world.shop_id,
            "code": "MS",
            "name": "整点秒杀",
            "sku_id": self.world.skus[0],
            "price_minor": 100,
            "units": units,
            "per_buyer": per_buyer,
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=1)).isoformat(),
        }
        self.sale = await self.world.act("marketing.open_flash_sale", given)
        return self

    async def buyers(self, count: int) -> list[Actor]:
        spec = ACTIONS["members.register"]
        calls = [
            Call(
                action=spec.name,
                input=read_input(spec, {"shop_id": self.world.shop_id, "ref": f"B{n}"}),
                actor=SYSTEM,
                door="test",
            )
            for n in range(count)
        ]
        made = [answer.unwrap().customer_id for answer in await self.world.runner.run_list(calls)]
        return [actor_of_customer(id_, ShopId(self.world.shop_id)) for id_ in made]

    def call(self, buyer: Actor, qty: int = 1, **more: Any) -> Call:
        spec = ACTIONS["marketing.buy_flash"]
        given = {
            "shop_id": self.world.shop_id,
            "promotion_id": self.sale.promotion_id,
            "sku_id": self.world.skus[0],
            "customer_id": buyer.id,
            "qty": qty,
            "receiver": RECEIVER,
            "expected_total_minor": qty * 100,
            **more,
        }
        return Call(action=spec.name, input=read_input(spec, given), actor=buyer, door="test")

    async def buy(self, buyer: Actor, qty: int = 1, **more: Any) -> Any:
        return (await self.world.runner.run(self.call(buyer, qty, **more))).unwrap()

    async def view(self) -> Any:
        async with self.world.db.reading(SYSTEM) as tx:
            (view,) = await service.list_flash_sales(tx, ShopId(self.world.shop_id))
        return view


@pytest_asyncio.fixture
async def flash(world: World, clock: ManualClock) -> Flash:
    return Flash(world, clock)


class TestCrowds:
    async def test_two_hundred_for_fifty_are_exactly_fifty_and_nobody_twice(self, flash: Flash) -> None:
        """All twice at once, over three processes with connections of their own."""
        await flash.open(units=50)
        buyers = await flash.buyers(200)
        runners = [Runner(flash.world.db) for _ in range(3)]
        wanted = [(runners[n % 3], flash.call(buyer)) for n, buyer in enumerate([*buyers, *reversed(buyers)])]
        answers: list[Answer] = await asyncio.gather(*(runner.run(call) for runner, call in wanted))
        served = [call.actor.id for (_, call), answer in zip(wanted, answers, strict=True) if answer.error is None]
        assert (len(served), len(set(served))) == (50, 50)
        assert {type(answer.error) for answer in answers} <= {type(None), FlashSoldOut, FlashLimitReached}
        assert (await flash.view()).left == 0
        assert await flash.world.stock_of(0) == (100, 50)
        assert await flash.world.faults() == []

    async def test_who_is_first_is_served_first(self, flash: Flash) -> None:
        await flash.open(units=3)
        buyers = await flash.buyers(6)
        answers = await flash.world.runner.run_list([flash.call(buyer) for buyer in buyers])
        assert [type(answer.error) for answer in answers] == [type(None)] * 3 + [FlashSoldOut] * 3

    async def test_a_crowd_in_front_of_an_empty_shelf_asks_the_database_once(self, flash: Flash) -> None:
        await flash.open(units=1)
        first, *others = await flash.buyers(101)
        await flash.buy(first)
        with pytest.raises(FlashSoldOut):
            await flash.buy(others[0])
        logged = await flash.world.count("action_log")
        answers = [await flash.world.runner.run(flash.call(buyer)) for buyer in others for _ in range(10)]
        assert {type(answer.error) for answer in answers} == {FlashSoldOut}
        assert await flash.world.count("action_log") == logged

    async def test_others_buy_while_a_crowd_is_turned_away(self, flash: Flash, monkeypatch: pytest.MonkeyPatch) -> None:
        await flash.open(units=1)
        first, last = await flash.buyers(2)
        await flash.buy(first)
        with pytest.raises(FlashSoldOut):
            await flash.buy(last)
        runner = flash.world.runner
        with monkeypatch.context() as patch:
            patch.setattr(runner, "_turnstile", Turnstile(HOUR, HOUR))  # patch: their turn does not come meanwhile
            crowd = [asyncio.create_task(runner.run(flash.call(last))) for _ in range(4000)]
            order = {"shop_id": flash.world.shop_id, "lines": [{"sku_id": flash.world.skus[1], "qty": 1}]}
            async with asyncio.timeout(60):
                await flash.world.act("orders.place", order)
            assert sum(each.done() for each in crowd) < len(crowd), "an order did not wait until all were told"
            for each in crowd:
                each.cancel()
            await asyncio.gather(*crowd, return_exceptions=True)
        answers = await asyncio.gather(*(runner.run(flash.call(last)) for _ in range(4000)))
        assert {type(answer.error) for answer in answers} == {FlashSoldOut}


class TestComingFree:
    async def test_an_order_that_is_not_paid_in_time_gives_its_piece_back(self, flash: Flash) -> None:
        await flash.open(units=1)
        first, second = await flash.buyers(2)
        await flash.buy(first)
        with pytest.raises(FlashSoldOut):
            await flash.buy(second)
        flash.clock.advance(seconds=31 * MINUTE)
        await expire_orders(flash.world.runner)
        assert (await flash.view()).left == 1
        assert (await flash.buy(second)).total_minor == 100
        assert await flash.world.faults() == []

    async def test_so_does_one_that_is_canceled(self, flash: Flash) -> None:
        await flash.open(units=1)
        first, second = await flash.buyers(2)
        placed = await flash.buy(first)
        with pytest.raises(FlashSoldOut):
            await flash.buy(second)
        await flash.world.act("orders.cancel", {"order_id": placed.order_id, "reason": "不要了"})
        with pytest.raises(FlashSoldOut):
            await flash.buy(second)  # it is not looked again yet
        flash.clock.advance(seconds=1)
        assert (await flash.buy(second)).total_minor == 100
        flash.clock.advance(seconds=1)
        with pytest.raises(FlashSoldOut):
            await flash.buy(first)


class TestRefusals:
    async def test_before_and_after(self, flash: Flash) -> None:
        await flash.open(starts_in_s=60)
        (buyer,) = await flash.buyers(1)
        with pytest.raises(FlashNotOpen):
            await flash.buy(buyer)
        flash.clock.advance(seconds=61)
        assert (await flash.buy(buyer)).total_minor == 100
        flash.clock.advance(seconds=HOUR)
        with pytest.raises(FlashNotOpen):
            await flash.buy(buyer)

    async def test_more_than_each_may_have(self, flash: Flash) -> None:
        await flash.open(per_buyer=2)
        (buyer,) = await flash.buyers(1)
        with pytest.raises((CheckoutPriceChanged, FlashLimitReached)):
            await flash.buy(buyer, qty=3)
        await flash.buy(buyer, qty=2)
        with pytest.raises(FlashLimitReached):
            await flash.buy(buyer)
        assert (await flash.view()).left == 48

    async def test_never_at_another_price(self, flash: Flash) -> None:
        await flash.open()
        (buyer,) = await flash.buyers(1)
        with pytest.raises(CheckoutPriceChanged):
            await flash.buy(buyer, expected_total_minor=99)
        assert (await flash.view()).left == 50

    async def test_a_promotion_that_is_no_flash_sale(self, flash: Flash) -> None:
        await flash.open()
        (buyer,) = await flash.buyers(1)
        with pytest.raises(FlashSaleNotFound):
            await flash.buy(buyer, sku_id=flash.world.skus[1])

    async def test_nobody_buys_for_another(self, flash: Flash) -> None:
        await flash.open()
        one, other = await flash.buyers(2)
        for actor in (one, GUEST):
            call = flash.call(other)
            answer = await flash.world.runner.run(Call(action=call.action, input=call.input, actor=actor, door="test"))
            assert answer.error is not None
            assert answer.error.status == 403


class TestLooking:
    async def test_the_countdown_is_the_servers(self, flash: Flash) -> None:
        await flash.open(starts_in_s=90)
        shown = (await service.flash_sales_shown(flash.world.db, ShopId(flash.world.shop_id)))[0]
        assert (shown.status, shown.starts_in_s, shown.left) == (FlashStatus.AHEAD, 90, 50)
        flash.clock.advance(seconds=90)
        shown = (await service.flash_sales_shown(flash.world.db, ShopId(flash.world.shop_id)))[0]
        assert (shown.status, shown.starts_in_s) == (FlashStatus.OPEN, 0)

    async def test_a_crowd_that_waits_costs_one_look(self, flash: Flash) -> None:
        await flash.open()
        shop = ShopId(flash.world.shop_id)
        await service.flash_sales_shown(flash.world.db, shop)
        statements: list[str] = []

        def note(told: Any) -> None:
            statements.append(told.query)

        async with flash.world.db.connection() as conn:
            conn.add_query_logger(note)  # the connection that is taken next
        for _ in range(100):
            await service.flash_sales_shown(flash.world.db, shop)
        async with flash.world.db.connection() as conn:
            conn.remove_query_logger(note)
        assert statements == []
