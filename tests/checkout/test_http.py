"""A guest over HTTP, from an empty cart to a placed order, with no credentials at all."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from shangmai.apps.api import create_app, default_authenticator
from shangmai.kernel.settings import Settings
from tests.checkout.conftest import RECEIVER, Mall
from tests.doors.conftest import living

ACTIONS = "/api/v1/actions"


@pytest_asyncio.fixture
async def web(dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(database_url=dsn, lang="en", pool_size=4), default_authenticator())
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with living(app), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_a_guest_goes_all_the_way(mall: Mall, web: httpx.AsyncClient) -> None:
    shop, sku = str(mall.world.shop_id), str(mall.world.skus[0])
    token = (await web.post("/api/v1/checkout/carts")).json()["cart_token"]
    own = {"shop_id": shop, "cart_token": token}
    added = await web.post(f"{ACTIONS}/checkout.add_to_cart", json={**own, "lines": [{"sku_id": sku, "qty": 2}]})
    assert added.status_code == 200, added.text
    cart = (await web.post("/api/v1/checkout/cart", json=own)).json()
    assert (cart["version"], cart["total_minor"], len(cart["lines"])) == (1, 2000, 1)
    quoted = (await web.post("/api/v1/checkout/quote", json={**own, "region": "310115"})).json()
    wish = {
        **own,
        "cart_version": quoted["cart_version"],
        "receiver": RECEIVER,
        "expected_total_minor": quoted["total_minor"],
    }
    placed = await web.post(f"{ACTIONS}/checkout.place", json=wish, headers={"idempotency-key": "a-random-key-1"})
    again = await web.post(f"{ACTIONS}/checkout.place", json=wish, headers={"idempotency-key": "a-random-key-1"})
    assert placed.status_code == 200, placed.text
    assert (again.content, again.headers["idempotent-replayed"]) == (placed.content, "true")
    order = placed.json()
    found = await web.post(f"{ACTIONS}/checkout.find_order", json={"number": order["number"], "phone": "13812345678"})
    assert found.json()["order_id"] == order["order_id"]
    shown = await web.get("/api/v1/checkout/order", params={"link": order["link"]})
    assert (shown.json()["number"], shown.json()["total_minor"]) == (order["number"], 2000)
    assert (await web.get("/api/v1/checkout/order", params={"link": "order_nothing"})).status_code == 404


async def test_nothing_else_is_open_to_guests(mall: Mall, web: httpx.AsyncClient) -> None:
    shop = str(mall.world.shop_id)
    for name in ("checkout.set_settings", "checkout.expire_carts", "orders.place", "orders.cancel"):
        assert (await web.post(f"{ACTIONS}/{name}", json={"shop_id": shop})).status_code == 401
    assert (await web.get("/api/v1/checkout/settings", params={"shop_id": shop})).status_code == 401
    stale = await web.post(f"{ACTIONS}/checkout.place", json={}, headers={"authorization": "Bearer nobody"})
    assert stale.status_code == 401
