"""The day's figures: each order once, by how far it is; and what is asked for wrongly."""

from __future__ import annotations

from datetime import timedelta

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.orders.http import today as http
from tests.routes import reading
from tests.world import World


async def test_each_order_counts_once_by_how_far_it_is(world: World) -> None:
    since = world.db.clock.now() - timedelta(hours=1, minutes=30)
    canceled, unpaid, held = [await world.place(1) for _ in range(3)]
    await world.act("orders.cancel", {"order_id": canceled.id, "reason": "x"})
    await world.act("orders.hold", {"order_id": held.id, "cause": "x"})
    await world.sell(1)
    async with reading(world.db, http.routes, SYSTEM) as client:
        told = (await client.get("/api/v1/orders/today", params={"since": since.isoformat()})).json()
    counted = {name: told[name] for name in ("placed", "paid", "left", "signed", "held_back", "canceled")}
    assert counted == {"placed": 4, "paid": 1, "left": 1, "signed": 0, "held_back": 1, "canceled": 1}
    assert told["sums"] == [
        {
            "currency": "CNY",
            "total_minor": 3 * unpaid.total_minor,
            "paid_minor": unpaid.total_minor,
            "refunded_minor": 0,
        }
    ]
    assert told["hours"] == [{"hour": 1, "orders": 3}]
    assert [(each["shop_id"], each["orders"]) for each in told["shops"]] == [(str(world.shop_id), 3)]


async def test_only_the_last_two_days_are_told(world: World) -> None:
    now = world.db.clock.now()
    async with reading(world.db, http.routes, SYSTEM) as client:
        for since in (now - timedelta(hours=49), now + timedelta(minutes=5)):
            answer = await client.get("/api/v1/orders/today", params={"since": since.isoformat()})
            assert (answer.status_code, answer.json()["code"]) == (422, "orders.SpanTooLong")
        assert (await client.get("/api/v1/orders/today", params={"since": "x"})).status_code == 422
