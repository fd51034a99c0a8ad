"""Canceling some pieces before they leave: stock, money, units, gifts, coupons, and what is posted of the rest."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shangmai.kernel.errors import AppError
from shangmai.modules.orders import rules
from shangmai.modules.orders.contract import LineKind, OrderLine, Status
from shangmai.modules.orders.contract.part_canceling import CancelAllInstead, NotPaidToCancelPart, TooMuchToCancel
from tests.orders.test_exceptions import GOOD
from tests.orders.test_units import held, inside, paid, pieces, second_warehouse, unit_of, units_of
from tests.pricing import making
from tests.world import World


async def cancel(world: World, order: Any, lines: dict[int, int]) -> Any:
    chosen = [{"line": n, "qty": qty} for n, qty in lines.items()]
    return await world.act("orders.cancel_part", {"order_id": order.id, "lines": chosen, "reason": "少要几件"})


class TestCancelPart:
    async def test_one_of_three_before_picking(self, world: World) -> None:
        order = await paid(world, 3)
        unit = await unit_of(world, order)
        done = await cancel(world, order, {1: 1})
        assert done.refund_minor == 1000
        assert await world.stock_of(0) == (100, 2)
        after = await unit_of(world, order)
        assert await pieces(world, unit.id) == {(order.number, 1): 2}
        assert (after.state, after.revision) == ("released", unit.revision + 1)
        await world.ship(order)
        detail = await world.detail(order)
        assert (detail.order.status, detail.order.refunded_minor) == (Status.SHIPPED, 1000)
        assert [(line.shipped_qty, line.shipped_minor) for line in detail.lines] == [(2, 2000)]
        assert [each.lines[0].qty for each in detail.canceled] == [1]
        assert not await world.faults()

    async def test_money_that_does_not_divide_ends_exactly(self, world: World) -> None:
        lines = [{"sku_id": world.skus[0], "qty": 3, "unit_price": "0.335"}]
        order = await world.act("orders.place", {"shop_id": world.shop_id, "lines": lines, "receiver": GOOD})
        await world.pay(order)
        await world.ship(order, {1: 1})
        done = await cancel(world, order, {1: 1})
        await world.ship(order)
        (line,) = (await world.detail(order)).lines
        assert line.shipped_minor + done.refund_minor == order.total_minor == 101
        await world.give_back(order, {1: 2})
        assert (await world.detail(order)).order.refunded_minor == 101
        assert not await world.faults()

    async def test_the_rest_of_a_part_shipped_order_ends_it(self, world: World) -> None:
        order = await paid(world, 3)
        await world.ship(order, {1: 2})
        await cancel(world, order, {1: 1})
        assert (await world.detail(order)).order.status is Status.SHIPPED
        assert await world.stock_of(0) == (98, 0)
        assert not await world.faults()

    async def test_what_is_left_can_be_canceled_whole_and_gives_back_no_cent_twice(self, world: World) -> None:
        order = await paid(world, 3, 1)
        await cancel(world, order, {1: 1})
        await world.act("orders.cancel", {"order_id": order.id, "reason": "都不要了"})
        detail = await world.detail(order)
        assert detail.order.refunded_minor == detail.order.paid_minor == order.total_minor
        assert not await world.faults()

    async def test_pieces_not_yet_picked_go_first(self, world: World) -> None:
        there = await second_warehouse(world, 5)
        order = await paid(world, 3)
        unit = await unit_of(world, order)
        await world.act("orders.recall_unit", {"unit_id": unit.id})
        part = {"order_id": order.id, "line": 1, "qty": 1}
        new = await world.act("orders.split_unit", {"unit_id": unit.id, "lines": [part]})
        await world.act("orders.move_unit", {"unit_id": new.id, "warehouse_id": there})
        await world.act("orders.release_unit", {"unit_id": unit.id})
        await cancel(world, order, {1: 1})
        assert await held(world, order) == {world.warehouse_id: 2}
        assert [each.state.value for each in await units_of(world, order)] == ["released", "canceled"]
        assert [each.qty for each in (await inside(world, unit.id)).lines] == [2]
        assert not await world.faults()

    async def test_a_gift_that_the_rest_does_not_earn_is_canceled_with_it(self, world: World) -> None:
        gift = await world.make_sku("GIFT", 500)
        await world.receive({gift: 5})
        tiers = [{"at": 2000, "items": [{"sku_id": str(gift), "value_minor": 500}]}]
        await making.publish(world, benefit={"kind": "gift", "tiers": tiers})
        order = await paid(world, 2)
        assert [line.qty for line in (await world.detail(order)).lines] == [2, 1]
        done = await cancel(world, order, {1: 1})
        assert [(each.line, each.qty) for each in done.lines] == [(1, 1), (2, 1)]
        assert [line.left_qty for line in (await world.detail(order)).lines] == [1, 0]
        assert sum((await held(world, order)).values()) == 1
        assert not await world.faults()

    async def test_its_share_of_a_coupon_goes_and_the_coupon_when_all_is_back(self, world: World) -> None:
        who = await making.customer(world)
        await making.batch(world, await making.coupon_promotion(world))
        coupon = await world.act("pricing.claim_coupon", {"customer_id": who, "batch": "B1"})
        order = await paid(world, 6, 3, customer_id=who, coupons=[{"coupon_id": coupon.id}])
        assert order.total_minor == 9000
        done = await cancel(world, order, {1: 2})
        assert (done.refund_minor, done.coupons_back) == (1500, ())
        await world.ship(order)
        back = await world.give_back(order, {1: 4, 2: 3})
        assert (back.refund_minor, back.coupons_back) == (7500, (coupon.id,))
        assert not await world.faults()

    async def test_what_is_refused_changes_nothing(self, world: World) -> None:
        order = await paid(world, 2)
        with pytest.raises(CancelAllInstead):
            await cancel(world, order, {1: 2})
        with pytest.raises(TooMuchToCancel):
            await cancel(world, order, {1: 3})
        unpaid = await world.place(2)
        with pytest.raises(NotPaidToCancelPart):
            await cancel(world, unpaid, {1: 1})
        assert await world.stock_of(0) == (100, 4)
        assert (await world.detail(order)).order.refunded_minor == 0
        assert not await world.faults()

    async def test_canceling_and_shipping_at_once(self, world: World) -> None:
        orders = [await paid(world, 2) for _ in range(5)]
        await asyncio.gather(
            *(try_(cancel(world, order, {1: 1})) for order in orders), *(try_(world.ship(order)) for order in orders)
        )
        for order in orders:
            (line,) = (await world.detail(order)).lines
            assert line.left_qty == 0
            assert line.shipped_qty + line.canceled_qty == 2
        assert not await world.faults()


async def try_(wish: Any) -> Any:
    try:
        return await wish
    except AppError as refusal:
        return refusal


def line_of(qty: int, amount_minor: int) -> OrderLine:
    return OrderLine(
        line=1, kind=LineKind.GOODS, sku_id=None, title="", qty=qty, unit_price=Decimal(0), amount_minor=amount_minor,
        shipped_qty=0, returned_qty=0, returned_minor=0, cost_minor=0, returned_cost_minor=0,
    )  # fmt: skip


class TestShares:
    @given(st.integers(1, 40), st.integers(0, 5000), st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=40))
    def test_parcels_and_cancellations_end_exactly_at_the_line(
        self, qty: int, amount: int, steps: list[tuple[bool, int]]
    ) -> None:
        line = line_of(qty, amount)
        for is_canceled, wanted in [*steps, (False, qty)]:
            pieces = min(wanted, line.left_qty)
            if not pieces:
                continue
            if is_canceled:
                back = rules.cancellation(line, pieces)
                assert 0 <= back.refund_minor <= back.left_minor
                line = replace(
                    line,
                    canceled_qty=line.canceled_qty + pieces,
                    canceled_minor=line.canceled_minor + back.refund_minor,
                )
            else:
                share = rules.shares([line], {1: pieces})[1]
                assert share >= 0
                line = replace(line, shipped_qty=line.shipped_qty + pieces, shipped_minor=line.shipped_minor + share)
        assert line.left_qty == 0
        assert line.shipped_minor + line.canceled_minor == amount
