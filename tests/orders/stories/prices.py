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


async def _two(s: Scene, price: str) -> Any:
    """A paid order of the first SKU at this price, and the second at its own."""
    lines = [{"sku_id": s.world.skus[0], "qty": 1, "unit_price": price}, {"sku_id": s.world.skus[1], "qty": 1}]
    order = await s.act("orders.place", shop_id=s.world.shop_id, lines=lines, receiver=GOOD)
    await s.world.pay(order)
    await s.world.reader.drain()
    return order


@story
async def zero_price(s: Scene) -> Story:
    """The line that somebody gave away goes, the rest is sent."""
    await s.watch("zero_price")
    order = await _two(s, "0")
    yield order
    await s.cancel_one(order)


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
    """Of two goods, the one that was nearly given away is canceled."""
    await s.watch("deep_discount")
    cheap = {"kind": "percent_off", "tiers": [{"at": 1, "off": 9000}]}
    scope = {"include": {"skus": [str(s.world.skus[0])]}}
    await promote(s.world, "CHEAP", layer="item", benefit=cheap, scope=scope)
    order = await s.paid(5, 1)
    yield order
    lines = [{"line": 1, "qty": 5}]
    await s.act("orders.cancel_part", order_id=order.id, lines=lines, reason="只要另一件")


@story
async def price_changed(s: Scene) -> Story:
    """The price list says now what somebody had promised."""
    await s.watch("price_changed")
    order = await _priced(s, "9")
    yield order
    await s.act("catalog.set_prices", sku_id=s.world.skus[0], price_minor=900, currency="CNY")


@story
async def coupon_misuse(s: Scene) -> Story:
    """The first of the two is canceled, and its coupon goes back."""
    await s.watch("coupon_misuse", orders=2)
    await batch(s.world, await coupon_promotion(s.world), per_buyer=2)
    who = await s.buyer()
    bought = []
    for _ in range(2):
        coupon = await s.act("pricing.claim_coupon", customer_id=who, batch="B1")
        bought.append(await s.paid(20, customer_id=who, coupons=[{"coupon_id": coupon.id}]))
        await s.later(minutes=1)
    yield bought[1]
    await s.act("orders.cancel", order_id=bought[0].id, reason="不要了")


@story
async def high_amount(s: Scene) -> Story:
    await s.watch("high_amount", total_minor=3_000)
    order = await s.paid(3)
    yield order
    await s.cancel_one(order)
