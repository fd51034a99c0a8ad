"""Returns of orders at promotional prices: exactly what was paid, coupons once, gifts asked for."""

from __future__ import annotations

import random
from typing import Any

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.orders.contract import Return, TooMuchToReturn
from shangmai.modules.pricing.queries import coupons
from tests.pricing.making import batch, coupon_promotion, customer, publish
from tests.world import World


async def sold(world: World, *quantities: int, **more: Any) -> Any:
    order = await world.place(*quantities, **more)
    await world.pay(order)
    await world.ship(order)
    return order


async def kept(world: World, order: Any) -> int:
    """What the customer paid and has not had back."""
    found = (await world.detail(order)).order
    return int(found.paid_minor - found.refunded_minor)


class TestMoney:
    @pytest.mark.parametrize("seed", range(6))
    async def test_any_sequence_of_returns_ends_exactly_at_what_was_paid(self, world: World, seed: int) -> None:
        chance = random.Random(seed)
        await publish(world, benefit={"kind": "amount_off", "tiers": [{"at": 10000, "off": chance.randrange(1, 9999)}]})
        order = await sold(world, 7, 3, 2)
        pieces = [n for n, qty in ((1, 7), (2, 3), (3, 2)) for _ in range(qty)]
        chance.shuffle(pieces)
        while pieces:
            part = [pieces.pop() for _ in range(min(len(pieces), chance.randrange(1, 4)))]
            before = await kept(world, order)
            made: Return = await world.give_back(order, {n: part.count(n) for n in set(part)})
            assert await kept(world, order) == before - made.refund_minor >= 0
        assert await kept(world, order) == 0
        with pytest.raises(TooMuchToReturn):
            await world.give_back(order, {1: 1})
        assert await world.faults() == []

    async def test_a_quarter_off_ten_at_23_90(self, world: World) -> None:
        sku = await world.make_sku("X", 2390)
        await world.receive({sku: 10})
        await publish(world, benefit={"kind": "percent_off", "tiers": [{"at": 0, "off": 2500}]})
        wish = {"shop_id": world.shop_id, "lines": [{"sku_id": sku, "qty": 10}]}
        order = await world.act("orders.place", wish)
        await world.pay(order)
        await world.ship(order)
        assert order.total_minor == 17925
        refunds = [(await world.give_back(order, {1: 1})).refund_minor for _ in range(10)]
        assert sum(refunds) == 17925
        assert max(refunds) - min(refunds) <= 1

    async def test_a_split_delivery_gives_back_its_own_part(self, world: World) -> None:
        await publish(world)
        order = await world.place(10, 1)
        await world.pay(order)
        await world.ship(order, {1: 3})
        made = [await world.give_back(order, {1: 1}) for _ in range(3)]
        await world.ship(order)
        made += [await world.give_back(order, {1: 7, 2: 1})]
        assert sum(each.refund_minor for each in made) == order.total_minor == 9000
        assert await world.faults() == []


class TestCoupons:
    async def test_a_coupon_is_free_again_once_all_is_back(self, world: World) -> None:
        await batch(world, await coupon_promotion(world))
        who = await customer(world)
        coupon = await world.act("pricing.claim_coupon", {"customer_id": who, "batch": "B1"})
        order = await sold(world, 10, customer_id=who, coupons=[{"coupon_id": coupon.id}])
        backs = [(await world.give_back(order, {1: n})).coupons_back for n in (4, 6)]
        assert backs == [(), (coupon.id,)]
        async with world.db.reading(SYSTEM) as tx:
            assert (await coupons.by_id(tx, [coupon.id], tx.now))[coupon.id].status == "usable"
        again = await world.place(10, customer_id=who, coupons=[{"coupon_id": coupon.id}])
        assert again.total_minor == 7000
        told = (await world.detail(order)).returns
        assert [each.coupons_back for each in told] == [(), (coupon.id,)]
        assert await world.faults() == []


class TestGifts:
    async def test_a_gift_no_longer_earned_is_asked_for(self, world: World) -> None:
        gift = await world.make_sku("GIFT", 500)
        await world.receive({gift: 5})
        tiers = [{"at": 5000, "items": [{"sku_id": str(gift), "value_minor": 500}]}]
        await publish(world, benefit={"kind": "gift", "tiers": tiers})
        order = await sold(world, 6)
        first = await world.give_back(order, {1: 1})
        assert (first.gifts_due, first.refund_minor) == ((), 1000)
        second = await world.give_back(order, {1: 1})
        assert [(each.sku_id, each.qty) for each in second.gifts_due] == [(gift, 1)]
        third = await world.give_back(order, {1: 1, 2: 1})
        assert (third.gifts_due, third.refund_minor) == ((), 1000)
        with pytest.raises(TooMuchToReturn):
            await world.give_back(order, {2: 1})
        assert await world.faults() == []
