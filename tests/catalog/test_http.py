"""The catalog as it is read over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.catalog.http import routes
from tests.catalog.test_products import new_sku, product
from tests.routes import reading

T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)
CLERK = Actor(id=new_id(), kind="user", name="clerk", grants=frozenset({"catalog.read"}))


async def test_products_by_code_in_pages(act, db: Database) -> None:
    for code in ("B", "A", "C"):
        await act("catalog.create_product", product(code))
    async with reading(db, routes, CLERK) as client:
        first = (await client.get("/api/v1/products?limit=2")).json()
        second = (await client.get("/api/v1/products", params={"limit": 2, "cursor": first["next"]})).json()
    assert [each["code"] for each in first["items"]] == ["A", "B"]
    assert [each["code"] for each in second["items"]] == ["C"]
    assert second["next"] is None


async def test_products_found_by_text_status_and_category(act, db: Database) -> None:
    top = await act("catalog.create_category", {"name": "家居"})
    below = await act("catalog.create_category", {"name": "餐具", "parent_id": str(top.id)})
    cup = await act("catalog.create_product", {**product("CUP_1"), "name": "100%骨瓷杯", "category_id": str(below.id)})
    await act("catalog.create_product", {**product("CUPX1"), "name": "马克杯", "name_en": "Mug"})
    await act("catalog.list_product", {"product_id": str(cup.id)})
    async with reading(db, routes, CLERK) as client:

        async def codes(**params: str) -> list[str]:
            return [each["code"] for each in (await client.get("/api/v1/products", params=params)).json()["items"]]

        assert await codes() == ["CUPX1", "CUP_1"]
        assert await codes(q="杯") == ["CUPX1", "CUP_1"]
        assert await codes(q="mug") == ["CUPX1"]
        assert await codes(q="p_1") == ["CUP_1"]  # a letter, not a wildcard
        assert await codes(q="100%") == ["CUP_1"]
        assert await codes(status="listed") == ["CUP_1"]
        assert await codes(category_id=str(top.id)) == ["CUP_1"]
        assert await codes(category_id=str(new_id())) == []
        tree = (await client.get("/api/v1/categories")).json()["items"]
    assert [(each["name"], each["parent_id"]) for each in tree] == [("家居", None), ("餐具", str(top.id))]


async def test_a_product_with_its_skus_in_the_order_given(act, db: Database) -> None:
    made = await act(
        "catalog.create_product",
        product("P", new_sku("Z", kind="kit", components=[{"code": "A", "qty": 2}]), new_sku("A", weight_g=5)),
        at=T0,
    )
    async with reading(db, routes, CLERK) as client:
        shown = (await client.get(f"/api/v1/products/{made.id}")).json()
        missing = await client.get(f"/api/v1/products/{new_id()}")
    assert (shown["product"]["code"], shown["product"]["status"]) == ("P", "draft")
    assert shown["product"]["created_at"] == "2026-03-01T09:00:00Z"
    assert [sku["code"] for sku in shown["skus"]] == ["Z", "A"]
    assert shown["skus"][0]["components"] == [{"sku_id": str(made.skus[1].id), "qty": 2, "share_weight": 2000}]
    assert (missing.status_code, missing.json()["code"]) == (404, "catalog.ProductNotFound")


async def test_skus_by_code_text_and_barcode(act, db: Database) -> None:
    made = await act(
        "catalog.create_product",
        product("P", new_sku("S-1", barcodes=[{"text": "036000291452"}]), new_sku("S-2", name="别的")),
    )
    async with reading(db, routes, CLERK) as client:

        async def codes(**params: str) -> list[str]:
            return [each["code"] for each in (await client.get("/api/v1/skus", params=params)).json()["items"]]

        assert await codes(code="S-2") == ["S-2"]
        assert await codes(code="S") == []
        assert await codes(q="s-") == ["S-1", "S-2"]
        assert await codes(barcode="0036000291452") == ["S-1"]
        sku = (await client.get(f"/api/v1/skus/{made.skus[0].id}")).json()
        missing = await client.get(f"/api/v1/skus/{new_id()}")
    assert sku["barcodes"] == [{"text": "036000291452", "internal": False}]
    assert (sku["price_minor"], sku["currency"], sku["version"]) == (1000, "CNY", 1)
    assert (missing.status_code, missing.json()["code"]) == (404, "catalog.SkuNotFound")


async def test_the_price_history_newest_first(act, db: Database) -> None:
    made = await act("catalog.create_product", product("P"), at=T0)
    sku = str(made.skus[0].id)
    for minor in (900, 800):
        await act("catalog.set_prices", {"sku_id": sku, "price_minor": minor, "currency": "CNY"})
    async with reading(db, routes, CLERK) as client:
        first = (await client.get(f"/api/v1/skus/{sku}/prices?limit=2")).json()
        rest = (await client.get(f"/api/v1/skus/{sku}/prices", params={"cursor": first["next"]})).json()
    assert [each["price_minor"] for each in first["items"]] == [800, 900]
    assert [(each["price_minor"], each["at"]) for each in rest["items"]] == [(1000, "2026-03-01T09:00:00Z")]


async def test_without_the_grant_nothing_is_read(db: Database) -> None:
    nobody = Actor(id=new_id(), kind="user", name="nobody")
    async with reading(db, routes, nobody) as client:
        for path in ("categories", "products", f"products/{new_id()}", "skus", f"skus/{new_id()}"):
            assert (await client.get(f"/api/v1/{path}")).status_code == 403
    async with reading(db, routes, SYSTEM) as client:
        assert (await client.get("/api/v1/products?limit=201")).status_code == 422


async def test_brands_and_attributes(act, db: Database) -> None:
    for name in ("商脉", "Acme", "Beta"):
        await act("catalog.create_brand", {"name": name})
    options = [{"key": "red", "name": "红"}, {"key": "blue", "name": "蓝", "name_en": "Blue"}]
    await act("catalog.define_attribute", {"key": "color", "name": "颜色", "options": options})
    await act("catalog.define_attribute", {"key": "width", "name": "宽", "kind": "number", "unit": "cm"})
    async with reading(db, routes, CLERK) as client:
        first = (await client.get("/api/v1/brands?limit=2")).json()
        second = (await client.get("/api/v1/brands", params={"limit": 2, "cursor": first["next"]})).json()
        found = (await client.get("/api/v1/brands?q=ac")).json()["items"]
        attributes = (await client.get("/api/v1/attributes")).json()["items"]
    assert [each["name"] for each in first["items"] + second["items"]] == ["商脉", "Acme", "Beta"]
    assert [each["name"] for each in found] == ["Acme"]
    assert [(each["key"], each["kind"], each["unit"]) for each in attributes] == [
        ("color", "choice", ""),
        ("width", "number", "cm"),
    ]
    assert attributes[0]["options"] == [
        {"key": "red", "name": "红", "name_en": ""},
        {"key": "blue", "name": "蓝", "name_en": "Blue"},
    ]


async def test_products_by_brand_and_tag(act, db: Database) -> None:
    await act("catalog.create_product", product("A", brand="商脉", tags=["新品"]))
    await act("catalog.create_product", product("B", brand="商脉"))
    await act("catalog.create_product", product("C", tags=["新品", "环保"]))
    async with reading(db, routes, CLERK) as client:

        async def products(**params: str) -> list[Any]:
            return list((await client.get("/api/v1/products", params=params)).json()["items"])

        every = await products()
        assert [each["brand"] for each in every] == ["商脉", "商脉", ""]
        assert [each["code"] for each in await products(brand_id=every[0]["brand_id"])] == ["A", "B"]
        assert [each["code"] for each in await products(tag="新品")] == ["A", "C"]
        assert [each["code"] for each in await products(tag="环保")] == ["C"]


async def test_the_review_queue_and_a_products_reviews(act, db: Database) -> None:
    made = [await act("catalog.create_product", product(code)) for code in ("A", "B", "C")]
    for n, each in reversed(list(enumerate(made))):
        do = {"product_id": str(each.id), "note": f"note {n}"}
        await act("catalog.submit_for_review", do, at=T0 + timedelta(minutes=2 - n))
    await act("catalog.reject_product", {"product_id": str(made[2].id), "reason": "缺图"})
    await act("catalog.submit_for_review", {"product_id": str(made[2].id), "note": "已补图"})
    async with reading(db, routes, CLERK) as client:
        first = (await client.get("/api/v1/product-reviews?limit=2")).json()
        second = (await client.get("/api/v1/product-reviews", params={"limit": 2, "cursor": first["next"]})).json()
        shown = (await client.get(f"/api/v1/products/{made[2].id}")).json()
        policy = (await client.get("/api/v1/product-reviews/policy")).json()
    told = [(each["product"]["code"], each["submitted_by"], each["note"]) for each in first["items"] + second["items"]]
    assert told == [("B", "system", "note 1"), ("A", "system", "note 0"), ("C", "system", "已补图")]
    assert second["next"] is None
    assert [(each["verdict"], each["version"], each["reason"]) for each in shown["reviews"]] == [
        ("submitted", 4, "已补图"),
        ("rejected", 3, "缺图"),
        ("submitted", 2, "note 2"),
    ]
    assert policy == {"required": False}


async def test_a_product_as_shoppers_will_see_it(act, db: Database) -> None:
    made = await act("catalog.create_product", product("P", attributes={"产地": "杭州"}), at=T0)
    await act("catalog.update_product", {"product_id": str(made.id), "name": "新名", "names": {"ja": "品"}})
    async with reading(db, routes, CLERK) as client:
        seen = (await client.get(f"/api/v1/products/{made.id}/described")).json()
        kept = (await client.get(f"/api/v1/products/{made.id}")).json()
        titles = (await client.get(f"/api/v1/products/{made.id}/titles")).json()["items"]
        missing = await client.get(f"/api/v1/products/{new_id()}/described")
    assert seen["names"] == {"zh-CN": "新名", "en": "", "ja": "品"}
    assert seen["attributes"][0]["values"] == [{"value": "杭州", "name": "杭州", "name_en": ""}]
    assert (kept["content"]["names"], kept["content"]["attributes"]) == ({"ja": "品"}, {"产地": ["杭州"]})
    assert [title["name"] for title in titles] == ["新名", "商品 P"]
    assert (missing.status_code, missing.json()["code"]) == (404, "catalog.ProductNotFound")


async def test_prices_in_one_currency(act, db: Database) -> None:
    made = await act("catalog.create_product", product("P"), at=T0)
    sku = str(made.skus[0].id)
    for minor, currency in ((900, "CNY"), (120, "EUR"), (110, "EUR")):
        await act("catalog.set_prices", {"sku_id": sku, "price_minor": minor, "currency": currency})
    async with reading(db, routes, CLERK) as client:
        euros = (await client.get(f"/api/v1/skus/{sku}/prices?currency=EUR")).json()["items"]
        shown = (await client.get(f"/api/v1/skus/{sku}")).json()
    assert [each["price_minor"] for each in euros] == [110, 120]
    assert (shown["price_minor"], shown["currency"], shown["other_prices"]) == (900, "CNY", {"EUR": 110})
