"""The whole way over HTTP: a clerk asks, a payer pays, the gateway calls back, and money goes back the same way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.jobs import list_parked
from shangmai.modules.orders.contract import PaymentStatus
from shangmai.modules.payments import service
from shangmai.modules.payments.contract import Outcome
from shangmai.modules.payments.providers.test import signing
from shangmai.modules.payments.providers.test.signing import key_of
from tests.payments.conftest import working
from tests.payments.telling import sealed, tells
from tests.world import World

CLERK = {"authorization": "Bearer clerk"}
CALLBACKS = "/api/v1/payments/callbacks"


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110  the worker tells nobody when it is done
            await asyncio.sleep(0.02)


async def start(site: httpx.AsyncClient, order: Any) -> dict[str, Any]:
    answer = await site.post("/api/v1/actions/orders.start_payment", json={"order_id": str(order.id)}, headers=CLERK)
    assert answer.status_code == 200, answer.text
    started: dict[str, Any] = answer.json()
    return started


async def listed(site: httpx.AsyncClient, what: str) -> list[dict[str, Any]]:
    answer = await site.get(f"/api/v1/payments/{what}", headers=CLERK)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_payer_fails_then_pays_and_gets_the_money_back(site: httpx.AsyncClient, world: World) -> None:
    order = await world.place(2, 1)
    url = (await start(site, order))["pay_url"]
    page = await site.get(url, headers={"accept-language": "zh-CN"})
    assert page.status_code == 200
    assert "¥40.00" in page.text
    assert "支付成功" in page.text
    assert order.number in page.text
    assert "style-src 'sha256-" in page.headers["content-security-policy"]
    async with working(world):
        failed = await site.post(url, data={"outcome": "failure"}, follow_redirects=True)
        assert "The payment failed; you can try again" in failed.text
        await until(lambda: _is(listed(site, "callbacks"), 1))
        pressed = await site.post(url, data={"outcome": "success"})
        assert (pressed.status_code, pressed.headers["location"]) == (303, httpx.URL(url).path + "?told=success")
        await until(lambda: _is(listed(site, "callbacks"), 2))
        assert "Paid, and confirmed by the merchant" in (await site.get(url)).text
        assert (await site.post(url, data={"outcome": "success"})).status_code == 303  # once more changes nothing
        assert await world.faults() == []
        assert (await world.detail(order)).order.payment_status is PaymentStatus.PAID
        assert [each["verdict"] for each in await listed(site, "callbacks")] == ["accepted", "not_paid"]

        await world.ship(order)
        await world.give_back(order, {1: 1}, method="test")
        await until(lambda: _done(site))
    (call,) = await listed(site, "refund-calls")
    assert (call["amount_minor"], call["attempts"], call["answer"][:1]) == (1000, 1, "R")
    assert await world.faults() == []
    assert await world.count("payments") == 2


async def test_the_callback_over_http(site: httpx.AsyncClient, world: World) -> None:
    order = await world.place(1)
    await start(site, order)
    intent = (await world.act("orders.start_payment", {"order_id": order.id})).intent
    do = sealed(tells(intent), world.db.clock.now())
    answers = await asyncio.gather(
        *(site.post(f"{CALLBACKS}/test", content=do.body, headers=do.headers) for _ in range(6))
    )
    assert [(each.status_code, each.text) for each in answers] == [(200, "success")] * 6
    assert await world.count("payments") == 1

    forged = await site.post(f"{CALLBACKS}/test", content=do.body.replace("1000", "9000"), headers=do.headers)
    assert (forged.status_code, forged.json()["code"]) == (401, "payments.CallbackForged")
    assert (await site.post(f"{CALLBACKS}/test", content=b"\xff", headers=do.headers)).status_code == 401
    assert (await site.post(f"{CALLBACKS}/paypal", content=do.body, headers=do.headers)).status_code == 409
    assert (await site.post(f"{CALLBACKS}/wechat", content=do.body, headers=do.headers)).status_code == 401
    too_long = await site.post(f"{CALLBACKS}/test", content=b" " * 70_000, headers=do.headers)
    assert 400 <= too_long.status_code < 500
    other = sealed(tells(intent, id=msgspec.json.decode(do.body)["id"], transaction="T9"), world.db.clock.now())
    conflicting = await site.post(f"{CALLBACKS}/test", content=other.body, headers=other.headers)
    assert (conflicting.status_code, conflicting.json()["code"]) == (409, "payments.CallbackConflicting")
    wrong = sealed(tells(intent, amount_minor=1), world.db.clock.now())
    assert (await site.post(f"{CALLBACKS}/test", content=wrong.body, headers=wrong.headers)).text == "success"
    stored = await listed(site, "callbacks")
    assert [each["verdict"] for each in stored] == ["wrong_amount", "conflicting", "accepted"]
    assert stored[2]["body"] == do.body
    assert [each["id"] for each in await listed(site, "callbacks?verdict=wrong_amount")] == [stored[0]["id"]]
    assert await world.count("payments") == 1
    assert (await site.get(CALLBACKS)).status_code == 401


async def test_a_refund_that_the_gateway_refuses_is_parked_and_seen(site: httpx.AsyncClient, world: World) -> None:
    order = await world.place(1)
    await start(site, order)
    intent = (await world.act("orders.start_payment", {"order_id": order.id})).intent
    do = sealed(tells(intent), world.db.clock.now())
    assert (await site.post(f"{CALLBACKS}/test", content=do.body, headers=do.headers)).text == "success"
    await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
    async with world.db.transaction() as tx:  # the gateway forgets that it was paid
        await tx.execute("UPDATE payment_intents SET status = 'closed' WHERE id = $1", intent.id)
    async with working(world):
        await until(lambda: _parked(world))
    (call,) = await listed(site, "refund-calls?status=failed")
    assert (call["attempts"], call["answer"]) == (1, None)
    assert "HTTP 403" in call["reason"]
    assert call["reason_zh"].startswith("测试网关没有给出可用的应答（HTTP 403）")


async def test_a_refund_to_an_address_where_nobody_answers_is_tried_again(
    site: httpx.AsyncClient, world: World
) -> None:
    order = await world.place(1)
    await start(site, order)
    intent = (await world.act("orders.start_payment", {"order_id": order.id})).intent
    do = sealed(tells(intent), world.db.clock.now())
    await site.post(f"{CALLBACKS}/test", content=do.body, headers=do.headers)
    await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
    service.use_provider(service.TestGateway("http://127.0.0.1:9"))
    async with working(world):
        await until(lambda: _tried(site))
        service.use_provider(service.TestGateway(str(site.base_url)))
        await until(lambda: _done(site))
    (call,) = await listed(site, "refund-calls")
    assert call["attempts"] >= 2


async def test_refunds_are_asked_for_by_their_merchant_alone(site: httpx.AsyncClient, world: World) -> None:
    asked = {"id": str(world.shop_id), "order_id": str(world.shop_id), "amount_minor": 1, "currency": "CNY"}
    body = msgspec.json.encode(asked | {"merchant": "test-x"})
    now = str(int(world.db.clock.now().timestamp()))
    headers = signing.signed_headers(key_of("test-x"), "test-x", now, "0123456789abcdef", body)
    refused = await site.post("/pay/test/refunds", content=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "payments.RefundRefused")
    forged = await site.post("/pay/test/refunds", content=body + b" ", headers=headers)
    assert (forged.status_code, forged.json()["code"]) == (401, "payments.CallbackForged")


async def test_pages_of_unknown_payments(site: httpx.AsyncClient, world: World) -> None:
    assert (await site.get(f"/pay/test/{world.shop_id}")).status_code == 404
    assert (await site.post(f"/pay/test/{world.shop_id}", data={"outcome": Outcome.SUCCESS.value})).status_code == 404


async def test_rows_of_other_shops_are_not_seen(world: World, intent: Any) -> None:
    blind = Actor(id=world.shop_id, kind="user", name="blind", grants=frozenset({"*"}))
    assert await world.count("payment_intents") == 1
    async with world.db.reading(blind) as tx:
        assert await tx.fetchval("SELECT count(*) FROM payment_intents") == 0


async def _is(items: Awaitable[list[Any]], number: int) -> bool:
    return len(await items) == number


async def _done(site: httpx.AsyncClient) -> bool:
    return [each["status"] for each in await listed(site, "refund-calls")] == ["done"]


async def _tried(site: httpx.AsyncClient) -> bool:
    return [each["attempts"] > 0 for each in await listed(site, "refund-calls")] == [True]


async def _parked(world: World) -> bool:
    async with world.db.reading(SYSTEM) as tx:
        return len(await list_parked(tx, "payments.call_refund")) == 1
