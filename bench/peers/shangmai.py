"""Journeys through Shangmai's own API: checkout, payment by the test gateway's signed callback, the shop window."""

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
CHECKOUT: Final = "/api/v1/checkout"
WHERE: Final = {
    "name": "Zhang San",
    "phone": "13812345678",
    "province": "上海市",
    "city": "上海市",
    "district": "黄浦区",
    "street": "南京东路 1 号",
}


class Shop:
    """What journeys know beforehand: who may place orders, the shop, ids of goods, the gateway's key."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.mine = Sender("127.0.0.1", {"Authorization": f"Bearer {given['token']}"})
        self.anyone = Sender("127.0.0.1", {})
        self.shop_id, self.merchant, self.key = given["shop_id"], given["merchant"], bytes.fromhex(given["key"])
        self.skus, self.products, self.searches = given["skus"], given["products"], given["searches"]
        self.hot, self.lists, self.prices = given["hot"], given["lists"], given["prices"]
        self.flash = given.get("flash", {})
        self.run = f"{time.time_ns()}"

    def at_once(self, chance: random.Random, number: int) -> Journey:
        """In one call, by lines, paid by a dummy method as at the peers: the answer says paid."""
        skus = chance.sample(self.skus, 3)
        wish = self._wish(sum(self.prices[sku] for sku in skus))
        wish |= {"lines": [{"sku_id": sku, "qty": 1} for sku in skus], "method": "test_at_once"}
        answer = yield self._do("checkout.place", wish, f"{self.run}-d{number}")
        if _told(answer)["payment"]["state"] != "paid":
            raise Refused("not paid")

    def checkout(self, chance: random.Random, number: int) -> Journey:
        """In one call, by lines; then the gateway tells that it is paid."""
        return self._buy(chance.sample(self.skus, 3), number)

    def buy_hot(self, chance: random.Random, number: int) -> Journey:
        return self._buy([self.hot], number)

    def _buy(self, skus: list[str], number: int) -> Journey:
        total = sum(self.prices[sku] for sku in skus)
        wish = self._wish(total) | {"lines": [{"sku_id": sku, "qty": 1} for sku in skus]}
        answer = yield self._do("checkout.place", wish, f"{self.run}-{number}")
        yield from self._pay(_told(answer))

    def by_steps(self, chance: random.Random, number: int) -> Journey:
        """As a shop window with a cart goes: its token, its lines, what it costs, the order, the payment."""
        answer = yield self.anyone.post(f"{CHECKOUT}/carts", b"")
        cart = {"cart_token": _told(answer)["cart_token"], "shop_id": self.shop_id}
        lines = [{"sku_id": sku, "qty": 1} for sku in chance.sample(self.skus, 3)]
        answer = yield self._do("checkout.set_lines", cart | {"lines": lines}, f"{self.run}-c{number}")
        _told(answer)
        answer = yield self.anyone.post_json(f"{CHECKOUT}/quote", cart | {"receiver": WHERE})
        quote = _told(answer)
        wish = self._wish(quote["total_minor"]) | cart | {"cart_version": quote["cart_version"]}
        answer = yield self._do("checkout.place", wish, f"{self.run}-s{number}")
        yield from self._pay(_told(answer))

    def _wish(self, total_minor: int) -> dict[str, Any]:
        return {"shop_id": self.shop_id, "receiver": WHERE, "expected_total_minor": total_minor, "method": "test"}

    def _pay(self, placed: dict[str, Any]) -> Journey:
        answer = yield self._call_back(placed["payment"], placed["currency"])
        if answer.status != 200:
            raise Refused(f"{answer.status} callback")

    def place(self, chance: random.Random, number: int) -> Journey:
        """Place an order of 3 lines, without paying."""
        _told((yield self._act("orders.place", self._order(chance.sample(self.skus, 3)), f"{self.run}-o{number}")))

    def rush(self, chance: random.Random, number: int) -> Journey:
        """One of many buyers asks for one piece at the flash sale's price; each may have one."""
        buyers = self.flash["buyers"]
        wish = self._wish(self.flash["price_minor"]) | {"customer_id": buyers[number % len(buyers)]}
        wish |= {"promotion_id": self.flash["promotion"], "sku_id": self.flash["sku"], "qty": 1}
        _told((yield self._act("marketing.buy_flash", wish, f"{self.run}-f{number}")))

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

    def _do(self, name: str, do: dict[str, Any], key: str) -> bytes:
        """As a guest."""
        return self.anyone.post_json(f"/api/v1/actions/{name}", do, {"Idempotency-Key": key})

    def _act(self, name: str, do: dict[str, Any], key: str) -> bytes:
        return self.mine.post_json(f"/api/v1/actions/{name}", do, {"Idempotency-Key": key})

    def _call_back(self, step: dict[str, Any], currency: str) -> bytes:
        """What the gateway tells when the payer has paid, signed with the key that it shares with the merchant."""
        number = step["intent_id"].replace("-", "")
        body = msgspec.json.encode(
            {
                "id": f"N{number}",
                "merchant": self.merchant,
                "intent_id": step["intent_id"],
                "transaction": f"T{number}",
                "outcome": "success",
                "amount_minor": step["amount_minor"],
                "currency": currency,
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
        "at once": shop.at_once,
        "checkout": shop.checkout,
        "by steps": shop.by_steps,
        "hot": shop.buy_hot,
        "detail": shop.detail,
        "list": shop.page,
        "search": shop.search,
        "place": shop.place,
        "rush": shop.rush,
    }
