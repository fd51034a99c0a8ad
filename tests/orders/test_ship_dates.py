"""SKUs that leave from a time on: units of their own, that follow when the time is changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.clock import ManualClock
from shangmai.modules.catalog.contract import SkuNotFound
from shangmai.modules.orders.contract.ship_dates import ShipDateOver
from shangmai.modules.orders.http import routes
from tests.orders.test_auditing import publish
from tests.orders.test_units import paid, pieces, policy, unit_of, units_of
from tests.routes import reading
from tests.world import World


async def ships_from(world: World, clock: ManualClock, n: int, days: int | None) -> Any:
    at = None if days is None else clock.now() + timedelta(days=days)
    given = {"company_id": world.company_id, "sku_id": world.skus[n], "ships_from": at}
    return await world.act("orders.set_ship_date", given)


async def dates(world: World) -> list[str]:
    async with reading(world.db, routes, SYSTEM) as client:
        answer = await client.get("/api/v1/orders/ship-dates", params={"company": str(world.company_id)})
    return [each["sku_id"] for each in answer.json()["items"]]


class TestShipDates:
    async def test_each_day_has_a_unit_of_its_own(self, world: World, clock: ManualClock) -> None:
        await ships_from(world, clock, 1, 5)
        await ships_from(world, clock, 2, 9)
        assert await dates(world) == [str(sku) for sku in sorted(world.skus[1:])]
        order = await paid(world, 1, 1, 1)
        units = sorted(await units_of(world, order), key=lambda unit: unit.release_at)
        assert [unit.state for unit in units] == ["released", "open", "open"]
        assert [await pieces(world, unit.id) for unit in units] == [{(order.number, n): 1} for n in (1, 2, 3)]
        assert not await world.faults()

    async def test_what_may_not_be_split_waits_for_the_last(self, world: World, clock: ManualClock) -> None:
        await publish(world, {"id": "all", "then": {"may_split": "no"}}, subject="orders.splitting")
        await ships_from(world, clock, 1, 5)
        unit = await unit_of(world, await paid(world, 1, 1))
        assert (unit.state, unit.release_at) == ("open", clock.now() + timedelta(days=5))

    async def test_a_kit_waits_for_its_last_component(self, world: World, clock: ManualClock) -> None:
        await ships_from(world, clock, 1, 5)
        components = [{"code": "SKU1", "qty": 1}, {"code": "SKU2", "qty": 1}]
        kit = await world.make_sku("KIT", 5000, kind="kit", components=components)
        lines = [{"sku_id": kit, "qty": 1}]
        order = await world.act("orders.place", {"shop_id": world.shop_id, "lines": lines})
        await world.pay(order)
        await world.reader.drain()
        assert (await unit_of(world, order)).state == "open"

    async def test_open_units_follow_and_those_taken_back_by_hand_stay(self, world: World, clock: ManualClock) -> None:
        await ships_from(world, clock, 1, 5)
        waits, kept = await paid(world, 0, 1), await paid(world, 0, 2)
        unit = await unit_of(world, kept)
        await world.act("orders.release_unit", {"unit_id": unit.id})
        await world.act("orders.recall_unit", {"unit_id": unit.id})
        assert (await ships_from(world, clock, 1, 8)).units == 1
        assert (await unit_of(world, waits)).release_at == clock.now() + timedelta(days=8)
        assert (await ships_from(world, clock, 1, None)).units == 1
        assert await dates(world) == []
        assert (await world.act("orders.release_due_units", {})).released == 1
        assert (await unit_of(world, waits)).state == "released"
        assert (await unit_of(world, kept)).state == "open"

    async def test_only_what_leaves_together_is_merged_by_itself(self, world: World, clock: ManualClock) -> None:
        await policy(world, merge_minutes=30)
        await ships_from(world, clock, 1, 5)
        now, later, also = await paid(world, 1), await paid(world, 0, 1), await paid(world, 0, 2)
        assert (await unit_of(world, later)).id == (await unit_of(world, also)).id
        assert (await unit_of(world, now)).id != (await unit_of(world, later)).id

    async def test_refusals_change_nothing(self, world: World, clock: ManualClock) -> None:
        with pytest.raises(ShipDateOver):
            await ships_from(world, clock, 1, -1)
        given = {"company_id": world.company_id, "sku_id": world.shop_id, "ships_from": None}
        with pytest.raises(SkuNotFound):
            await world.act("orders.set_ship_date", given)
        assert await dates(world) == []
