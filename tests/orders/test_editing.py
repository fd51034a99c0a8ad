"""Changing what an order consists of before it leaves."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.ids import new_id
from shangmai.modules.catalog.contract import SkuNotFound
from shangmai.modules.inventory.contract import OutOfStock
from shangmai.modules.inventory.service import held_until
from shangmai.modules.orders.contract import LineNotFound, StatusForbids
from shangmai.modules.orders.contract.editing import KitNotToSwap, NotToSwap
from tests.orders.test_auditing import publish
from tests.orders.test_exceptions import codes
from tests.orders.test_kits import kit_of
from tests.orders.test_preferring import trace
from tests.orders.test_units import paid, pieces, second_warehouse, unit_of, units_of
from tests.world import World


def swap(order: Any, line: int, sku: UUID) -> dict[str, Any]:
    return {"order_id": order.id, "line": line, "sku_id": str(sku), "reason": "客人换颜色"}


def gift(order: Any, sku: UUID, qty: int = 1) -> dict[str, Any]:
    return {"order_id": order.id, "sku_id": str(sku), "qty": qty, "reason": "赔礼"}


async def lines_of(world: World, order: Any) -> list[tuple[UUID, int, int]]:
    return [(each.sku_id, each.qty, each.amount_minor) for each in (await world.detail(order)).lines]


async def until_of(world: World, order: Any) -> datetime | None:
    """When what is held for an order runs out of time."""
    async with world.db.reading(SYSTEM) as tx:
        return (await held_until(tx, [order.id])).get(order.id)


class TestSwapping:
    async def test_another_sku_leaves_at_the_same_price(self, world: World) -> None:
        order = await paid(world, 3, 1)
        answer = await world.act("orders.swap_goods", swap(order, 1, world.skus[2]))
        assert (answer.line, answer.qty) == (1, 3)
        assert (await lines_of(world, order))[0] == (world.skus[2], 3, 3000)
        assert [await world.stock_of(n) for n in range(3)] == [(100, 0), (100, 1), (100, 3)]
        await world.reader.drain()
        unit = await unit_of(world, order)
        assert (unit.state, unit.revision) == ("released", 2)
        await world.act("orders.ship_unit", {"unit_id": unit.id})
        assert [await world.stock_of(n) for n in range(3)] == [(100, 0), (99, 0), (97, 0)]
        assert await world.faults() == []

    async def test_it_is_in_the_trace_with_its_reason_and_can_be_swapped_back(self, world: World) -> None:
        order = await paid(world, 2)
        await world.act("orders.swap_goods", swap(order, 1, world.skus[1]))
        await world.act("orders.swap_goods", swap(order, 1, world.skus[0]))
        await world.act("orders.swap_goods", swap(order, 1, world.skus[0]))
        told = [each["detail"] for each in (await trace(world, order, limit=200))["items"]
                if each["what"] == "orders.goods_swapped.v1"]  # fmt: skip
        assert [(each["before"], each["sku_id"], each["qty"]) for each in told] == [
            (str(world.skus[0]), str(world.skus[1]), 2), (str(world.skus[1]), str(world.skus[0]), 2),
        ]  # fmt: skip
        assert [await world.stock_of(n) for n in range(2)] == [(100, 2), (100, 0)]

    async def test_pieces_stay_in_the_warehouses_where_they_were_held(self, world: World) -> None:
        order = await paid(world, 3)
        there = await second_warehouse(world, 10, 10)
        unit = await unit_of(world, order)
        await world.act("orders.recall_unit", {"unit_id": unit.id})
        await world.act("orders.move_unit", {"unit_id": unit.id, "warehouse_id": there})
        await world.act("orders.swap_goods", swap(order, 1, world.skus[1]))
        await world.act("orders.release_unit", {"unit_id": unit.id})
        await world.act("orders.ship_unit", {"unit_id": unit.id})
        assert [await world.stock_of(n) for n in range(2)] == [(100, 0), (100, 0)]
        assert await world.faults() == []

    async def test_what_an_unpaid_order_holds_still_runs_out_of_time(self, world: World) -> None:
        order = await world.place(2, hold_minutes=30)
        before = await until_of(world, order)
        assert before is not None
        await world.act("orders.swap_goods", swap(order, 1, world.skus[1]))
        assert await until_of(world, order) == before

    @pytest.mark.parametrize(
        ("line", "sku", "refusal"), [(9, 1, LineNotFound), (1, None, SkuNotFound), (1, 2, OutOfStock)]
    )
    async def test_refused_changes_nothing(self, world: World, line: int, sku: int | None, refusal: type) -> None:
        rival = await world.place(0, 0, 99)
        order = await paid(world, 3)
        before = await lines_of(world, order)
        with pytest.raises(refusal):
            await world.act("orders.swap_goods", swap(order, line, new_id() if sku is None else world.skus[sku]))
        assert await lines_of(world, order) == before
        assert [await world.stock_of(n) for n in (0, 2)] == [(100, 3), (100, 99)]
        assert rival.number != order.number

    async def test_what_has_left_or_was_canceled_stays(self, world: World) -> None:
        order = await paid(world, 3, 1)
        await world.act("orders.ship", {"order_id": order.id, "lines": [{"line": 1, "qty": 1}]})
        with pytest.raises(NotToSwap):
            await world.act("orders.swap_goods", swap(order, 1, world.skus[1]))
        await world.ship(order)
        with pytest.raises(StatusForbids):
            await world.act("orders.swap_goods", swap(order, 2, world.skus[0]))

    async def test_kits_stay_as_they_were_sold(self, world: World) -> None:
        kit = await kit_of(world)
        order = await paid(world, 1)
        with pytest.raises(KitNotToSwap):
            await world.act("orders.swap_goods", swap(order, 1, kit))

    async def test_a_swap_and_a_shipment_meet(self, world: World) -> None:
        order = await paid(world, 3)
        unit = await unit_of(world, order)
        await asyncio.gather(
            world.act("orders.swap_goods", swap(order, 1, world.skus[1])),
            world.act("orders.ship_unit", {"unit_id": unit.id}),
            return_exceptions=True,
        )
        await world.reader.drain()
        left = [await world.stock_of(n) for n in range(2)]
        assert left in ([(97, 0), (100, 0)], [(100, 0), (97, 0)], [(100, 0), (100, 3)])
        assert await world.faults() == []


class TestGifts:
    async def test_a_gift_by_hand_leaves_with_what_is_there(self, world: World) -> None:
        order = await paid(world, 2)
        unit = await unit_of(world, order)
        answer = await world.act("orders.add_gift", gift(order, world.skus[2], 2))
        await world.reader.drain()
        assert (answer.line, await world.stock_of(2)) == (2, (100, 2))
        assert [each.id for each in await units_of(world, order)] == [unit.id]
        assert await pieces(world, unit.id) == {(order.number, 1): 2, (order.number, 2): 2}
        await world.act("orders.ship_unit", {"unit_id": unit.id})
        assert (await world.detail(order)).order.total_minor == order.total_minor
        assert await world.stock_of(2) == (98, 0)
        assert await world.faults() == []

    async def test_one_that_is_not_there_is_refused_and_nothing_changes(self, world: World) -> None:
        order = await paid(world, 2)
        with pytest.raises(OutOfStock):
            await world.act("orders.add_gift", gift(order, world.skus[2], 101))
        assert len((await world.detail(order)).lines) == 1
        assert await world.stock_of(2) == (100, 0)

    async def test_finance_looks_at_orders_that_were_changed_by_hand(self, world: World) -> None:
        row = {"id": "changed", "when": {"goods_changed": "true"}, "then": {"verdict": "finance", "cause": "手工改单"}}
        await publish(world, row)
        given, swapped, plain = [await paid(world, 2) for _ in range(3)]
        await world.act("orders.add_gift", gift(given, world.skus[2]))
        await world.act("orders.swap_goods", swap(swapped, 1, world.skus[1]))
        found = [await codes(world, order) for order in (given, swapped, plain)]
        assert found == [["orders.finance_audit"], ["orders.finance_audit"], []]
        states = [(await unit_of(world, order)).state for order in (given, swapped, plain)]
        assert states == ["open", "open", "released"]
        await world.act("orders.pass_finance_audit", {"order_id": given.id})
        await world.reader.drain()
        assert (await unit_of(world, given)).state == "released"

    async def test_a_rules_gift_that_comes_late_joins_the_unit_that_is_there(self, world: World) -> None:
        row = {"id": "many", "when": {"pieces": "> 0"}, "then": {"sku": "SKU3", "qty": 101}}
        await publish(world, row, subject="orders.gifts")
        order = await paid(world, 1)
        unit = await unit_of(world, order)
        await world.receive({world.skus[2]: 1})
        await world.reader.drain()
        assert await pieces(world, unit.id) == {(order.number, 1): 1, (order.number, 2): 101}
        assert [each.id for each in await units_of(world, order)] == [unit.id]
        assert await world.faults() == []
