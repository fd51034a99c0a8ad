"""The mall for everybody: nothing is counted before a yes, axe finds nothing serious, large texts are not cut off."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.apps.launched import Launched, until
from tests.web.browser import Held, opened, told
from tests.web.mall import DESK, PHONE, shown, sign_in
from tests.web.test_ground import AXE, FOUND

SETTLED = FOUND.replace("document", "{exclude: [['.fading']]}")
"""What is being worked out anew fades until it is there."""
BEHAVIOUR = "/api/v1/actions/storefront.note_behaviour"
NEVER_BY_TIME = """(() => {
  const plain = window.setInterval;
  window.setInterval = (what, ms, ...given) => (ms === 15000 ? 0 : plain(what, ms, ...given));
})()"""
"""What waits to be counted is sent when the page is left, and not before, however long a test takes."""


def in_cart(page: Page) -> None:
    """Something from the search, put into the cart."""
    page.goto("/mall/list?q=zhengshan")
    shown(page).locator("a.goods").first.click()
    shown(page).get_by_role("button", name="加入购物车").locator("visible=true").click()
    told(page, "已加入购物车")


def leave(page: Page) -> None:
    """The page is hidden, as when another tab comes in front: what waits to be counted is sent then."""
    page.evaluate(
        "() => { Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )


def kinds(page: Page, sent: list[Any]) -> set[str]:
    """Of all that was sent by now."""
    page.evaluate("1")  # what the browser tells comes while it is asked
    return {event["kind"] for each in sent for event in each["events"]}


class TestConsent:
    def test_nothing_is_counted_before_a_yes(self, browser: Browser, url: str, errors: list[str]) -> None:
        with opened(browser, url, errors, PHONE, locale="zh-CN") as page:
            sent: list[Any] = []

            def note(request: Request) -> None:
                if request.url.endswith(BEHAVIOUR):
                    sent.append(json.loads(request.post_data or "{}"))

            page.on("request", note)
            page.add_init_script(NEVER_BY_TIME)
            in_cart(page)
            leave(page)
            page.goto("/")
            asked = shown(page).get_by_label("匿名统计")
            expect(asked).to_be_visible()
            leave(page)
            assert sent == []
            asked.get_by_role("button", name="允许", exact=True).click()
            expect(asked).to_have_count(0)
            in_cart(page)
            leave(page)
            until(lambda: kinds(page, sent) >= {"view", "add"}, 60, lambda: str(sent))
            assert "phone" not in json.dumps(sent)

            page.goto("/mall/me")
            shown(page).get_by_role("radiogroup", name="匿名统计").get_by_role("radio", name="不允许").click()
            before = len(sent)
            in_cart(page)
            leave(page)
            page.goto("/")
            expect(shown(page).get_by_label("匿名统计")).to_have_count(0)
            assert len(sent) == before


def test_a_page_is_there_in_its_colours_before_the_application(browser: Browser, url: str, errors: list[str]) -> None:
    """However long the scripts take: in the dark nothing is shown white first."""
    with opened(browser, url, errors, PHONE, locale="zh-CN") as page:
        page.goto("/mall/me")
        shown(page).get_by_role("radio", name="深色").click()
        held = Held(page, "**/built/vendors*.js")
        page.goto("/", wait_until="commit")
        expect(page.locator("#first-look .hero-words h2")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        until(lambda: page.evaluate("performance.getEntriesByType('paint').length") > 0, 60)
        expect(page.locator("script[type='text/later']")).to_have_count(0)
        held.let_go()
        expect(page.locator("#first-look")).to_have_count(0)
        expect(shown(page).locator("a.goods").first).to_be_visible()


@pytest.mark.parametrize(
    ("width", "scheme"), [(PHONE, "light"), (PHONE, "dark"), (DESK, "light")], ids=["phone", "dark", "desk"]
)
def test_no_page_shuts_anybody_out(
    browser: Browser, url: str, errors: list[str], up: Launched, width: int, scheme: Any
) -> None:
    """axe-core finds no serious violation on the way to an order, nor on the member's pages."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm could not be reached")
    found: dict[str, list[str]] = {}
    with opened(browser, url, errors, width, locale="zh-CN", bypass_csp=True, color_scheme=scheme) as page:

        def look(name: str) -> None:
            expect(page.locator("#first-look")).to_have_count(0)
            expect(shown(page).locator(".bones, .bones-lines, .fading")).to_have_count(0)
            expect(page.locator(".taro__toast:visible")).to_have_count(0)  # it fades as it goes
            page.add_script_tag(path=str(AXE))
            if told := page.evaluate(SETTLED):
                found[name] = told

        page.goto("/mall/login")
        look("login")
        sign_in(page, up, "13800010003")
        expect(shown(page).locator(".me-head h2")).to_be_visible()
        look("me")
        for name, address in (("home", "/"), ("list", "/mall/list"), ("search", "/mall/search")):
            page.goto(address)
            expect(shown(page)).to_be_visible()
            look(name)
        in_cart(page)
        look("product")
        page.goto("/mall/cart")
        expect(shown(page).get_by_role("button", name="去结算").locator("visible=true").first).to_be_visible()
        look("cart")
        shown(page).get_by_role("button", name="去结算").locator("visible=true").first.click()
        expect(shown(page).get_by_role("button", name="提交订单").locator("visible=true")).to_be_enabled()
        look("checkout")
        for name in ("orders", "coupons", "notices", "aftersale", "help", "kept"):
            page.goto(f"/mall/{name}")
            expect(shown(page).locator("main > *").first).to_be_visible()
            look(name)
    assert found == {}


def test_a_coupon_says_why_it_is_of_use_or_not(browser: Browser, url: str, errors: list[str], up: Launched) -> None:
    with opened(browser, url, errors, PHONE, locale="zh-CN") as page:
        page.goto("/mall/login")
        sign_in(page, up, "13800010006")
        expect(shown(page).locator(".me-head")).to_be_visible()
        shown(page).get_by_role("button", name="立即领取").click()
        expect(shown(page).get_by_role("button", name="已领取")).to_be_visible()
        for pieces, said in ((1, "再买 ¥1.00 可用"), (2, "省 ¥10.00")):
            page.goto("/mall/list?q=zhengshan")
            shown(page).locator("a.goods").first.click()
            for _ in range(pieces - 1):
                shown(page).get_by_role("button", name="增加").click()
            shown(page).get_by_role("button", name="立即购买").locator("visible=true").click()
            shown(page).get_by_role("button", name="优惠券").click()
            expect(page.get_by_role("dialog").locator(".compared")).to_contain_text(said)


def test_large_texts_are_kept_and_not_cut_off(browser: Browser, url: str, errors: list[str], up: Launched) -> None:
    with opened(browser, url, errors, PHONE, locale="zh-CN") as page:
        page.goto("/mall/me")
        shown(page).get_by_role("radio", name="特大").click()
        page.reload()
        expect(shown(page).get_by_role("radio", name="特大")).to_be_checked()
        for address in ("/", "/mall/list", "/mall/me", "/mall/cart", "/mall/help"):
            page.goto(address)
            expect(page.locator("#first-look")).to_have_count(0)
            expect(shown(page).locator(".bones, .bones-lines, .fading")).to_have_count(0)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, address
            assert page.evaluate(CUT) == [], address
        in_cart(page)
        assert page.evaluate(CUT) == []
        until(lambda: page.evaluate("document.documentElement.scrollWidth <= innerWidth"), 60)


CUT = """() => [...document.querySelectorAll(".shell button, .shell h1, .shell h2, .shell h3, .shell .price")]
  .filter(each => each.checkVisibility() && each.clientWidth && getComputedStyle(each).overflow === "hidden"
    && getComputedStyle(each).textOverflow !== "ellipsis" && each.scrollWidth > each.clientWidth + 1)
  .map(each => each.textContent)"""
"""What stands in a box that is too small for it and hides the rest."""
