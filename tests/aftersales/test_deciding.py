"""What the shop answers: money back, goods back for money, goods back for goods, or no."""

from __future__ import annotations

import asyncio
from typing import Any

from shangmai.modules.aftersales.http import routes
from tests.aftersales.conftest import Counter
from tests.routes import reading


async def refunded(counter: Counter, order: Any) -> int:
    money: int = (await counter.world.detail(order)).order.refunded_minor
    return money


class TestMoneyOnly:
    async def test_it_goes_back_with_the_yes(self, counter: Counter) -> None:
        order = await counter.bought(3)
        request = await counter.ask(order, {1: 1})
        done = await counter.decide("approve", request)
        assert (done.state, done.refund_minor) == ("done", 1000)
        assert done.return_number.startswith("RT")
        assert await refunded(counter, order) == 1000
        assert await counter.world.stock_of(0) == (97, 0)
        assert not await counter.world.faults()

    async def test_all_of_it_piece_by_piece_ends_at_what_was_paid(self, counter: Counter) -> None:
        order = await counter.bought(3)
        for kind, name in (("refund", "approve"), ("return", "receive"), ("refund", "approve")):
            request = await counter.ask(order, {1: 1}, kind)
            if kind == "return":
                await counter.decide("approve", request)
            assert (await counter.decide(name, request)).refund_minor == 1000
        assert await refunded(counter, order) == 3000
        wish = counter.wish(order, {1: 1})
        assert await counter.refused("ask", wish, counter.buyer) == "aftersales.TooMuchAsked"
        assert not await counter.world.faults()

    async def test_the_shop_may_give_less_but_not_more_than_is_left(self, counter: Counter) -> None:
        order = await counter.bought(1, 1)
        request = await counter.ask(order, {1: 1, 2: 1})
        given = {"request_id": request.id, "refund_minor": 3001}
        assert await counter.refused("approve", given, counter.clerk) == "orders.RefundTooHigh"
        assert await refunded(counter, order) == 0
        assert (await counter.decide("approve", request, refund_minor=100)).refund_minor == 100
        assert await refunded(counter, order) == 100


class TestGoodsBack:
    async def test_the_money_goes_back_when_the_goods_are_there(self, counter: Counter) -> None:
        order = await counter.bought(2)
        policy = {"shop_id": counter.world.shop_id, "send_to": "杭州市西湖区文三路 1 号 退货组"}
        await counter.world.act("aftersales.set_policy", policy)
        request = await counter.ask(order, {1: 2}, "return")
        agreed = await counter.decide("approve", request)
        assert (agreed.state, agreed.send_to, agreed.refund_minor) == ("approved", policy["send_to"], 2000)
        assert await refunded(counter, order) == 0
        told = {"request_id": request.id, "carrier": "顺丰", "waybill": "SF1234567"}
        assert (await counter.world.act("aftersales.send_back", told, actor=counter.buyer)).waybill == "SF1234567"
        done = await counter.decide("receive", request, bucket="defective")
        assert (done.state, done.refund_minor) == ("done", 2000)
        again = await counter.decide("receive", request)
        assert again == done
        assert await refunded(counter, order) == 2000
        assert await counter.world.stock_of(0) == (98, 0)
        assert not await counter.world.faults()

    async def test_received_twice_at_once_pays_once(self, counter: Counter) -> None:
        order = await counter.bought(2)
        request = await counter.ask(order, {1: 2}, "return")
        await counter.decide("approve", request)
        await asyncio.gather(*(counter.decide("receive", request) for _ in range(3)))
        assert await refunded(counter, order) == 2000
        assert not await counter.world.faults()

    async def test_goods_that_nobody_agreed_to_are_not_received(self, counter: Counter) -> None:
        order = await counter.bought(1)
        request = await counter.ask(order, {1: 1}, "return")
        given = {"request_id": request.id}
        assert await counter.refused("receive", given, counter.clerk) == "aftersales.NoGoodsAwaited"
        told = given | {"carrier": "顺丰", "waybill": "SF1234567"}
        assert await counter.refused("send_back", told, counter.buyer) == "aftersales.NoGoodsAwaited"
        assert await counter.world.stock_of(0) == (99, 0)


class TestExchange:
    async def test_what_is_sent_for_them_leaves_when_they_are_back(self, counter: Counter) -> None:
        order = await counter.bought(2)
        request = await counter.ask(order, {1: 1}, "exchange")
        assert request.asked_minor == 0
        agreed = await counter.decide("approve", request)
        assert agreed.exchange_number.startswith("SO")
        assert await counter.refused("ask", counter.wish(order, {1: 1}), counter.buyer) == "aftersales.AlreadyAsked"
        done = await counter.decide("receive", request)
        assert (done.state, done.refund_minor) == ("done", 0)
        await counter.world.reader.drain()
        sends = (await counter.world.detail(order)).exchanges[0]
        assert sends.order_id == agreed.exchange_order_id
        left = await counter.ask(order, {1: 1}, "return")
        assert left.asked_minor == 1000
        assert not await counter.world.faults()

    async def test_another_product_is_none(self, counter: Counter) -> None:
        order = await counter.bought(1)
        wish = counter.wish(order, {1: 1}, "exchange")
        wish["lines"][0]["sku_id"] = counter.world.skus[1]
        assert await counter.refused("ask", wish, counter.buyer) == "aftersales.NotAlike"
        assert await counter.world.count("after_sale_requests") == 0

    async def test_taken_back_nothing_is_sent(self, counter: Counter) -> None:
        order = await counter.bought(1)
        request = await counter.ask(order, {1: 1}, "exchange")
        agreed = await counter.decide("approve", request)
        gone = await counter.world.act("aftersales.cancel", {"request_id": request.id}, actor=counter.buyer)
        assert gone.state == "canceled"
        async with counter.world.db.reading(counter.buyer) as tx:
            status = await tx.fetchval("SELECT status FROM orders WHERE id = $1", agreed.exchange_order_id)
        assert status == "canceled"
        assert (await counter.ask(order, {1: 1}, "exchange")).state == "asked"


class TestNo:
    async def test_with_a_reason_and_then_it_can_be_asked_again(self, counter: Counter) -> None:
        order = await counter.bought(1)
        request = await counter.ask(order, {1: 1})
        told = await counter.decide("refuse", request, reason="照片看不清")
        assert (told.state, told.answer) == ("refused", "照片看不清")
        assert await counter.decide("refuse", request, reason="另一个") == told
        given = {"request_id": request.id}
        for name, actor in (("approve", counter.clerk), ("cancel", counter.buyer)):
            assert await counter.refused(name, given, actor) == "aftersales.RequestClosed"
        assert (await counter.ask(order, {1: 1})).state == "asked"
        assert await refunded(counter, order) == 0

    async def test_yes_and_no_at_once_are_one_of_both(self, counter: Counter) -> None:
        order = await counter.bought(1)
        request = await counter.ask(order, {1: 1})
        given = {"request_id": request.id}
        answers = await asyncio.gather(
            counter.world.answer("aftersales.approve", given, actor=counter.clerk),
            counter.world.answer("aftersales.refuse", given | {"reason": "不行"}, actor=counter.clerk),
            counter.world.answer("aftersales.cancel", given, actor=counter.buyer),
        )
        won = [answer for answer in answers if answer.error is None]
        assert len(won) == 1
        assert await refunded(counter, order) == (1000 if won[0] is answers[0] else 0)
        assert not await counter.world.faults()


class TestReading:
    async def test_the_shop_sees_what_waits_and_others_nothing(self, counter: Counter) -> None:
        order = await counter.bought(2, 1)
        first = await counter.ask(order, {1: 1})
        second = await counter.ask(order, {2: 1}, "return")
        await counter.decide("refuse", first, reason="不行")
        async with reading(counter.world.db, routes, counter.clerk) as client:
            every = (await client.get("/api/v1/aftersales")).json()["items"]
            waiting = (await client.get("/api/v1/aftersales?state=asked&kind=return")).json()["items"]
            of_order = (await client.get(f"/api/v1/orders/{order.id}/aftersales")).json()
        assert [each["number"] for each in every] == [second.number, first.number]
        assert [each["number"] for each in waiting] == [second.number]
        assert len(of_order) == 2
        async with reading(counter.world.db, routes, counter.buyer) as client:
            assert (await client.get("/api/v1/aftersales")).status_code == 403
            mine = (await client.get("/api/v1/customer/aftersales")).json()["items"]
        assert len(mine) == 2

    async def test_who_is_erased_leaves_no_words(self, counter: Counter) -> None:
        order = await counter.bought(1)
        await counter.ask(order, {1: 1}, words="我叫王小明", pictures=["a" * 64])
        await counter.world.act("members.erase", {"customer_id": counter.buyer.id, "reason": "本人要求"})
        await counter.world.reader.drain()
        async with reading(counter.world.db, routes, counter.clerk) as client:
            (left,) = (await client.get("/api/v1/aftersales")).json()["items"]
        assert (left["words"], left["pictures"]) == ("", [])
