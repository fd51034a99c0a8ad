"""What members keep for later, and what they see of their own reviews."""

from __future__ import annotations

from typing import Any

import pytest

from shangmai.kernel.actors import Actor
from shangmai.kernel.ids import new_id
from shangmai.modules.storefront.contract import ProductNotShown
from shangmai.modules.storefront.contract.favourites import TooManyFavourites
from shangmai.modules.storefront.http import routes
from tests.routes import reading
from tests.storefront.conftest import Mall
from tests.storefront.test_questions import shipped_to, shopper


async def read(mall: Mall, who: Actor, path: str, **query: Any) -> Any:
    async with reading(mall.world.db, routes, who) as client:
        answer = await client.get(f"/api/v1/storefront/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def keep(mall: Mall, who: Actor, code: str, name: str = "add") -> Any:
    given = {"product_id": mall.products[code]}
    return await mall.world.act(f"storefront.{name}_favourite", given, actor=who)


async def names(mall: Mall, who: Actor) -> list[str]:
    return [each["card"]["name"] for each in await read(mall, who, "favourites")]


async def test_kept_once_seen_by_oneself_and_taken_out(mall: Mall) -> None:
    await mall.goods("A", "杯子")
    await mall.goods("B", "茶壶")
    await mall.settle()
    one, other = await shopper(mall), await shopper(mall, "13900139000")
    for code in ("A", "B", "A"):
        await keep(mall, one, code)
    assert sorted(await names(mall, one)) == ["杯子", "茶壶"]
    assert await names(mall, other) == []
    left = await keep(mall, one, "A", "remove")
    assert (left.kept, left.count) == (False, 1)
    assert await names(mall, one) == ["茶壶"]


async def test_what_is_not_shown_and_too_many_are_refused(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shangmai.modules.storefront.service.favouring.FAVOURITES_MAX", 1)  # patch: two are too many
    await mall.goods("A", "杯子")
    await mall.goods("B", "茶壶")
    await mall.settle()
    who = await shopper(mall)
    with pytest.raises(ProductNotShown):
        await mall.world.act("storefront.add_favourite", {"product_id": new_id()}, actor=who)
    await keep(mall, who, "A")
    with pytest.raises(TooManyFavourites):
        await keep(mall, who, "B")
    assert await names(mall, who) == ["杯子"]


async def test_who_is_forgotten_keeps_nothing(mall: Mall, admin_conn: Any) -> None:
    await mall.goods("A", "杯子")
    await mall.settle()
    who = await shopper(mall)
    await keep(mall, who, "A")
    await mall.world.act("members.erase", {"customer_id": who.id, "reason": "asked"})
    await mall.settle()
    assert await admin_conn.fetchval("SELECT count(*) FROM storefront_favourites") == 0


async def test_own_reviews_of_an_order(mall: Mall) -> None:
    await mall.goods("A", "杯子")
    await mall.settle()
    one, other = await shopper(mall), await shopper(mall, "13900139000")
    order = await shipped_to(mall, one, "A")
    given = {"order_id": order.id, "line": 1, "stars": 4, "text": "不错"}
    await mall.world.act("storefront.submit_review", given, actor=one)
    (review,) = await read(mall, one, "own-reviews", order_id=str(order.id))
    assert (review["line"], review["stars"], review["text"], review["status"]) == (1, 4, "不错", "approved")
    assert await read(mall, other, "own-reviews", order_id=str(order.id)) == []
