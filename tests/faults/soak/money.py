"""Paying at WeChat Pay and Alipay, told of it or not, once or often, in time or late; in the end both sides agree."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any, Final

import httpx

from tests.faults.killing import SETTLED_WITHIN_S
from tests.faults.soak.business import Business

PROVIDERS: Final = ("wechat", "alipay")
LATE_S: Final = (0.0, 0.0, 0.5, 3.0)
UNDER_WAY: Final = ("requested", "processing")


def _number(intent: str) -> str:
    """What an intent is called at the provider."""
    return intent.replace("-", "")


class Payers:
    """Who pays at a provider. `opened`: the orders of our intents that were opened there."""

    def __init__(self, business: Business, platform: httpx.AsyncClient) -> None:
        self._business, self._platform = business, platform
        self._paying: list[asyncio.Task[None]] = []
        self.opened: dict[str, str] = {}

    async def open(self) -> None:
        """Let the company take money through both."""
        for provider in PROVIDERS:
            given = await self._ask("/simulator/merchants", {"provider": provider})
            await self._business.act("payments.set_account", given | {"company_id": self._business.company_id})

    async def pay(self, order_id: str, rng: random.Random) -> None:
        """Open an order's payment; somebody pays it in a while, or while it is being canceled."""
        asked = {"order_id": order_id, "provider": rng.choice(PROVIDERS), "scene": "native"}
        started = await self._business.try_("orders.start_payment", **asked)
        if started is None:
            return
        await self._business.look(started["pay_url"])  # whoever sees the page has it opened there
        intent = started["intent"]["id"]
        self.opened[intent] = order_id
        self._paying.append(asyncio.create_task(self._pay(_number(intent), rng.choice(LATE_S), rng.random())))

    async def _pay(self, number: str, after_s: float, how: float) -> None:
        await asyncio.sleep(after_s)
        if how < 0.6:  # told until it is heard
            await self._platform.post(f"/pay/{number}")
        elif how < 0.8:  # told three times at once, whether it is heard or not
            await self._platform.post(f"/simulator/trades/{number}/pay", json={"how": {"times": 3}})
        else:  # never told
            await self._platform.post(f"/simulator/trades/{number}/pay", json={"notify": False})

    async def settle(self) -> None:
        """Until everybody has paid, every payment is known, and every refund has come to its end."""
        await asyncio.gather(*self._paying)
        for intent in self.opened:
            await self._business.try_("payments.ask_intent", intent_id=intent)
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while under_way := [each for each in await self._refund_calls() if each["status"] in UNDER_WAY]:
            assert time.monotonic() < deadline, under_way
            await asyncio.sleep(0.2)

    async def faults(self) -> list[str]:
        """Where what a provider has kept of a trade is not what our books say of it."""
        kept: dict[str, int] = {}
        for payment in await self._business.read_all("/api/v1/payments"):
            sign = 1 if payment["kind"] == "payment" else -1
            if payment["method"] in PROVIDERS:
                kept[payment["order_id"]] = kept.get(payment["order_id"], 0) + sign * payment["amount_minor"]
        there: dict[str, int] = {}
        for intent, order in self.opened.items():
            answer = await self._platform.get(f"/simulator/trades/{_number(intent)}")
            trade: dict[str, Any] = answer.json() if answer.status_code == 200 else {"status": "never opened"}
            paid = trade["total"] - trade["refunded"] if trade["status"] == "paid" else 0
            there[order] = there.get(order, 0) + paid
        calls = await self._refund_calls()
        failed = [f"refund {each['id']} {each['reason']}" for each in calls if each["status"] == "failed"]
        return failed + [
            f"order {order}: {there.get(order, 0)} at the provider, {kept.get(order, 0)} here"
            for order in sorted(there.keys() | kept.keys())
            if there.get(order, 0) != kept.get(order, 0)
        ]

    async def _refund_calls(self) -> list[dict[str, Any]]:
        return await self._business.read_all("/api/v1/payments/refund-calls")

    async def _ask(self, path: str, given: Any) -> Any:
        answer = await self._platform.post(path, json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()
