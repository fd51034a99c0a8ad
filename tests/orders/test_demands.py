"""Purchase demands: raised when orders wait for what must be bought, closed when it is there."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.orders.contract.demands import DemandNotFound, DemandOver
from shangmai.modules.orders.http import routes
from tests.orders.test_exceptions import codes
from tests.orders.test_shortages import waiting
from tests.orders.test_units import second_warehouse
from tests.routes import reading
from tests.world import World


async def demands(world: World, state: str = "open") -> list[dict[str, Any]]:
    await world.reader.drain()
    async with reading(world.db, routes, SYSTEM) as client:
        answer = await client.get("/api/v1/orders/demands", params={"state": state})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


class TestDemands:
    async def test_short_orders_raise_one_that_ends_when_the_pieces_are_there(self, world: World) -> None:
        first = await waiting(world, 130)
        (demand,) = await demands(world)
        assert (demand["sku_id"], demand["qty"], demand["orders"]) == (str(world.skus[0]), 30, 1)
        second = await waiting(world, 110)
        (same,) = await demands(world)
        assert (same["number"], same["qty"], same["orders"]) == (demand["number"], 140, 2)
        assert same["numbers"] == [first.number, second.number]
        assert await codes(world, second) == ["orders.short"], "the order waits, and says why"
        given = {"demand_id": demand["id"], "qty": 100, "reference": "PO-7", "expected_on": "2099-01-02"}
        await world.act("orders.order_demand", given)
        (ordered,) = await demands(world, "ordered")
        assert (ordered["reference"], ordered["ordered_qty"], ordered["expected_on"]) == ("PO-7", 100, "2099-01-02")
        await world.receive({world.skus[0]: 140})
        assert await demands(world) == await demands(world, "ordered") == []
        (closed,) = await demands(world, "closed")
        assert (closed["number"], closed["qty"], closed["most"]) == (demand["number"], 0, 140)
        assert await codes(world, first) == await codes(world, second) == []
        with pytest.raises(DemandOver):
            await world.act("orders.order_demand", given)
        assert not await world.faults()

    async def test_what_another_warehouse_can_send_is_not_to_be_bought(self, world: World) -> None:
        await second_warehouse(world, 25)
        await waiting(world, 130)
        (demand,) = await demands(world)
        assert demand["qty"] == 5

    async def test_canceling_the_order_ends_it_and_the_next_is_another(self, world: World) -> None:
        order = await waiting(world, 130)
        (demand,) = await demands(world)
        await world.act("orders.cancel", {"order_id": order.id, "reason": "不等了"})
        assert await demands(world) == []
        await waiting(world, 110)
        (another,) = await demands(world)
        assert another["number"] != demand["number"]
        assert another["qty"] == 10

    async def test_an_unknown_one_is_refused(self, world: World) -> None:
        with pytest.raises(DemandNotFound):
            await world.act("orders.order_demand", {"demand_id": uuid4(), "qty": 1, "reference": "x"})
