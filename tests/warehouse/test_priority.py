"""Who is served first: express orders by the company's table, and what must leave soon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.warehouse.http import routes
from tests.orders.test_auditing import publish
from tests.routes import reading
from tests.warehouse.work import RECEIVER, Work

GATHER = {"auto": True, "orders_min": 10, "wait_s": 3600}
URGENT = {"id": "urgent", "when": {"total_minor": ">= 3000"}, "then": {"priority": 5}}
"""An order of thirty pieces is express."""


async def cells(work: Work) -> list[str]:
    """Whose pieces the open tasks fetch, in the order in which pickers are shown them."""
    async with reading(work.world.db, routes, SYSTEM) as http:
        tasks = (await http.get("/api/v1/warehouse/tasks")).json()["items"]
        details = [(await http.get(f"/api/v1/warehouse/tasks/{each['id']}")).json() for each in tasks]
    return [cell["number"] for each in details for stop in each["stops"] for cell in stop["cells"]]


async def number(work: Work, order: Any) -> str:
    return str((await work.unit(order)).number)


async def test_an_express_order_goes_in_the_first_wave_and_is_picked_before_older_tasks(work: Work) -> None:
    await publish(work.world, URGENT, subject="orders.priority")
    await work.turn_on(waves={"urgent_from": 5})
    plain = await work.paid(1)
    await work.waves()
    also, express = await work.paid(1), await work.paid(30)
    assert [(await work.request(order)).priority for order in (plain, also, express)] == [0, 0, 5]
    waves = await work.waves()
    assert [wave.requests for wave in waves] == [1, 1], "express orders go apart"
    assert await cells(work) == [await number(work, order) for order in (express, plain, also)]
    async with reading(work.world.db, routes, SYSTEM) as http:
        first = (await http.get("/api/v1/warehouse/tasks", params={"limit": 1})).json()
        rest = (await http.get("/api/v1/warehouse/tasks", params={"limit": 5, "cursor": first["next"]})).json()
    assert [each["priority"] for each in first["items"] + rest["items"]] == [5, 0, 0]


async def test_an_express_order_waits_for_no_others(work: Work) -> None:
    await publish(work.world, URGENT, subject="orders.priority")
    await work.turn_on(waves={**GATHER, "urgent_from": 5})
    plain = await work.paid(1)
    assert await work.state(plain) == "waiting"
    express = await work.paid(30)
    assert await work.state(express) == "waved"
    assert await work.state(plain) == "waiting", "the others go on gathering"


async def test_what_must_leave_within_the_lead_waits_for_no_others(work: Work) -> None:
    await work.turn_on(waves={**GATHER, "lead_s": 2 * 3600})
    soon, later = [await work.world.place(1, receiver=RECEIVER) for _ in range(2)]
    for order, hours in ((soon, 1), (later, 4)):
        at = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
        await work.world.act("orders.note_channel", {"order_id": order.id, "ship_by": at})
        await work.world.pay(order)
    await work.world.reader.drain()
    assert [await work.state(order) for order in (soon, later)] == ["waved", "waiting"]


async def test_without_such_rules_all_gather(work: Work) -> None:
    await publish(work.world, URGENT, subject="orders.priority")
    await work.turn_on(waves=GATHER)
    express = await work.paid(30)
    assert await work.state(express) == "waiting"
