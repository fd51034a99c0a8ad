"""What is paid."""

from __future__ import annotations

from datetime import timedelta

from tests.orders.stories.scene import Scene, Story, story
from tests.orders.test_exceptions import switch_on
from tests.pricing.making import publish as promote


@story
async def part_paid(s: Scene) -> Story:
    order = await s.world.place(2)
    await s.world.pay(order, 500)
    await s.world.reader.drain()
    await s.later(hours=25)
    yield order
    await s.world.pay(order, 1500)


@story
async def balance_due(s: Scene) -> Story:
    now = s.clock.now()
    window = {"from": (now + timedelta(days=2)).isoformat(), "to": (now + timedelta(days=4)).isoformat()}
    benefit = {"kind": "deposit_presale", "deposit_minor": 100, "worth_minor": 300, "balance": window}
    presale = await promote(s.world, "YS", layer="price", benefit=benefit)
    wish = {"shop_id": s.world.shop_id, "promotion_id": presale.id, "sku_id": s.world.skus[0]}
    order = await s.act("marketing.place_presale", **wish, customer_id=await s.buyer())
    await s.world.pay(order, order.deposit_minor)
    await s.world.reader.drain()
    await s.later(days=3, hours=1)
    yield order
    await s.world.pay(order, order.total_minor - order.deposit_minor)


@story
async def hold_expiring(s: Scene) -> Story:
    await switch_on(s.world, "hold_expiring")
    order = await s.world.place(1, hold_minutes=60)
    await s.world.reader.drain()
    await s.later(minutes=45)
    yield order
    await s.world.pay(order)


@story
async def over_credit(s: Scene) -> Story:
    await switch_on(s.world, "over_credit")
    who = await s.buyer()
    yield await s.world.place(5, terms="on_account", customer_id=who)
    limit = {"company_id": s.world.company_id, "customer_id": who, "limit_minor": 5_000}
    await s.act("payments.set_credit_limit", **limit)


@story
async def debt_overdue(s: Scene) -> Story:
    who = await s.buyer()
    await s.act("payments.set_credit_limit", company_id=s.world.company_id, customer_id=who, limit_minor=9_000)
    order = await s.world.place(5, customer_id=who)
    due = (s.clock.now() + timedelta(days=3)).date().isoformat()
    await s.act("orders.defer_payment", order_id=order.id, kind="on_account", due_on=due)
    await s.world.reader.drain()
    await s.later(days=5)
    yield order
    await s.world.pay(order)


@story
async def cod_high(s: Scene) -> Story:
    await s.watch("cod_high", open_minor=3_000)
    order = await s.world.place(3)
    await s.act("orders.defer_payment", order_id=order.id, kind="cod")
    yield order
    await s.world.pay(order)
