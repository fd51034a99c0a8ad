"""`kill -9` amid callbacks and refunds: each payment is recorded once, each refund made once, whatever dies."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from tests.apps.launched import Launched, a_home, launched
from tests.faults.killing import SETTLED_WITHIN_S, kill, settled, the_api, the_postmaster, the_worker
from tests.faults.load import Clients, owner_key
from tests.payments.simulator import simulating

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

ORDERS = 4
"""Of each provider."""
WITHIN_S = SETTLED_WITHIN_S


class Mall:
    """A running installation that takes money through both providers, and their simulator."""

    def __init__(self, up: Launched, clients: Clients, api: httpx.AsyncClient, platform: httpx.AsyncClient) -> None:
        self.up, self.clients, self.api, self.platform = up, clients, api, platform

    async def get(self, path: str) -> Any:
        """Ask until it is answered."""
        deadline = time.monotonic() + WITHIN_S
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = await self.api.get(path)
                if answer.status_code < 500:
                    return answer.json()
            assert time.monotonic() < deadline, self.up.told
            await asyncio.sleep(0.1)

    async def open_payment(self, provider: str) -> tuple[str, str]:
        """An order whose payment is opened at the provider: the order's id, and its number there."""
        wish = {"shop_id": self.clients.shop_id, "lines": [{"sku_id": self.clients.skus[0], "qty": 1}]}
        order = await self.clients.act("orders.place", wish | {"external_no": uuid4().hex})
        asked = {"order_id": order["id"], "provider": provider, "scene": "native"}
        started = await self.clients.act("orders.start_payment", asked)
        assert (await self.api.get(started["pay_url"])).status_code == 200
        return order["id"], started["intent"]["id"].replace("-", "")

    async def simulate(self, path: str, given: Any = None) -> Any:
        answer = await self.platform.post(f"/simulator{path}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mall() -> AsyncIterator[Mall]:
    with a_home() as home, simulating() as platform_url, launched(home) as up:
        url, key = up.running.url, owner_key(home)
        clients = Clients(url, key)
        await clients.open_shop()
        bearer = {"authorization": f"Bearer {key}"}
        async with (
            httpx.AsyncClient(base_url=url, headers=bearer, timeout=60, trust_env=False) as api,
            httpx.AsyncClient(base_url=platform_url, timeout=60, trust_env=False) as platform,
        ):
            one = Mall(up, clients, api, platform)
            companies = (await one.get("/api/v1/companies"))["items"]
            for provider in ("wechat", "alipay"):
                given = await one.simulate("/merchants", {"provider": provider})
                await clients.act("payments.set_account", given | {"company_id": companies[0]["id"]})
            yield one
        await clients.close()


@pytest.mark.parametrize(
    "victims",
    [(the_api, the_worker), (the_worker, the_postmaster)],
    ids=["api then worker", "worker then database"],
)
async def test_paid_once_and_refunded_once(mall: Mall, victims: tuple[Any, Any]) -> None:
    first, second = victims
    await mall.simulate("/misbehave", [])
    opened = [await mall.open_payment(provider) for provider in ("wechat", "alipay") for _ in range(ORDERS)]
    numbers = [number for _, number in opened]
    await asyncio.gather(*(mall.platform.post(f"/pay/{number}") for number in numbers))  # it tells until it is heard
    await kill((first,), mall.up)
    await _until(lambda: _all_paid(mall, [order_id for order_id, _ in opened]), mall)

    slow = [{"on": "refund", "how": "slow", "times": ORDERS, "seconds": 1.0}]
    await mall.simulate("/misbehave", [*slow, {"on": "refund", "how": "lost", "times": ORDERS}])
    before = len(await _refunds_heard(mall))
    for order_id, _ in opened:
        await mall.clients.act("orders.cancel", {"order_id": order_id, "reason": "不要了"})
    await _until(lambda: _more_heard(mall, before), mall)  # some are on their way now
    await kill((second,), mall.up)
    await _until(lambda: _all_refunded(mall, [order_id for order_id, _ in opened]), mall)

    for number in numbers:
        trade = (await mall.platform.get(f"/simulator/trades/{number}")).json()
        assert (trade["refunds"], trade["refunded"]) == (1, trade["total"]), trade
    calls = (await mall.get("/api/v1/payments/refund-calls?limit=200"))["items"]
    assert [each["status"] for each in calls] == ["done"] * len(calls)
    await settled(mall.up)


async def _until(condition: Callable[[], Awaitable[bool]], mall: Mall) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not await condition():
        assert time.monotonic() < deadline, mall.up.told
        await asyncio.sleep(0.1)


async def _moved(mall: Mall, kind: str) -> list[str]:
    """The orders of the payments, or refunds, that are recorded."""
    items = (await mall.get("/api/v1/payments?limit=200"))["items"]
    return sorted(each["order_id"] for each in items if each["kind"] == kind)


async def _all_paid(mall: Mall, orders: list[str]) -> bool:
    paid = [each for each in await _moved(mall, "payment") if each in set(orders)]
    assert len(paid) == len(set(paid)), "one was recorded twice"
    return paid == sorted(orders)


async def _all_refunded(mall: Mall, orders: list[str]) -> bool:
    calls = (await mall.get("/api/v1/payments/refund-calls?limit=200"))["items"]
    done = [each["order_id"] for each in calls if each["status"] == "done" and each["order_id"] in set(orders)]
    return sorted(done) == sorted(orders)


async def _refunds_heard(mall: Mall) -> list[Any]:
    heard = (await mall.platform.get("/simulator/heard")).json()
    return [each for each in heard if each["operation"] == "refund"]


async def _more_heard(mall: Mall, before: int) -> bool:
    return len(await _refunds_heard(mall)) > before
