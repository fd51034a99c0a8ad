"""Fulfilment units as an order clerk meets them: made, released, split, merged, moved, taken back, shipped."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.inventory.contract import OutOfStock
from shangmai.modules.inventory.service import held_at
from shangmai.modules.orders.contract import Status
from shangmai.modules.orders.contract.units import (
    NothingLeftInUnit,
    NotInUnit,
    UnitDetail,
    UnitHeldBack,
    UnitId,
    UnitsDiffer,
    UnitStateForbids,
)
from shangmai.modules.orders.http import routes
from shangmai.modules.orders.queries import units as tables
from shangmai.modules.orders.service import get_unit
from tests.orders.test_auditing import publish
from tests.orders.test_exceptions import GOOD
from tests.routes import reading
from tests.world import World

OTHER = {**GOOD, "street": "另一条路 9 号"}


async def paid(world: World, *quantities: int, **more: Any) -> Any:
    order = await world.place(*quantities, **{"receiver": GOOD} | more)
    await world.pay(order)
    await world.reader.drain()
    return order


async def units_of(world: World, order: Any, state: str | None = None) -> list[Any]:
    async with world.db.reading(SYSTEM) as tx:
        found = await tables.units_of_order(tx, order.id)
    return [unit for unit in found if state is None or unit.state.value == state]


async def unit_of(world: World, order: Any) -> Any:
    """The one live unit of an order."""
    async with world.db.reading(SYSTEM) as tx:
        (unit,) = await tables.live_units_of(tx, [order.id])
    return unit


async def inside(world: World, unit_id: UUID) -> UnitDetail:
    async with world.db.reading(SYSTEM) as tx:
        return await get_unit(tx, UnitId(unit_id))


async def pieces(world: World, unit_id: UUID) -> dict[tuple[str, int], int]:
    """Pieces in a unit by order number and line."""
    return {(each.number, each.line): each.qty for each in (await inside(world, unit_id)).lines}


async def held(world: World, order: Any) -> dict[UUID, int]:
    """Pieces held for an order, by warehouse."""
    found: dict[UUID, int] = {}
    async with world.db.reading(SYSTEM) as tx:
        for each in await held_at(tx, [order.id]):
            found[each.warehouse_id] = found.get(each.warehouse_id, 0) + each.pieces
    return found


async def second_warehouse(world: World, *quantities: int) -> UUID:
    """Another warehouse, with so many pieces of the first, second, … SKU."""
    warehouse = await world.act(
        "inventory.create_warehouse", {"code": "WH2", "name": "二号仓", "company_id": world.company_id}
    )
    lines = [
        {"sku_id": sku, "qty": qty, "cost_minor": qty * 700}
        for sku, qty in zip(world.skus, quantities, strict=False)
        if qty
    ]
    if lines:
        await world.act("inventory.receive", {"warehouse_id": warehouse.id, "reference": "入库", "lines": lines})
    made: UUID = warehouse.id
    return made


async def another_shop(world: World) -> UUID:
    """A second shop of the same company, which sells from the same warehouse."""
    shop = await world.act(
        "organization.create_shop",
        {"code": "POS", "name": "门店", "company_id": world.company_id, "kind": "mall", "currency": "CNY"},
    )
    await world.act("inventory.assign_warehouse", {"shop_id": shop.id, "warehouse_id": world.warehouse_id})
    made: UUID = shop.id
    return made


async def policy(world: World, **choices: Any) -> None:
    await world.act("orders.set_unit_policy", {"company_id": world.company_id, "policy": choices})


def part(order: Any, line: int, qty: int) -> dict[str, Any]:
    return {"order_id": order.id, "line": line, "qty": qty}


class TestMaking:
    async def test_a_paid_order_is_released_to_its_warehouse_by_itself(self, world: World) -> None:
        order = await paid(world, 2, 1)
        unit = await unit_of(world, order)
        assert (unit.state, unit.warehouse_id) == ("released", world.warehouse_id)
        assert unit.released_at >= unit.created_at >= order.placed_at
        assert await pieces(world, unit.id) == {(order.number, 1): 2, (order.number, 2): 1}
        assert [each.amount_minor for each in (await inside(world, unit.id)).lines] == [2000, 2000]
        assert not await world.faults()

    async def test_an_unpaid_order_has_none(self, world: World) -> None:
        order = await world.place(1)
        await world.reader.drain()
        assert not await units_of(world, order)

    async def test_events_told_twice_make_no_second_unit(self, world: World) -> None:
        order = await paid(world, 2)
        await world.act("orders.hold", {"order_id": order.id, "cause": "等一等"})
        await world.reader.drain()
        await world.act("orders.release", {"order_id": order.id})
        await world.reader.drain()
        assert len(await units_of(world, order)) == 1

    async def test_what_is_held_back_waits_and_is_released_when_it_is_let_go(self, world: World) -> None:
        order = await world.place(1, receiver=GOOD)
        await world.act("orders.hold", {"order_id": order.id, "cause": "等一等"})
        await world.pay(order)
        await world.reader.drain()
        unit = await unit_of(world, order)
        assert unit.state == "open"
        with pytest.raises(UnitHeldBack):
            await world.act("orders.release_unit", {"unit_id": unit.id})
        await world.act("orders.release", {"order_id": order.id})
        await world.reader.drain()
        assert (await unit_of(world, order)).state == "released"

    async def test_holding_an_order_takes_its_unit_back_from_the_warehouse(self, world: World) -> None:
        order = await paid(world, 1)
        await world.act("orders.hold", {"order_id": order.id, "cause": "客户要改地址"})
        await world.reader.drain()
        assert (await unit_of(world, order)).state == "open"

    async def test_the_audit_looks_before_the_warehouse_gets_it(self, world: World) -> None:
        await publish(world, {"id": "big", "when": {"pieces": ">= 3"}, "then": {"verdict": "hold", "cause": "大单"}})
        small, big = await paid(world, 1), await paid(world, 3)
        assert [(await unit_of(world, each)).state for each in (small, big)] == ["released", "open"]

    async def test_limits_split_an_order_into_units_whose_money_adds_up(self, world: World) -> None:
        await policy(world, pieces_max=2)
        order = await paid(world, 3, 2)
        units = await units_of(world, order)
        assert [sum((await pieces(world, unit.id)).values()) for unit in units] == [2, 2, 1]
        amounts = [sum(line.amount_minor for line in (await inside(world, unit.id)).lines) for unit in units]
        assert sum(amounts) == order.total_minor
        for unit in units:
            await world.act("orders.ship_unit", {"unit_id": unit.id, "carrier": "SF", "waybill": unit.number})
        detail = await world.detail(order)
        assert detail.order.status is Status.SHIPPED
        assert [each.unit_id for each in detail.shipments] == [unit.id for unit in units]
        assert not await world.faults()

    async def test_a_table_says_otherwise_for_some_orders(self, world: World) -> None:
        await policy(world, pieces_max=1)
        row = {"id": "whole", "when": {"goods_minor": ">= 3000"}, "then": {"may_split": "no"}}
        await publish(world, row, subject="orders.splitting")
        assert len(await units_of(world, await paid(world, 2))) == 2
        assert len(await units_of(world, await paid(world, 3))) == 1

    async def test_named_goods_go_by_themselves(self, world: World) -> None:
        await policy(world, apart=[str(world.skus[1])])
        order = await paid(world, 2, 1, 1)
        found = [await pieces(world, unit.id) for unit in await units_of(world, order)]
        assert found == [{(order.number, 2): 1}, {(order.number, 1): 2, (order.number, 3): 1}]

    async def test_no_unit_is_worth_more_than_the_limit(self, world: World) -> None:
        await policy(world, amount_max_minor=2500)
        order = await paid(world, 3, 1)  # at 10 and 20 yuan a piece
        found = [await pieces(world, unit.id) for unit in await units_of(world, order)]
        assert found == [{(order.number, 1): 2}, {(order.number, 1): 1}, {(order.number, 2): 1}]

    async def test_no_unit_weighs_more_than_the_limit(self, world: World) -> None:
        await policy(world, weight_max_g=1_000)
        for sku, weight_g in zip(world.skus[:2], (400, 900), strict=True):
            await world.act("catalog.update_sku", {"sku_id": sku, "weight_g": weight_g})
        order = await paid(world, 3, 1)
        found = [await pieces(world, unit.id) for unit in await units_of(world, order)]
        assert found == [{(order.number, 1): 2}, {(order.number, 1): 1}, {(order.number, 2): 1}]

    async def test_frozen_goods_leave_by_themselves_and_a_kit_is_as_cold_as_its_coldest(self, world: World) -> None:
        await policy(world, by_temperature=True, merge_minutes=30)
        for sku, temperature in zip(world.skus[:2], ("frozen", "chilled"), strict=True):
            await world.act("catalog.set_handling", {"sku_id": str(sku), "temperature": temperature})
        order = await paid(world, 2, 1, 4)
        found = [await pieces(world, unit.id) for unit in await units_of(world, order)]
        assert found == [{(order.number, 1): 2}, {(order.number, 2): 1}, {(order.number, 3): 4}]
        await world.act("orders.set_unit_policy", {"company_id": world.company_id, "policy": {}})
        assert len(await units_of(world, await paid(world, 2, 1, 4))) == 1
        assert not await world.faults()


class TestSplitting:
    async def test_pieces_go_into_a_unit_of_their_own_and_back(self, world: World) -> None:
        order = await paid(world, 3, 1)
        unit = await unit_of(world, order)
        await world.act("orders.recall_unit", {"unit_id": unit.id})
        new = await world.act("orders.split_unit", {"unit_id": unit.id, "lines": [part(order, 1, 2)]})
        assert await pieces(world, unit.id) == {(order.number, 1): 1, (order.number, 2): 1}
        assert await pieces(world, new.id) == {(order.number, 1): 2}
        assert new.split_from == unit.id
        whole = await world.act("orders.merge_units", {"unit_ids": [unit.id, new.id]})
        assert await pieces(world, whole.id) == {(order.number, 1): 3, (order.number, 2): 1}
        assert not await world.faults()

    async def test_what_is_refused_changes_nothing(self, world: World) -> None:
        order = await paid(world, 3)
        unit = await unit_of(world, order)
        wish = {"unit_id": unit.id, "lines": [part(order, 1, 1)]}
        with pytest.raises(UnitStateForbids):
            await world.act("orders.split_unit", wish)
        await world.act("orders.recall_unit", {"unit_id": unit.id})
        with pytest.raises(NotInUnit):
            await world.act("orders.split_unit", {**wish, "lines": [part(order, 1, 4)]})
        with pytest.raises(NothingLeftInUnit):
            await world.act("orders.split_unit", {**wish, "lines": [part(order, 1, 3)]})
        assert await pieces(world, unit.id) == {(order.number, 1): 3}
        assert len(await units_of(world, order)) == 1

    async def test_a_gift_goes_with_the_part_that_it_is_put_in(self, world: World) -> None:
        row = {"id": "thanks", "when": {"goods_minor": ">= 2000"}, "then": {"sku": "SKU3", "qty": 1}}
        await publish(world, row, subject="orders.gifts")
        order = await paid(world, 2, 1)
        unit = await unit_of(world, order)
        assert await pieces(world, unit.id) == {(order.number, n): qty for n, qty in ((1, 2), (2, 1), (3, 1))}
        await world.act("orders.recall_unit", {"unit_id": unit.id})
        lines = [part(order, 1, 1), part(order, 3, 1)]
        new = await world.act("orders.split_unit", {"unit_id": unit.id, "lines": lines})
        assert [each.amount_minor for each in (await inside(world, new.id)).lines] == [1000, 0]
        for each in (unit, new):
            await world.act("orders.release_unit", {"unit_id": each.id})
            await world.act("orders.ship_unit", {"unit_id": each.id})
        assert (await world.detail(order)).order.status is Status.SHIPPED
        assert not await world.faults()


class TestMoving:
    async def test_a_unit_leaves_from_another_warehouse_at_that_ones_cost(self, world: World) -> None:
        there = await second_warehouse(world, 5)
        order = await paid(world, 2)
        unit = await unit_of(world, order)
        await world.act("orders.recall_unit", {"unit_id": unit.id})
        moved = await world.act("orders.move_unit", {"unit_id": unit.id, "warehouse_id": there})
        assert moved.warehouse_id == there
        assert await held(world, order) == {there: 2}
        await world.act("orders.release_unit", {"unit_id": unit.id})
        await world.act("orders.ship_unit", {"unit_id": unit.id})
        assert (await world.detail(order)).lines[0].cost_minor == 1400
        assert await world.stock_of(0) == (100, 0)
        assert not await world.faults()

    async def test_half_of_an_order_from_each_warehouse(self, world: World) -> None:
        there = await second_warehouse(world, 5)
        order = await paid(world, 3)
        unit = await unit_of(world, order)
        await world.act("orders.recall_unit", {"unit_id": unit.id})
        new = await world.act("orders.split_unit", {"unit_id": unit.id, "lines": [part(order, 1, 1)]})
        await world.act("orders.move_unit", {"unit_id": new.id, "warehouse_id": there})
        assert await held(world, order) == {world.warehouse_id: 2, there: 1}
        await world.act("orders.ship", {"order_id": order.id, "lines": [{"line": 1, "qty": 1}]})
        await world.act("orders.ship", {"order_id": order.id})
        assert (await world.detail(order)).order.status is Status.SHIPPED
        assert [unit.state.value for unit in await units_of(world, order)] == ["shipped", "shipped"]
        assert not await world.faults()

    async def test_a_kit_moves_with_its_components(self, world: World) -> None:
        components = [{"code": "SKU1", "qty": 2}, {"code": "SKU2", "qty": 1}]
        kit = await world.make_sku("KIT", 5000, kind="kit", components=components)
        there = await second_warehouse(world, 10, 10)
        order = await world.act(
            "orders.place", {"shop_id": world.shop_id, "lines": [{"sku_id": kit, "qty": 3}], "receiver": GOOD}
        )
        await world.pay(order)
        await world.reader.drain()
        unit = await unit_of(world, order)
        assert await pieces(world, unit.id) == {(order.number, 1): 3}
        await world.act("orders.recall_unit", {"unit_id": unit.id})
        new = await world.act("orders.split_unit", {"unit_id": unit.id, "lines": [part(order, 1, 1)]})
        await world.act("orders.move_unit", {"unit_id": new.id, "warehouse_id": there})
        assert await held(world, order) == {world.warehouse_id: 6, there: 3}
        await world.act("orders.ship", {"order_id": order.id})
        assert not await world.faults()

    async def test_where_there_is_not_enough_it_stays(self, world: World) -> None:
        there = await second_warehouse(world, 1, 9)
        order = await paid(world, 2, 1)
        unit = await unit_of(world, order)
        await world.act("orders.recall_unit", {"unit_id": unit.id})
        with pytest.raises(OutOfStock):
            await world.act("orders.move_unit", {"unit_id": unit.id, "warehouse_id": there})
        assert await held(world, order) == {world.warehouse_id: 3}
        assert (await unit_of(world, order)).warehouse_id == world.warehouse_id
        assert not await world.faults()


class TestAddress:
    async def test_a_changed_address_after_release_is_told_and_leaves_the_merged_unit(self, world: World) -> None:
        await policy(world, merge_minutes=30)
        one, two = await paid(world, 1), await paid(world, 2)
        await world.act("orders.correct_address", {"order_id": two.id, "receiver": OTHER})
        mine, others = await unit_of(world, two), await unit_of(world, one)
        assert await pieces(world, mine.id) == {(two.number, 1): 2}
        assert await pieces(world, others.id) == {(one.number, 1): 1}
        with pytest.raises(UnitsDiffer):
            await world.act("orders.merge_units", {"unit_ids": [mine.id, others.id]})
        await world.act("orders.correct_address", {"order_id": two.id, "receiver": GOOD})
        assert await world.act("orders.merge_units", {"unit_ids": [mine.id, others.id]})
        assert not await world.faults()


class TestReads:
    async def test_lists_details_suggestions_and_the_trace(self, world: World) -> None:
        await policy(world, merge_minutes=30)
        one = await paid(world, 1)
        await policy(world)
        two = await paid(world, 2)
        await world.act("orders.recall_unit", {"unit_id": (await unit_of(world, two)).id})
        async with reading(world.db, routes, SYSTEM) as client:
            listed = (await client.get("/api/v1/orders/units", params={"number": two.number})).json()["items"]
            assert [each["id"] for each in listed] == [str((await unit_of(world, two)).id)]
            detail = (await client.get(f"/api/v1/orders/units/{listed[0]['id']}")).json()
            assert [(each["qty"], each["amount_minor"]) for each in detail["lines"]] == [(2, 2000)]
            (group,) = (await client.get("/api/v1/orders/units/alike")).json()
            assert {each["id"] for each in group["units"]} == {
                str((await unit_of(world, order)).id) for order in (one, two)
            }
            mine = (await client.get(f"/api/v1/orders/{two.id}/units")).json()
            assert [each["state"] for each in mine] == ["open"]
            trace = (await client.get(f"/api/v1/orders/{two.id}/trace", params={"limit": 200})).json()["items"]
            told = {each["what"] for each in trace}
            assert {"orders.unit_made.v1", "orders.unit_released.v1", "orders.unit_recalled.v1"} <= told
            missing = await client.get(f"/api/v1/orders/units/{two.id}")
            assert missing.status_code == 404

    async def test_a_unit_that_is_not_released_does_not_leave(self, world: World) -> None:
        order = await paid(world, 1)
        unit = await unit_of(world, order)
        await world.act("orders.recall_unit", {"unit_id": unit.id})
        with pytest.raises(UnitStateForbids):
            await world.act("orders.ship_unit", {"unit_id": unit.id})
