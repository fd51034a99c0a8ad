"""Orders' pieces held, before they become units, where they are best sent from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.clock import ManualClock
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.orders.rules import units as rules
from tests.orders.test_auditing import publish
from tests.orders.test_exceptions import GOOD
from tests.orders.test_preferring import trace
from tests.orders.test_sourcing import ZONES, cards, warehouse
from tests.orders.test_units import held, paid, pieces, policy, unit_of, units_of
from tests.world import World

FAR = {**GOOD, "province": "四川省", "city": "成都市", "district": "锦江区"}


async def sourcings(world: World, order: Any) -> list[dict[str, Any]]:
    items = (await trace(world, order, limit=200))["items"]
    return [each["detail"] for each in items if each["what"] == "orders.sourced.v1"]


async def recalled(world: World, order: Any) -> Any:
    """An order's unit, taken back from its warehouse."""
    unit = await unit_of(world, order)
    await world.act("orders.recall_unit", {"unit_id": unit.id})
    return unit


class TestSourcing:
    async def test_it_goes_from_the_cheaper_warehouse_and_says_so(self, world: World) -> None:
        await cards(world)
        chengdu = await warehouse(world, "CD", "510100", 50, 50)
        await policy(world, sourcing=True)
        near, far = await paid(world, 2, 1), await paid(world, 2, 1, receiver=FAR)
        assert (await unit_of(world, near)).warehouse_id == world.warehouse_id
        assert (await unit_of(world, far)).warehouse_id == chengdu
        assert await held(world, far) == {chengdu: 3}
        (told,) = await sourcings(world, far)
        assert (told["why"], told["moved"], told["kept"]) == ("score", True, False)
        assert told["score"] <= told["nearest"]
        await world.act("orders.ship_unit", {"unit_id": (await unit_of(world, far)).id})
        assert not await world.faults()

    async def test_orders_that_no_warehouse_can_be_chosen_for_stay_where_they_are(self, world: World) -> None:
        """Nobody said where their warehouse stands, and the other has nothing."""
        card = {"company_id": world.company_id, "code": "CD", "name": "成都", "origins": ["510000"]}
        await world.act("logistics.save_carrier_card", card | {"zones": ZONES["510000"]})
        await warehouse(world, "CD", "510100")
        await policy(world, sourcing=True)
        orders = [await world.place(1, receiver=FAR) for _ in range(2)]
        for order in orders:
            await world.pay(order)
        await world.reader.drain()
        assert [(await unit_of(world, order)).warehouse_id for order in orders] == [world.warehouse_id] * 2

    async def test_what_one_warehouse_lacks_comes_from_another_in_a_unit_of_its_own(self, world: World) -> None:
        await cards(world)
        chengdu = await warehouse(world, "CD", "510100", 50)
        await policy(world, sourcing=True)
        order = await paid(world, 2, 1, receiver=FAR)
        at = {unit.warehouse_id: await pieces(world, unit.id) for unit in await units_of(world, order)}
        assert sum(sum(some.values()) for some in at.values()) == 3
        assert all(place in (chengdu, world.warehouse_id) for place in at)
        await world.ship(order)
        assert not await world.faults()

    async def test_without_the_policy_it_stays_where_it_was_held(self, world: World) -> None:
        await cards(world)
        await warehouse(world, "CD", "510100", 50, 50)
        order = await paid(world, 2, receiver=FAR)
        assert (await unit_of(world, order)).warehouse_id == world.warehouse_id
        assert await sourcings(world, order) == []

    async def test_a_table_goes_before_the_score(self, world: World) -> None:
        await cards(world)
        chengdu = await warehouse(world, "CD", "510100", 50, 50)
        await policy(world, sourcing=True)
        await publish(world, {"id": "all", "then": {"warehouse": "CD"}}, subject="orders.warehouse")
        order = await paid(world, 2)
        assert (await unit_of(world, order)).warehouse_id == chengdu
        (told,) = await sourcings(world, order)
        assert (told["why"], told["moved"]) == ("table", True)

    async def test_where_the_table_names_a_warehouse_without_the_goods_it_stays_and_says_so(self, world: World) -> None:
        await warehouse(world, "CD", "510100", 1)
        await publish(world, {"id": "all", "then": {"warehouse": "CD"}}, subject="orders.warehouse")
        order = await paid(world, 2)
        assert await held(world, order) == {world.warehouse_id: 2}
        (told,) = await sourcings(world, order)
        assert (told["moved"], told["kept"]) == (False, True)
        assert not await world.faults()

    async def test_where_the_table_allows_no_other_it_waits_for_pieces_there(self, world: World) -> None:
        chengdu = await warehouse(world, "CD", "510100", 1)
        row = {"id": "all", "then": {"warehouse": "CD", "only": "yes"}}
        await publish(world, row, subject="orders.warehouse")
        await policy(world, sourcing=True)
        order = await paid(world, 2)
        assert await held(world, order) == {}
        assert [each.code for each in (await world.detail(order)).hold_backs] == ["orders.short"]
        assert await world.stock_of(0) == (100, 0)
        await world.receive({world.skus[0]: 5})
        await world.reader.drain()
        assert await held(world, order) == {}, "what arrives elsewhere is not for it"
        line = {"sku_id": world.skus[0], "qty": 5, "cost_minor": 5}
        await world.act("inventory.receive", {"warehouse_id": chengdu, "reference": "x", "lines": [line]})
        await world.reader.drain()
        assert await held(world, order) == {chengdu: 2}
        assert (await unit_of(world, order)).state == "released"
        assert not await world.faults()

    async def test_the_companys_weights_and_how_busy_a_warehouse_is_decide(self, world: World) -> None:
        await cards(world)
        chengdu = await warehouse(world, "CD", "510100", 50, 50)
        alone = dict.fromkeys(("cost", "hours", "parcels", "age", "carbon"), 0)
        per_day = [{"warehouse_id": chengdu, "units": 1}, {"warehouse_id": world.warehouse_id, "units": 100}]
        await policy(world, sourcing=True, weights={**alone, "balance": 10}, per_day=per_day)
        first = await paid(world, 1)
        assert (await unit_of(world, first)).warehouse_id in (chengdu, world.warehouse_id)
        await world.act("orders.move_unit", {"unit_id": (await recalled(world, first)).id, "warehouse_id": chengdu})
        await world.act("orders.release_unit", {"unit_id": (await unit_of(world, first)).id})
        second = await paid(world, 1)
        assert (await unit_of(world, second)).warehouse_id == world.warehouse_id, "the other is busy for a day"

    async def test_what_has_stood_longest_goes_first(self, world: World, clock: ManualClock) -> None:
        await cards(world)
        clock.advance(days=30)
        chengdu = await warehouse(world, "CD", "510100", 50)
        alone = dict.fromkeys(("cost", "hours", "parcels", "balance", "carbon"), 0)
        await policy(world, sourcing=True, by_age=True, weights={**alone, "age": 5})
        order = await paid(world, 1)
        assert (await unit_of(world, order)).warehouse_id == world.warehouse_id, "30 days older"
        (told,) = await sourcings(world, order)
        assert (told["score"], told["next_best"]) == (0, 30 * 5)
        async with world.db.reading(SYSTEM) as tx:
            places = [(SkuId(world.skus[0]), WarehouseId(id_)) for id_ in (world.warehouse_id, chengdu)]
            days = await inventory.oldest_days(tx, places)
        assert days == dict(zip(places, (30, 0), strict=True))

    async def test_a_kit_is_never_torn_apart(self, world: World) -> None:
        await cards(world)
        await warehouse(world, "CD", "510100", 50)
        await policy(world, sourcing=True)
        components = [{"code": "SKU1", "qty": 2}, {"code": "SKU2", "qty": 1}]
        kit = await world.make_sku("KIT", 5000, kind="kit", components=components)
        lines = [{"sku_id": kit, "qty": 2}]
        order = await world.act("orders.place", {"shop_id": world.shop_id, "lines": lines, "receiver": FAR})
        await world.pay(order)
        await world.reader.drain()
        assert await pieces(world, (await unit_of(world, order)).id) == {(order.number, 1): 2}
        await world.ship(order)
        assert not await world.faults()


SKUS = [SkuId(UUID(int=n)) for n in range(1, 4)]
PLACES = [WarehouseId(UUID(int=n)) for n in range(11, 14)]


class TestRules:
    @given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(SKUS)), min_size=1, max_size=5), st.randoms())
    def test_every_piece_has_a_place_and_moves_lead_there(self, lines: list[tuple[int, SkuId]], random: Any) -> None:
        left = {n: qty for n, (qty, _) in enumerate(lines, 1)}
        of = {n: {sku: 1} for n, (_, sku) in enumerate(lines, 1)}
        wanted: dict[tuple[SkuId, WarehouseId], int] = {}
        now: rules.Places = {}
        for n, (qty, sku) in enumerate(lines, 1):
            for _ in range(qty):
                to, there = random.choice(PLACES), random.choice(PLACES)
                wanted[sku, to] = wanted.get((sku, to), 0) + 1
                now[n, there] = now.get((n, there), 0) + 1
        places = rules.lines_at(left, of, wanted)
        assert places is not None
        after = dict(now)
        for line, source, to, qty in rules.moves(now, places):
            assert after[line, source] >= qty > 0
            after[line, source] -= qty
            after[line, to] = after.get((line, to), 0) + qty
        assert {key: qty for key, qty in after.items() if qty} == places
