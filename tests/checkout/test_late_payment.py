"""Money that comes after an unpaid order has timed out and its goods were sold to another, by the real worker."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shangmai.apps.upkeep import expire_orders
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.jobs.contract import ScheduleSpec
from shangmai.kernel.jobs.worker import Jobs
from shangmai.modules.payments import service as payments
from shangmai.modules.payments.queries import intents
from tests.checkout.conftest import Mall
from tests.payments.telling import sealed, tells


@pytest.fixture
def gateway() -> None:
    """The test gateway, at an address where nobody answers."""
    payments.use_provider(payments.TestGateway("http://127.0.0.1:9"))


async def status_of(mall: Mall, order_id: Any) -> tuple[str, str, int]:
    async with mall.world.db.reading(SYSTEM) as tx:
        row = await tx.fetchrow("SELECT status, payment_status, refunded_minor FROM orders WHERE id = $1", order_id)
    assert row is not None
    return row["status"], row["payment_status"], row["refunded_minor"]


async def test_late_money_goes_back_and_nothing_is_sold_twice(mall: Mall, gateway: None) -> None:
    last = await mall.world.make_sku("LAST", 1000)
    await mall.list_sku(last)
    await mall.world.receive({last: 1})
    wish: dict[str, Any] = {"lines": [{"sku_id": last, "qty": 1}], "expected_total_minor": 1000, "method": "test"}
    began = mall.world.db.clock.now() - timedelta(minutes=31)
    slow = await mall.world.act("checkout.place", mall.wish(**wish), at=began)
    worker = Jobs(mall.world.runner, jobs=[], schedules=[ScheduleSpec("test.expire", "* * * * * *", expire_orders)])
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(60):
        while (await status_of(mall, slow.order_id))[0] != "canceled":  # noqa: ASYNC110  the worker tells nobody
            await asyncio.sleep(0.05)
    worker.stop()
    await task
    fast = await mall.place(**wish)
    async with mall.world.db.reading(SYSTEM) as tx:
        asked = await intents.find_intent(tx, slow.payment.intent_id)
    assert asked is not None
    await mall.world.act("payments.accept", msgspec.to_builtins(sealed(tells(asked), mall.world.db.clock.now())))
    await mall.world.reader.drain()
    assert await status_of(mall, slow.order_id) == ("canceled", "paid", 1000)
    assert (await status_of(mall, fast.order_id))[0] == "placed"
    assert await mall.world.faults() == []
