"""What members are told of their orders: once of each thing, and nobody else."""

from __future__ import annotations

from typing import Any

from shangmai.kernel.actors import Actor
from shangmai.modules.checkout.http import routes as checkout_routes
from shangmai.modules.messaging.http import routes
from tests.checkout.conftest import Mall
from tests.orders.test_preferring import trace
from tests.routes import reading
from tests.world import World


async def bought(world: World, who: Actor) -> Any:
    order = await world.place(2, customer_id=who.id)
    await world.pay(order)
    await world.ship(order)
    return order


def buyer(who: Actor) -> Actor:
    grants = frozenset({"messaging.own", "checkout.own"})
    return Actor(id=who.id, kind=who.kind, name=who.name, grants=grants, scopes=who.scopes)


async def told(mall: Mall, who: Actor) -> list[tuple[str, str]]:
    await mall.world.reader.drain()
    async with reading(mall.world.db, routes, who) as client:
        answer = await client.get("/api/v1/customer/notices")
    assert answer.status_code == 200, answer.text
    return [(each["kind"], each["zh"]) for each in answer.json()["items"]]


class TestTelling:
    async def test_of_parcels_refunds_and_cancels(self, mall: Mall) -> None:
        me, other = buyer(await mall.member()), buyer(await mall.member("13900139000"))
        order = await bought(mall.world, me)
        await mall.world.give_back(order, {1: 1})
        gone = await mall.world.place(1, customer_id=me.id)
        await mall.world.act("orders.cancel", {"order_id": gone.id, "reason": "不要了"})
        assert await told(mall, me) == [
            ("canceled", f"订单 {gone.number} 已取消"),
            ("refunded", f"订单 {order.number} 已退款 10.00 CNY，原路退回"),
            ("shipped", f"订单 {order.number} 已发货"),
        ]
        assert await told(mall, other) == []
        messages = [each for each in (await trace(mall.world, order, limit=200))["items"] if each["kind"] == "message"]
        assert [(each["what"], each["detail"]) for each in messages] == [
            ("customer.shipped", {"to": "customer"}), ("customer.refunded", {"to": "customer"}),
        ]  # fmt: skip
        assert all(each["cause"] for each in messages)

    async def test_guests_and_channels_are_not(self, mall: Mall) -> None:
        await mall.world.sell(1)
        await mall.world.reader.drain()
        assert await mall.world.count("customer_notices") == 0

    async def test_what_was_read_stays_read(self, mall: Mall) -> None:
        me, other = buyer(await mall.member()), buyer(await mall.member("13900139000"))
        await bought(mall.world, me)
        await told(mall, me)
        async with reading(mall.world.db, routes, me) as client:
            (notice,) = (await client.get("/api/v1/customer/notices")).json()["items"]
            assert (await client.get("/api/v1/customer/notices/unread")).json() == {"count": 1}
            given = {"up_to": notice["id"]}
            refused = await mall.world.answer("messaging.read_own_notices", given, actor=other)
            assert refused.error is not None
            assert refused.error.code == "messaging.NoticeNotFound"
            assert (await mall.world.act("messaging.read_own_notices", given, actor=me)).count == 0
            assert (await client.get("/api/v1/customer/notices/unread")).json() == {"count": 0}
            assert (await client.get("/api/v1/customer/notices")).json()["items"][0]["is_read"]

    async def test_who_is_erased_has_none(self, mall: Mall) -> None:
        me = await mall.member()
        await bought(mall.world, me)
        await mall.world.reader.drain()
        await mall.world.act("members.erase", {"customer_id": me.id, "reason": "本人要求"})
        await mall.world.reader.drain()
        assert await mall.world.count("customer_notices") == 0

    async def test_an_own_order_is_opened_by_its_id(self, mall: Mall) -> None:
        me, other = buyer(await mall.member()), buyer(await mall.member("13900139000"))
        order = await bought(mall.world, me)
        async with reading(mall.world.db, checkout_routes, me) as client:
            answer = await client.get(f"/api/v1/checkout/orders/{order.id}")
            assert answer.json()["number"] == order.number
        async with reading(mall.world.db, checkout_routes, other) as client:
            assert (await client.get(f"/api/v1/checkout/orders/{order.id}")).status_code == 404
