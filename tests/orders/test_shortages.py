"""What orders wait for, and where it could come from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.ids import new_id
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.orders.http import routes
from shangmai.modules.orders.rules.shortages import cover
from tests.orders.test_exceptions import GOOD, codes
from tests.orders.test_units import second_warehouse
from tests.routes import reading
from tests.world import World


async def waiting(world: World, *quantities: int) -> Any:
    order = await world.place(*quantities, when_short="wait", receiver=GOOD)
    await world.pay(order)
    await world.reader.drain()
    return order


async def listed(world: World, **params: Any) -> list[dict[str, Any]]:
    async with reading(world.db, routes, SYSTEM) as client:
        answer = await client.get("/api/v1/orders/shortages", params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


class TestShortages:
    async def test_what_is_missing_adds_up_over_the_orders_that_wait(self, world: World) -> None:
        first, second = await waiting(world, 130), await waiting(world, 120, 101)
        (most, other) = await listed(world)
        assert (most["sku_id"], most["pieces"], most["orders"]) == (str(world.skus[0]), 250, 2)
        assert (most["here"], most["to_buy"]) == (100, 150)
        assert most["numbers"] == [first.number, second.number]
        assert (other["sku_id"], other["pieces"], other["to_buy"]) == (str(world.skus[1]), 101, 1)

    async def test_another_warehouse_can_send_it_and_doing_so_ends_it(self, world: World) -> None:
        order = await waiting(world, 130)
        there = await second_warehouse(world, 90)
        (shortage,) = await listed(world, company_id=str(world.company_id))
        assert shortage["transfers"] == [{"warehouse_id": str(there), "qty": 30}]
        assert (shortage["here"], shortage["on_the_way"], shortage["to_buy"]) == (100, 0, 0)
        move = {"from_warehouse_id": there, "to_warehouse_id": world.warehouse_id, "reference": order.number}
        sent = await world.act(
            "inventory.send_transfer", {**move, "lines": [{"sku_id": str(world.skus[0]), "qty": 30}]}
        )
        (shortage,) = await listed(world)
        assert (shortage["on_the_way"], shortage["transfers"], shortage["to_buy"]) == (30, [], 0)
        await world.act("inventory.arrive_transfer", {"document_id": sent.id})
        assert await codes(world, order) == []
        assert await listed(world) == []

    async def test_nothing_is_short_of_orders_that_are_canceled_or_elsewhere(self, world: World) -> None:
        order = await waiting(world, 130)
        assert await listed(world, company_id=str(new_id())) == []
        await world.act("orders.cancel", {"order_id": order.id, "reason": "不等了"})
        await world.reader.drain()
        assert await listed(world) == []

    async def test_a_long_list_is_read_page_by_page(self, world: World) -> None:
        await waiting(world, 130, 130, 130)
        async with reading(world.db, routes, SYSTEM) as client:
            seen, cursor = [], ""
            while cursor is not None:
                answer = await client.get("/api/v1/orders/shortages", params={"limit": 1, "cursor": cursor})
                seen += [each["sku_id"] for each in answer.json()["items"]]
                cursor = answer.json()["next"]
        assert sorted(seen) == sorted(map(str, world.skus[:3]))


class TestCovering:
    @given(st.integers(1, 50), st.integers(0, 60), st.lists(st.integers(0, 30), max_size=5))
    def test_every_missing_piece_comes_from_somewhere_once(
        self, missing: int, on_the_way: int, elsewhere: list[int]
    ) -> None:
        spare = {WarehouseId(UUID(int=n)): qty for n, qty in enumerate(elsewhere)}
        before = dict(spare)
        covered = cover(missing, on_the_way, spare)
        assert covered.on_the_way + sum(covered.transfers.values()) + covered.to_buy == missing
        assert covered.on_the_way <= on_the_way
        assert all(before[id_] - spare[id_] == covered.transfers.get(id_, 0) for id_ in before)
        assert all(qty >= 0 for qty in spare.values())
        if covered.to_buy:
            assert covered.on_the_way == on_the_way
            assert not any(spare.values())
        sources = len(covered.transfers)
        wanted = missing - covered.on_the_way - covered.to_buy
        assert wanted > sum(sorted(before.values(), reverse=True)[: sources - 1]) if sources else wanted == 0
