"""A coupon that was good when the total was shown, and is not when the order is placed: told, and nothing happens."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from shangmai.kernel.actors import Actor
from shangmai.kernel.clock import ManualClock
from shangmai.modules.checkout.contract.placing import CheckoutPriceChanged
from shangmai.modules.pricing.contract.coupons import CouponNotUsable
from tests.checkout.conftest import Mall
from tests.pricing.making import batch, coupon_promotion

FULL, REDUCED = 1000, 500


class Shopper:
    """A member with a coupon for a day, who has been shown what an order costs with it."""

    def __init__(self, mall: Mall) -> None:
        self.mall, self.world = mall, mall.world
        self.clock = ManualClock(self.world.db.clock.now())
        self.world.db.clock = self.clock
        self.member: Actor
        self.promotion: Any = None
        self.coupon_id: Any = None

    async def come(self) -> Shopper:
        self.member = await self.mall.member()
        off = {"kind": "amount_off", "tiers": [{"at": FULL, "off": FULL - REDUCED}]}
        self.promotion = await coupon_promotion(self.world, benefit=off)
        await batch(self.world, self.promotion, valid_days=1)
        granted = await self.world.act("pricing.grant_coupon", {"batch": "B1", "customer_id": self.member.id})
        self.coupon_id = granted.id
        return self

    async def place(self, total: int = REDUCED, **more: Any) -> Any:
        given = {"coupons": [{"coupon_id": self.coupon_id}], **more}
        return await self.mall.place(1, actor=self.member, expected_total_minor=total, **given)

    async def nothing_happened(self) -> None:
        assert await self.world.count("checkout_orders") == 0
        assert await self.world.stock_of(0) == (100, 0)
        assert await self.world.faults() == []


@pytest_asyncio.fixture
async def shopper(mall: Mall) -> Shopper:
    return await Shopper(mall).come()


async def test_until_its_last_moment_it_counts(shopper: Shopper) -> None:
    shopper.clock.advance(hours=23)
    placed = await shopper.place()
    assert placed.total_minor == REDUCED


async def test_it_expires_between_the_total_and_the_order(shopper: Shopper) -> None:
    shopper.clock.advance(days=1, seconds=1)
    with pytest.raises(CouponNotUsable) as told:
        await shopper.place()
    assert told.value.status == 409
    await shopper.nothing_happened()


async def test_one_that_was_chosen_for_the_shopper_is_not_charged_without_it(shopper: Shopper) -> None:
    """The best coupon is taken unasked; once it is gone, the total that was shown is no longer true."""
    shopper.clock.advance(days=1, seconds=1)
    with pytest.raises(CheckoutPriceChanged):
        await shopper.place(coupons=[])
    await shopper.nothing_happened()
    placed = await shopper.place(FULL, coupons=[])
    assert placed.total_minor == FULL


async def test_staff_void_it_meanwhile(shopper: Shopper) -> None:
    await shopper.world.act("pricing.void_coupon", {"coupon_id": shopper.coupon_id})
    with pytest.raises(CouponNotUsable):
        await shopper.place()
    await shopper.nothing_happened()


async def test_its_promotion_ends_meanwhile(shopper: Shopper) -> None:
    await shopper.world.act("pricing.end_promotion", {"promotion_id": shopper.promotion.id})
    with pytest.raises(CheckoutPriceChanged):
        await shopper.place()
    await shopper.nothing_happened()
    assert (await shopper.place(FULL, coupons=[])).total_minor == FULL
