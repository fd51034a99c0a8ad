"""Filters, and counts that are exact."""

from __future__ import annotations

from typing import Any

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.queries import searching
from shangmai.modules.storefront.rules.asking import Question
from shangmai.modules.storefront.service.searching import search
from tests.catalog.test_products import counted
from tests.storefront.conftest import Mall

COLOR = {
    "key": "color",
    "name": "颜色",
    "name_en": "Colour",
    "options": [{"key": "red", "name": "红", "name_en": "Red"}, {"key": "blue", "name": "蓝", "name_en": "Blue"}],
}


def variants(code: str, yuan: int, *colors: str) -> list[dict[str, Any]]:
    return [
        {"code": f"{code}-{n}", "price_minor": yuan * 100, "currency": "CNY", "attributes": {"color": color}}
        for n, color in enumerate(colors)
    ]


async def some_cups(mall: Mall) -> None:
    await mall.world.act("catalog.define_attribute", COLOR)
    await mall.category("家居", name_en="Home")
    await mall.category("餐具", "家居")
    await mall.goods("A", "马克杯", category="餐具", brand="甲", axes=["color"], skus=variants("A", 15, "red", "blue"))
    await mall.goods("B", "马克杯", category="餐具", brand="甲", axes=["color"], skus=variants("B", 60, "red"))
    await mall.goods(
        "C", "马克杯", category="家居", brand="乙", axes=["color"], skus=variants("C", 60, "blue"), pieces=0
    )
    await mall.goods("D", "茶壶", 300, category="餐具", brand="丙")
    await mall.settle()


async def test_every_facet_with_its_counts(mall: Mall) -> None:
    await some_cups(mall)
    found = await mall.ask(q="马克杯")
    assert found["total"] == {"count": 3, "exact": True}
    assert [facet["key"] for facet in found["facets"]] == ["category", "brand", "price", "stock", "a:color"]
    assert await mall.facet("brand", q="马克杯") == {"甲": 2, "乙": 1}
    assert await mall.facet("category", q="马克杯") == {"家居": 3, "餐具": 2}
    assert await mall.facet("price", q="马克杯") == {"10–20": 1, "50–100": 2}
    assert await mall.facet("stock", q="马克杯") == {"有货": 2}
    assert await mall.facet("a:color", q="马克杯") == {"红": 2, "蓝": 2}


async def test_each_facet_is_counted_with_the_others_applied(mall: Mall) -> None:
    await some_cups(mall)
    brands = {each["label"]: each["value"] for each in (await mall.ask())["facets"][1]["values"]}
    chosen = {"q": "马克杯", "brand": brands["乙"], "attr": "color:blue"}
    found = await mall.ask(**chosen)
    assert ([each["code"] for each in found["items"]], found["total"]["count"]) == (["C"], 1)
    assert await mall.facet("brand", **chosen) == {"乙": 1, "甲": 1}  # blue ones of the other brand
    assert await mall.facet("a:color", **chosen) == {"蓝": 1}  # of this brand
    assert await mall.facet("stock", **chosen) == {}
    assert sorted(await mall.codes("马克杯", brand=[brands["甲"], brands["乙"]])) == ["A", "B", "C"]
    value = next(each for each in (await mall.ask(**chosen))["facets"][1]["values"] if each["chosen"])
    assert value["value"] == brands["乙"]


async def test_filters(mall: Mall) -> None:
    await some_cups(mall)
    assert sorted(await mall.codes(category=mall.categories["家居"])) == ["A", "B", "C", "D"]
    assert sorted(await mall.codes(category=mall.categories["餐具"])) == ["A", "B", "D"]
    assert sorted(await mall.codes("马克杯", in_stock=True)) == ["A", "B"]
    assert sorted(await mall.codes(attr=["color:red", "color:blue"])) == ["A", "B", "C"]
    assert await mall.codes(min_minor=1500, max_minor=5999) == ["A"]
    bands = {each["label"]: int(each["value"]) for each in (await mall.ask())["facets"][2]["values"]}
    assert sorted(await mall.codes(price=[bands["10–20"], bands["200–500"]])) == ["A", "D"]
    refused = await mall.answer(attr="color")
    assert (refused.status_code, refused.json()["code"]) == (422, "storefront.UnknownFilter")


async def test_labels_in_the_readers_language(mall: Mall) -> None:
    await some_cups(mall)
    assert await mall.facet("a:color", lang="en") == {"Red": 2, "Blue": 2}
    facets = (await mall.client.get("/api/v1/storefront/products", headers={"accept-language": "en"})).json()["facets"]
    assert [facet["label"] for facet in facets] == ["Category", "Brand", "Price", "Stock", "Colour"]
    assert next(v for v in facets[0]["values"] if v["label"] == "餐具")["parent"] == str(mall.categories["家居"])


async def test_a_large_shop_estimates_from_a_sample_and_says_so(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which products are in a sample is drawn with their ids: of 120, fewer than eight in the one in four never are."""
    for n in range(120):
        await mall.goods(f"G{n:03}", "水杯", 10 + n, brand="甲" if n % 4 else "乙", pieces=0)
    await mall.settle()
    exact = await mall.ask(q="水杯", sort="price_up", limit=50)
    assert exact["total"] == {"count": 120, "exact": True}
    monkeypatch.setattr(searching, "EXACT_MAX", 30)  # patch: few goods are more than are counted
    await mall.price("G000", 9)  # another version, so that nothing is answered from memory
    await mall.settle()
    about = await mall.ask(q="水杯", sort="price_up", limit=50)
    assert about["total"]["exact"] is False
    assert about["total"]["count"] % 4 == 0
    assert [each["code"] for each in about["items"]] == [each["code"] for each in exact["items"]]
    for sort in ("relevance", "sales", "newest", "price_down"):
        first = await mall.ask(q="水杯", sort=sort, limit=60)
        rest = await mall.ask(q="水杯", sort=sort, limit=60, cursor=first["next"])
        assert len({each["code"] for each in first["items"] + rest["items"]}) == 120
        assert rest["next"] is None


async def test_a_list_takes_as_many_statements_for_one_as_for_many(mall: Mall, db: Database) -> None:
    await some_cups(mall)
    one, many = await statements(db, mall, 1), await statements(db, mall, 20)
    assert len(one) == len(many) == 5, many  # the shop, the plan, counts, the page, labels


async def statements(db: Database, mall: Mall, limit: int) -> list[str]:
    async with db.reading(SYSTEM) as tx:
        (shop,) = (await organization.get_shops(tx, [ShopId(mall.world.shop_id)])).values()
        question = Question(shop_id=shop.id, q="马克杯")
        await search(tx, shop, question, None, limit, "en")  # the dictionary and the shop are read once a process
        async with counted(tx) as sent:
            await search(tx, shop, question, None, limit, "en")
    return sent
