"""Asking for something after the sale: one's own order, in time, no more than was sent, once."""

from __future__ import annotations

import asyncio
from typing import Any

from shangmai.kernel.clock import ManualClock
from shangmai.kernel.ids import new_id
from shangmai.modules.aftersales.http import routes
from tests.aftersales.conftest import Counter, a_buyer
from tests.routes import reading


async def seen(counter: Counter, order: Any) -> Any:
    async with reading(counter.world.db, routes, counter.buyer) as client:
        answer = await client.get(f"/api/v1/customer/orders/{order.id}/aftersales")
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestAsking:
    async def test_what_can_be_asked_for_shrinks_with_what_is(self, counter: Counter) -> None:
        order = await counter.bought(3, 1)
        before = await seen(counter, order)
        assert [(each["line"], each["qty"], each["amount_minor"]) for each in before["lines"]] == [
            (1, 3, 3000),
            (2, 1, 2000),
        ]
        assert before["until"] == {"refund": None, "return": None, "exchange": None}
        request = await counter.ask(order, {1: 2}, "return", words=" 盖子裂了 ", pictures=["a" * 64])
        assert (request.state, request.asked_minor, request.words) == ("asked", 2000, "盖子裂了")
        assert request.number.startswith("AS")
        after = await seen(counter, order)
        assert [each["line"] for each in after["lines"]] == [2]
        assert [each["number"] for each in after["requests"]] == [request.number]
        assert after["requests"][0]["lines"][0]["qty"] == 2

    async def test_the_shop_s_people_are_told(self, counter: Counter) -> None:
        order = await counter.bought(1)
        await counter.ask(order, {1: 1})
        assert await counter.world.count("staff_notices") == 1

    async def test_only_of_an_own_order_that_has_left(self, counter: Counter) -> None:
        order = await counter.bought(1)
        stranger = await a_buyer(counter.world, "13900139000")
        wish = counter.wish(order, {1: 1})
        assert await counter.refused("ask", wish, stranger) == "orders.OrderNotFound"
        assert await counter.refused("ask", wish | {"order_id": new_id()}, counter.buyer) == "orders.OrderNotFound"
        assert await counter.refused("ask", wish, counter.clerk) == "kernel.NotGranted"
        waiting = await counter.world.place(1, customer_id=counter.buyer.id)
        refused = await counter.refused("ask", counter.wish(waiting, {1: 1}), counter.buyer)
        assert refused == "aftersales.NothingSentYet"
        async with reading(counter.world.db, routes, stranger) as client:
            assert (await client.get(f"/api/v1/customer/orders/{order.id}/aftersales")).status_code == 404
        assert await counter.world.count("after_sale_requests") == 0

    async def test_never_more_than_was_sent_and_no_line_twice(self, counter: Counter) -> None:
        order = await counter.bought(3, 1)
        await counter.world.give_back(order, {1: 1})
        for lines, code in (({1: 3}, "TooMuchAsked"), ({9: 1}, "LineNotFound")):
            refused = await counter.refused("ask", counter.wish(order, lines), counter.buyer)
            assert refused.endswith(code)
        await counter.ask(order, {1: 1})
        refused = await counter.refused("ask", counter.wish(order, {2: 1, 1: 1}), counter.buyer)
        assert refused == "aftersales.AlreadyAsked"
        twice = counter.wish(order, {2: 1}) | {"lines": [{"line": 2, "qty": 1}] * 2}
        assert await counter.refused("ask", twice, counter.buyer) == "orders.DuplicateLines"
        assert await counter.world.count("after_sale_requests") == 1

    async def test_two_tabs_at_once_ask_once(self, counter: Counter) -> None:
        order = await counter.bought(2)
        wish = counter.wish(order, {1: 1})
        answers = await asyncio.gather(
            *(counter.world.answer("aftersales.ask", wish, actor=counter.buyer, key=f"tab {n}") for n in range(4))
        )
        refused = [answer.error.code for answer in answers if answer.error]
        assert refused == ["aftersales.AlreadyAsked"] * 3
        assert await counter.world.count("after_sale_requests") == 1

    async def test_the_same_request_sent_again_is_the_same(self, counter: Counter) -> None:
        order = await counter.bought(2)
        wish = counter.wish(order, {1: 1})
        made = [
            (await counter.world.answer("aftersales.ask", wish, actor=counter.buyer, key="once")).unwrap().number
            for _ in range(2)
        ]
        assert made[0] == made[1]


class TestInTime:
    async def test_after_the_shop_s_days_it_is_too_late(self, counter: Counter, clock: ManualClock) -> None:
        order = await counter.bought(2)
        await counter.world.act("orders.sign", {"order_id": order.id})
        clock.advance(days=8)
        wish = counter.wish(order, {1: 1}, "return")
        assert await counter.refused("ask", wish, counter.buyer) == "aftersales.AskedTooLate"
        assert sorted((await seen(counter, order))["until"]) == ["exchange", "refund"]
        await counter.world.act("aftersales.set_policy", {"shop_id": counter.world.shop_id, "return_days": 30})
        assert (await counter.ask(order, {1: 1}, "return")).state == "asked"

    async def test_a_kind_that_the_shop_does_not_take(self, counter: Counter) -> None:
        order = await counter.bought(1)
        policy = {"shop_id": counter.world.shop_id, "exchange_days": 0}
        await counter.world.act("aftersales.set_policy", policy)
        wish = counter.wish(order, {1: 1}, "exchange")
        assert await counter.refused("ask", wish, counter.buyer) == "aftersales.KindNotTaken"
        unknown = await counter.world.answer("aftersales.set_policy", {"shop_id": new_id()})
        assert unknown.error is not None
