"""Prices changed by hand before an order is paid: the sums follow, history stays, the audit sees it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shangmai.kernel.actions.contract import NotGranted
from shangmai.kernel.actors import SYSTEM
from shangmai.modules.orders.contract import LineNotFound, PaymentStatus, StatusForbids
from shangmai.modules.orders.contract.repricing import KitPriceStays, NothingToPayLeft, PaidAlready
from tests.orders.test_auditing import causes, publish
from tests.orders.test_exceptions import GOOD, codes, switch_on
from tests.orders.test_preferring import trace
from tests.world import World


async def change(world: World, order: Any, line: int, amount_minor: int, **options: Any) -> Any:
    given = {"order_id": order.id, "line": line, "amount_minor": amount_minor, "reason": "老客优惠"}
    return await world.act("orders.change_price", given, **options)


class TestChangePrice:
    async def test_the_sums_follow_and_the_history_stays(self, world: World) -> None:
        order = await world.place(2, 1, receiver=GOOD)
        assert order.total_minor == 4000
        changed = await change(world, order, 1, 1500)
        assert (changed.goods_minor, changed.total_minor) == (3500, 3500)
        await change(world, order, 1, 1800)
        assert (await change(world, order, 1, 1800)).total_minor == 3800
        detail = await world.detail(order)
        assert [line.amount_minor for line in detail.lines] == [1800, 2000]
        assert [(each.n, each.before_minor, each.after_minor) for each in detail.price_changes] == [
            (1, 2000, 1500),
            (2, 1500, 1800),
        ]
        assert not await world.faults(), "the quote stays as it was told, and the proof knows why"
        await world.pay(detail.order)
        await world.ship(order)
        await world.give_back(order, {1: 2})
        after = await world.detail(order)
        assert (after.order.payment_status, after.order.refunded_minor) == (PaymentStatus.PAID, 1800)
        told = [each for each in (await trace(world, order, limit=200))["items"] if each["what"].endswith("changed.v1")]
        assert [each["detail"]["after_minor"] for each in told] == [1500, 1800]
        assert not await world.faults()

    async def test_the_audit_sees_it(self, world: World) -> None:
        row = {"id": "hand", "when": {"price_changed": "true"}, "then": {"verdict": "finance", "cause": "改过价"}}
        await publish(world, row)
        plain, cheap = await world.place(1), await world.place(1)
        await change(world, cheap, 1, 700)
        for order in (plain, cheap):
            await world.pay((await world.detail(order)).order)
        await world.reader.drain()
        assert [await causes(world, order) for order in (plain, cheap)] == [[], ["orders.finance_audit"]]

    async def test_what_is_set_back_or_canceled_was_not_priced_by_hand(self, world: World) -> None:
        """改价后又改回、或改过价的行已取消：都不算人工改价。"""
        await switch_on(world, "price_changed")
        back, stays, goes = [await world.place(1, 1, receiver=GOOD) for _ in range(3)]
        for order in (back, stays, goes):
            await change(world, order, 1, 700)
        await change(world, back, 1, 1000)
        for order in (back, stays, goes):
            await world.pay((await world.detail(order)).order)
        await world.reader.drain()
        assert [await codes(world, order) for order in (back, stays, goes)] == [
            [], ["orders.price_changed"], ["orders.price_changed"],
        ]  # fmt: skip
        part = {"order_id": goes.id, "lines": [{"line": 1, "qty": 1}], "reason": "不要了"}
        await world.act("orders.cancel_part", part)
        assert await codes(world, goes) == []

    async def test_refusals_change_nothing(self, world: World) -> None:
        kit = await world.make_sku("KIT", 5000, kind="kit", components=[{"code": "SKU1", "qty": 2}])
        boxed = await world.act("orders.place", {"shop_id": world.shop_id, "lines": [{"sku_id": kit, "qty": 1}]})
        order, paid, over = await world.place(1), await world.place(1), await world.place(1)
        await world.pay(paid)
        await world.act("orders.cancel", {"order_id": over.id, "reason": "x"})
        clerk = SYSTEM.__class__(id=world.shop_id, kind="user", name="小李", grants=frozenset({"orders.read"}))
        for refusal, of, line, amount in (
            (KitPriceStays, boxed, 1, 100),
            (NothingToPayLeft, order, 1, 0),
            (LineNotFound, order, 9, 100),
            (PaidAlready, paid, 1, 100),
            (StatusForbids, over, 1, 100),
        ):
            with pytest.raises(refusal):
                await change(world, of, line, amount)
        with pytest.raises(NotGranted):
            await change(world, order, 1, 100, actor=clerk)
        assert await world.count("order_price_changes") == 0
        assert not await world.faults()

    async def test_paying_and_changing_at_once(self, world: World) -> None:
        order = await world.place(1)
        answers = await asyncio.gather(change(world, order, 1, 900), world.pay(order), return_exceptions=True)
        now = (await world.detail(order)).order
        assert (now.total_minor, now.paid_minor) in ((1000, 1000), (900, 0)), answers
        assert not await world.faults()
