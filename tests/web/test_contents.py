"""Pages of words and hot zones in a real browser: from the admin to a shopper on a phone and on a desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.web.decorating import add, at_the_bench, confirm, publish
from tests.web.mall import DESK, PHONE, another, shown


@pytest.fixture
def page(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    """Signed in as the boss."""
    with at_the_bench(browser, url, errors) as page:
        yield page


def begin(page: Page, slug: str, title: str, template: str = "") -> None:
    """A page that is new, on the bench."""
    page.goto("/admin/decoration")
    page.get_by_role("button", name="新建页面").click()
    dialog = page.get_by_role("dialog")
    if template:
        dialog.get_by_label("从什么开始").click()
        page.locator(".ant-select-item-option", has_text=template).click()
    dialog.get_by_label("页面名称").fill(title)
    dialog.get_by_label("地址标识").fill(slug)
    dialog.get_by_role("button", name="开始装修").click()
    expect(page.frame_locator("iframe[title=商城预览]").locator(".shell").first).to_be_attached()


def test_words_begin_with_a_draft_and_stand_in_the_foot(page: Page, errors: list[str]) -> None:
    begin(page, "gift-cards", "礼品卡须知", "退换货政策")
    expect(page.frame_locator("iframe[title=商城预览]").get_by_role("heading", name="七天无理由退货")).to_be_attached()
    settings = page.get_by_role("region", name="页面设置")
    settings.get_by_label("标题（英文）").fill("Gift cards")
    expect(settings).to_contain_text("售后服务")
    publish(page, 1)

    for width in (PHONE, DESK):
        with another(page, errors, width) as shopper:
            shopper.goto("/")
            shown(shopper).get_by_role("link", name="礼品卡须知").locator("visible=true").click()
            expect(shown(shopper).get_by_role("heading", name="七天无理由退货")).to_be_visible()
            expect(shown(shopper).get_by_text(re.compile("第 1 版，自 .* 起生效"))).to_be_visible()
            assert "/mall/page?slug=gift-cards" in shopper.request.get("/sitemap.xml").text()

    page.get_by_role("button", name="历史版本").click()
    page.get_by_role("button", name="下线页面").click()
    confirm(page)
    with another(page, errors) as shopper:
        shopper.goto("/")
        expect(shown(shopper).get_by_role("link", name="隐私政策").locator("visible=true")).to_be_visible()
        expect(shown(shopper).get_by_role("link", name="礼品卡须知")).to_have_count(0)
        shopper.goto("/mall/help?about=gift-cards")
        expect(shown(shopper).get_by_role("heading", name="常见问题")).to_be_visible()


def test_an_old_link_to_a_part_of_the_help_leads_to_the_page_that_it_has_become(page: Page, errors: list[str]) -> None:
    with another(page, errors) as shopper:
        shopper.goto("/mall/help?about=privacy")
        expect(shopper).to_have_url(re.compile(r"/mall/page\?slug=privacy$"))
        expect(shown(shopper).get_by_text(re.compile("第 1 版，自 .* 起生效"))).to_be_visible()
        assert "/mall/page?slug=privacy" in shopper.request.get("/mall/help?about=privacy").url


def test_a_zone_is_drawn_moved_and_leads_on(page: Page, errors: list[str], tmp_path: Path) -> None:
    begin(page, "poster", "海报")
    add(page, "图片热区")
    settings = page.get_by_role("region", name="模块设置")
    picture = tmp_path / "poster.png"
    Image.new("RGB", (800, 400), "teal").save(picture)
    settings.locator("input[type=file]").first.set_input_files(picture)
    canvas = settings.get_by_role("group", name="热区")
    expect(canvas.locator("img")).to_be_visible()
    canvas.scroll_into_view_if_needed()

    def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        box = canvas.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * start[0], box["y"] + box["height"] * start[1])
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * end[0], box["y"] + box["height"] * end[1], steps=8)
        page.mouse.up()

    drag((0.1, 0.2), (0.5, 0.7))
    zone = canvas.get_by_role("button")
    expect(zone).to_have_count(1)
    drag((0.3, 0.45), (0.4, 0.45))
    expect(zone).to_have_attribute("style", re.compile(r"left: (19|20|21)%; top: (19|20|21)%; width: (39|40|41)%"))
    zone.press("ArrowRight")
    zone.press("Shift+ArrowDown")
    item = settings.get_by_role("group", name="第 1 项")
    item.get_by_label("热区名称").fill("去领券")
    publish(page, 1)
    with another(page, errors) as shopper:
        shopper.goto("/mall/page?slug=poster")
        shown(shopper).get_by_role("link", name="去领券").click()
        expect(shown(shopper).locator(".shell, main").first).to_be_visible()
        expect(shopper).to_have_url(re.compile("/mall/list"))
