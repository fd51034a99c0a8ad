"""A customer who is erased is gone from the orders that are over, and from the others once they are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from shangmai.kernel.actors import SYSTEM
from tests.world import World

RECEIVER = {"name": "张三", "phone": "13800005678", "city": "杭州", "street": "文三路 1 号"}


class Buyer:
    """A customer with orders that go to them."""

    def __init__(self, world: World, id_: UUID) -> None:
        self.world, self.id = world, id_

    async def order(self) -> Any:
        return await self.world.place(1, customer_id=self.id, receiver=RECEIVER)

    async def erase(self) -> None:
        await self.world.act("members.erase", {"customer_id": self.id, "reason": "本人要求"})
        await self.world.reader.drain()

    async def known_to(self, order: Any) -> bool:
        """Whether the order still says where it goes."""
        await self.world.reader.drain()
        async with self.world.db.reading(SYSTEM) as tx:
            return bool(await tx.fetchval("SELECT receiver IS NOT NULL FROM orders WHERE id = $1", order.id))


async def signed(world: World, order: Any) -> None:
    await world.pay(order)
    await world.ship(order)
    await world.act("orders.sign", {"order_id": order.id})


async def canceled(world: World, order: Any) -> None:
    await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})


@pytest.fixture
async def buyer(world: World) -> Buyer:
    known = await world.act("members.register", {"shop_id": world.shop_id, "ref": "B1", "name": "张三"})
    return Buyer(world, known.customer_id)


@pytest.mark.parametrize("end", [signed, canceled])
class TestErasure:
    async def test_reaches_orders_that_are_over(self, world: World, buyer: Buyer, end: Any) -> None:
        order = await buyer.order()
        await end(world, order)
        assert await buyer.known_to(order)
        await buyer.erase()
        assert not await buyer.known_to(order)

    async def test_waits_for_those_under_way(self, world: World, buyer: Buyer, end: Any) -> None:
        order = await buyer.order()
        await buyer.erase()
        assert await buyer.known_to(order), "the parcel must still arrive"
        await end(world, order)
        assert not await buyer.known_to(order)

    async def test_leaves_other_customers_alone(self, world: World, buyer: Buyer, end: Any) -> None:
        other = await world.act("members.register", {"shop_id": world.shop_id, "ref": "B2", "name": "李四"})
        order = await Buyer(world, other.customer_id).order()
        await end(world, order)
        await buyer.erase()
        assert await buyer.known_to(order)
