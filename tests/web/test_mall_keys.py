"""The mall for whoever is quick or has no pointer: double clicks, Enter, and the way to a paid order by keys alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.apps.launched import Launched
from tests.web.browser import Held, opened, told
from tests.web.mall import DESK, PHONE, Staff, pay_at, shown, sign_in

TABS_MAX = 90
"""How often Tab is pressed for something before it counts as out of reach; the head of a page has some fifteen."""
GONE = {PHONE: "粉引水盂", DESK: "粉引公道杯"}
"""What is taken off the shelf after it was ordered, for each width something else."""


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(browser: Browser, url: str, errors: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    with opened(browser, url, errors, request.param, locale="zh-CN") as page:
        yield page


@pytest.fixture
def desk(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    with opened(browser, url, errors, DESK, locale="zh-CN") as page:
        yield page


def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until that has the keyboard, and see that it shows."""
    expect(wanted).to_be_visible()
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        if wanted.evaluate("each => each === document.activeElement"):
            expect(wanted).to_be_in_viewport()
            assert wanted.evaluate("each => each.matches('input') || getComputedStyle(each).outlineStyle !== 'none'")
            return
    on = page.evaluate("() => document.activeElement.outerHTML.slice(0, 200)")
    raise AssertionError(f"{wanted} is not reached by Tab; the keyboard is at {on}")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    reach(page, wanted)
    page.keyboard.press(key)


def button(page: Page, name: str | re.Pattern[str]) -> Locator:
    return shown(page).get_by_role("button", name=name).locator("visible=true").first


def order_as_guest(page: Page, name: str, receiver: str) -> str:
    """Order two goods and come to the page to pay at; what leads there."""
    for each in (name, "墨竹手绘茶荷"):
        page.goto(f"/mall/list?q={each}")
        shown(page).locator("a.goods", has_text=each).first.click()
        expect(shown(page).locator(".product-name")).to_contain_text(each)
        button(page, "加入购物车").click()
        told(page, "已加入购物车")
    page.goto("/mall/cart")
    button(page, re.compile("去结算（2）")).click()
    shown(page).get_by_label("粘贴地址").fill(receiver)
    button(page, "智能识别").click()
    expect(shown(page).get_by_label("收货人")).to_have_value("李雷")
    expect(shown(page).get_by_text("填写地址后计算运费")).to_have_count(0)
    button(page, "提交订单").click()
    expect(shown(page).get_by_role("link", name="查看订单")).to_be_visible()
    return page.url


def test_a_double_click_opens_one_page(page: Page) -> None:
    page.goto("/mall/list?q=lvxing")
    shown(page).locator("a.goods", has_text="旅行茶杯").dblclick()
    expect(shown(page).locator(".product-name")).to_have_text("旅行茶杯")
    page.go_back()
    expect(shown(page).locator(".sorts")).to_be_visible()
    assert "/mall/list?q=lvxing" in page.url


def test_a_double_click_on_a_slow_page_opens_one_page(page: Page) -> None:
    """The second click is heard late, and the page that the first leads to is still on its way."""
    page.goto("/mall/list?q=lvxing")
    expect(shown(page).locator("a.goods", has_text="旅行茶杯")).to_be_visible()
    held = Held(page, "**/built/**")
    shown(page).locator("a.goods", has_text="旅行茶杯").dblclick(delay=600)
    held.let_go()
    expect(shown(page).locator(".product-name")).to_have_text("旅行茶杯")
    page.go_back()
    expect(shown(page).locator(".sorts")).to_be_visible()
    assert "/mall/list?q=lvxing" in page.url


def test_enter_signs_in_by_password(page: Page, up: Launched, errors: list[str]) -> None:
    phone, password = (
        ("13900020001", "Longjing-1")
        if page.viewport_size == {"width": PHONE, "height": 900}
        else ("13900020002", "Longjing-2")
    )
    page.goto("/mall/login")
    sign_in(page, up, phone)
    expect(shown(page).locator(".me-head h2")).to_be_visible()
    page.goto("/mall/account")
    shown(page).get_by_label(re.compile("新密码")).fill(password)
    button(page, "设置密码").click()
    expect(shown(page).get_by_role("link", name="登录 / 注册").first).to_be_visible()  # of all devices, this one too
    page.goto("/mall/login")
    shown(page).get_by_role("radio", name="密码登录").click()
    shown(page).get_by_label("手机号或邮箱").fill(phone)
    shown(page).get_by_label("密码").fill(password)
    shown(page).get_by_label("密码").press("Enter")
    expect(shown(page).locator(".me-head")).to_contain_text(phone)
    assert all("401" in each for each in errors)
    errors.clear()


def test_enter_finds_a_guests_order_and_what_is_left_of_it_is_bought_again(page: Page, boss: Staff) -> None:
    """On another device, by its number and phone; of its two goods one is gone meanwhile."""
    assert page.viewport_size is not None
    gone = GONE[page.viewport_size["width"]]
    order_as_guest(page, gone, "李雷 13712345678 浙江省杭州市西湖区文三路 100 号 3 幢 201")
    shown(page).get_by_role("link", name="查看订单").click()
    number = shown(page).get_by_text(re.compile(r"^SO\d{8}-\d{6}$")).inner_text()
    found = boss.read("/api/v1/storefront/products", q=gone)["items"][0]
    boss.act("catalog.delist_product", {"product_id": found["id"]})

    page.context.clear_cookies()
    page.evaluate("() => localStorage.clear()")
    page.goto("/mall/orders")
    shown(page).get_by_label("订单号").fill(number)
    shown(page).get_by_label("手机号").fill("13712345678")
    shown(page).get_by_label("手机号").press("Enter")
    expect(shown(page).locator(".state h2")).to_have_text("待付款")
    button(page, "再次购买").click()
    expect(shown(page).get_by_text("失效商品 1 件")).to_be_visible()
    expect(shown(page).get_by_role("checkbox", name="选择 墨竹手绘茶荷")).to_be_checked()
    expect(button(page, re.compile("去结算（1）"))).to_be_enabled()


def test_an_offer_that_is_over_leads_to_its_product(page: Page, up: Launched) -> None:
    page.goto("/mall/login")
    sign_in(page, up, "13800010004")
    expect(shown(page).locator(".me-head h2")).to_be_visible()
    page.goto("/mall/list?q=大红袍 100g")
    shown(page).locator("a.goods", has_text="大红袍 100g").first.click()
    address = shown(page).get_by_role("link", name="发起拼团").get_attribute("href")
    assert address is not None
    page.goto(re.sub(r"promotion=[^&]+", "promotion=01900000-0000-7000-8000-000000000000", address))
    expect(shown(page).get_by_role("heading", name="这个活动已经结束")).to_be_visible()
    shown(page).get_by_role("link", name="去看商品").click()
    expect(shown(page).locator(".product-name")).to_contain_text("大红袍 100g")


def test_who_has_only_a_keyboard_buys(desk: Page) -> None:
    """From the first page to a paid order without a pointer; what lies over a page keeps the keyboard until it goes."""
    desk.goto("/")
    expect(desk.locator("#first-look")).to_have_count(0)
    reach(desk, shown(desk).get_by_label("搜索商品").locator("visible=true"))
    desk.keyboard.type("lvxing")
    expect(shown(desk).locator(".suggestion:visible").first).to_be_visible()
    desk.keyboard.press("Enter")
    press(desk, shown(desk).locator("a.goods", has_text="旅行茶杯").first)
    expect(shown(desk).locator(".product-name")).to_have_text("旅行茶杯")

    reach(desk, shown(desk).get_by_role("radio", name=re.compile("350 ml")))
    desk.keyboard.press("ArrowRight")
    chosen = shown(desk).get_by_role("radio", name=re.compile("500 ml"))
    expect(chosen).to_be_focused()
    expect(chosen).to_be_checked()
    expect(shown(desk).locator(".price-line .price")).to_have_text("¥149")
    press(desk, button(desk, "增加"), "Space")
    press(desk, button(desk, "立即购买"))

    shown(desk).get_by_label("收货人").wait_for()
    for label, text in (("收货人", "李雷"), ("手机号", "13712345678")):
        reach(desk, shown(desk).get_by_label(label))
        desk.keyboard.type(text)
    region = shown(desk).locator(".field.pick")
    press(desk, region)
    sheet = desk.get_by_role("dialog")
    for place in ("浙江省", "杭州市", "西湖区"):
        press(desk, sheet.get_by_role("button", name=place, exact=True))
    expect(sheet).to_have_count(0)
    expect(region).to_contain_text("西湖区")
    expect(region).to_be_focused()
    reach(desk, shown(desk).get_by_label("详细地址"))
    desk.keyboard.type("文三路 100 号")
    expect(shown(desk).get_by_text("填写地址后计算运费")).to_have_count(0)

    coupons = button(desk, "优惠券")
    press(desk, coupons)
    for _ in range(TABS_MAX // 3):
        desk.keyboard.press("Tab")
        assert sheet.evaluate("each => each.contains(document.activeElement)")
    desk.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(coupons).to_be_focused()

    expect(button(desk, "提交订单")).to_be_enabled()
    press(desk, button(desk, "提交订单"))
    pay = shown(desk).get_by_role("link", name=re.compile("在线支付.*278"))
    with desk.expect_popup() as gateway:
        press(desk, pay)
    pay_at(gateway.value)
    expect(shown(desk).get_by_role("heading", name="支付成功")).to_be_visible()
