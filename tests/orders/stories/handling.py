"""What people, parcels and clocks do to an order."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from shangmai.modules.logistics import jobs as logistics
from tests.logistics.test_watching import ago
from tests.orders.stories.scene import Scene, Story, story
from tests.orders.test_auditing import publish
from tests.orders.test_exchanging import exchange, sold


@story
async def to_audit(s: Scene) -> Story:
    await publish(s.world, {"id": "any", "when": {"pieces": "> 90"}, "then": {"verdict": "hold"}})
    await s.act("orders.set_audit_policy", company_id=s.world.company_id, delay_minutes=10)
    order = await s.paid(1)
    yield order
    await s.act("orders.audit", order_id=order.id)


async def _verdict(s: Scene, verdict: str, action: str) -> Story:
    await publish(s.world, {"id": "all", "then": {"verdict": verdict}})
    order = await s.paid(1)
    yield order
    await s.act(action, order_id=order.id)


@story
async def audit_hold(s: Scene) -> Story:
    async for order in _verdict(s, "hold", "orders.release"):
        yield order


@story
async def finance_audit(s: Scene) -> Story:
    async for order in _verdict(s, "finance", "orders.pass_finance_audit"):
        yield order


@story
async def approval(s: Scene) -> Story:
    async for order in _verdict(s, "approve", "orders.approve"):
        yield order


@story
async def by_hand(s: Scene) -> Story:
    order = await s.paid(1)
    await s.act("orders.hold", order_id=order.id, cause="电话确认")
    yield order
    await s.act("orders.release", order_id=order.id)


async def _scanned(s: Scene, hours: int, kind: str) -> None:
    scans = msgspec.to_builtins([ago(hours, kind)])
    await s.act("logistics.record_scans", carrier="ZTO", waybill="73610000000009", scans=scans)
    await logistics.watch_parcels(s.world.runner)


@story
async def parcel(s: Scene) -> Story:
    order = await s.paid(1)
    await s.act("orders.ship", order_id=order.id, carrier="中通", waybill="73610000000009")
    await s.world.reader.drain()
    await _scanned(s, 9, "refused")
    yield order
    await _scanned(s, 1, "out_for_delivery")


@story
async def return_awaited(s: Scene) -> Story:
    order = await sold(s.world, 1)
    yield await exchange(s.world, order, {1: 1}, sku=1)
    back = {"line": 1, "qty": 1, "refund_minor": 0}
    await s.act("orders.return", order_id=order.id, lines=[back], reason="换货")


@story
async def ship_by_near(s: Scene) -> Story:
    order = await s.paid(1)
    await s.says(order, ship_by=(s.clock.now() + timedelta(hours=30)).isoformat())
    await s.world.reader.drain()
    await s.later(hours=27)
    yield order
    await s.world.ship(order)


@story
async def overdue_to_ship(s: Scene) -> Story:
    order = await s.paid(1)
    await s.world.reader.drain()
    await s.later(hours=49)
    yield order
    await s.world.ship(order)


@story
async def late_parcel(s: Scene) -> Story:
    order = await s.paid(1)
    await s.world.ship(order)
    await s.world.reader.drain()
    await s.later(days=11)
    yield order
    await s.act("orders.sign", order_id=order.id)
