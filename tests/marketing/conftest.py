"""A shop with a group buy, some customers, and a clock to be moved by hand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from shangmai.apps.upkeep import close_groups, expire_orders
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.clock import ManualClock
from shangmai.modules.marketing import service
from shangmai.modules.payments import service as payments
from tests.pricing.making import customer, publish
from tests.world import World

MINUTE, HOUR = 60, 3600


@pytest.fixture
def clock(world: World) -> ManualClock:
    """The database's clock, to be moved by hand."""
    manual = ManualClock(world.db.clock.now())
    world.db.clock = manual
    return manual


@pytest.fixture
def gateway() -> None:
    """The test gateway, at an address where nobody answers."""
    payments.use_provider(payments.TestGateway("http://127.0.0.1:9"))


class Groups:
    """Short ways to open, join and watch groups of one promotion: two at 8.00, three at 7.00, the leader 6.00."""

    def __init__(self, world: World, clock: ManualClock) -> None:
        self.world, self.clock = world, clock

    async def make(self) -> Groups:
        tiers = [{"size": 2, "price_minor": 800}, {"size": 3, "price_minor": 700}]
        benefit = {"kind": "group_buy", "tiers": tiers, "leader_price_minor": 600}
        self.promotion = await publish(self.world, "PT", layer="price", benefit=benefit)
        self.customers: list[UUID] = [await customer(self.world, f"C{n}") for n in range(5)]
        return self

    async def terms(self, **more: Any) -> Any:
        return await self.world.act("marketing.set_group_terms", {"promotion_id": self.promotion.id, **more})

    def opening(self, who: int = 0, size: int | None = 2, **more: Any) -> dict[str, Any]:
        return {
            "shop_id": self.world.shop_id,
            "promotion_id": self.promotion.id,
            "sku_id": self.world.skus[0],
            "customer_id": self.customers[who],
            "size": size,
            **more,
        }

    async def open(self, who: int = 0, size: int | None = 2, **more: Any) -> Any:
        return await self.world.act("marketing.open_group", self.opening(who, size, **more))

    async def join(self, made: Any, who: int, **more: Any) -> Any:
        given = {"group_id": made.group.id, "customer_id": self.customers[who], **more}
        return await self.world.act("marketing.join_group", given)

    async def pass_time(self, seconds: int) -> None:
        """Let time pass, and what is due be done."""
        self.clock.advance(seconds=seconds)
        await expire_orders(self.world.runner)
        await close_groups(self.world.runner)
        await self.world.reader.drain()

    async def look(self, made: Any) -> Any:
        """The group with its members, after every event has been handled."""
        await self.world.reader.drain()
        async with self.world.db.reading(SYSTEM) as tx:
            return await service.get_group(tx, made.group.id)

    async def status(self, made: Any) -> tuple[str, int]:
        group = (await self.look(made)).group
        return group.status.value, group.seats_left


@pytest_asyncio.fixture
async def groups(world: World, clock: ManualClock) -> Groups:
    return await Groups(world, clock).make()
