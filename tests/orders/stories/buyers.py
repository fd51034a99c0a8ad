"""Who buys."""

from __future__ import annotations

from shangmai.apps.upkeep import expire_orders
from tests.orders.stories.scene import Scene, Story, story


@story
async def buyer_blocked(s: Scene) -> Story:
    who = await s.buyer()
    order = await s.paid(1, customer_id=who)
    await s.act("members.block", customer_id=who, reason="恶意退货")
    yield order
    await s.act("members.unblock", customer_id=who)


@story
async def many_refunds(s: Scene) -> Story:
    """What has come back has come back: only somebody who looks at it can say that this one may go."""
    await s.watch("many_refunds", orders=1)
    who = await s.buyer()
    before = await s.paid(1, customer_id=who)
    await s.world.ship(before)
    await s.world.give_back(before, {1: 1})
    await s.later(minutes=1)
    order = await s.paid(2, customer_id=who)
    yield order
    await s.accept(order, "many_refunds")


@story
async def many_cancels(s: Scene) -> Story:
    """The canceled one had only expired, and its money comes late."""
    await s.watch("many_cancels", orders=1)
    who = await s.buyer()
    before = await s.world.place(1, customer_id=who, hold_minutes=30)
    await s.later(minutes=31)
    await expire_orders(s.world.runner)
    order = await s.paid(2, customer_id=who)
    yield order
    await s.pay_late(before)


@story
async def many_orders(s: Scene) -> Story:
    await s.watch("many_orders", orders=1)
    who = await s.buyer()
    first = await s.paid(1, customer_id=who)
    await s.later(minutes=1)
    order = await s.paid(2, customer_id=who)
    yield order
    await s.act("orders.cancel", order_id=first.id, reason="多下了一单")


@story
async def new_and_dear(s: Scene) -> Story:
    await s.watch("new_and_dear", total_minor=3_000)
    order = await s.paid(3, customer_id=await s.buyer())
    yield order
    await s.cancel_one(order)


@story
async def duplicate(s: Scene) -> Story:
    """It is the first of the two that the buyer did not want."""
    who = await s.buyer()
    first, again = await s.paid(2, 1, customer_id=who), await s.paid(2, 1, customer_id=who)
    yield again
    await s.act("orders.cancel", order_id=first.id, reason="重复下单")


@story
async def risk(s: Scene) -> Story:
    await s.watch("risk", score=50)
    who = await s.buyer()
    order = await s.paid(1, customer_id=who)
    await s.act("members.block", customer_id=who, reason="恶意退货")
    yield order
    await s.act("members.unblock", customer_id=who)
