"""A mall with goods in its window, and a shopper before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio

from shangmai.kernel.actors import Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.storefront.http import routes
from tests.routes import reading
from tests.world import World

CLERK = Actor(id=new_id(), kind="user", name="clerk", grants=frozenset())


class Mall:
    """Makes, lists and stocks products; asks as a shopper."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self.world, self.client = world, client
        self.products: dict[str, UUID] = {}
        self.skus: dict[str, UUID] = {}
        self.categories: dict[str, UUID] = {}

    async def category(self, name: str, parent: str | None = None, **more: Any) -> UUID:
        parent_id = None if parent is None else self.categories[parent]
        made = await self.world.act("catalog.create_category", {"name": name, "parent_id": parent_id, **more})
        self.categories[name] = made.id
        return made.id  # type: ignore[no-any-return]

    async def goods(self, code: str, name: str, yuan: int = 10, *, pieces: int = 5, **more: Any) -> UUID:
        """A listed product with one SKU of the same code, unless `skus` are given; `pieces` of each on the shelf."""
        category = more.pop("category", None)
        skus = more.pop("skus", None) or [{"code": code, "price_minor": yuan * 100, "currency": "CNY"}]
        given = {"code": code, "name": name, "skus": skus, **more}
        if category is not None:
            given["category_id"] = str(self.categories[category])
        made = await self.world.act("catalog.create_product", given)
        self.products[code] = made.id
        self.skus |= {sku.code: sku.id for sku in made.skus}
        if pieces:
            await self.world.receive({sku.id: pieces for sku in made.skus})
        await self.world.act("catalog.list_product", {"product_id": made.id})
        return made.id  # type: ignore[no-any-return]

    async def settle(self) -> None:
        await self.world.reader.drain()

    async def price(self, code: str, yuan: int) -> None:
        await self.world.act(
            "catalog.set_prices", {"sku_id": self.skus[code], "price_minor": yuan * 100, "currency": "CNY"}
        )

    async def order(self, **pieces: int) -> Any:
        lines = [{"sku_id": self.skus[code], "qty": qty} for code, qty in pieces.items()]
        return await self.world.act("orders.place", {"shop_id": self.world.shop_id, "lines": lines})

    async def answer(self, **params: Any) -> httpx.Response:
        return await self.client.get("/api/v1/storefront/products", params=params)

    async def ask(self, **params: Any) -> dict[str, Any]:
        answer = await self.answer(**params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def codes(self, q: str = "", **params: Any) -> list[str]:
        return [each["code"] for each in (await self.ask(q=q, **params))["items"]]

    async def facet(self, key: str, **params: Any) -> dict[str, int]:
        """The counts of a facet by label."""
        facets = {each["key"]: each for each in (await self.ask(**params))["facets"]}
        return {value["label"]: value["count"] for value in facets[key]["values"]} if key in facets else {}

    async def suggest(self, q: str) -> list[str]:
        answer = await self.client.get("/api/v1/storefront/suggest", params={"q": q})
        return [each["text"] for each in answer.json()["words"]]

    async def page(self, code: str, **params: Any) -> dict[str, Any]:
        answer = await self.client.get(f"/api/v1/storefront/products/{self.products[code]}", params=params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest_asyncio.fixture
async def mall(db: Database) -> AsyncIterator[Mall]:
    world = await World(db).make(skus=0, qty=0)
    async with reading(db, routes, CLERK) as client:
        yield Mall(world, client)
