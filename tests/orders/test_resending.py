"""Sending goods again without charge, and orders that cost nothing from the start."""

from __future__ import annotations

from typing import Any

import pytest

from shangmai.modules.orders.contract import PaymentStatus, StatusForbids
from shangmai.modules.orders.contract.resending import TooMuchToResend
from tests.orders.test_auditing import causes, publish
from tests.orders.test_exceptions import GOOD
from tests.orders.test_units import paid, pieces, unit_of
from tests.world import World


async def resend(world: World, order: Any, lines: dict[int, int]) -> Any:
    chosen = [{"line": n, "qty": qty} for n, qty in lines.items()]
    return await world.act("orders.resend", {"order_id": order.id, "lines": chosen, "reason": "途中破损"})


class TestResend:
    async def test_a_broken_piece_is_sent_again_for_nothing(self, world: World) -> None:
        order = await paid(world, 3, 1)
        await world.ship(order)
        again = await resend(world, order, {1: 1})
        assert (again.total_minor, again.payment_status) == (0, PaymentStatus.PAID)
        await world.reader.drain()
        unit = await unit_of(world, again)
        assert unit.state == "released"
        assert await pieces(world, unit.id) == {(again.number, 1): 1}
        await world.act("orders.ship_unit", {"unit_id": unit.id})
        mine, theirs = await world.detail(order), await world.detail(again)
        assert [(each.number, each.of_number) for each in mine.resends] == [(again.number, order.number)]
        assert theirs.resends == mine.resends
        assert not await world.faults()

    async def test_no_more_than_has_left_over_all_resends(self, world: World) -> None:
        order = await paid(world, 2)
        with pytest.raises(StatusForbids):
            await resend(world, order, {1: 1})
        await world.ship(order)
        first = await resend(world, order, {1: 2})
        with pytest.raises(TooMuchToResend):
            await resend(world, order, {1: 1})
        await world.act("orders.cancel", {"order_id": first.id, "reason": "找到了"})
        await resend(world, order, {1: 1})
        assert not await world.faults()

    async def test_without_stock_it_waits(self, world: World) -> None:
        order = await paid(world, 100)
        await world.ship(order)
        again = await resend(world, order, {1: 1})
        assert "orders.short" in await causes(world, again)
        await world.receive({world.skus[0]: 5})
        await world.reader.drain()
        assert (await unit_of(world, again)).state == "released"
        assert not await world.faults()


class TestFree:
    async def test_what_costs_nothing_is_audited_and_released_like_what_is_paid(self, world: World) -> None:
        free = [{"sku_id": world.skus[0], "qty": 1, "unit_price": "0"}]
        first = await world.act("orders.place", {"shop_id": world.shop_id, "lines": free, "receiver": GOOD})
        await world.reader.drain()
        assert (await unit_of(world, first)).state == "released"
        await publish(
            world, {"id": "free", "when": {"total_minor": "0"}, "then": {"verdict": "hold", "cause": "零元单"}}
        )
        second = await world.act("orders.place", {"shop_id": world.shop_id, "lines": free, "receiver": GOOD})
        await world.reader.drain()
        assert await causes(world, second) == ["orders.audit_hold"]
        assert (await unit_of(world, second)).state == "open"
