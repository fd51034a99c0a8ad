"""Units of one buyer that leave together, by themselves or by hand, and how that is undone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shangmai.kernel.clock import ManualClock
from shangmai.modules.orders.contract import Status
from shangmai.modules.orders.contract.units import (
    MergeChanged,
    NotMerged,
    UnitsDiffer,
)
from shangmai.modules.orders.service import arrange
from tests.orders.test_exceptions import GOOD
from tests.orders.test_units import (
    OTHER,
    another_shop,
    inside,
    paid,
    part,
    pieces,
    policy,
    second_warehouse,
    unit_of,
    units_of,
)
from tests.world import World


class TestMerging:
    async def test_three_orders_leave_in_one_parcel(self, world: World) -> None:
        await policy(world, merge_minutes=30)
        orders = [await paid(world, 1), await paid(world, 2), await paid(world, 0, 1)]
        unit = await unit_of(world, orders[0])
        assert unit.state == "open"
        assert await pieces(world, unit.id) == {
            (orders[0].number, 1): 1,
            (orders[1].number, 1): 2,
            (orders[2].number, 1): 1,
        }
        await world.act("orders.release_unit", {"unit_id": unit.id})
        sent = await world.act("orders.ship_unit", {"unit_id": unit.id, "carrier": "SF", "waybill": "SF1"})
        assert {each.order_id for each in sent.shipments} == {order.id for order in orders}
        assert [(await world.detail(order)).order.status for order in orders] == [Status.SHIPPED] * 3
        assert not await world.faults()

    async def test_one_that_is_due_and_is_merged_now_does_not_leave_beside(self, world: World) -> None:
        """It was due already, and waited for its order alone, which is let go as another order's unit is made."""
        held = await world.place(1, receiver=GOOD)
        await world.act("orders.hold", {"order_id": held.id, "cause": "等等"})
        await world.pay(held)
        await world.reader.drain()
        assert (await unit_of(world, held)).state == "open"
        await policy(world, merge_minutes=30)
        await world.act("orders.release", {"order_id": held.id})
        other = await world.place(0, 2, receiver=GOOD)
        await world.pay(other)
        async with world.transaction() as tx:
            await arrange(tx, dict.fromkeys([held.id, other.id], tx.items[0]))
        for _ in range(2):
            merged = await unit_of(world, held)
            assert merged == await unit_of(world, other)
            assert await pieces(world, merged.id) == {(held.number, 1): 1, (other.number, 1): 2}
            await world.reader.drain()
        assert not await world.faults()

    async def test_it_is_undone_step_by_step(self, world: World) -> None:
        await policy(world, merge_minutes=30)
        orders = [await paid(world, 1), await paid(world, 2), await paid(world, 0, 1)]
        whole = await unit_of(world, orders[0])
        back = await world.act("orders.unmerge_unit", {"unit_id": whole.id})
        assert len(back) == 2
        (two,) = [unit for unit in back if (await inside(world, unit.id)).merged_from]
        one = next(unit for unit in back if unit.id != two.id)
        assert await pieces(world, one.id) == {(orders[2].number, 1): 1}
        first, second = await world.act("orders.unmerge_unit", {"unit_id": two.id})
        assert await pieces(world, first.id) == {(orders[0].number, 1): 1}
        assert await pieces(world, second.id) == {(orders[1].number, 1): 2}
        with pytest.raises(NotMerged):
            await world.act("orders.unmerge_unit", {"unit_id": first.id})
        again = await world.act("orders.merge_units", {"unit_ids": [first.id, second.id, one.id]})
        assert len(await pieces(world, again.id)) == 3
        assert not await world.faults()

    async def test_one_order_of_a_merged_unit_is_canceled(self, world: World) -> None:
        await policy(world, merge_minutes=30)
        stays, goes = await paid(world, 1), await paid(world, 2)
        unit = await unit_of(world, stays)
        await world.act("orders.cancel", {"order_id": goes.id, "reason": "不要了"})
        assert await pieces(world, unit.id) == {(stays.number, 1): 1}
        (left,) = await world.act("orders.unmerge_unit", {"unit_id": unit.id})
        assert await pieces(world, left.id) == {(stays.number, 1): 1}
        assert not await world.faults()

    async def test_a_split_merge_is_not_undone_but_split(self, world: World) -> None:
        await policy(world, merge_minutes=30)
        one, _ = await paid(world, 2), await paid(world, 1)
        unit = await unit_of(world, one)
        await world.act("orders.split_unit", {"unit_id": unit.id, "lines": [part(one, 1, 1)]})
        with pytest.raises(MergeChanged):
            await world.act("orders.unmerge_unit", {"unit_id": unit.id})

    async def test_the_same_address_written_another_way_is_the_same(self, world: World) -> None:
        await policy(world, merge_minutes=30)
        wide = {**GOOD, "street": "".join(f"{sign} " for sign in GOOD["street"])}
        one, two = await paid(world, 1), await paid(world, 1, receiver=wide)
        assert (await unit_of(world, one)).id == (await unit_of(world, two)).id

    async def test_nothing_is_merged_beyond_the_limits_nor_what_was_split(self, world: World) -> None:
        await policy(world, merge_minutes=30, pieces_max=3)
        orders = [await paid(world, n) for n in (2, 1, 5)]
        live = [unit for order in orders for unit in await units_of(world, order, "open")]
        found = {frozenset((await pieces(world, unit.id)).items()) for unit in live}
        first, second, third = (order.number for order in orders)
        assert found == {
            frozenset({((first, 1), 2), ((second, 1), 1)}),
            frozenset({((third, 1), 3)}),
            frozenset({((third, 1), 2)}),
        }

    async def test_other_receivers_and_late_orders_stay_apart(self, world: World, clock: ManualClock) -> None:
        await policy(world, merge_minutes=30)
        one, other = await paid(world, 1), await paid(world, 1, receiver=OTHER)
        clock.advance(minutes=31)
        late = await paid(world, 1)
        units = [await unit_of(world, each) for each in (one, other, late)]
        assert len({unit.id for unit in units}) == 3
        with pytest.raises(UnitsDiffer) as refused:
            await world.act("orders.merge_units", {"unit_ids": [units[0].id, units[1].id]})
        assert refused.value.data["what"] == "receiver"
        done = await world.act("orders.release_due_units", {})
        assert done.released == 2
        assert [(await unit_of(world, each)).state for each in (one, other, late)] == ["released", "released", "open"]

    @pytest.mark.parametrize("what", ["shop", "customer", "warehouse"])
    async def test_one_address_is_not_enough(self, world: World, what: str) -> None:
        """Another shop, buyer or warehouse keeps two orders apart, by themselves and when somebody asks for it."""
        await policy(world, merge_minutes=30)
        buyers = [
            (await world.act("members.register", {"shop_id": world.shop_id, "ref": ref})).customer_id
            for ref in ("甲", "乙")
        ]
        one = await paid(world, 1, customer_id=buyers[0])
        if what == "shop":
            other = await paid(world, 1, shop_id=await another_shop(world))
        elif what == "customer":
            other = await paid(world, 1, customer_id=buyers[1])
        else:
            there = await second_warehouse(world, 5)
            await world.act("orders.move_unit", {"unit_id": (await unit_of(world, one)).id, "warehouse_id": there})
            other = await paid(world, 1, customer_id=buyers[0])
        units = [await unit_of(world, each) for each in (one, other)]
        assert [unit.state for unit in units] == ["open", "open"]
        assert units[0].id != units[1].id
        with pytest.raises(UnitsDiffer) as refused:
            await world.act("orders.merge_units", {"unit_ids": [unit.id for unit in units]})
        assert refused.value.data["what"] == what
        assert [await unit_of(world, each) for each in (one, other)] == units

    async def test_a_held_order_does_not_hold_up_others(self, world: World) -> None:
        await policy(world, merge_minutes=30)
        held_up = await paid(world, 1)
        await world.act("orders.hold", {"order_id": held_up.id, "cause": "等一等"})
        await world.reader.drain()
        order = await paid(world, 1)
        assert (await unit_of(world, held_up)).id != (await unit_of(world, order)).id

    async def test_two_clerks_merge_and_ship_at_once(self, world: World) -> None:
        await policy(world, merge_minutes=30)
        orders = [await paid(world, 1, receiver={**GOOD, "name": f"客户{n}"}) for n in range(6)]
        units = [await unit_of(world, order) for order in orders]
        wishes: list[Any] = [world.answer("orders.ship", {"order_id": order.id}) for order in orders]
        for unit in units:
            wishes.append(world.answer("orders.recall_unit", {"unit_id": unit.id}))
            wishes.append(world.answer("orders.release_unit", {"unit_id": unit.id}))
        await asyncio.gather(*wishes)
        assert [(await world.detail(order)).order.status for order in orders] == [Status.SHIPPED] * 6
        assert not await world.faults()
