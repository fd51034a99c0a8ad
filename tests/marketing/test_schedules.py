"""The schedules that close what is over, kept by the worker itself as it runs beside the API, on the wall clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from shangmai.apps import upkeep
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.jobs import SCHEDULES
from shangmai.kernel.jobs.contract import ScheduleSpec
from shangmai.kernel.jobs.worker import Jobs
from tests.jobs.waiting import until
from tests.pricing.making import customer, publish
from tests.world import World

EVERY_SECOND = "* * * * * *"
NAMES = ("orders.expire", "marketing.close_groups", "marketing.close_presales")


@asynccontextmanager
async def working(world: World) -> AsyncIterator[None]:
    """The worker with the declared schedules of orders and marketing, each every second instead of every minute."""
    upkeep.declare()
    schedules = [ScheduleSpec(name, EVERY_SECOND, SCHEDULES[name].handler) for name in NAMES]
    jobs = Jobs(world.runner, jobs=[], schedules=schedules)
    task = asyncio.create_task(jobs.run())
    try:
        yield
    finally:
        jobs.stop()
        await task


def test_they_are_kept_every_minute() -> None:
    upkeep.declare()
    assert {SCHEDULES[name].cron for name in NAMES} == {"* * * * *"}


async def test_a_presale_is_closed_when_its_window_ends(world: World) -> None:
    wall = world.db.clock
    world.db.clock = ManualClock(wall.now())  # it stands still until the deposit is paid, however long that takes
    ends = world.db.clock.now() + timedelta(seconds=4)
    window = {"from": (ends - timedelta(seconds=1)).isoformat(), "to": ends.isoformat()}
    benefit = {"kind": "deposit_presale", "deposit_minor": 100, "worth_minor": 300, "balance": window}
    promotion = await publish(world, "YS", layer="price", benefit=benefit)
    wish = {
        "shop_id": world.shop_id, "promotion_id": promotion.id, "sku_id": world.skus[0],
        "customer_id": await customer(world, "P1"),
    }  # fmt: skip
    order = await world.act("marketing.place_presale", wish)
    await world.pay(order, 100)

    async def is_closed() -> bool:
        return bool((await world.detail(order)).order.status == "canceled")

    assert not await is_closed()
    world.db.clock = wall
    async with working(world):
        await until(is_closed, 60)
    after: Any = (await world.detail(order)).order
    assert (after.paid_minor, after.kept_minor) == (100, 100)
    assert await world.stock_of(0) == (100, 0)
    await world.reader.drain()
    assert await world.faults() == []
