"""Trying campaigns on past orders: hand-computed figures, nothing changed, nothing counted twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.runner import read_input
from shangmai.kernel.actors import SYSTEM
from shangmai.modules.marketing import service
from shangmai.modules.marketing.contract import NoOrdersThen, PeriodEmpty, RunStatus, WhatIf
from shangmai.modules.orders.contract import ShopNotFound
from shangmai.modules.pricing.contract.lifecycle import PromotionNotFound
from tests.world import World

FAR = {"from": "2030-01-01T00:00:00Z"}


class Trying:
    """Short ways to draft promotions and to try them on all that was sold."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def draft(self, code: str, benefit: dict[str, Any], layer: str = "order", **more: Any) -> UUID:
        given = {"code": code, "name": code, "layer": layer, "when": {"period": FAR}, "benefit": benefit} | more
        made = await self.world.act("pricing.create_promotion", given)
        id_: UUID = made.id
        return id_

    async def begin(self, *campaigns: tuple[str, list[UUID]], **more: Any) -> WhatIf:
        now = self.world.db.clock.now()
        asked = {
            "shop_id": self.world.shop_id,
            "since": (now - timedelta(days=30)).isoformat(),
            "until": (now + timedelta(days=1)).isoformat(),
            "campaigns": [{"name": name, "promotion_ids": ids} for name, ids in campaigns],
        }
        run: WhatIf = await self.world.act("marketing.start_what_if", asked | more)
        return run

    async def run(self, *campaigns: tuple[str, list[UUID]]) -> WhatIf:
        return await service.replay(self.world.db, (await self.begin(*campaigns)).id)


@pytest.fixture
def trying(world: World) -> Trying:
    return Trying(world)


def off(at: int, minor: int) -> dict[str, Any]:
    return {"kind": "amount_off", "tiers": [{"at": at, "off": minor}]}


class TestFigures:
    async def test_what_a_campaign_would_have_brought(self, world: World, trying: Trying) -> None:
        """Goods at 10.00, 20.00 and 30.00 that cost 6.00 a piece."""
        await world.sell(2, 1)  # 40.00, cost 18.00
        await world.sell(0, 0, 5)  # 150.00, cost 30.00
        await world.sell(1)  # 10.00, cost 6.00
        found = await trying.run(("满40减5", [await trying.draft("A", off(4000, 500))]))
        assert (found.status, found.done, found.total, found.repriced_as_recorded) == (RunStatus.FINISHED, 3, 3, 3)
        (result,) = found.results
        tally = result.tally
        assert (tally.orders, tally.hit, tally.pieces_hit) == (3, 2, 8)
        assert (tally.revenue_before_minor, tally.revenue_after_minor) == (20000, 19000)
        assert (tally.off_minor, tally.shop_off_minor) == (1000, 1000)
        assert (tally.margin_before_minor, tally.margin_after_minor) == (20000 - 5400, 19000 - 5400)
        assert (tally.losing, tally.examples, tally.cost_unknown_lines) == (0, (), 0)
        assert result.extra_orders == 1  # 10.00 given away; the two orders still bring 66.00 each on average

    async def test_gifts_cost_what_they_cost(self, world: World, trying: Trying) -> None:
        """Two gifts of 4.50 that are said to be worth 8.00 each, on an order of 40.00 that cost 18.00."""
        gift = await world.make_sku("GIFT", 900)
        await world.receive({gift: 10}, 450)
        await world.sell(2, 1)
        items = [{"sku_id": str(gift), "qty": 2, "value_minor": 800}]
        draft = await trying.draft("G", {"kind": "gift", "tiers": [{"at": 4000, "items": items}]})
        tally = (await trying.run(("满赠", [draft]))).results[0].tally
        assert (tally.gifts, tally.gifts_value_minor) == (2, 1600)
        assert (tally.margin_before_minor, tally.margin_after_minor) == (2200, 2200 - 900)
        assert tally.revenue_after_minor == 4000

    async def test_a_kit_costs_what_is_in_it(self, world: World, trying: Trying) -> None:
        """A kit at 20.00 of a piece at 6.00 and two at 4.50; 12.00 off sells it at a loss of 7.00."""
        part = await world.make_sku("PART", 900)
        await world.receive({part: 10}, 450)
        kit = await world.make_sku(
            "KIT", 2000, kind="kit", components=[{"code": "SKU1", "qty": 1}, {"code": "PART", "qty": 2}]
        )
        order = await world.act("orders.place", {**world.wish(), "lines": [{"sku_id": kit, "qty": 1}]})
        await world.pay(order)
        await world.ship(order)
        draft = await trying.draft("K", off(1000, 1200))
        tally = (await trying.run(("减", [draft]))).results[0].tally
        assert tally.cost_unknown_lines == 0
        assert (tally.margin_before_minor, tally.margin_after_minor) == (500, -700)
        assert tally.losing == 1

    async def test_what_others_bear_is_no_loss_of_the_shop(self, world: World, trying: Trying) -> None:
        await world.sell(1)
        funders = [{"funder": "platform", "share_bp": 10_000}]
        draft = await trying.draft("P", off(1000, 300), "platform", funders=funders)
        tally = (await trying.run(("平台券", [draft]))).results[0].tally
        assert (tally.off_minor, tally.shop_off_minor) == (300, 0)
        assert (tally.revenue_after_minor, tally.margin_after_minor) == (1000, 400)

    async def test_orders_that_would_lose_money_are_named(self, world: World, trying: Trying) -> None:
        order = await world.sell(1)
        found = await trying.run(("亏本", [await trying.draft("L", off(1000, 500))]))
        tally = found.results[0].tally
        assert tally.losing == 1
        assert [(one.number, one.margin_before_minor, one.margin_after_minor) for one in tally.examples] == [
            (order.number, 400, -100)
        ]
        assert found.results[0].extra_orders is None

    async def test_those_that_lack_a_little(self, world: World, trying: Trying) -> None:
        await world.sell(4)  # lacks 10.00 of 50.00
        await world.sell(1)  # lacks far more than a quarter
        tally = (await trying.run(("满50减5", [await trying.draft("N", off(5000, 500))]))).results[0].tally
        assert (tally.hit, tally.nearly, tally.nearly_missing_minor) == (0, 1, 1000)

    async def test_limits_are_used_up_in_order(self, world: World, trying: Trying) -> None:
        for _ in range(5):
            await world.sell(1)
        limited = await trying.draft("U", off(1000, 100), limits={"uses_total": 3})
        budget = await trying.draft("B", off(1000, 100), limits={"budget_minor": 250})
        found = await trying.run(("三次", [limited]), ("预算", [budget]))
        assert found.results[0].tally.hit == 3
        assert found.results[0].tally.used_up == 2
        assert found.results[1].tally.off_minor <= 250

    async def test_canceled_orders_and_other_days_do_not_count(self, world: World, trying: Trying) -> None:
        gone = await world.place(1)
        await world.act("orders.cancel", {"order_id": gone.id, "reason": "不要了"})
        await world.sell(1)
        assert (await trying.run(("x", [await trying.draft("X", off(1, 1))]))).total == 1

    async def test_campaigns_stand_side_by_side_on_the_same_orders(self, world: World, trying: Trying) -> None:
        await world.sell(4)
        a, b = await trying.draft("A", off(1000, 100)), await trying.draft("B", off(1000, 300))
        found = await trying.run(("a", [a]), ("b", [b]))
        assert [result.tally.off_minor for result in found.results] == [100, 300]
        assert {result.tally.revenue_before_minor for result in found.results} == {4000}

    async def test_orders_with_promotions_are_replayed_from_their_list_prices(
        self, world: World, trying: Trying
    ) -> None:
        """4 × 10.00 at 5.00 off; the campaign, which stands beside nothing of its layer, takes 8.00 instead."""
        period = {"period": {"from": "2020-01-01T00:00:00Z"}}
        live = await trying.draft("LIVE", off(4000, 500), when=period)
        await world.act("pricing.publish_promotion", {"promotion_id": live})
        order = await world.sell(4)
        assert order.total_minor == 3500
        found = await trying.run(("更多", [await trying.draft("MORE", off(4000, 800))]))
        tally = found.results[0].tally
        assert (tally.revenue_before_minor, tally.revenue_after_minor, tally.off_minor) == (3500, 3200, 300)
        assert found.repriced_as_recorded == 1

    async def test_a_campaign_that_runs_is_compared_with_the_shop_without_it(
        self, world: World, trying: Trying
    ) -> None:
        period = {"period": {"from": "2020-01-01T00:00:00Z"}}
        live = await trying.draft("LIVE", off(4000, 500), when=period)
        await world.act("pricing.publish_promotion", {"promotion_id": live})
        await world.sell(4)
        tally = (await trying.run(("现行", [live]))).results[0].tally
        assert (tally.revenue_before_minor, tally.revenue_after_minor, tally.off_minor) == (4000, 3500, 500)
        better = {"name": "LIVE", "layer": "order", "when": {"period": FAR}, "benefit": off(4000, 800)}
        await world.act("pricing.save_promotion", {"promotion_id": live, **better})
        tally = (await trying.run(("新版", [live]))).results[0].tally
        assert (tally.revenue_before_minor, tally.revenue_after_minor, tally.off_minor) == (3500, 3200, 300)


class TestRuns:
    async def many(self, world: World, count: int) -> None:
        do = read_input(ACTIONS["orders.place"], world.wish(1))
        calls = [Call(action="orders.place", input=do, actor=SYSTEM, door="test") for _ in range(count)]
        await world.receive({world.skus[0]: count})
        for answer in await world.runner.run_list(calls):
            answer.unwrap()

    async def test_interrupted_it_goes_on_where_it_was(self, world: World, trying: Trying) -> None:
        await self.many(world, 450)
        run = await trying.begin(("x", [await trying.draft("X", off(1000, 100), limits={"uses_total": 300})]))

        def stop(told: WhatIf) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await service.replay(world.db, run.id, stop)
        async with world.db.reading(SYSTEM) as tx:
            halfway = await service.get_what_if(tx, run.id)
        assert (halfway.status, halfway.done) == (RunStatus.RUNNING, 200)
        found = await service.replay(world.db, run.id)
        assert (found.done, found.results[0].tally.orders, found.results[0].tally.hit) == (450, 450, 300)

    async def test_two_at_once_count_every_order_once(self, world: World, trying: Trying) -> None:
        await self.many(world, 450)
        run = await trying.begin(("x", [await trying.draft("X", off(1000, 100))]))
        both = await asyncio.gather(service.replay(world.db, run.id), service.replay(world.db, run.id))
        assert [one.results[0].tally.orders for one in both] == [450, 450]
        assert both[0].results[0].tally.off_minor == 45_000

    async def test_it_changes_nothing_else(self, world: World, trying: Trying) -> None:
        await world.sell(4)
        draft = await trying.draft("X", off(1000, 100), limits={"uses_total": 5})
        before = {table: await world.count(table) for table in ("orders", "stock_transfers", "quota_transfers")}
        await trying.run(("x", [draft]))
        assert {table: await world.count(table) for table in before} == before
        assert await world.faults() == []

    async def test_a_stopped_one_stays_stopped(self, world: World, trying: Trying) -> None:
        await self.many(world, 450)
        run = await trying.begin(("x", [await trying.draft("X", off(1000, 100))]))
        stopped = await world.act("marketing.stop_what_if", {"what_if_id": run.id})
        assert stopped.status is RunStatus.STOPPED
        assert (await service.replay(world.db, run.id)).done == 0
        again = await world.act("marketing.stop_what_if", {"what_if_id": run.id})
        assert again.finished_at == stopped.finished_at

    async def test_what_cannot_be_begun(self, world: World, trying: Trying) -> None:
        draft = await trying.draft("X", off(1000, 100))
        long_ago = {"since": "2001-01-01T00:00:00Z", "until": "2001-02-01T00:00:00Z"}
        turned = {"since": "2001-02-01T00:00:00Z", "until": "2001-01-01T00:00:00Z"}
        refusals: list[tuple[dict[str, Any], type[Exception]]] = [
            (long_ago, NoOrdersThen),
            (turned, PeriodEmpty),
            ({"shop_id": uuid4()}, ShopNotFound),
            ({"campaigns": [{"name": "x", "promotion_ids": [uuid4()]}]}, PromotionNotFound),
        ]
        await world.sell(1)
        for given, refusal in refusals:
            with pytest.raises(refusal):
                await trying.begin(("x", [draft]), **given)
        assert await world.count("what_if_runs") == 0


async def test_who_began_a_run_is_told_of_its_end_once(world: World, trying: Trying) -> None:
    await world.sell(1)
    draft = await trying.draft("T", off(1000, 100))
    given = {"login": "ann", "display_name": "Ann", "password": "a-long-password-1", "roles": []}
    ann = await world.act("identity.create_user", given)
    run = await trying.begin(("满10减1", [draft]))
    await service.replay(world.db, run.id)
    assert await world.count("staff_notices") == 0  # nobody had begun it but the system
    actor = replace(SYSTEM, id=ann.id, kind="user", name="ann")
    asked = {
        "shop_id": world.shop_id,
        "since": run.since.isoformat(),
        "until": run.until.isoformat(),
        "campaigns": [{"name": "满10减1", "promotion_ids": [draft]}],
    }
    do = read_input(ACTIONS["marketing.start_what_if"], asked)
    answer = await world.runner.run(Call(action="marketing.start_what_if", input=do, actor=actor, door="http"))
    id_ = answer.unwrap().id
    await service.replay(world.db, id_)
    await service.replay(world.db, id_)
    async with world.db.reading(SYSTEM) as tx:
        rows = await tx.fetch("SELECT user_id, kind, zh, link FROM staff_notices")
        told_at_once = await tx.fetchval("SELECT count(*) FROM events WHERE name = 'messaging.told.v1'")
    assert told_at_once == 1  # pages that are open hear of it by this
    told = "活动测算完成：满10减1，重算订单 1 笔"
    assert [tuple(row) for row in rows] == [(ann.id, "finished", told, f"/promotions?tab=try&run={id_}")]
