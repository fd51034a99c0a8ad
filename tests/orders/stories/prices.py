"""What it costs."""

from __future__ import annotations

from typing import Any

from tests.orders.stories.scene import Scene, Story, story
from tests.orders.test_exceptions import GOOD
from tests.pricing.making import batch, coupon_promotion
from tests.pricing.making import publish as promote


async def _priced(s: Scene, price: str) -> Any:
    lines = [{"sku_id": s.world.skus[0], "qty": 1, "unit_price": price}]
    order = await s.act("orders.place", shop_id=s.world.shop_id, lines=lines, receiver=GOOD, terms="on_account")
    await s.world.reader.drain()
    return order


@story
async def zero_price(s: Scene) -> Story:
    await s.watch("zero_price")
    order = await _priced(s, "0")
    yield order
    await s.accept(order, "zero_price")


@story
async def below_cost(s: Scene) -> Story:
    """At 6.00 a piece it is below cost; at 0.07 it is not."""
    await s.watch("below_cost")
    yield await _priced(s, "5")
    await s.world.receive({s.world.skus[0]: 10_000}, cost_minor=1)


@story
async def thin_margin(s: Scene) -> Story:
    await s.watch("thin_margin")
    yield await _priced(s, "6.01")
    await s.world.receive({s.world.skus[0]: 10_000}, cost_minor=1)


@story
async def deep_discount(s: Scene) -> Story:
    await s.watch("deep_discount")
    cheap = {"kind": "amount_off", "tiers": [{"at": 1000, "off": 800}]}
    await promote(s.world, "CHEAP", benefit=cheap)
    order = await s.paid(1)
    yield order
    await s.accept(order, "deep_discount")


@story
async def price_changed(s: Scene) -> Story:
    await s.watch("price_changed")
    order = await _priced(s, "9")
    yield order
    await s.accept(order, "price_changed")


@story
async def coupon_misuse(s: Scene) -> Story:
    await s.watch("coupon_misuse", orders=1)
    await batch(s.world, await coupon_promotion(s.world))
    who = await s.buyer()
    coupon = await s.act("pricing.claim_coupon", customer_id=who, batch="B1")
    order = await s.paid(20, customer_id=who, coupons=[{"coupon_id": coupon.id}])
    yield order
    await s.accept(order, "coupon_misuse")


@story
async def high_amount(s: Scene) -> Story:
    await s.watch("high_amount", total_minor=3_000)
    order = await s.paid(3)
    yield order
    await s.cancel_one(order)
