"""What search engines read of the mall's pages before any script runs."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from urllib.parse import unquote
from uuid import UUID

import pytest

from shangmai.apps import art, heads
from shangmai.apps.heads import Head, filled, head_of
from shangmai.apps.mall import POLICY
from shangmai.modules.storefront import service as storefront
from tests.storefront.conftest import Mall

ORIGIN = "https://shop.example.com"
NOBODY = UUID(int=7)
PAGE = """<!doctype html>
<html lang="zh-CN"><head><title>商城</title></head><body><div id="app"></div></body></html>""".encode()


def data_of(page: str) -> list[dict[str, object]]:
    return [json.loads(each) for each in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)]


class TestHeads:
    async def test_a_product_has_its_name_price_and_place(self, mall: Mall) -> None:
        await mall.category("茶叶")
        id_ = await mall.goods("T1", "明前龙井", 168, category="茶叶")
        await mall.settle()
        head = await head_of(mall.world.db, ORIGIN, "product", {"id": str(id_)}, "zh-CN")
        assert (head.status, head.title, head.address) == (200, "明前龙井 · 商城", f"{ORIGIN}/mall/product?id={id_}")
        product, crumbs = data_of(filled(PAGE, head, "product", "zh-CN").decode())
        assert product["name"] == "明前龙井"
        offer = product["offers"]
        assert isinstance(offer, dict)
        assert (offer["price"], offer["priceCurrency"]) == ("168.00", "CNY")
        assert offer["availability"] == "https://schema.org/InStock"
        trail = crumbs["itemListElement"]
        assert isinstance(trail, list)
        assert [each["name"] for each in trail] == ["商城", "茶叶"]

    @pytest.mark.parametrize(
        ("page", "query"),
        [("nowhere", {}), ("product", {"id": str(NOBODY)}), ("product", {"id": "x"}), ("product", {})],
    )
    async def test_what_is_not_there_is_not_found(self, mall: Mall, page: str, query: dict[str, str]) -> None:
        await mall.goods("T1", "明前龙井")
        await mall.settle()
        head = await head_of(mall.world.db, ORIGIN, page, query, "zh-CN")
        assert head.status == 404
        assert "noindex" in filled(PAGE, head, page, "zh-CN").decode()

    async def test_pages_of_blocks_are_drawn_before_any_script_runs(self, mall: Mall) -> None:
        await mall.goods("T1", "明前<龙井>", 168)
        await mall.settle()
        blocks = [
            {"kind": "notice", "key": "n", "text": "春茶 <b>上市", "text_en": "Spring tea"},
            {"kind": "notice", "key": "m", "text": "会员专享", "audience": "members"},
            {"kind": "goods", "key": "g", "title": "本季新茶"},
        ]
        for slug in ("home", "spring"):
            given = {"shop_id": mall.world.shop_id, "slug": slug, "base": 0, "title": "春茶节", "blocks": blocks}
            await mall.world.act("storefront.save_page", given)
        assert (await head_of(mall.world.db, ORIGIN, "page", {"slug": "spring"}, "zh-CN")).status == 404
        for slug in ("home", "spring"):
            given = {"shop_id": mall.world.shop_id, "slug": slug, "version": 1}
            await mall.world.act("storefront.publish_page", given)
        for page, query in (("", {}), ("page", {"slug": "spring"})):
            head = await head_of(mall.world.db, ORIGIN, page, query, "zh-CN")
            assert head.status == 200
            assert "春茶 &lt;b&gt;上市" in head.block
            assert "本季新茶" in head.block
            assert "明前&lt;龙井&gt;" in head.block
            assert "会员专享" not in head.block
        head = await head_of(mall.world.db, ORIGIN, "page", {"slug": "spring"}, "en")
        assert (head.title, head.address) == ("春茶节 · 商城", f"{ORIGIN}/mall/page?slug=spring")
        assert "Spring tea" in head.block
        assert head.description == "Spring tea · 本季新茶"
        listed = next(each for each in head.data if each["@type"] == "ItemList")
        assert [each["position"] for each in listed["itemListElement"]] == [1]
        for slug in ("", "nowhere", "../etc", "x" * 9_000, "\0"):
            assert (await head_of(mall.world.db, ORIGIN, "page", {"slug": slug}, "en")).status == 404

    async def test_carts_and_people_are_not_for_search(self, mall: Mall) -> None:
        for page, is_found in (("", True), ("list", True), ("cart", False), ("me", False), ("order", False)):
            head = await head_of(mall.world.db, ORIGIN, page, {}, "en")
            told = filled(PAGE, head, page, "en").decode()
            assert ("noindex" not in told) is is_found
            assert 'lang="en"' in told

    async def test_the_sitemap_lists_what_is_shown(self, mall: Mall) -> None:
        id_ = await mall.goods("T1", "明前龙井")
        await mall.settle()
        shop = await storefront.mall_of(mall.world.db, None)
        async with mall.world.db.reading(storefront.shopper(shop)) as tx:
            ids = await storefront.newest_products(tx, shop.id, 10)
        assert ids == [id_]
        for slug in ("home", "spring", "draft"):
            empty = {"shop_id": shop.id, "slug": slug, "base": 0, "title": "春茶节", "blocks": ()}
            await mall.world.act("storefront.save_page", empty)
        for slug in ("home", "spring"):
            await mall.world.act("storefront.publish_page", {"shop_id": shop.id, "slug": slug, "version": 1})
        async with mall.world.db.reading(storefront.shopper(shop)) as tx:
            slugs = await storefront.published_pages(tx, shop.id)
        assert slugs == ["spring"]
        told = heads.sitemap(ORIGIN, ids, slugs).decode()
        assert re.findall(r"<loc>(.*?)</loc>", told) == [
            f"{ORIGIN}/",
            f"{ORIGIN}/mall/list",
            f"{ORIGIN}/mall/page?slug=spring",
            f"{ORIGIN}/mall/product?id={id_}",
        ]
        assert f"Sitemap: {ORIGIN}/sitemap.xml" in heads.robots(ORIGIN).decode()


class TestRendered:
    """What stands on a page before any script runs."""

    async def test_home_and_list_name_their_goods_with_links(self, mall: Mall) -> None:
        await mall.category("茶叶")
        id_ = await mall.goods("T1", "明前龙井", 168, category="茶叶")
        other = await mall.goods("C1", "杯子", 20)
        await mall.settle()
        category = str(mall.categories["茶叶"])
        for page, query, names in (
            ("", {}, {"明前龙井", "杯子"}),
            ("list", {}, {"明前龙井", "杯子"}),
            ("list", {"category": category}, {"明前龙井"}),
        ):
            head = await head_of(mall.world.db, ORIGIN, page, query, "zh-CN")
            told = filled(PAGE, head, page, "zh-CN").decode()
            assert set(re.findall(r'goods-name">(.*?)<', told)) == names
            assert f"/mall/product?id={id_}" in told
            assert "¥168.00" in told
            assert (f"/mall/product?id={other}" in told) is ("杯子" in names)
            assert told.index('id="first-look"') < told.index('<div id="app">')

    async def test_a_product_is_told_whole(self, mall: Mall) -> None:
        id_ = await mall.goods("T1", "明前龙井", 168)
        await mall.settle()
        head = await head_of(mall.world.db, ORIGIN, "product", {"id": str(id_)}, "zh-CN")
        assert '<h1 class="product-name">明前龙井</h1>' in head.block
        assert "¥168.00" in head.block

    async def test_what_is_searched_for_or_filtered_is_left_to_the_application(self, mall: Mall) -> None:
        await mall.goods("T1", "明前龙井", 168)
        await mall.settle()
        for query in ({"q": "杯子"}, {"category": "x", "f": "{}"}):
            assert (await head_of(mall.world.db, ORIGIN, "list", query, "zh-CN")).block == ""
        for query in ({"category": "cut-off"}, {"category": str(NOBODY)}):
            assert (await head_of(mall.world.db, ORIGIN, "list", query, "zh-CN")).status == 200

    @pytest.mark.parametrize(("block", "waits"), [("<p>Longjing</p>", True), ("", False)])
    def test_scripts_wait_for_the_paint_of_what_is_drawn(self, block: str, waits: bool) -> None:
        html = PAGE.replace(b"</head>", b'<script defer="defer" src="/mall/built/app.js"></script></head>')
        told = filled(html, Head("商城", block=block), "", "zh-CN").decode()
        kind = 'type="text/later"' if waits else 'defer="defer"'
        assert re.findall(r"<script [^>]*src[^>]*>", told) == [f'<script {kind} src="/mall/built/app.js">']
        (begun,) = re.findall(r"<script>(.*?)</script>", told, re.DOTALL)
        assert base64.b64encode(hashlib.sha256(begun.encode()).digest()).decode() in POLICY

    async def test_names_cannot_break_out_of_it(self, mall: Mall) -> None:
        await mall.goods("T1", "<script>alert(1)</script>", 168)
        await mall.settle()
        head = await head_of(mall.world.db, ORIGIN, "", {}, "zh-CN")
        assert "<script>" not in head.block
        assert "&lt;script&gt;" in head.block


class TestDrawing:
    def test_without_a_build_there_is_none(self, tmp_path: Path) -> None:
        assert art.drawing(tmp_path, "明前龙井") == ""

    def test_it_is_what_the_name_says_with_its_first_characters(self, tmp_path: Path) -> None:
        made = {
            "kinds": [["杯", "cup", 0]], "known": "^$", "from": "^明前", "walls": ["<svg>"], "backdrops": [["<m/>"]],
            "floors": ["<f/>"], "landscape": "",
            "things": {"cup": [["<c/>", "", "<t>\ue000</t><t>\ue001</t>"]], "parcel": [["<p/>", "", ""]]},
        }  # fmt: skip
        (tmp_path / "art.json").write_text(json.dumps(made))
        drawn = unquote(art.drawing(tmp_path, "明前青瓷杯"))
        assert drawn == "data:image/svg+xml,<svg><m/><f/><t>青</t><t>瓷</t></svg>"
        assert "<p/>" in unquote(art.drawing(tmp_path, "thing"))


class TestFilling:
    def test_names_cannot_break_out(self) -> None:
        evil = '</script><script>alert(1)</script>"><b>'
        head = Head(evil, evil, f"{ORIGIN}/?q={evil}", evil, ({"name": evil},))
        told = filled(PAGE, head, "product", "zh-CN").decode()
        assert "<script>alert" not in told
        assert "<b>" not in told
        assert data_of(told) == [{"name": evil}]
        assert told.count("</head>") == 1
