"""The mall in a real browser, on a phone and on a desk, on the demo company: nothing on a page may report an error."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from shangmai.apps.mall import BUILT
from tests.apps.launched import Launched
from tests.web.browser import kilobytes, kilobytes_first, opened
from tests.web.mall import DESK, PHONE, RECEIVER, pay_at, shown, sign_in

INITIAL_KB_MAX = 220


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(browser: Browser, url: str, errors: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    with opened(browser, url, errors, request.param, locale="zh-CN") as page:
        page.goto("/")
        yield page


@pytest.fixture
def phone(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    with opened(browser, url, errors, PHONE, locale="zh-CN") as page:
        page.goto("/")
        yield page


def is_phone(page: Page) -> bool:
    assert page.viewport_size is not None
    return page.viewport_size["width"] == PHONE


def search(page: Page, words: str) -> None:
    if is_phone(page):
        shown(page).locator(".search-pill").click()
    field = shown(page).get_by_label("搜索商品").locator("visible=true")
    field.fill(words)
    expect(shown(page).locator(".suggestion:visible").first).to_be_visible()
    field.press("Enter")
    expect(shown(page).locator(".sorts")).to_be_visible()


def put_in(page: Page, code: str = "") -> None:
    shown(page).get_by_role("button", name="加入购物车").locator("visible=true").click()
    expect(shown(page).locator(".cart-link:visible .count").first).to_be_visible()


def fill_in_receiver(page: Page) -> None:
    shown(page).get_by_label("粘贴地址").fill(RECEIVER)
    shown(page).get_by_role("button", name="智能识别").click()
    expect(shown(page).get_by_label("收货人")).to_have_value("李雷")
    expect(shown(page).locator(".field.pick")).to_contain_text("西湖区")


def test_what_is_loaded_first_is_small(built: None) -> None:
    """Scripts of the page that is opened first, whichever it is: what all need, what pages share, and its own."""
    shared = kilobytes(BUILT.glob("built/common.*.js"))
    named = re.compile(r"(vendors|app|common)\.")
    own = max(kilobytes([each]) for each in BUILT.glob("built/*.js") if not named.match(each.name))
    assert shared
    assert kilobytes_first(BUILT, "/mall/") + shared + own <= INITIAL_KB_MAX


def test_a_guest_finds_chooses_orders_pays_and_sees_the_order(page: Page) -> None:
    search(page, "lvxing")
    shown(page).locator("a.goods", has_text="旅行茶杯").click()
    expect(shown(page).locator(".product-name")).to_have_text("旅行茶杯")
    shown(page).get_by_role("radio", name="500 ml").click()
    expect(shown(page).locator(".price-line .price")).to_have_text("¥149")
    shown(page).get_by_role("radio", name="墨黑").click()
    shown(page).get_by_role("button", name="增加").click()
    expect(shown(page).locator(".deal")).to_contain_text("2 件商品价 ¥278")  # 298 less 20 from 200 on
    put_in(page)

    shown(page).locator("a[href='/mall/cart']:visible").first.click()
    line = shown(page).locator(".line")
    expect(line).to_contain_text("墨黑 · 500 ml")
    expect(line.locator(".qty b")).to_have_text("2")
    shown(page).get_by_role("button", name=re.compile("去结算（2）")).locator("visible=true").click()

    fill_in_receiver(page)
    total = shown(page).locator(".totals .sum dd")
    expect(total).to_have_text("¥278.00")
    shown(page).get_by_role("button", name="提交订单").locator("visible=true").click()

    pay = shown(page).get_by_role("link", name=re.compile("在线支付.*278"))
    with page.expect_popup() as gateway:
        pay.click()
    pay_at(gateway.value)
    expect(shown(page).get_by_role("heading", name="支付成功")).to_be_visible()
    shown(page).get_by_role("link", name="查看订单").click()
    expect(shown(page).locator(".state h2")).to_have_text("待发货")
    expect(shown(page).locator(".line")).to_contain_text("旅行茶杯")
    expect(shown(page).get_by_text("李*")).to_be_visible()


def test_going_back_finds_the_list_as_it_was_left(page: Page) -> None:
    shown(page).locator("a[href='/mall/list']:visible").first.click()
    expect(shown(page).locator("a.goods").first).to_be_visible()
    shown(page).get_by_role("button", name="价格 ↓").click()
    first = shown(page).locator("a.goods").first
    expect(first).to_contain_text("紫砂壶")
    last = shown(page).locator("a.goods").last
    last.scroll_into_view_if_needed()
    name = last.locator(".goods-name").inner_text()
    shown(page).locator("a.goods", has_text=name).first.click()  # by now others may have come behind it
    expect(shown(page).locator(".product-name")).to_have_text(name)
    page.go_back()
    expect(shown(page).locator("a.goods", has_text=name)).to_be_in_viewport()
    expect(shown(page).locator(".sorts .on").first).to_have_text("价格 ↓")


def test_filters_stand_in_the_address(page: Page) -> None:
    shown(page).locator("a[href='/mall/list']:visible").first.click()
    if is_phone(page):
        shown(page).get_by_role("button", name="筛选").click()
    facets = shown(page).locator(".facets:visible")
    facets.get_by_role("button", name="紫砂").click()
    expect(facets.get_by_role("button", name="紫砂")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(shown(page).locator("a.goods")).to_have_count(1)
    expect(shown(page).locator("a.goods")).to_contain_text("紫砂壶")


def test_an_address_that_was_cut_off_shows_what_can_be_shown(phone: Page) -> None:
    for broken in ("/mall/list?f=%7B%22brand", "/mall/list?f=5", "/mall/list?q=%E9%BE", "/mall/list?sort=nothing"):
        phone.goto(broken)
        expect(shown(phone).locator("a.goods").first).to_be_visible()


def test_what_was_spelled_wrong_or_is_not_there(page: Page, errors: list[str]) -> None:
    page.goto("/mall/list?q=longjign")
    expect(shown(page).locator("a.goods").first).to_contain_text("龙井")
    page.goto("/mall/list?q=%E6%8C%96%E6%8E%98%E6%9C%BA%E5%B1%A5%E5%B8%A6")
    expect(shown(page).get_by_text("没有符合条件的商品")).to_be_visible()
    page.goto("/mall/nothing-here")
    expect(shown(page).get_by_role("heading", name="没有这个页面").first).to_be_visible()
    assert all("404" in each for each in errors)
    errors.clear()


def test_a_guest_cancels_an_order_that_is_not_paid(page: Page) -> None:
    search(page, "longjing")
    shown(page).locator("a.goods", has_text="明前龙井").first.click()
    put_in(page)
    shown(page).locator("a[href='/mall/cart']:visible").first.click()
    shown(page).get_by_role("button", name=re.compile("去结算")).locator("visible=true").click()
    fill_in_receiver(page)
    shown(page).get_by_role("button", name="提交订单").locator("visible=true").click()
    expect(shown(page).get_by_role("link", name=re.compile("在线支付"))).to_be_visible()
    page.goto("/mall/orders")
    shown(page).locator("a[href*='/mall/order?']").first.click()
    shown(page).get_by_role("button", name="取消订单").click()
    page.get_by_text("确定", exact=True).locator("visible=true").click()
    expect(shown(page).locator(".state h2")).to_have_text("已取消")
    expect(shown(page).get_by_role("button", name="取消订单")).to_have_count(0)


def test_a_member_takes_a_coupon_and_buys_at_the_flash_price_to_a_known_address(page: Page, up: Launched) -> None:
    phone, name = ("13800010002", "王芳") if is_phone(page) else ("13800010003", "李娜")
    page.goto("/")
    shown(page).locator(".flash a.goods", has_text="双层玻璃杯").click()
    banner = shown(page).locator(".flash-banner")
    expect(banner).to_contain_text("¥49")
    put_in(page)
    banner.get_by_role("link", name="登录后享秒杀价").click()
    sign_in(page, up, phone)
    expect(shown(page).locator(".product-name")).to_contain_text("双层玻璃杯")
    expect(shown(page).locator(".deal .price")).to_have_text("¥49")

    page.goto("/mall/me")
    expect(shown(page).locator(".me-head h2")).to_have_text(name)
    shown(page).get_by_role("button", name="立即领取").click()
    expect(shown(page).get_by_role("button", name="已领取")).to_be_visible()

    page.goto("/mall/cart")
    expect(shown(page).locator(".line")).to_have_count(1)  # what the guest had put in
    shown(page).get_by_role("button", name=re.compile("去结算")).locator("visible=true").click()
    expect(shown(page).locator(".address.on")).to_contain_text(name)
    expect(shown(page).locator(".totals .off", has_text="限时秒杀")).to_contain_text("−¥20.00")
    shown(page).get_by_role("radio", name="货到付款").click()
    shown(page).get_by_role("button", name="提交订单").locator("visible=true").click()
    expect(shown(page).get_by_role("heading", name="下单成功")).to_be_visible()
    page.goto("/mall/orders")
    expect(shown(page).locator(".order-card").first).to_contain_text("双层玻璃杯")


def test_a_wrong_password_is_told(page: Page, errors: list[str]) -> None:
    page.goto("/mall/login")
    shown(page).get_by_role("radio", name="密码登录").click()
    shown(page).get_by_label("手机号或邮箱").fill("13800010002")
    shown(page).get_by_label("密码").fill("not-the-password")
    shown(page).get_by_role("button", name="登录", exact=True).click()
    expect(shown(page).get_by_role("alert")).to_be_visible()
    assert len(errors) == 1  # the browser's own note of the answer 401
    assert "401" in errors[0]
    errors.clear()


def test_the_network_fails_and_comes_back(phone: Page, errors: list[str]) -> None:
    def fail(route: Route) -> None:
        route.abort()

    phone.route("**/api/v1/storefront/products**", fail)
    phone.goto("/mall/list")
    expect(shown(phone).get_by_text("连不上商城")).to_be_visible()
    phone.unroute("**/api/v1/storefront/products**")
    shown(phone).get_by_role("button", name="重试").click()
    expect(shown(phone).locator("a.goods").first).to_be_visible()
    assert all("ERR_FAILED" in each for each in errors)
    errors.clear()


def test_everything_opens_in_english_and_in_the_dark(phone: Page) -> None:
    phone.goto("/mall/me")
    shown(phone).get_by_role("radio", name="English").click()
    shown(phone).get_by_role("radio", name="Dark").click()
    expect(phone.locator("html")).to_have_attribute("data-theme", "dark")
    for path in ("/", "/mall/list", "/mall/search", "/mall/cart", "/mall/orders", "/mall/me", "/mall/login"):
        phone.goto(path)
        expect(phone.locator("#first-look")).to_have_count(0)  # the server draws it in the browser's language
        expect(shown(phone)).to_be_visible()
        phone.wait_for_load_state("networkidle")
        expect(shown(phone).locator(".wrong[role=alert]")).to_have_count(0)
        said = shown(phone).inner_text().replace("清和茶铺 商城", "").replace("中文", "")
        assert not re.search("[\u4e00-\u9fff]", said), (path, said)
