"""What a shopper is told over HTTP: without signing in, cached honestly, product pages, reviews."""

from __future__ import annotations

from typing import Any

from shangmai.kernel.actors import EVERYTHING, SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.http import routes
from shangmai.modules.storefront.service.shelf import Shelf
from tests.routes import reading
from tests.storefront.conftest import CLERK, Mall
from tests.storefront.test_facets import COLOR, variants

PICTURE = "a" * 64


class TestCaching:
    async def test_an_answer_is_asked_for_again_with_its_tag(self, mall: Mall) -> None:
        await mall.goods("A", "杯子")
        await mall.settle()
        first = await mall.answer(q="杯子")
        assert first.headers["cache-control"] == "public, no-cache"
        assert first.headers["vary"] == "accept-language"
        again = await mall.client.get(
            "/api/v1/storefront/products", params={"q": "杯子"}, headers={"if-none-match": first.headers["etag"]}
        )
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        await mall.price("A", 11)
        await mall.settle()
        changed = await mall.client.get(
            "/api/v1/storefront/products", params={"q": "杯子"}, headers={"if-none-match": first.headers["etag"]}
        )
        assert changed.status_code == 200
        assert changed.headers["etag"] != first.headers["etag"]
        assert changed.json()["items"][0]["price_minor"] == 1100

    async def test_a_page_has_a_tag_too(self, mall: Mall) -> None:
        await mall.goods("A", "杯子")
        await mall.settle()
        address = f"/api/v1/storefront/products/{mall.products['A']}"
        tag = (await mall.client.get(address)).headers["etag"]
        assert (await mall.client.get(address, headers={"if-none-match": f"W/{tag}"})).status_code == 304
        await mall.order(A=1)
        assert (await mall.client.get(address, headers={"if-none-match": tag})).status_code == 200

    async def test_no_more_is_kept_than_there_is_room_for(self) -> None:
        shelf, shop = Shelf(bytes_max=100), new_id()
        made: list[str] = []

        async def ask(what: str) -> None:
            async def make() -> tuple[int, bytes]:
                made.append(what)
                return 1, b"x" * 40

            async def version() -> int:
                return 1

            await shelf.get(shop, what, version, make)  # type: ignore[arg-type]

        for what in ("a", "b", "a", "c", "a", "b"):
            await ask(what)
        assert made == ["a", "b", "c", "b"]


class TestPage:
    async def test_everything_of_a_product(self, mall: Mall) -> None:
        await mall.world.act("catalog.define_attribute", COLOR)
        await mall.category("家居", name_en="Home")
        await mall.category("餐具", "家居")
        await mall.goods(
            "CUP",
            "骨瓷杯",
            name_en="China cup",
            category="餐具",
            brand="甲",
            axes=["color"],
            skus=variants("CUP", 30, "red", "blue"),
            pieces=2,
            attributes={"产地": "景德镇"},
        )
        await mall.goods("POT", "茶壶", category="餐具")
        media = [{"url": "https://cdn.example.com/cup.jpg"}]
        about = {"zh-CN": {"summary": "一杯", "body": "第一段"}}
        given = {"product_id": mall.products["CUP"], "media": media, "descriptions": about}
        await mall.world.act("catalog.update_product", given)
        await mall.order(**{"CUP-0": 2})
        await mall.settle()
        page = await mall.page("CUP", lang="en")
        assert page["card"]["name"] == "China cup"
        assert page["card"]["picture"] == "https://cdn.example.com/cup.jpg"
        assert [each["name"] for each in page["breadcrumbs"]] == ["Home", "餐具"]
        (choice,) = page["choices"]
        assert (choice["key"], choice["label"]) == ("color", "Colour")
        assert [each["label"] for each in choice["values"]] == ["Red", "Blue"]
        matrix = {each["code"]: (each["choices"], each["price_minor"], each["available"]) for each in page["variants"]}
        assert matrix == {"CUP-0": ({"color": "red"}, 3000, 0), "CUP-1": ({"color": "blue"}, 3000, 2)}
        assert page["description"]["summary"] == "一杯"
        assert [each["code"] for each in page["related"]] == ["POT"]
        assert page["reviews"] == {"count": 0, "rating": None, "by_stars": [0, 0, 0, 0, 0]}
        assert (await mall.page("CUP"))["card"]["name"] == "骨瓷杯"
        assert await mall.codes("第一段") == ["CUP"]
        assert await mall.codes("景德镇") == ["CUP"]

    async def test_several_malls_need_a_name(self, mall: Mall) -> None:
        shop = {"code": "MALL2", "name": "二店", "company_id": mall.world.company_id, "kind": "mall"}
        await mall.world.act("organization.create_shop", shop)
        refused = await mall.answer()
        assert (refused.status_code, refused.json()["code"]) == (422, "storefront.ShopNeeded")
        assert (await mall.answer(shop="MALL2")).status_code == 200
        assert (await mall.answer(shop="NONE")).status_code == 404


class TestReviews:
    async def bought(self, mall: Mall, *, shipped: bool = True) -> tuple[dict[str, Any], Actor]:
        """What a review of the order begins with, and the customer as who acts."""
        customer = await mall.world.act(
            "members.register", {"shop_id": mall.world.shop_id, "name": "王小明", "phone": f"138{id(self) % 10**8:08}"}
        )
        lines = [{"sku_id": mall.skus["A"], "qty": 1}]
        given = {"shop_id": mall.world.shop_id, "lines": lines, "customer_id": customer.customer_id}
        order = await mall.world.act("orders.place", given)
        if shipped:
            await mall.world.pay(order)
            await mall.world.ship(order)
        given = {"order_id": order.id, "line": 1, "stars": 4}
        return given, members.actor_of_customer(customer.customer_id, ShopId(mall.world.shop_id))

    async def shown(self, mall: Mall) -> list[tuple[int, str, str]]:
        await mall.settle()
        answer = await mall.client.get(f"/api/v1/storefront/products/{mall.products['A']}/reviews")
        return [(each["stars"], each["text"], each["reply"]) for each in answer.json()["items"]]

    async def test_who_bought_may_say_so_once(self, mall: Mall) -> None:
        await mall.goods("A", "杯子")
        given, me = await self.bought(mall)
        made = await mall.world.act("storefront.submit_review", {**given, "text": " 很好 "}, actor=me)
        assert (made.status, made.product_id) == ("approved", mall.products["A"])
        assert await self.shown(mall) == [(4, "很好", "")]
        again = await mall.world.answer("storefront.submit_review", given, actor=me)
        assert again.error is not None
        assert again.error.code == "storefront.AlreadyReviewed"
        assert await mall.world.count("storefront_reviews") == 1
        card = (await mall.ask())["items"][0]
        assert (card["rating"], card["reviews"]) == (400, 1)
        assert (await mall.page("A"))["reviews"] == {"count": 1, "rating": 400, "by_stars": [0, 0, 0, 1, 0]}

    async def test_nobody_else_may(self, mall: Mall) -> None:
        await mall.goods("A", "杯子")
        given, me = await self.bought(mall, shipped=False)
        other = members.actor_of_customer(CustomerId(new_id()), ShopId(mall.world.shop_id))
        for who, wrong in ((me, {}), (other, {}), (me, {"line": 2})):
            answer = await mall.world.answer("storefront.submit_review", {**given, **wrong}, actor=who)
            assert answer.error is not None
            assert answer.error.code == "storefront.NotBought"
        for who in (SYSTEM, CLERK):
            refused = await mall.world.answer("storefront.submit_review", given, actor=who)
            assert refused.error is not None
            assert refused.error.status == 403
        unknown = await mall.world.answer("storefront.submit_review", {**given, "order_id": new_id()}, actor=me)
        assert unknown.error is not None
        assert unknown.error.code == "orders.OrderNotFound"
        assert await mall.world.count("storefront_reviews") == 0

    async def test_what_is_held_is_shown_when_somebody_says_so(self, mall: Mall, db: Database) -> None:
        await mall.goods("A", "杯子")
        given, me = await self.bought(mall)
        held = await mall.world.act(
            "storefront.submit_review", given | {"text": "好评返现加微信", "pictures": [PICTURE]}, actor=me
        )
        assert (held.status, set(held.held_for)) == ("pending", {"加微信", "返现", "pictures"})
        assert await self.shown(mall) == []
        shop = frozenset({mall.world.shop_id})
        clerk = Actor(id=new_id(), kind="user", name="c", grants=frozenset({"storefront.*"}), scopes={"shop": shop})
        async with reading(db, routes, clerk) as client:
            waiting = (await client.get("/api/v1/storefront/reviews")).json()["items"]
        assert [each["id"] for each in waiting] == [str(held.id)]
        decide = {"review_id": held.id, "approve": True}
        elsewhere = Actor(id=new_id(), kind="user", name="e", grants=frozenset({"*"}), scopes={"shop": frozenset()})
        hidden = await mall.world.answer("storefront.moderate_review", decide, actor=elsewhere)
        assert hidden.error is not None
        assert hidden.error.code == "storefront.ReviewNotFound"
        await mall.world.act("storefront.moderate_review", decide, actor=clerk)
        await mall.world.act("storefront.reply_to_review", {"review_id": held.id, "text": "谢谢"}, actor=clerk)
        assert await self.shown(mall) == [(4, "好评返现加微信", "谢谢")]
        await mall.world.act("storefront.moderate_review", {**decide, "approve": False, "reason": "广告"})
        assert await self.shown(mall) == []
        assert (await mall.ask())["items"][0]["rating"] is None

    async def test_moderators_only(self, db: Database, mall: Mall) -> None:
        clerk = Actor(id=new_id(), kind="user", name="c", scopes={"shop": EVERYTHING})
        async with reading(db, routes, clerk) as client:
            assert (await client.get("/api/v1/storefront/reviews")).status_code == 403
