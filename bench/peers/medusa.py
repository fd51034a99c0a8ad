"""Journeys through Medusa's store API, in as few calls as its checkout allows."""

from __future__ import annotations

import random
from typing import Any, Final
from urllib.parse import quote

from bench.peers.journey import Journey, Refused, Start, expect
from bench.peers.wire import Answer, Sender

WHERE: Final = {
    "first_name": "San",
    "last_name": "Zhang",
    "address_1": "1 Nanjing Road",
    "city": "Shanghai",
    "province": "Shanghai",
    "postal_code": "200001",
    "country_code": "cn",
    "phone": "13812345678",
}
PROVIDER: Final = "pp_system_default"


class Shop:
    """What journeys know beforehand: the shop's key, its region, ids of goods, and words to search for."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.sender = Sender("127.0.0.1", {"x-publishable-api-key": given["key"]})
        self.variants, self.products, self.searches = given["variants"], given["products"], given["searches"]
        self.hot, self.region = given["hot"], given["region"]
        self.priced = f"region_id={self.region}&fields=*variants.calculated_price,%2Bvariants.inventory_quantity"

    def checkout(self, chance: random.Random, number: int) -> Journey:
        return self._buy(chance.sample(self.variants, 3), chance)

    def buy_hot(self, chance: random.Random, number: int) -> Journey:
        return self._buy([self.hot], chance)

    def _buy(self, variants: list[str], chance: random.Random) -> Journey:
        items = [{"variant_id": variant, "quantity": 1} for variant in variants]
        answer = yield self._post("/store/carts", {"region_id": self.region, "items": items})
        cart = _told(answer)["cart"]["id"]
        who = {"email": f"{chance.getrandbits(64):x}@example.com", "shipping_address": WHERE, "billing_address": WHERE}
        _told((yield self._post(f"/store/carts/{cart}", who)))
        answer = yield self.sender.get(f"/store/shipping-options?cart_id={cart}")
        way = _told(answer)["shipping_options"][0]["id"]
        _told((yield self._post(f"/store/carts/{cart}/shipping-methods", {"option_id": way})))
        answer = yield self._post("/store/payment-collections", {"cart_id": cart})
        payment = _told(answer)["payment_collection"]["id"]
        _told((yield self._post(f"/store/payment-collections/{payment}/payment-sessions", {"provider_id": PROVIDER})))
        answer = yield self._post(f"/store/carts/{cart}/complete", {})
        told = _told(answer)
        if told["type"] != "order":
            raise Refused(told.get("error", {}).get("message", "no order")[:80])

    def detail(self, chance: random.Random, number: int) -> Journey:
        answer = yield self.sender.get(f"/store/products/{chance.choice(self.products)}?{self.priced}")
        expect(_told(answer)["product"]["variants"][0]["calculated_price"]["calculated_amount"])

    def page(self, chance: random.Random, number: int) -> Journey:
        skip = 20 * chance.randrange(len(self.products) // 20)
        answer = yield self.sender.get(f"/store/products?limit=20&offset={skip}&{self.priced}")
        expect(len(_told(answer)["products"]) == 20)

    def search(self, chance: random.Random, number: int) -> Journey:
        words = quote(chance.choice(self.searches))
        answer = yield self.sender.get(f"/store/products?limit=20&q={words}&{self.priced}")
        expect(_told(answer)["products"])

    def search_unpriced(self, chance: random.Random, number: int) -> Journey:
        """By the search module, whose index holds no prices."""
        asked = {"entity": "product", "filters": {"q": chance.choice(self.searches)}, "pagination": {"take": 20}}
        answer = yield self._post("/store/search", asked)
        expect(_told(answer)["results"][0]["hits"])

    def _post(self, path: str, body: object) -> bytes:
        return self.sender.post_json(path, body)


def _told(answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = answer.json()
    if answer.status != 200:
        raise Refused(f"{answer.status} {told.get('message', '')[:80]}")
    return told


def journeys(given: dict[str, Any]) -> dict[str, Start]:
    shop = Shop(given)
    return {
        "checkout": shop.checkout,
        "hot": shop.buy_hot,
        "detail": shop.detail,
        "list": shop.page,
        "search": shop.search,
        "search without prices": shop.search_unpriced,
    }
