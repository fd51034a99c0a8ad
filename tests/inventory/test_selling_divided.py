"""What shops may sell of divided stock: no order takes what another shop has for itself."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import MoveHolds, MovePart, OutOfStock
from shangmai.modules.orders import service as orders
from tests.inventory.test_channel_stock import lock, outbox, second_shop, share, told
from tests.world import World


async def order(world: World, shop: UUID, qty: int, **more: Any) -> Any:
    lines = [{"sku_id": world.skus[0], "qty": qty}]
    return await world.act("orders.place", {"shop_id": shop, "lines": lines, **more})


async def sellable(world: World, shop: UUID) -> int:
    return int((await told(world, shop))["qty"])


async def remaining(world: World, lock_id: UUID) -> int:
    """What a lock keeps still."""
    async with world.db.reading(SYSTEM) as tx:
        return sum(each.pieces for each in await inventory.held_at(tx, [lock_id]))


class TestPlacing:
    @pytest.mark.parametrize(
        ("mode", "amount", "buffer", "most"),
        [("percent", 30, 0, 30), ("fixed", 12, 2, 10), ("exclusive", 9, 0, 9), ("shared", 0, 40, 60)],
    )
    async def test_a_shop_sells_what_it_shows_and_not_a_piece_more(
        self, world: World, mode: str, amount: int, buffer: int, most: int
    ) -> None:
        await share(world, world.shop_id, mode, amount, buffer=buffer)
        assert await sellable(world, world.shop_id) == most
        with pytest.raises(OutOfStock) as refused:
            await order(world, world.shop_id, most + 1)
        assert refused.value.data["available"] == most
        assert await world.count("orders") == 0
        assert await sellable(world, world.shop_id) == most
        await order(world, world.shop_id, most)
        assert await world.faults() == []

    async def test_what_another_shop_has_for_itself_is_out_of_reach(self, world: World) -> None:
        other = await second_shop(world)
        await share(world, other, "exclusive", 40)
        with pytest.raises(OutOfStock):
            await order(world, world.shop_id, 61)
        await order(world, world.shop_id, 60)
        assert await sellable(world, world.shop_id) == 0
        await order(world, other, 40)
        assert (await outbox(world, other))[world.skus[0]][0] == 0

    async def test_two_shops_at_once_never_sell_the_same_piece(self, world: World) -> None:
        other = await second_shop(world)
        await share(world, other, "exclusive", 10)
        mine = [order(world, world.shop_id, 5) for _ in range(20)]
        *others, theirs = await asyncio.gather(*mine, order(world, other, 10), return_exceptions=True)
        assert not isinstance(theirs, BaseException), "its ten were kept for it"
        sold = sum(not isinstance(each, OutOfStock) for each in others)
        assert 16 <= sold <= 18, "ten are kept for it, before and after"
        assert await world.faults() == []

    async def test_of_a_kit_the_components_count(self, world: World) -> None:
        kit = await world.make_sku("KIT", 100, kind="kit", components=[{"code": "SKU1", "qty": 3}])
        await share(world, world.shop_id, "fixed", 6)
        wish = {"shop_id": world.shop_id, "lines": [{"sku_id": kit, "qty": 3}]}
        with pytest.raises(OutOfStock):
            await world.act("orders.place", wish)
        await world.act("orders.place", wish | {"lines": [{"sku_id": kit, "qty": 2}]})

    async def test_all_lines_of_an_order_or_none(self, world: World) -> None:
        lock_id = (await lock(world, world.shop_id, 30)).id
        with pytest.raises(OutOfStock):
            await world.place(40, 101)
        assert await remaining(world, lock_id) == 30
        assert await sellable(world, world.shop_id) == 100
        assert await world.faults() == []


class TestLocked:
    async def test_a_shops_orders_take_from_its_lock_first(self, world: World) -> None:
        other = await second_shop(world)
        lock_id = (await lock(world, other, 30)).id
        placed = await order(world, other, 20)
        assert await remaining(world, lock_id) == 10
        assert [await sellable(world, shop) for shop in (world.shop_id, other)] == [70, 80]
        await order(world, other, 15)
        assert await remaining(world, lock_id) == 0
        assert [await sellable(world, shop) for shop in (world.shop_id, other)] == [65, 65]
        await world.pay(placed)
        await world.ship(placed)
        assert await world.faults() == []

    async def test_what_is_left_of_it_is_free_when_it_ends(self, world: World) -> None:
        other = await second_shop(world)
        made = await lock(world, other, 30)
        await order(world, other, 20)
        with pytest.raises(OutOfStock):
            await order(world, world.shop_id, 71)
        await world.act("inventory.unlock_channel_stock", {"lock_id": made.id})
        await order(world, world.shop_id, 80)
        assert await world.faults() == []

    async def test_many_orders_at_once_take_no_more_than_it_keeps(self, world: World) -> None:
        other = await second_shop(world)
        await share(world, other, "exclusive", 0)
        lock_id = (await lock(world, other, 25)).id
        answers = await asyncio.gather(*(order(world, other, 4) for _ in range(10)), return_exceptions=True)
        assert sum(not isinstance(each, OutOfStock) for each in answers) == 6
        assert await remaining(world, lock_id) == 1
        assert await world.faults() == []


class TestLater:
    async def test_who_waits_gets_no_more_than_the_shop_may_sell(self, world: World) -> None:
        other = await second_shop(world)
        await order(world, world.shop_id, 100)
        await share(world, other, "exclusive", 20)
        mine = await order(world, world.shop_id, 15, when_short="wait")
        theirs = await order(world, other, 15, when_short="wait")
        for each in (mine, theirs):
            await world.pay(each)
        await world.receive({world.skus[0]: 20})
        await world.reader.drain()
        async with world.db.reading(SYSTEM) as tx:
            held = {each.doc: each.pieces for each in await inventory.held_at(tx, [mine.id, theirs.id])}
        assert held == {theirs.id: 15}
        assert await world.faults() == []

    async def test_holds_do_not_move_into_what_another_shop_has_for_itself(self, world: World) -> None:
        place = {"code": "WH2", "name": "二号仓", "company_id": world.company_id}
        there = (await world.act("inventory.create_warehouse", place)).id
        other = await second_shop(world)
        await world.act("inventory.assign_warehouse", {"shop_id": other, "warehouse_id": there})
        line = {"sku_id": world.skus[0], "qty": 10, "cost_minor": 10}
        await world.act("inventory.receive", {"warehouse_id": there, "reference": "x", "lines": [line]})
        await share(world, other, "exclusive", 8)
        placed = await order(world, world.shop_id, 5)
        part = MovePart(line=1, qty=5, left=5, sku_id=None, to=there)
        async with world.db.transaction() as tx:
            move = MoveHolds(doc=placed.id, shop_id=placed.shop_id, lines=[part], item=tx.items[0])
            (refused,) = await inventory.move_holds(tx, [move])
        assert isinstance(refused, OutOfStock)
        assert refused.data["available"] == 2
        async with world.db.reading(SYSTEM) as tx:
            assert [each.warehouse_id for each in await inventory.held_at(tx, [placed.id])] == [world.warehouse_id]
            assert (await orders.get_orders(tx, [placed.id]))[placed.id].status.value == "placed"
