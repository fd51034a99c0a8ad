"""Pages of words in the mall's foot: versions like any page, in their order, with templates to begin with."""

from __future__ import annotations

from typing import Any

from shangmai.apps.rendered import page as rendered_page
from shangmai.modules.storefront.http import routes
from shangmai.modules.storefront.service import TEMPLATES, mall_of, page_of, words_of
from tests.routes import reading
from tests.storefront.conftest import Mall
from tests.storefront.test_pages import BACK, PUBLISH, SAVE, decorator, of, refused, shown

TEXT: dict[str, Any] = {
    "kind": "text",
    "key": "t",
    "body": [{"type": "heading", "text": "运费"}, {"type": "paragraph", "text": "满 99 元包邮。"}],
    "body_en": [{"type": "heading", "text": "Freight"}, {"type": "list", "items": ["Free <from> 99"]}],
}


def words(slug: str, group: str | None = "service", place: int = 50, **more: Any) -> dict[str, Any]:
    foot = None if group is None else {"group": group, "place": place}
    return {"slug": slug, "base": 0, "title": f"页 {slug}", "title_en": slug, "foot": foot, "blocks": [TEXT], **more}


async def publish(mall: Mall, page: dict[str, Any]) -> None:
    saved = await mall.world.act(SAVE, of(mall, **page))
    await mall.world.act(PUBLISH, of(mall, page["slug"], version=saved.version))


async def foot(mall: Mall) -> list[tuple[str, str]]:
    answer = await mall.client.get("/api/v1/storefront/foot")
    assert answer.status_code == 200, answer.text
    return [(each["slug"], each["group"]) for each in answer.json()["pages"]]


class TestTheFoot:
    async def test_pages_stand_in_it_in_their_order_from_the_moment_they_are_published(self, mall: Mall) -> None:
        assert await foot(mall) == []
        await mall.world.act(SAVE, of(mall, **words("draft")))
        await publish(mall, words("returns", place=20))
        await publish(mall, words("about", "about", 30))
        await publish(mall, words("invoices", place=10))
        await publish(mall, words("campaign", None))
        assert await foot(mall) == [("invoices", "service"), ("returns", "service"), ("about", "about")]

    async def test_where_it_stands_is_part_of_a_version(self, mall: Mall) -> None:
        await publish(mall, words("returns"))
        moved = await mall.world.act(SAVE, of(mall, **words("returns", "about", base=1)))
        assert (moved.version, moved.foot.group) == (2, "about")
        assert await foot(mall) == [("returns", "service")]
        await mall.world.act(PUBLISH, of(mall, "returns", version=2))
        assert await foot(mall) == [("returns", "about")]
        await mall.world.act(BACK, of(mall, "returns", version=1, instead_of=2))
        assert await foot(mall) == [("returns", "service")]
        await mall.world.act(BACK, of(mall, "returns", version=None, instead_of=1))
        assert await foot(mall) == []

    async def test_the_first_page_is_not_in_it(self, mall: Mall) -> None:
        error = await refused(mall, SAVE, of(mall, **words("home")))
        assert error.code == "storefront.BadBlocks"
        assert await mall.world.count("storefront_pages") == 0


class TestWords:
    async def test_each_language_reads_its_own(self, mall: Mall) -> None:
        await publish(mall, words("delivery"))
        page = await shown(mall, "delivery")
        assert page["blocks"][0]["block"]["body_en"][0]["text"] == "Freight"
        assert page["published_at"] is not None
        facts = await mall_of(mall.world.db, None)
        drawn = await page_of(mall.world.db, facts, "delivery", "en", is_member=False)
        assert words_of(drawn, "en") == ["Freight"]
        assert words_of(drawn, "zh-CN") == ["运费", "满 99 元包邮。"]

    async def test_the_server_draws_them_before_any_script_runs(self, mall: Mall, tmp_path: Any) -> None:
        await publish(mall, words("delivery"))
        drawn = await page_of(mall.world.db, await mall_of(mall.world.db, None), "delivery", "en", is_member=False)
        html = rendered_page(drawn, "店", tmp_path, "en")
        assert "<h3>Freight</h3><ul><li>Free &lt;from&gt; 99</li></ul>" in html
        assert '<p class="prose">满 99 元包邮。</p>' in rendered_page(drawn, "店", tmp_path, "zh-CN")


class TestTemplates:
    async def test_each_can_be_saved_and_published_as_it_is(self, mall: Mall) -> None:
        async with reading(mall.world.db, routes, decorator(mall)) as client:
            templates = (await client.get("/api/v1/storefront/page-templates")).json()
        assert [each["slug"] for each in templates] == [each.slug for each in TEMPLATES]
        assert {"about", "delivery", "returns", "privacy", "terms"} <= {each["slug"] for each in templates}
        for each in templates:
            assert each["title_en"]
            assert len(each["blocks"][0]["body"]) == len(each["blocks"][0]["body_en"])
            await publish(mall, {**each, "base": 0})
        assert len(await foot(mall)) == len(templates)

    async def test_a_guest_does_not_read_them(self, mall: Mall) -> None:
        assert (await mall.client.get("/api/v1/storefront/page-templates")).status_code in (401, 403)
