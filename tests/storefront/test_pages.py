"""Pages of the mall that are made of blocks: drafts, publishing, rolling back, and what shoppers see of them when."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shangmai.kernel.actions.contract import InputInvalid
from shangmai.kernel.actors import Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.storefront.http import routes
from shangmai.modules.storefront.queries import pages
from shangmai.modules.storefront.service import decorating
from tests.routes import reading
from tests.storefront.conftest import Mall

SAVE, PUBLISH, BACK = "storefront.save_page", "storefront.publish_page", "storefront.roll_back_page"
NOTICE: dict[str, Any] = {"kind": "notice", "key": "n", "text": "新茶上市"}


def of(mall: Mall, slug: str = "home", **more: Any) -> dict[str, Any]:
    return {"shop_id": mall.world.shop_id, "slug": slug, **more}


async def save(mall: Mall, *blocks: dict[str, Any], base: int = 0, slug: str = "home", **options: Any) -> Any:
    return await mall.world.act(SAVE, of(mall, slug, base=base, title="首页", blocks=list(blocks)), **options)


async def publish(mall: Mall, *blocks: dict[str, Any], base: int = 0, slug: str = "home") -> None:
    saved = await save(mall, *blocks, base=base, slug=slug)
    await mall.world.act(PUBLISH, of(mall, slug, version=saved.version))


async def refused(mall: Mall, name: str, given: dict[str, Any], **options: Any) -> Any:
    answer = await mall.world.answer(name, given, **options)
    assert answer.error is not None
    return answer.error


async def shown(mall: Mall, slug: str = "home", **query: Any) -> dict[str, Any]:
    answer = await mall.client.get(f"/api/v1/storefront/pages/{slug}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def keys(mall: Mall, **query: Any) -> list[str]:
    return [each["block"]["key"] for each in (await shown(mall, **query))["blocks"]]


def decorator(mall: Mall, shop_id: UUID | None = None) -> Actor:
    scopes = {"shop": frozenset({shop_id or mall.world.shop_id})}
    return Actor(id=new_id(), kind="user", name="d", grants=frozenset({"storefront.decorate"}), scopes=scopes)


class TestShowing:
    async def test_nothing_is_shown_before_it_is_published_and_then_at_once(self, mall: Mall) -> None:
        assert await shown(mall) == {
            "slug": "home", "version": 0, "title": "", "title_en": "", "blocks": [], "turns_at": None,
            "published_at": None,
        }  # fmt: skip
        saved = await save(mall, NOTICE)
        assert (saved.version, (await shown(mall))["version"]) == (1, 0)
        await mall.world.act(PUBLISH, of(mall, version=1))
        page = await shown(mall)
        assert (page["version"], page["title"], [each["block"]["text"] for each in page["blocks"]]) == (
            1, "首页", ["新茶上市"],
        )  # fmt: skip
        await save(mall, {**NOTICE, "text": "又一条"}, base=1)
        assert (await shown(mall))["version"] == 1
        await mall.world.act(PUBLISH, of(mall, version=2))
        assert (await shown(mall))["blocks"][0]["block"]["text"] == "又一条"

    async def test_blocks_bring_their_products_in_order(self, mall: Mall) -> None:
        await mall.category("茶叶", name_en="Tea")
        for code, name, yuan in (("A", "龙井", 30), ("B", "普洱", 20), ("C", "红茶", 10)):
            await mall.goods(code, name, yuan, category="茶叶")
        await mall.goods("D", "杯子", 5)
        await mall.settle()
        tea, products = str(mall.categories["茶叶"]), mall.products
        await publish(
            mall,
            {"kind": "hero", "key": "hero", "product_id": str(products["B"])},
            {"kind": "goods", "key": "picked", "products": [str(products["C"]), str(products["A"])]},
            {"kind": "goods", "key": "cheap", "category_id": tea, "sort": "price_up", "limit": 2, "layout": "row"},
            {"kind": "goods", "key": "all", "sort": "price_down"},
            {"kind": "floor", "key": "floor", "category_id": tea, "limit": 3},
        )
        found = {
            each["block"]["key"]: [card["code"] for card in each["cards"]] for each in (await shown(mall))["blocks"]
        }
        assert sorted(found.pop("floor")) == ["A", "B", "C"]
        assert found == {"hero": ["B"], "picked": ["C", "A"], "cheap": ["C", "B"], "all": ["A", "B", "C", "D"]}
        labels = [each["label"] for each in (await shown(mall, lang="en"))["blocks"]]
        assert labels == ["", "", "Tea", "", "Tea"]
        await mall.world.act("catalog.delist_product", {"product_id": products["B"]})
        await mall.settle()
        assert (await shown(mall))["blocks"][0]["cards"] == []

    async def test_a_schedule_begins_and_ends_by_the_clock(self, mall: Mall, db: Database) -> None:
        now = db.clock.now()
        ahead, past = now + timedelta(hours=1), now - timedelta(hours=1)
        await publish(
            mall,
            {**NOTICE, "key": "runs", "from_at": past.isoformat(), "until_at": ahead.isoformat()},
            {**NOTICE, "key": "over", "until_at": past.isoformat()},
            {**NOTICE, "key": "ahead", "from_at": ahead.isoformat()},
            {**NOTICE, "key": "always"},
        )
        assert await keys(mall) == ["runs", "always"]
        assert (await shown(mall))["turns_at"] is not None
        async with reading(db, routes, decorator(mall)) as client:
            at = {"shop_id": str(mall.world.shop_id), "at": ahead.isoformat()}
            later = (await client.get("/api/v1/storefront/pages/home/versions/1/preview", params=at)).json()
        assert [each["block"]["key"] for each in later["blocks"]] == ["ahead", "always"]

    async def test_members_and_guests_see_their_own(self, mall: Mall) -> None:
        await publish(mall, *({**NOTICE, "key": each, "audience": each} for each in ("everyone", "members", "guests")))
        assert await keys(mall) == ["everyone", "guests"]
        assert await keys(mall, member=True) == ["everyone", "members"]

    async def test_a_page_that_is_not_there_is_not_found(self, mall: Mall) -> None:
        await save(mall, NOTICE, slug="spring")
        for slug in ("spring", "nowhere"):
            assert (await mall.client.get(f"/api/v1/storefront/pages/{slug}")).status_code == 404


class TestEditing:
    async def test_nobody_writes_over_what_somebody_else_saved(self, mall: Mall) -> None:
        await save(mall, NOTICE)
        both = [mall.world.answer(SAVE, of(mall, base=1, title=title, blocks=[NOTICE])) for title in ("甲", "乙")]
        answers = await asyncio.gather(*both)
        assert sorted(each.error.code if each.error else "" for each in answers) == ["", "storefront.PageMovedOn"]
        stale = await refused(mall, PUBLISH, of(mall, version=1))
        assert (stale.code, stale.data["version"]) == ("storefront.PageMovedOn", 2)
        assert (await shown(mall))["version"] == 0

    async def test_two_begin_the_same_page_and_one_of_them_is_told(self, mall: Mall) -> None:
        given = [of(mall, base=0, title=title, blocks=[]) for title in ("甲", "乙")]
        answers = await asyncio.gather(*(mall.world.answer(SAVE, each) for each in given))
        assert sorted(each.error.code if each.error else "" for each in answers) == ["", "storefront.PageMovedOn"]
        assert await mall.world.count("storefront_page_versions") == 1

    async def test_the_same_again_is_no_new_version(self, mall: Mall) -> None:
        await save(mall, NOTICE)
        assert (await save(mall, NOTICE, base=1)).version == 1

    async def test_rolled_back_taken_away_and_shown_again(self, mall: Mall) -> None:
        await publish(mall, NOTICE)
        await publish(mall, {**NOTICE, "text": "第二版"}, base=1)
        await save(mall, {**NOTICE, "text": "草稿"}, base=2)
        back = of(mall, version=1, instead_of=2)
        assert (await refused(mall, BACK, back | {"instead_of": 1})).code == "storefront.PageMovedOn"
        assert (await refused(mall, BACK, back | {"version": 3})).code == "storefront.NeverPublished"
        assert (await refused(mall, BACK, back | {"version": 9})).code == "storefront.PageNotFound"
        assert (await shown(mall))["version"] == 2
        summary = await mall.world.act(BACK, back)
        assert (summary.latest, summary.published) == (3, 1)
        assert (await shown(mall))["blocks"][0]["block"]["text"] == "新茶上市"
        await mall.world.act(BACK, of(mall, version=None, instead_of=1))
        assert (await shown(mall))["version"] == 0
        await mall.world.act(PUBLISH, of(mall, version=3))
        assert (await shown(mall))["version"] == 3

    async def test_old_drafts_go_and_what_was_shown_stays(self, mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pages, "KEPT_VERSIONS", 2)  # patch: four versions are many
        await publish(mall, NOTICE)
        for base in (1, 2, 3):
            await save(mall, {**NOTICE, "text": f"第 {base} 稿"}, base=base)
        async with reading(mall.world.db, routes, decorator(mall)) as client:
            of_home = {"shop_id": str(mall.world.shop_id)}
            kept = (await client.get("/api/v1/storefront/pages/home/versions", params=of_home)).json()
            (page,) = (await client.get("/api/v1/storefront/pages", params=of_home)).json()
        assert {each["saved_by"] for each in (page, *kept)} == {"system"}
        assert [each["version"] for each in kept] == [4, 3, 1]
        assert (page["slug"], page["latest"], page["published"]) == ("home", 4, 1)


def wrong(mall: Mall) -> dict[str, tuple[list[dict[str, Any]], str]]:
    """Blocks that are refused, by what is wrong with them, and a word of why."""
    nobody = str(new_id())
    zone = {"left": 60, "top": 0, "width": 50, "height": 10, "label": "去", "link": {"to": "place", "place": "list"}}
    now = mall.world.db.clock.now().isoformat()
    return {
        "product": ([{"kind": "goods", "key": "g", "products": [nobody]}], "does not show"),
        "hero": ([{"kind": "hero", "key": "h", "product_id": nobody}], "does not show"),
        "category": ([{"kind": "floor", "key": "f", "category_id": nobody}], "category"),
        "page": ([{**NOTICE, "link": {"to": "page", "slug": "nowhere"}}], "is not there"),
        "slide": (
            [{"kind": "carousel", "key": "c", "slides": [{"link": {"to": "product", "product_id": nobody}}]}],
            "does not show",
        ),
        "twice": ([NOTICE, NOTICE], "stands twice"),
        "schedule": ([{**NOTICE, "from_at": now, "until_at": now}], "is not after"),
        "zone": ([{"kind": "zones", "key": "z", "picture": "/a.png", "zones": [zone]}], "beyond the picture"),
        "many": (
            [{"kind": "goods", "key": f"g{n}", "limit": 40} for n in range(6)],
            "are more than",
        ),
    }


MALFORMED: dict[str, dict[str, Any]] = {
    "kind": {"kind": "script", "key": "n"},
    "long": {**NOTICE, "text": "长" * 201},
    "blank": {**NOTICE, "text": " "},
    "web": {**NOTICE, "link": {"to": "web", "url": "javascript:alert(1)"}},
    "plain web": {**NOTICE, "link": {"to": "web", "url": "http://example.com"}},
    "picture": {"kind": "banner", "key": "b", "title": "春", "picture": "javascript:alert(1)"},
    "other host": {"kind": "banner", "key": "b", "title": "春", "picture": "//example.com/a.png"},
    "key": {**NOTICE, "key": "a b"},
    "slides": {"kind": "carousel", "key": "c", "slides": []},
}


class TestRefusing:
    async def test_what_is_wrong_is_said_and_nothing_is_changed(self, mall: Mall) -> None:
        await save(mall, NOTICE)
        for what, (blocks, why) in wrong(mall).items():
            error = await refused(mall, SAVE, of(mall, base=1, title="首页", blocks=blocks))
            assert error.code == "storefront.BadBlocks", what
            assert why in error.message("en"), what
            told = error.message("zh-CN")
            assert not re.search("[a-z]{2,} [a-z]{2,}", told), told
        assert await mall.world.count("storefront_page_versions") == 1

    @pytest.mark.parametrize("what", list(MALFORMED))
    async def test_what_is_malformed_is_refused(self, mall: Mall, what: str) -> None:
        given = of(mall, base=0, title="首页", blocks=[MALFORMED[what]])
        with pytest.raises(InputInvalid):
            await mall.world.answer(SAVE, given)
        assert await mall.world.count("storefront_pages") == 0

    async def test_pages_have_a_limit(self, mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(decorating, "PAGES_MAX", 1)  # patch: two pages are too many
        await save(mall, NOTICE)
        given = of(mall, "spring", base=0, title="春茶节", blocks=[])
        assert (await refused(mall, SAVE, given)).code == "storefront.TooManyPages"
        assert await mall.world.count("storefront_pages") == 1

    async def test_only_who_may_decorate_this_shop(self, mall: Mall) -> None:
        given = of(mall, base=0, title="首页", blocks=[])
        nobody = Actor(id=new_id(), kind="user", name="n", grants=frozenset())
        assert (await refused(mall, SAVE, given, actor=nobody)).code == "kernel.NotGranted"
        elsewhere = decorator(mall, new_id())
        assert (await refused(mall, SAVE, given, actor=elsewhere)).code == "kernel.OutOfScope"
        await save(mall, NOTICE, actor=decorator(mall))
        path, params = "/api/v1/storefront/pages", {"shop_id": str(mall.world.shop_id)}
        async with reading(mall.world.db, routes, elsewhere) as client:
            assert (await client.get(path, params=params)).json() == []
            assert (await client.get(f"{path}/home/versions/1", params=params)).status_code == 404
        assert (await mall.client.get(f"{path}/home/versions/1", params=params)).status_code == 403


class TestPreviewing:
    """What an editor looks at before anything is saved."""

    PATH = "/api/v1/storefront/page-preview"

    async def test_a_page_is_drawn_as_it_is_edited_and_nothing_is_saved(self, mall: Mall) -> None:
        id_ = await mall.goods("T1", "明前龙井", 168)
        await mall.settle()
        ahead = mall.world.db.clock.now() + timedelta(hours=1)
        blocks = [
            {"kind": "goods", "key": "g", "products": [str(id_), str(new_id())]},
            {**NOTICE, "key": "m", "audience": "members"},
            {**NOTICE, "key": "later", "from_at": ahead.isoformat()},
        ]
        given = {"shop_id": str(mall.world.shop_id), "slug": "spring", "title": "春茶节", "blocks": blocks}
        async with reading(mall.world.db, routes, decorator(mall)) as client:
            page = (await client.post(self.PATH, json=given)).json()
            later = (await client.post(self.PATH, json=given | {"is_member": True, "at": ahead.isoformat()})).json()
        assert (page["version"], page["title"]) == (1, "春茶节")
        assert [card["code"] for card in page["blocks"][0]["cards"]] == ["T1"]
        assert [each["block"]["key"] for each in page["blocks"]] == ["g"]
        assert [each["block"]["key"] for each in later["blocks"]] == ["g", "m", "later"]
        assert await mall.world.count("storefront_pages") == 0
        assert (await mall.client.get("/api/v1/storefront/pages/spring")).status_code == 404

    async def test_only_who_may_decorate_this_shop_and_what_is_malformed_is_refused(self, mall: Mall) -> None:
        given = {"shop_id": str(mall.world.shop_id), "slug": "home", "blocks": []}
        assert (await mall.client.post(self.PATH, json=given)).status_code == 403
        async with reading(mall.world.db, routes, decorator(mall, new_id())) as client:
            assert (await client.post(self.PATH, json=given)).json()["code"] == "kernel.OutOfScope"
        async with reading(mall.world.db, routes, decorator(mall)) as client:
            for block in MALFORMED.values():
                answer = await client.post(self.PATH, json=given | {"blocks": [block]})
                assert answer.status_code in (400, 422), block
