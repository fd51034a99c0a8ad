"""Orders that only a part of is in stock: that part goes first, where the company wants it, and the rest follows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.ids import new_id
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.orders.contract import NotHereYet
from shangmai.modules.orders.rules.in_parts import Lacking, fill, may_go
from tests.orders.test_exceptions import GOOD, causes, codes
from tests.orders.test_units import held, pieces, policy, second_warehouse, unit_of, units_of
from tests.world import World

SKUS = [SkuId(new_id()) for _ in range(4)]
PLACES = [WarehouseId(new_id()) for _ in range(3)]


async def send_parts_from(world: World, percent: int, *, on: bool = True) -> None:
    setting = {"code": "orders.part_short", "on": on, "limits": {"percent": percent}}
    wish = {"company_id": world.company_id, "policy": {"causes": [setting]}}
    await world.act("orders.set_exception_policy", wish)
    await world.reader.drain()


async def waiting(world: World, *quantities: int, **more: Any) -> Any:
    order = await world.place(*quantities, when_short="wait", receiver=GOOD, **more)
    await world.pay(order)
    await world.reader.drain()
    return order


class TestSending:
    async def test_what_is_there_leaves_and_the_rest_follows_when_it_comes(self, world: World) -> None:
        await send_parts_from(world, 50)
        order = await waiting(world, 3, 104)
        assert await codes(world, order) == ["orders.part_short"]
        told = (await causes(world, order))["orders.part_short"]
        assert (told.zh, told.blocks) == ("部分缺货，有货先发；仍缺 4 件：SKU2 x 4", False)
        first = await unit_of(world, order)
        assert first.state == "released"
        assert await pieces(world, first.id) == {(order.number, 1): 3, (order.number, 2): 100}
        await world.act("orders.ship_unit", {"unit_id": first.id})
        assert await codes(world, order) == ["orders.part_short"]

        await world.receive({world.skus[1]: 4})
        assert await codes(world, order) == []
        second = await unit_of(world, order)
        assert await pieces(world, second.id) == {(order.number, 2): 4}
        shipped = await world.act("orders.ship_unit", {"unit_id": second.id})
        assert shipped.shipments[0].status == "shipped"
        assert await world.faults() == []

    async def test_a_gift_of_what_an_order_waits_for_is_a_line_of_its_own(self, world: World) -> None:
        order = await waiting(world, 3, 104)
        gift = {"order_id": order.id, "sku_id": world.skus[1], "qty": 1, "reason": "久等了"}
        await world.act("orders.add_gift", gift)
        await world.reader.drain()
        await world.receive({world.skus[1]: 5})
        await world.reader.drain()
        assert await codes(world, order) == []
        together = await unit_of(world, order)
        assert await pieces(world, together.id) == {(order.number, 1): 3, (order.number, 2): 104, (order.number, 3): 1}
        await world.act("orders.ship_unit", {"unit_id": together.id})
        assert (await world.detail(order)).order.status == "shipped"
        assert await world.faults() == []

    async def test_a_gift_does_not_leave_before_the_goods(self, world: World) -> None:
        """It is there and held; a parcel of its own would cost as much as theirs."""
        order = await waiting(world, 150)
        gift = {"order_id": order.id, "sku_id": world.skus[1], "qty": 1, "reason": "久等了"}
        await world.act("orders.add_gift", gift)
        await world.reader.drain()
        assert (await held(world, order), await units_of(world, order)) == ({world.warehouse_id: 1}, [])
        await send_parts_from(world, 50)
        first = await unit_of(world, order)
        assert await pieces(world, first.id) == {(order.number, 1): 100, (order.number, 2): 1}
        await world.act("orders.ship_unit", {"unit_id": first.id})

        await world.act("orders.add_gift", gift | {"reason": "又久等了"})
        await world.reader.drain()
        assert [unit.state for unit in await units_of(world, order)] == ["shipped"]
        await world.act(
            "orders.cancel_part", {"order_id": order.id, "lines": [{"line": 1, "qty": 50}], "reason": "不等了"}
        )
        await world.reader.drain()
        alone = await unit_of(world, order)
        assert await pieces(world, alone.id) == {(order.number, 3): 1}
        await world.act("orders.ship_unit", {"unit_id": alone.id})
        assert (await world.detail(order)).order.status == "shipped"
        assert await world.faults() == []

    async def test_too_small_a_part_waits_for_the_rest(self, world: World) -> None:
        await send_parts_from(world, 80)
        order = await waiting(world, 150)
        assert await codes(world, order) == ["orders.short"]
        assert await held(world, order) == {}
        await world.receive({world.skus[0]: 20})
        assert await codes(world, order) == ["orders.part_short"]
        assert await pieces(world, (await unit_of(world, order)).id) == {(order.number, 1): 120}
        assert await world.faults() == []

    async def test_without_the_setting_all_of_an_order_waits(self, world: World) -> None:
        order = await waiting(world, 3, 104)
        assert await codes(world, order) == ["orders.short"]
        assert (await held(world, order), await units_of(world, order)) == ({}, [])

    async def test_changing_the_setting_reaches_orders_that_wait_and_takes_back_what_was_released(
        self, world: World
    ) -> None:
        order = await waiting(world, 3, 104)
        await send_parts_from(world, 50)
        assert await codes(world, order) == ["orders.part_short"]
        assert (await unit_of(world, order)).state == "released"
        await send_parts_from(world, 50, on=False)
        assert await codes(world, order) == ["orders.short"]
        assert (await unit_of(world, order)).state == "open"
        assert await world.faults() == []

    async def test_who_came_first_is_served_first(self, world: World) -> None:
        await send_parts_from(world, 50)
        first = await waiting(world, 140)
        second = await waiting(world, 10)
        assert await codes(world, first) == ["orders.part_short"]
        assert await codes(world, second) == ["orders.short"]
        await world.receive({world.skus[0]: 45})
        assert (await codes(world, first), await codes(world, second)) == ([], ["orders.part_short"])
        assert sum((await held(world, second)).values()) == 5

    async def test_where_orders_are_sourced_another_warehouse_fills_them(self, world: World) -> None:
        await policy(world, sourcing=True)
        there = await second_warehouse(world, 90)
        order = await waiting(world, 130)
        assert await codes(world, order) == []
        assert await held(world, order) == {world.warehouse_id: 100, there: 30}
        assert len(await units_of(world, order, "released")) == 2
        assert await world.faults() == []

    async def test_pieces_that_are_not_here_cannot_be_shipped_by_hand(self, world: World) -> None:
        await send_parts_from(world, 50)
        order = await waiting(world, 3, 104)
        with pytest.raises(NotHereYet) as refused:
            await world.ship(order)
        assert refused.value.data == {"number": order.number, "line": 2, "qty": 4}
        assert await world.stock_of(1) == (100, 100)
        part = [{"line": 1, "qty": 3}, {"line": 2, "qty": 60}]
        await world.act("orders.ship", {"order_id": order.id, "lines": part})
        assert await held(world, order) == {world.warehouse_id: 40}
        assert await world.faults() == []

    async def test_of_a_part_that_is_canceled_what_is_not_here_goes_first(self, world: World) -> None:
        await send_parts_from(world, 50)
        order = await waiting(world, 3, 104)
        part = {"order_id": order.id, "lines": [{"line": 2, "qty": 6}], "reason": "少要"}
        await world.act("orders.cancel_part", part)
        assert await codes(world, order) == []
        assert await pieces(world, (await unit_of(world, order)).id) == {(order.number, 1): 3, (order.number, 2): 98}
        assert await world.stock_of(1) == (100, 98)
        assert await world.faults() == []

    async def test_a_unit_of_a_part_goes_to_another_warehouse(self, world: World) -> None:
        await send_parts_from(world, 50)
        order = await waiting(world, 3, 104)
        there = await second_warehouse(world, 3, 100)
        unit = await unit_of(world, order)
        await world.act("orders.recall_unit", {"unit_id": unit.id})
        await world.act("orders.move_unit", {"unit_id": unit.id, "warehouse_id": there})
        assert await held(world, order) == {there: 103}
        assert await world.faults() == []

    async def test_a_canceled_order_frees_what_was_held_for_its_part(self, world: World) -> None:
        await send_parts_from(world, 50)
        order = await waiting(world, 140)
        await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
        assert await codes(world, order) == []
        assert await world.stock_of() == (100, 0)
        assert await world.faults() == []


class TestFilling:
    @given(
        st.lists(
            st.tuples(
                st.dictionaries(st.sampled_from(SKUS), st.integers(1, 9), min_size=1, max_size=3),
                st.booleans(),
                st.integers(0, 9),
            ),
            min_size=1,
            max_size=4,
        ),
        st.dictionaries(
            st.sampled_from(PLACES), st.dictionaries(st.sampled_from(SKUS), st.integers(0, 15)), min_size=1
        ),
        st.one_of(st.none(), st.integers(1, 100)),
    )
    def test_never_more_than_there_is_kits_whole_and_enough_or_nothing(
        self,
        drawn: list[tuple[dict[SkuId, int], bool, int]],
        stocks: dict[WarehouseId, dict[SkuId, int]],
        percent: int | None,
    ) -> None:
        lines = [Lacking(n, missing, is_kit) for n, (missing, is_kit, _) in enumerate(drawn, 1)]
        lacked = sum(qty for each in lines for qty in each.missing.values())
        total = lacked + sum(held for _, _, held in drawn)
        before = {id_: dict(stock) for id_, stock in stocks.items()}
        taken = fill(lines, stocks, total, percent)

        for id_ in stocks:
            for sku in SKUS:
                gone = sum(qty for (_, each, place), qty in taken.items() if (each, place) == (sku, id_))
                assert before[id_].get(sku, 0) - gone == stocks[id_].get(sku, 0) >= 0
        assert all(qty > 0 for qty in taken.values())
        for each in lines:
            of_line = {(sku, id_): qty for (n, sku, id_), qty in taken.items() if n == each.line}
            here = {sku: sum(qty for (s, _), qty in of_line.items() if s == sku) for sku, _ in of_line}
            assert all(qty <= each.missing[sku] for sku, qty in here.items())
            if each.is_kit and here:
                assert here == each.missing
                assert len({id_ for _, id_ in of_line}) == 1
        lacks = lacked - sum(taken.values())
        if taken and lacks:
            assert percent is not None
            assert may_go(total, lacks, percent)
        asked = {sku: sum(each.missing.get(sku, 0) for each in lines) for sku in SKUS}
        if all(qty <= stock.get(sku, 0) for stock in list(before.values())[:1] for sku, qty in asked.items()):
            assert not lacks

    @given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
    def test_a_larger_share_is_never_held_for_less(self, total: int, missing: int, percent: int) -> None:
        missing = min(missing, total)
        if may_go(total, missing, percent):
            assert all(may_go(total, fewer, percent) for fewer in range(missing))
        else:
            assert missing == total or (total - missing) * 100 < percent * total
