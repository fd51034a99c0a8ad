"""Journeys through Shangmai's own API: orders, payments by the test gateway's signed callback, the shop window."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

import msgspec

from bench.peers.journey import Journey, Refused, Start, expect
from bench.peers.wire import Answer, Sender
from shangmai.modules.payments.providers.test import signing

WINDOW: Final = "/api/v1/storefront/products"
WHERE: Final = {
    "name": "Zhang San",
    "phone": "13812345678",
    "province": "Shanghai",
    "city": "Shanghai",
    "street": "1 Nanjing Road",
}


class Shop:
    """What journeys know beforehand: who may place orders, the shop, ids of goods, the gateway's key."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.mine = Sender("127.0.0.1", {"Authorization": f"Bearer {given['token']}"})
        self.anyone = Sender("127.0.0.1", {})
        self.shop_id, self.merchant, self.key = given["shop_id"], given["merchant"], bytes.fromhex(given["key"])
        self.skus, self.products, self.searches = given["skus"], given["products"], given["searches"]
        self.hot, self.lists = given["hot"], given["lists"]
        self.flash = given.get("flash", {})
        self.run = f"{time.time_ns()}"

    def checkout(self, chance: random.Random, number: int) -> Journey:
        return self._buy(chance.sample(self.skus, 3), number)

    def buy_hot(self, chance: random.Random, number: int) -> Journey:
        return self._buy([self.hot], number)

    def _buy(self, skus: list[str], number: int) -> Journey:
        answer = yield self._act("orders.place", self._order(skus), f"{self.run}-{number}")
        order = _told(answer)
        answer = yield self._act("orders.start_payment", {"order_id": order["id"]}, f"{self.run}-{number}-pay")
        answer = yield self._call_back(_told(answer)["intent"])
        if answer.status != 200:
            raise Refused(f"{answer.status} callback")

    def place(self, chance: random.Random, number: int) -> Journey:
        """Place an order of 3 lines, without paying."""
        _told((yield self._act("orders.place", self._order(chance.sample(self.skus, 3)), f"{self.run}-o{number}")))

    def rush(self, chance: random.Random, number: int) -> Journey:
        """One of many buyers asks for one piece at the flash sale's price; each may have one."""
        buyers = self.flash["buyers"]
        order = self._order([self.flash["sku"]])
        order |= {"customer_id": buyers[number % len(buyers)], "expected_total_minor": self.flash["price_minor"]}
        _told((yield self._act("orders.place", order, f"{self.run}-f{number}")))

    def detail(self, chance: random.Random, number: int) -> Journey:
        answer = yield self.anyone.get(f"{WINDOW}/{chance.choice(self.products)}")
        expect(_told(answer)["variants"][0]["price_minor"])

    def page(self, chance: random.Random, number: int) -> Journey:
        answer = yield self.anyone.get(f"{WINDOW}?limit=20&{chance.choice(self.lists)}")
        expect(_told(answer)["items"])

    def search(self, chance: random.Random, number: int) -> Journey:
        words = quote(chance.choice(self.searches))
        answer = yield self.anyone.get(f"{WINDOW}?limit=20&q={words}")
        expect(_told(answer)["items"])

    def _order(self, skus: list[str]) -> dict[str, Any]:
        lines = [{"sku_id": sku, "qty": 1} for sku in skus]
        return {"shop_id": self.shop_id, "lines": lines, "receiver": WHERE}

    def _act(self, name: str, do: dict[str, Any], key: str) -> bytes:
        return self.mine.post_json(f"/api/v1/actions/{name}", do, {"Idempotency-Key": key})

    def _call_back(self, intent: dict[str, Any]) -> bytes:
        """What the gateway tells when the payer has paid, signed with the key that it shares with the merchant."""
        number = intent["id"].replace("-", "")
        body = msgspec.json.encode(
            {
                "id": f"N{number}",
                "merchant": self.merchant,
                "intent_id": intent["id"],
                "transaction": f"T{number}",
                "outcome": "success",
                "amount_minor": intent["amount_minor"],
                "currency": intent["currency"],
                "at": datetime.now(UTC),
            }
        )
        headers = signing.signed_headers(self.key, self.merchant, str(int(time.time())), number, body)
        return self.anyone.post("/api/v1/payments/callbacks/test", body, headers)


def _told(answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = answer.json()
    if answer.status != 200:
        raise Refused(told.get("code", str(answer.status)))
    return told


def journeys(given: dict[str, Any]) -> dict[str, Start]:
    shop = Shop(given)
    return {
        "checkout": shop.checkout,
        "hot": shop.buy_hot,
        "detail": shop.detail,
        "list": shop.page,
        "search": shop.search,
        "place": shop.place,
        "rush": shop.rush,
    }
