"""What an order, its buyer and its channel say."""

from __future__ import annotations

from typing import Any

from tests.orders.stories.scene import Scene, Story, story
from tests.orders.test_exceptions import GOOD


@story
async def no_receiver(s: Scene) -> Story:
    await s.watch("no_receiver")
    order = await s.paid(1, receiver=None)
    yield order
    await s.correct(order)


@story
async def address_incomplete(s: Scene) -> Story:
    order = await s.paid(1, receiver={**GOOD, "street": "路"})
    yield order
    await s.correct(order)


@story
async def region_unknown(s: Scene) -> Story:
    order = await s.paid(1, receiver={**GOOD, "province": "上每市"})
    yield order
    await s.correct(order)


@story
async def outside_area(s: Scene) -> Story:
    template = {"code": "std", "name": "标准", "basis": "fixed", "zones": [{"first_minor": 800}]}
    given = {**template, "shop_id": s.world.shop_id, "not_to": ["310000"], "is_default": True}
    await s.act("logistics.save_freight_template", **given)
    order = await s.paid(1)
    yield order
    await s.act("logistics.save_freight_template", **given | {"not_to": []})


@story
async def remote_region(s: Scene) -> Story:
    await s.watch("remote_region")
    order = await s.paid(1, receiver={**GOOD, "province": "西藏自治区", "city": "拉萨市"})
    yield order
    await s.correct(order)


@story
async def bad_phone(s: Scene) -> Story:
    order = await s.paid(1, receiver={**GOOD, "phone": "12345"})
    yield order
    await s.correct(order)


@story
async def test_order(s: Scene) -> Story:
    await s.watch("test_order")
    order = await s.paid(1, receiver={**GOOD, "name": "测试"})
    yield order
    await s.correct(order)


@story
async def buyer_remark(s: Scene) -> Story:
    await s.watch("buyer_remark")
    order = await s.paid(1, note="周末送")
    yield order
    await s.act("orders.handle_remark", order_id=order.id)


@story
async def seller_flag(s: Scene) -> Story:
    await s.watch("seller_flag")
    order = await s.paid(1)
    await s.act("orders.set_remark", order_id=order.id, flag="red", remark="等通知")
    yield order
    await s.act("orders.set_remark", order_id=order.id, flag="green", remark="可发")


@story
async def keyword(s: Scene) -> Story:
    await s.watch("keyword")
    order = await s.paid(1, note="请加急")
    yield order
    await s.act("orders.handle_remark", order_id=order.id)


async def _told(s: Scene, wrong: dict[str, Any], right: dict[str, Any]) -> Story:
    order = await s.paid(1)
    await s.says(order, **wrong)
    yield order
    await s.says(order, **right)


@story
async def refund_asked(s: Scene) -> Story:
    async for order in _told(s, {"state": "refunding"}, {"state": "open"}):
        yield order


@story
async def channel_conflict(s: Scene) -> Story:
    async for order in _told(s, {"state": "closed"}, {"state": "open"}):
        yield order


@story
async def channel_price(s: Scene) -> Story:
    async for order in _told(s, {"total_minor": 900}, {"total_minor": 1_000}):
        yield order


@story
async def currency_mismatch(s: Scene) -> Story:
    async for order in _told(s, {"currency": "USD"}, {"currency": "CNY"}):
        yield order
