"""Exchanges: something else is sent for goods that come back, at once or when they are there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.orders.contract import KindNotPlaced, LineNotFound, OrderKind, PaymentStatus, StatusForbids
from shangmai.modules.orders.contract.exchanging import TooMuchToExchange
from shangmai.modules.orders.http import routes
from tests.orders.test_auditing import causes
from tests.orders.test_units import paid, pieces, unit_of, units_of
from tests.routes import reading
from tests.world import World


async def exchange(world: World, order: Any, lines: dict[int, int], sku: int | None = None, **more: Any) -> Any:
    to = {} if sku is None else {"sku_id": world.skus[sku]}
    chosen = [{"line": n, "qty": qty, **to} for n, qty in lines.items()]
    return await world.act("orders.exchange", {"order_id": order.id, "lines": chosen, "reason": "尺码不合", **more})


async def sold(world: World, *quantities: int) -> Any:
    order = await paid(world, *quantities)
    await world.ship(order)
    return order


class TestExchange:
    async def test_another_size_leaves_when_the_first_is_back(self, world: World) -> None:
        order = await sold(world, 2)
        made = await exchange(world, order, {1: 1}, sku=1)
        assert (made.kind, made.total_minor, made.payment_status) == (OrderKind.EXCHANGE, 0, PaymentStatus.PAID)
        await world.reader.drain()
        assert "orders.return_awaited" in await causes(world, made)
        assert not [unit for unit in await units_of(world, made) if unit.state == "released"]
        back = {"line": 1, "qty": 1, "refund_minor": 0}
        await world.act("orders.return", {"order_id": order.id, "lines": [back], "reason": "换货"})
        await world.reader.drain()
        unit = await unit_of(world, made)
        assert unit.state == "released"
        assert await pieces(world, unit.id) == {(made.number, 1): 1}
        await world.act("orders.ship_unit", {"unit_id": unit.id})
        assert (await world.detail(order)).order.refunded_minor == 0
        assert [each.number for each in (await world.detail(order)).exchanges] == [made.number]
        assert (await world.detail(made)).exchanges == (await world.detail(order)).exchanges
        assert await world.stock_of(0) == (99, 0)
        assert await world.stock_of(1) == (99, 0)
        assert not await world.faults()

    async def test_at_once_if_nobody_waits_for_the_goods(self, world: World) -> None:
        order = await sold(world, 1)
        made = await exchange(world, order, {1: 1}, wait_for_return=False)
        await world.reader.drain()
        assert (await unit_of(world, made)).state == "released"
        assert not await world.faults()

    async def test_a_surcharge_is_paid_first(self, world: World) -> None:
        order = await sold(world, 1)
        made = await exchange(world, order, {1: 1}, sku=2, surcharge_minor=500, wait_for_return=False)
        await world.reader.drain()
        assert (made.total_minor, made.payment_status) == (500, PaymentStatus.UNPAID)
        assert not await units_of(world, made)
        await world.pay(made)
        await world.reader.drain()
        assert (await unit_of(world, made)).state == "released"
        assert not await world.faults()

    async def test_no_piece_is_exchanged_twice(self, world: World) -> None:
        order = await sold(world, 3)
        await world.give_back(order, {1: 1})
        await exchange(world, order, {1: 1})
        answers = await asyncio.gather(*(exchange(world, order, {1: 1}) for _ in range(2)), return_exceptions=True)
        assert sorted(type(each).__name__ for each in answers) == ["Order", "TooMuchToExchange"]
        assert await world.count("order_exchanges") == 2
        assert not await world.faults()

    async def test_refusals_change_nothing(self, world: World) -> None:
        order = await paid(world, 2)
        with pytest.raises(StatusForbids):
            await exchange(world, order, {1: 1})
        await world.ship(order)
        with pytest.raises(LineNotFound):
            await exchange(world, order, {7: 1})
        with pytest.raises(TooMuchToExchange):
            await exchange(world, order, {1: 3})
        assert await world.count("orders") == 1


class TestKinds:
    async def test_what_is_said_and_what_follows_from_the_order(self, world: World) -> None:
        plain, business = await world.place(1), await world.place(1, kind="b2b")
        again = await world.act(
            "orders.resend",
            {"order_id": (await sold(world, 1)).id, "lines": [{"line": 1, "qty": 1}], "reason": "破损"},
        )
        kinds = [OrderKind.NORMAL, OrderKind.B2B, OrderKind.RESEND]
        assert [(await world.detail(each)).order.kind for each in (plain, business, again)] == kinds
        async with reading(world.db, routes, SYSTEM) as client:
            found = (await client.get("/api/v1/orders", params={"kind": "b2b"})).json()["items"]
        assert [each["id"] for each in found] == [str(business.id)]

    async def test_an_order_for_another_one_is_not_placed_alone(self, world: World) -> None:
        with pytest.raises(KindNotPlaced):
            await world.place(1, kind="exchange")
        assert await world.count("orders") == 0
