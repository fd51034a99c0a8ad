"""What a guest asks for after the sale: by the order's link, and nothing else."""

from __future__ import annotations

from typing import Any

from shangmai.kernel.actors import GUEST, Actor
from shangmai.kernel.http.auth import ANONYMOUS
from shangmai.modules.aftersales.http import routes
from shangmai.modules.orders import service as orders
from tests.aftersales.conftest import Counter, a_buyer
from tests.routes import reading


async def sent(counter: Counter, *quantities: int, **more: Any) -> Any:
    """An order of nobody's that was paid and has left."""
    order = await counter.world.place(*quantities, **more)
    await counter.world.pay(order)
    await counter.world.ship(order)
    return order


def wish(order: Any, lines: dict[int, int], kind: str = "refund", **more: Any) -> dict[str, Any]:
    chosen = [{"line": n, "qty": qty} for n, qty in lines.items()]
    return {"link": orders.order_link(order.id), "kind": kind, "lines": chosen, "reason": "damaged", **more}


async def ask(counter: Counter, order: Any, lines: dict[int, int], kind: str = "refund", who: Actor = GUEST) -> Any:
    return await counter.world.act("aftersales.ask_by_link", wish(order, lines, kind), actor=who)


async def looked(counter: Counter, link: str, who: Actor = ANONYMOUS) -> Any:
    async with reading(counter.world.db, routes, who) as client:
        return await client.get("/api/v1/aftersales/of-order", params={"link": link})


class TestAGuest:
    async def test_asks_sends_back_and_gets_the_money(self, counter: Counter) -> None:
        order = await sent(counter, 3)
        link = orders.order_link(order.id)
        before = (await looked(counter, link)).json()
        assert [(each["line"], each["qty"]) for each in before["lines"]] == [(1, 3)]
        request = await ask(counter, order, {1: 2}, "return")
        assert (request.customer_id, request.state, request.asked_minor) == (None, "asked", 2000)
        assert await counter.world.count("staff_notices") == 1
        await counter.decide("approve", request)
        told = {"link": link, "request_id": request.id, "carrier": "顺丰", "waybill": "SF1234567"}
        back = await counter.world.act("aftersales.send_back_by_link", told, actor=GUEST)
        assert (back.carrier, back.waybill) == ("顺丰", "SF1234567")
        done = await counter.decide("receive", request)
        assert (done.state, done.refund_minor) == ("done", 2000)
        assert await counter.world.count("customer_notices") == 0
        after = (await looked(counter, link)).json()
        assert [(each["state"], each["refund_minor"]) for each in after["requests"]] == [("done", 2000)]
        assert not await counter.world.faults()

    async def test_takes_a_request_back(self, counter: Counter) -> None:
        order = await sent(counter, 1)
        request = await ask(counter, order, {1: 1}, "exchange")
        await counter.decide("approve", request)
        given = {"link": orders.order_link(order.id), "request_id": request.id}
        for _ in range(2):
            assert (await counter.world.act("aftersales.cancel_by_link", given, actor=GUEST)).state == "canceled"
        assert (await ask(counter, order, {1: 1})).state == "asked"
        assert not await counter.world.faults()

    async def test_of_another_order_nothing_is_reached(self, counter: Counter) -> None:
        mine, other = await sent(counter, 1), await sent(counter, 1)
        request = await ask(counter, other, {1: 1}, "return")
        given = {"link": orders.order_link(mine.id), "request_id": request.id}
        for name, more in (("cancel_by_link", {}), ("send_back_by_link", {"carrier": "顺丰", "waybill": "SF1234567"})):
            assert await counter.refused(name, given | more, GUEST) == "aftersales.AfterSaleNotFound"
        made_up = "order_" + "A" * 43
        refused = await counter.refused("ask_by_link", wish(mine, {1: 1}) | {"link": made_up}, GUEST)
        assert refused == "aftersales.AfterSaleLinkInvalid"
        assert (await looked(counter, made_up)).status_code == 404
        pay_link = orders.pay_link(mine.id)
        assert (await looked(counter, pay_link)).status_code == 404
        assert await counter.world.count("after_sale_requests") == 1

    async def test_nothing_that_has_not_left(self, counter: Counter) -> None:
        order = await counter.world.place(1)
        assert await counter.refused("ask_by_link", wish(order, {1: 1}), GUEST) == "aftersales.NothingSentYet"
        picture = {"link": orders.order_link(order.id), "sha256": "0" * 64, "size": 1, "name": "a.png"}
        assert await counter.refused("keep_picture_by_link", picture, GUEST) == "aftersales.NothingSentYet"
        made_up = picture | {"link": "order_" + "A" * 43}
        assert await counter.refused("keep_picture_by_link", made_up, GUEST) == "aftersales.AfterSaleLinkInvalid"
        assert await counter.world.count("media_files") == 0
        assert await counter.world.count("after_sale_requests") == 0


class TestSomebodySignedIn:
    async def test_asks_by_the_link_for_what_they_ordered_as_a_guest(self, counter: Counter) -> None:
        order = await sent(counter, 1)
        request = await ask(counter, order, {1: 1}, who=counter.buyer)
        assert request.customer_id is None
        given = {"link": orders.order_link(order.id), "request_id": request.id}
        canceled = await counter.world.act("aftersales.cancel_by_link", given, actor=counter.buyer)
        assert canceled.state == "canceled"

    async def test_a_member_s_request_by_link_is_the_member_s(self, counter: Counter) -> None:
        order = await counter.bought(2)
        assert (await ask(counter, order, {1: 1})).customer_id == counter.buyer.id
        async with reading(counter.world.db, routes, counter.buyer) as client:
            mine = (await client.get("/api/v1/customer/aftersales")).json()["items"]
        assert len(mine) == 1

    async def test_another_member_is_told_whose_it_is(self, counter: Counter) -> None:
        order = await counter.bought(1)
        stranger = await a_buyer(counter.world, "13900139000")
        assert await counter.refused("ask_by_link", wish(order, {1: 1}), stranger) == "aftersales.OrderOfAnother"
        assert await counter.world.count("after_sale_requests") == 0
