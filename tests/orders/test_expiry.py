"""Orders that are not paid in time: their stock is given back once, and a payment that came first wins."""

from datetime import timedelta

import pytest

from shangmai.apps.upkeep import expire_orders
from shangmai.kernel.clock import ManualClock
from shangmai.modules.orders.contract import StatusForbids
from tests.world import World


async def test_unpaid_orders_give_their_stock_back_when_their_time_is_over(world: World, clock: ManualClock) -> None:
    order = await world.place(5, hold_minutes=30)
    clock.advance(seconds=29 * 60)
    await expire_orders(world.runner)
    assert await world.stock_of() == (100, 5)
    clock.advance(seconds=2 * 60)
    await expire_orders(world.runner)
    await expire_orders(world.runner)
    assert await world.stock_of() == (100, 0)
    assert (await world.detail(order)).order.status == "canceled"
    with pytest.raises(StatusForbids):
        await world.pay(order)
    assert await world.faults() == []


async def test_a_payment_that_came_first_keeps_its_stock_for_good(world: World, clock: ManualClock) -> None:
    order = await world.place(5, hold_minutes=30)
    await world.pay(order)
    clock.advance(seconds=timedelta(days=3).total_seconds())
    await expire_orders(world.runner)
    assert (await world.detail(order)).order.status == "placed"
    assert (await world.ship(order)).status == "shipped"
    assert await world.stock_of() == (95, 0)
    assert await world.faults() == []


async def test_expiring_by_hand_leaves_a_paid_order_alone(world: World) -> None:
    order = await world.place(1)
    await world.pay(order)
    left = await world.act("orders.expire", {"order_id": order.id})
    assert (left.status, left.payment_status) == ("placed", "paid")
