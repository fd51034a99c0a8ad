"""From where an order would be sent: its goods, the stock with its own holds, the carriers' prices, and why."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.inventory.contract import WarehouseId, WarehouseNotFound
from shangmai.modules.orders.contract.sourcing import OrderSourcing, Weights, WhyNot
from shangmai.modules.orders.http import routes
from shangmai.modules.orders.service import plan_sourcing, sourcing_of
from tests.inventory.test_channel_stock import lock, second_shop, share
from tests.orders.test_exceptions import GOOD
from tests.routes import reading
from tests.world import World

ZONES: Final[dict[str, list[dict[str, Any]]]] = {
    "330000": [{"regions": ["310000"], "first_minor": 400, "step_minor": 100, "hours": 24}],
    "510000": [{"first_minor": 900, "step_minor": 500, "hours": 72}],
}
COST_ALONE = Weights(cost=1, hours=0, parcels=0, age=0, balance=0, carbon=0)


async def warehouse(world: World, code: str, region: str | None, *quantities: int) -> WarehouseId:
    """A warehouse in a region, with so many pieces of the first, second, … SKU."""
    given = {"code": code, "name": code, "company_id": world.company_id, "region": region}
    made = await world.act("inventory.create_warehouse", given)
    lines = [{"sku_id": s, "qty": q, "cost_minor": q} for s, q in zip(world.skus, quantities, strict=False) if q]
    if lines:
        await world.act("inventory.receive", {"warehouse_id": made.id, "reference": code, "lines": lines})
    id_: WarehouseId = made.id
    return id_


async def cards(world: World) -> None:
    """The world's own warehouse is in Hangzhou; carriers send from Zhejiang and Sichuan."""
    await world.act("inventory.set_warehouse_region", {"warehouse_id": world.warehouse_id, "region": "330100"})
    for origin, zones in ZONES.items():
        given = {"company_id": world.company_id, "code": origin, "name": origin, "origins": [origin], "zones": zones}
        await world.act("logistics.save_carrier_card", given)


async def sourced(world: World, order: Any, weights: Weights | None = None) -> OrderSourcing:
    async with world.db.reading(SYSTEM) as tx:
        return await sourcing_of(tx, order.id, weights)


class TestOneOrder:
    async def test_the_cheaper_warehouse_is_chosen_and_the_other_is_the_next_best(self, world: World) -> None:
        await cards(world)
        chengdu = await warehouse(world, "CD", "510100", 50, 50)
        order = await world.place(2, 1, receiver=GOOD)
        found = await sourced(world, order, COST_ALONE)
        assert (found.region, found.proven, found.short) == ("310000", True, ())
        assert found.plan is not None
        assert (found.plan.warehouses, found.plan.score, found.plan.measures.parcels) == (
            frozenset({WarehouseId(world.warehouse_id)}),
            400,
            1,
        )
        assert {part.sku_id: part.qty for part in found.plan.parts} == {world.skus[0]: 2, world.skus[1]: 1}
        assert found.next_best is not None
        assert (found.next_best.warehouses, found.next_best.score) == (frozenset({chengdu}), 900)
        assert {id_: rate.card for id_, rate in found.rates.items()} == {
            world.warehouse_id: "330000",
            chengdu: "510000",
        }

    async def test_what_it_holds_itself_is_there_for_it_and_what_others_hold_is_not(self, world: World) -> None:
        await cards(world)
        mine = await world.place(60, receiver=GOOD)
        later = await world.place(40, receiver=GOOD)
        for order, pieces in ((mine, 60), (later, 40)):
            found = await sourced(world, order)
            assert found.plan is not None
            assert sum(part.qty for part in found.plan.parts) == pieces
            assert not found.short

    async def test_what_has_left_is_not_asked_for(self, world: World) -> None:
        await cards(world)
        order = await world.place(3, 2, receiver=GOOD)
        await world.pay(order)
        await world.ship(order, {1: 3})
        found = await sourced(world, order)
        assert found.plan is not None
        assert {part.sku_id: part.qty for part in found.plan.parts} == {world.skus[1]: 2}

    async def test_kits_are_sent_by_their_components(self, world: World) -> None:
        await cards(world)
        parts = [{"code": "SKU1", "qty": 2}, {"code": "SKU2"}]
        kit = await world.make_sku("KIT", 5000, kind="kit", components=parts)
        wish = {"shop_id": world.shop_id, "lines": [{"sku_id": kit, "qty": 3}], "receiver": GOOD}
        found = await sourced(world, await world.act("orders.place", wish))
        assert found.plan is not None
        assert {part.sku_id: part.qty for part in found.plan.parts} == {world.skus[0]: 6, world.skus[1]: 3}

    async def test_warehouses_that_could_not_be_chosen_are_told_with_why(self, world: World) -> None:
        await cards(world)
        nowhere = await warehouse(world, "NW", None, 50)
        beijing = await warehouse(world, "BJ", "110100", 50)
        found = await sourced(world, await world.place(1, receiver=GOOD))
        assert found.left_out == {nowhere: WhyNot.NO_REGION, beijing: WhyNot.NO_CARRIER}
        assert set(found.rates) == {world.warehouse_id}

    async def test_it_is_read_over_http_with_numbers_for_each_reason(self, world: World) -> None:
        await cards(world)
        order = await world.place(1, receiver=GOOD)
        nowhere = await world.place(1)
        async with reading(world.db, routes, SYSTEM) as http:
            told = (await http.get(f"/api/v1/orders/{order.id}/sourcing")).json()
            assert (await http.get(f"/api/v1/orders/{UUID(int=1)}/sourcing")).status_code == 404
            refused = await http.get(f"/api/v1/orders/{nowhere.id}/sourcing")
        assert (refused.status_code, refused.json()["code"]) == (409, "orders.NoDestination")
        assert told["plan"]["measures"] == {
            "cost": 400, "hours": 24, "parcels": 1, "age": 0, "balance": 0, "carbon": 0
        }  # fmt: skip
        assert told["plan"]["weighed"]["cost"] == 400 * told["weights"]["cost"]
        assert told["plan"]["score"] == sum(told["plan"]["weighed"].values())


class TestManyOrders:
    async def test_scarce_pieces_go_to_whom_they_help_most(self, world: World) -> None:
        """One piece is in Hangzhou: who lives nearby gets it, although the other order came first."""
        await cards(world)
        await warehouse(world, "CD", "510100", 1)
        east = {"code": "EAST", "name": "E", "origins": ["330000"], "company_id": world.company_id}
        zones: list[dict[str, Any]] = [*ZONES["330000"], {"first_minor": 850, "step_minor": 100, "hours": 72}]
        await world.act("logistics.save_carrier_card", east | {"zones": zones})
        lost = [{"sku_id": world.skus[0], "qty": -99}]
        given = {"warehouse_id": world.warehouse_id, "reason": "lost", "reference": "盘亏", "lines": lost}
        await world.act("inventory.adjust", given)
        far = await world.place(1, receiver={**GOOD, "province": "北京市", "city": "北京市"})
        near = await world.place(1, receiver=GOOD, when_short="wait")
        async with world.db.reading(SYSTEM) as tx:
            planned = await plan_sourcing(tx, [far.id, near.id], COST_ALONE)
        assert list(planned) == [far.id, near.id]
        scores = {id_: one.plan.score for id_, one in planned.items() if one.plan}
        assert scores == {far.id: 900, near.id: 400}

    async def test_orders_that_nothing_is_left_for_wait_and_those_without_an_address_are_left_out(
        self, world: World
    ) -> None:
        await cards(world)
        orders = [await world.place(50, receiver=GOOD), await world.place(50, receiver=GOOD), await world.place(0, 1)]
        waiting = await world.place(1, receiver=GOOD, when_short="wait")
        async with world.db.reading(SYSTEM) as tx:
            planned = await plan_sourcing(tx, [*(order.id for order in orders), waiting.id])
        assert {id_: one.plan is not None for id_, one in planned.items()} == {
            orders[0].id: True,
            orders[1].id: True,
            waiting.id: False,
        }


class TestPools:
    """What other shops have for themselves is never planned away, and the explanation says so."""

    async def test_an_exclusive_pool_is_left_alone_and_the_rest_comes_from_elsewhere(self, world: World) -> None:
        await cards(world)
        chengdu = await warehouse(world, "CD", "510100", 50)
        await share(world, await second_shop(world), "exclusive", 40)
        order = await world.place(80, receiver=GOOD, when_short="wait")
        found = await sourced(world, order, COST_ALONE)
        assert found.plan is not None
        assert {part.warehouse_id: part.qty for part in found.plan.parts} == {world.warehouse_id: 60, chengdu: 20}
        (kept,) = found.withheld
        assert (kept.warehouse_id, kept.there, kept.others, kept.usable) == (world.warehouse_id, 100, 40, 60)
        assert kept.zh == "该仓可售 100 件，其他店铺锁定或独占 40 件，按渠道规则本店可用 60 件。"
        assert kept.en.startswith("100 pieces there, 40 locked for or exclusive to other shops")

    async def test_a_lock_is_for_its_shop_alone(self, world: World) -> None:
        await cards(world)
        other = await second_shop(world)
        await lock(world, other, 30)
        wish = world.wish(100, receiver=GOOD, when_short="wait")
        mine = await sourced(world, await world.act("orders.place", wish))
        assert [each.qty for each in mine.short] == [30]
        assert [(each.there, each.others, each.usable) for each in mine.withheld] == [(100, 30, 70)]
        theirs = await sourced(world, await world.act("orders.place", wish | {"shop_id": other}))
        assert (theirs.short, theirs.withheld) == ((), ())

    async def test_of_orders_that_compete_each_shops_take_no_others_pieces(self, world: World) -> None:
        """Twelve pieces nearby, ten of them exclusive to the other shop: who came first gets none of those."""
        await cards(world)
        chengdu = await warehouse(world, "CD", "510100", 50)
        other = await second_shop(world)
        lost = [{"sku_id": world.skus[0], "qty": -88}]
        given = {"warehouse_id": world.warehouse_id, "reason": "lost", "reference": "盘亏", "lines": lost}
        await world.act("inventory.adjust", given)
        await share(world, other, "exclusive", 10)
        wish = world.wish(5, receiver=GOOD, when_short="wait")
        first, second = await world.act("orders.place", wish), await world.act("orders.place", wish)
        theirs = await world.act("orders.place", world.wish(10, receiver=GOOD) | {"shop_id": other})
        async with world.db.reading(SYSTEM) as tx:
            planned = await plan_sourcing(tx, [first.id, second.id, theirs.id], COST_ALONE)
        places = {id_: one.plan.warehouses for id_, one in planned.items() if one.plan}
        assert places == {
            first.id: frozenset({chengdu}),
            second.id: frozenset({chengdu}),
            theirs.id: frozenset({WarehouseId(world.warehouse_id)}),
        }
        told = [(each.there, each.others, each.usable) for each in planned[first.id].withheld]
        assert told == [(2, 2, 0)], "ten are held, and what is left fills the pool again"


class TestRegion:
    async def test_a_warehouse_says_where_it_stands(self, world: World) -> None:
        given = {"warehouse_id": world.warehouse_id, "region": "330106"}
        assert (await world.act("inventory.set_warehouse_region", given)).region == "330106"
        with pytest.raises(WarehouseNotFound):
            await world.act("inventory.set_warehouse_region", given | {"warehouse_id": UUID(int=3)})
