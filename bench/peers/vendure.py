"""Journeys through Vendure's shop API, in as few calls as its storefront guide allows."""

from __future__ import annotations

import random
from typing import Any, Final

import msgspec

from bench.peers.journey import Journey, Refused, Start, expect
from bench.peers.wire import Answer, Sender

PATH: Final = "/shop-api"
TOKEN: Final = b"vendure-auth-token"

ORDER_OR_ERROR: Final = "... on Order { id code state totalWithTax } ... on ErrorResult { errorCode message }"
ADD: Final = (
    "mutation ($items: [AddItemInput!]!) { addItemsToOrder(inputs: $items) { order { id code state totalWithTax"
    " lines { id quantity linePriceWithTax } } errorResults { ... on ErrorResult { errorCode message } } } }"
)
WHO_AND_WHERE: Final = (
    "mutation ($who: CreateCustomerInput!, $where: CreateAddressInput!) {"
    f" customer: setCustomerForOrder(input: $who) {{ {ORDER_OR_ERROR} }}"
    f" address: setOrderShippingAddress(input: $where) {{ {ORDER_OR_ERROR} }} }}"
)
WAYS: Final = "{ eligibleShippingMethods { id name priceWithTax } eligiblePaymentMethods { code isEligible } }"
SHIP: Final = (
    f"mutation ($way: [ID!]!) {{ shipping: setOrderShippingMethod(shippingMethodId: $way) {{ {ORDER_OR_ERROR} }}"
    f' state: transitionOrderToState(state: "ArrangingPayment") {{ {ORDER_OR_ERROR} }} }}'
)
PAY: Final = (
    f"mutation ($method: String!) {{ payment: addPaymentToOrder(input: {{ method: $method, metadata: {{}} }})"
    f" {{ {ORDER_OR_ERROR} }} }}"
)
DETAIL: Final = (
    "query ($id: ID!) { product(id: $id) { id name slug description"
    " variants { id sku name priceWithTax currencyCode stockLevel } } }"
)
PAGE: Final = (
    "query ($input: SearchInput!) { search(input: $input) { totalItems items { productId productName slug sku inStock"
    " currencyCode priceWithTax { ... on PriceRange { min max } ... on SinglePrice { value } } } } }"
)
WHERE: Final = {
    "fullName": "Zhang San",
    "streetLine1": "1 Nanjing Road",
    "city": "Shanghai",
    "province": "Shanghai",
    "postalCode": "200001",
    "countryCode": "CN",
    "phoneNumber": "13812345678",
}


class Shop:
    """What journeys know beforehand: ids of variants and products, and words to search for."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.sender = Sender("127.0.0.1", {})
        self.variants, self.products, self.searches = given["variants"], given["products"], given["searches"]
        self.hot = given["hot"]

    def checkout(self, chance: random.Random, number: int) -> Journey:
        return self._buy(chance.sample(self.variants, 3), chance)

    def buy_hot(self, chance: random.Random, number: int) -> Journey:
        return self._buy([self.hot], chance)

    def _buy(self, variants: list[str], chance: random.Random) -> Journey:
        items = [{"productVariantId": variant, "quantity": 1} for variant in variants]
        answer = yield self._ask(ADD, {"items": items})
        added = _told(answer)["addItemsToOrder"]
        if added["errorResults"]:
            raise Refused(added["errorResults"][0]["errorCode"])
        session = {"Authorization": f"Bearer {answer.header(TOKEN).decode()}"}
        who = {"firstName": "San", "lastName": "Zhang", "emailAddress": f"{chance.getrandbits(64):x}@example.com"}
        answer = yield self._ask(WHO_AND_WHERE, {"who": who, "where": WHERE}, session)
        _check(_told(answer))
        answer = yield self._ask(WAYS, {}, session)
        ways = _told(answer)
        way, method = ways["eligibleShippingMethods"][0]["id"], ways["eligiblePaymentMethods"][0]["code"]
        answer = yield self._ask(SHIP, {"way": [way]}, session)
        _check(_told(answer))
        answer = yield self._ask(PAY, {"method": method}, session)
        paid = _told(answer)
        _check(paid)
        if paid["payment"]["state"] != "PaymentSettled":
            raise Refused(paid["payment"]["state"])

    def detail(self, chance: random.Random, number: int) -> Journey:
        answer = yield self._ask(DETAIL, {"id": chance.choice(self.products)})
        expect(_told(answer)["product"]["variants"][0]["priceWithTax"] > 0)

    def page(self, chance: random.Random, number: int) -> Journey:
        skip = 20 * chance.randrange(len(self.products) // 20)
        answer = yield self._ask(PAGE, {"input": {"groupByProduct": True, "take": 20, "skip": skip}})
        expect(len(_told(answer)["search"]["items"]) == 20)

    def search(self, chance: random.Random, number: int) -> Journey:
        wanted = {"groupByProduct": True, "take": 20, "term": chance.choice(self.searches)}
        answer = yield self._ask(PAGE, {"input": wanted})
        expect(_told(answer)["search"]["items"])

    def _ask(self, query: str, variables: dict[str, Any], headers: dict[str, str] | None = None) -> bytes:
        return self.sender.post(PATH, msgspec.json.encode({"query": query, "variables": variables}), headers)


def _told(answer: Answer) -> dict[str, Any]:
    told = answer.json()
    if answer.status != 200 or told.get("errors"):
        raise Refused(f"{answer.status} {told.get('errors', [{}])[0].get('message', '')[:80]}")
    data: dict[str, Any] = told["data"]
    return data


def _check(told: dict[str, Any]) -> None:
    for each in told.values():
        if "errorCode" in each:
            raise Refused(each["errorCode"])


def journeys(given: dict[str, Any]) -> dict[str, Start]:
    shop = Shop(given)
    return {
        "checkout": shop.checkout,
        "hot": shop.buy_hot,
        "detail": shop.detail,
        "list": shop.page,
        "search": shop.search,
    }
