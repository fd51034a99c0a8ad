"""Groups and bargains as the API tells them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest_asyncio

from shangmai.apps.api import create_app
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import Unauthenticated
from shangmai.kernel.settings import Settings
from shangmai.modules.marketing.http import routes
from tests.doors.conftest import living
from tests.marketing.conftest import Groups
from tests.pricing.making import customer, publish
from tests.world import World


class Clerk:
    """`Bearer clerk` may do everything."""

    async def authenticate(self, db: Database, *, bearer: str | None, **_: Any) -> Actor:
        if bearer != "clerk":
            raise Unauthenticated()
        return SYSTEM


@pytest_asyncio.fixture
async def site(dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application."""
    app = create_app(Settings(database_url=dsn, lang="en", pool_size=2), Clerk(), routes=routes)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    headers = {"authorization": "Bearer clerk"}
    async with living(app), httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        yield client


async def test_groups_page_by_page_and_one_with_its_members(
    world: World, groups: Groups, site: httpx.AsyncClient
) -> None:
    made = [await groups.open(who, size=3) for who in range(3)]
    await groups.join(made[0], 3)
    url, seen, cursor = f"/api/v1/marketing/groups?product_id={made[0].group.product_id}&limit=2", [], None
    while True:
        answer = (await site.get(url + (f"&cursor={cursor}" if cursor else ""))).json()
        seen += [(each["id"], each["seats_left"]) for each in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert seen == [(str(each.group.id), seats) for each, seats in zip(made, (1, 2, 2), strict=True)]
    one = (await site.get(f"/api/v1/marketing/groups/{made[0].group.id}")).json()
    assert [(each["customer_id"], each["leader"]) for each in one["members"]] == [
        (str(groups.customers[0]), True),
        (str(groups.customers[3]), False),
    ]
    assert one["group"]["seconds_left"] > 0
    missing = await site.get(f"/api/v1/marketing/groups/{world.shop_id}")
    assert (missing.status_code, missing.json()["code"]) == (404, "marketing.GroupNotFound")
    nobody = await site.get("/api/v1/marketing/groups", headers={"authorization": ""})
    assert nobody.status_code == 401


async def test_a_bargain_with_its_helps(world: World, site: httpx.AsyncClient) -> None:
    promotion = await publish(world, "KJ", layer="price", benefit={"kind": "bargain", "lowest_minor": 400})
    mine, friend = [await customer(world, ref) for ref in ("B1", "B2")]
    given = {"shop_id": world.shop_id, "promotion_id": promotion.id, "sku_id": world.skus[0], "customer_id": mine}
    made = await world.act("marketing.start_bargain", given)
    cut = (await world.act("marketing.help_bargain", {"bargain_id": made.id, "customer_id": friend})).cut_minor
    told = (await site.get(f"/api/v1/marketing/bargains/{made.id}")).json()
    assert (told["bargain"]["price_minor"], told["bargain"]["status"]) == (1000 - cut, "open")
    assert [(each["n"], each["customer_id"], each["cut_minor"]) for each in told["helps"]] == [(1, str(friend), cut)]
    missing = await site.get(f"/api/v1/marketing/bargains/{world.shop_id}")
    assert (missing.status_code, missing.json()["code"]) == (404, "marketing.BargainNotFound")
