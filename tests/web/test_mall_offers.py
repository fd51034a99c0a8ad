"""Offers in a real browser: a group is filled, a friend cuts a price, a deposit is paid; flash sales on a page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.apps.launched import Launched
from tests.web.browser import Held, opened
from tests.web.house import refused
from tests.web.mall import DESK, PHONE, another, pay_at, shown, sign_in

WHERE = "**/api/v1/regions/resolve*"


@pytest.fixture
def page(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    with opened(browser, url, errors, PHONE, locale="zh-CN") as page:
        yield page


def enter(page: Page, up: Launched, phone: str) -> None:
    page.goto("/mall/login")
    sign_in(page, up, phone)
    expect(shown(page).locator(".me-head h2")).to_be_visible()


def goods(page: Page, name: str) -> None:
    page.goto(f"/mall/list?q={name}")
    shown(page).locator("a.goods", has_text=name).first.click()


def pay(page: Page, amount: str) -> None:
    shown(page).get_by_role("button", name="在线支付（演示网关）").click()
    link = shown(page).get_by_role("link", name=re.compile("在线支付"))
    expect(link).to_contain_text(amount)
    with page.expect_popup() as gateway:
        link.click()
    pay_at(gateway.value)
    gateway.value.close()


def test_two_members_fill_a_group(page: Page, up: Launched, errors: list[str]) -> None:
    enter(page, up, "13800010001")
    goods(page, "大红袍 100g")
    shown(page).get_by_role("link", name="发起拼团").click()
    expect(shown(page).locator(".address.on")).to_be_visible()
    expect(shown(page).locator(".lines .price")).to_have_text("¥59.90")
    shown(page).get_by_role("button", name="提交订单").click()
    pay(page, "59.90")
    expect(shown(page).get_by_role("heading", name="支付成功")).to_be_visible()

    goods(page, "大红袍 100g")  # who opens a second one is led to the first
    shown(page).get_by_role("link", name="发起拼团").click()
    expect(shown(page).locator(".address.on")).to_be_visible()
    shown(page).get_by_role("button", name="提交订单").click()
    expect(shown(page).get_by_role("heading", name="还差 1 人成团")).to_be_visible()
    refused(errors, times=1)

    with another(page, errors, DESK) as other:
        enter(other, up, "13800010004")
        goods(other, "大红袍 100g")
        shown(other).get_by_role("link", name="参团").click()
        expect(shown(other).get_by_role("heading", name="还差 1 人成团")).to_be_visible()
        shown(other).get_by_role("link", name="参团").click()
        expect(shown(other).locator(".address.on")).to_be_visible()
        shown(other).get_by_role("button", name="提交订单").click()
        pay(other, "59.90")
        expect(shown(other).get_by_role("heading", name="支付成功")).to_be_visible()
        goods(other, "大红袍 100g")
        expect(shown(other).get_by_role("link", name="发起拼团")).to_be_visible()
        expect(shown(other).get_by_role("link", name="参团")).to_have_count(0)


def test_an_order_waits_until_it_is_known_where_the_chosen_address_is(page: Page, up: Launched) -> None:
    """Who taps at once is not asked for an address that stands there, chosen."""
    enter(page, up, "13800010001")
    held = Held(page, WHERE)
    goods(page, "西湖龙井 100g")
    with page.expect_request(WHERE):
        shown(page).get_by_role("link", name="付定金").click()
    expect(shown(page).locator(".address.on")).to_be_visible()
    order = shown(page).get_by_role("button", name="提交订单")
    expect(order).to_be_disabled()
    held.let_go()
    order.click()
    expect(shown(page).get_by_role("button", name="在线支付（演示网关）")).to_be_visible()


def test_a_friend_cuts_the_price(page: Page, up: Launched, errors: list[str]) -> None:
    enter(page, up, "13800010002")
    goods(page, "金骏眉 100g")
    shown(page).get_by_role("button", name="发起砍价").click()
    expect(shown(page).get_by_text("0 / 10 位好友已帮砍")).to_be_visible()
    with another(page, errors) as friend:
        friend.goto(page.url)
        shown(friend).get_by_role("button", name="帮 TA 砍一刀").click()
        sign_in(friend, up, "13800010003")
        shown(friend).get_by_role("button", name="帮 TA 砍一刀").click()
        expect(shown(friend).get_by_text("1 / 10 位好友已帮砍")).to_be_visible()
        expect(shown(friend).get_by_role("button", name="您已帮砍")).to_be_disabled()
    page.reload()
    shown(page).get_by_role("link", name=re.compile("以 .* 购买")).click()
    expect(shown(page).locator(".address.on")).to_be_visible()
    shown(page).get_by_role("button", name="提交订单").click()
    expect(shown(page).get_by_role("link", name="查看订单")).to_be_visible()


def test_a_deposit_is_paid_and_the_balance_waits_for_its_window(page: Page, up: Launched) -> None:
    enter(page, up, "13800010005")
    goods(page, "西湖龙井 100g")
    expect(shown(page).locator(".offer")).to_contain_text("可抵 ¥20.00")
    shown(page).get_by_role("link", name="付定金").click()
    expect(shown(page).locator(".address.on")).to_be_visible()
    shown(page).get_by_role("button", name="提交订单").click()
    pay(page, "10.00")
    page.goto("/mall/orders")
    shown(page).locator(".order-card").first.click()
    expect(shown(page).get_by_text("尾款支付时间")).to_be_visible()
    expect(shown(page).get_by_role("link", name=re.compile("去支付"))).to_have_count(0)


def test_flash_sales_have_a_page_with_a_countdown(page: Page) -> None:
    page.goto("/mall/flash")
    expect(shown(page).locator("a.goods")).to_have_count(3)
    expect(shown(page).locator(".clock").first).to_be_visible()
