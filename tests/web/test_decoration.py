"""The editor of shop pages in a real browser: from the palette to the shopper's first page, and back again."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.web.browser import opened
from tests.web.decorating import add, at_the_bench, confirm, publish
from tests.web.house import refused
from tests.web.mall import PHONE, Staff, another, shown

BANNER = "双十二 茶礼大促"


@pytest.fixture
def page(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    """Signed in as the boss; whatever the browser reports as an error fails the test."""
    with at_the_bench(browser, url, errors) as page:
        yield page


@pytest.fixture(scope="module")
def shop(boss: Staff) -> str:
    return next(str(each["id"]) for each in boss.read("/api/v1/shops")["items"] if each["kind"] == "mall")


def edit(page: Page, name: str) -> FrameLocator:
    """Open a page's editor; the mall in its frame."""
    page.goto("/admin/decoration")
    page.get_by_role("link", name=name, exact=True).click()
    frame = page.frame_locator("iframe[title=商城预览]")
    expect(frame.locator("[data-block]").first).to_be_attached()
    return frame


def test_a_banner_and_a_row_of_goods_are_added_published_and_rolled_back(page: Page, errors: list[str]) -> None:
    mall = edit(page, "首页")
    blocks = page.get_by_role("region", name="页面模块").locator("[data-puck-component]")
    before = blocks.count()
    blocks.nth(1).click()
    add(page, "横幅")
    settings = page.get_by_role("region", name="模块设置")
    settings.get_by_role("textbox", name="标题", exact=True).fill(BANNER)
    expect(mall.locator(".banner", has_text=BANNER)).to_be_visible()
    add(page, "商品")
    settings.get_by_role("textbox", name="标题", exact=True).fill("大促好物")
    expect(blocks).to_have_count(before + 2)
    expect(mall.locator(".floor", has_text="大促好物").locator("a.goods").first).to_be_attached()
    settings.get_by_role("button", name="上移").click()
    expect(mall.locator("[data-block]").nth(2)).to_contain_text("大促好物")
    page.get_by_role("button", name="撤销").click()
    expect(blocks.nth(2)).to_contain_text(BANNER)
    expect(mall.locator("[data-block]").nth(2)).to_contain_text(BANNER)
    mall.locator(".banner", has_text=BANNER).click()
    expect(settings.get_by_role("textbox", name="标题", exact=True)).to_have_value(BANNER)
    for width in ("平板 768", "电脑 1440", "手机 390"):
        page.get_by_text(width).click()
        expect(mall.locator(".banner", has_text=BANNER)).to_be_visible()

    with another(page, errors) as shopper:
        shopper.goto("/")
        expect(shown(shopper).locator("a.goods").first).to_be_visible()
        expect(shown(shopper).get_by_text(BANNER)).to_have_count(0)
        publish(page, 2)
        shopper.reload()
        expect(shown(shopper).locator(".banner", has_text=BANNER)).to_be_visible()
        expect(shown(shopper).locator(".floor", has_text="大促好物")).to_be_visible()

        page.get_by_role("button", name="历史版本").click()
        drawer = page.locator(".ant-drawer")
        drawer.get_by_role("button", name="改了什么").first.click()
        expect(drawer.get_by_text("新增 横幅")).to_be_visible()
        drawer.locator(".version", has_text="第 1 版").get_by_role("button", name="回滚到此版").click()
        confirm(page)
        expect(drawer.locator(".version", has_text="第 1 版")).to_contain_text("买家正在看")
        shopper.reload()
        expect(shown(shopper).locator("a.goods").first).to_be_visible()
        expect(shown(shopper).get_by_text(BANNER)).to_have_count(0)


def test_what_a_colleague_saved_meanwhile_is_kept_beside_ones_own(
    page: Page, errors: list[str], boss: Staff, shop: str
) -> None:
    mall = edit(page, "春茶节")
    add(page, "公告")
    field = page.get_by_role("region", name="模块设置").get_by_role("textbox", name="文字", exact=True)
    field.fill("")
    expect(page.get_by_role("region", name="页面模块")).to_contain_text("待填")
    field.fill("今日开售")
    expect(mall.get_by_text("今日开售")).to_be_visible()
    path, of = "/api/v1/storefront/pages/tea-season/versions", {"shop_id": shop}
    base = boss.read(path, **of)[0]["version"]
    theirs = {"slug": "tea-season", "base": base, "title": "对方的春茶节", "blocks": []}
    boss.act("storefront.save_page", {**of, **theirs})

    page.get_by_role("link", name="工作台").click()
    page.get_by_role("button", name="继续编辑").click()
    page.get_by_role("button", name="存为草稿").click()
    dialog = page.get_by_role("dialog").filter(has_text=f"第 {base + 1} 版")
    expect(dialog).to_be_visible()
    refused(errors, times=1)
    dialog.get_by_role("button", name="保留我的").click()
    expect(page.get_by_role("status").filter(has_text="已全部保存")).to_be_visible()
    kept = boss.read(path, **of)
    assert [(each["version"], each["title"]) for each in kept[:2]] == [(base + 2, "春茶节"), (base + 1, "对方的春茶节")]
    assert boss.read(f"{path}/{base + 2}", **of)["blocks"][-1]["text"] == "今日开售"


def test_nobody_else_sees_a_draft(browser: Browser, url: str, errors: list[str], boss: Staff, shop: str) -> None:
    draft = {
        "shop_id": shop,
        "slug": "home",
        "title": "首页",
        "blocks": [{"kind": "notice", "key": "n", "text": "内部"}],
    }
    boss.act("storefront.save_page", {**draft, "slug": "secret", "base": 0})
    assert httpx.post(f"{url}/api/v1/storefront/page-preview", json=draft).status_code in (401, 403)
    framed = httpx.get(f"{url}/mall/page?slug=secret&preview=1")
    assert "frame-ancestors 'self'" in framed.headers["content-security-policy"]
    assert framed.headers["x-frame-options"] == "SAMEORIGIN"
    assert "内部" not in framed.text
    for path in ("/", "/mall/page?slug=tea-season", "/mall/cart?preview=1", "/admin/?preview=1"):
        plain = httpx.get(f"{url}{path}", follow_redirects=True)
        assert "frame-ancestors 'none'" in plain.headers["content-security-policy"], path
        assert plain.headers["x-frame-options"] == "DENY", path
    with opened(browser, url, errors, PHONE, locale="zh-CN") as stranger:
        stranger.goto("/?preview=1")
        expect(shown(stranger).locator("a.goods").first).to_be_visible()
        expect(shown(stranger).get_by_text("内部")).to_have_count(0)
