"""What is half done outlives a session that ends, a cut network and a colleague who was faster; all are told."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.browser import opened
from tests.web.house import House
from tests.web.staff import sign_in
from tests.web.test_ground import another, open_order


@pytest.fixture
def page(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    with opened(browser, url, errors) as page:
        sign_in(page, "客服")
        yield page


def told_only(errors: list[str], *words: str) -> None:
    """Take out what the browser says of what a test has provoked; there must be some, and nothing else."""
    assert errors
    assert all(any(word in each for word in words) for each in errors), errors
    errors.clear()


def half_filled(page: Page, button: str, field: str, words: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("dialog").locator(field).fill(words)


def test_a_session_that_ends_in_a_half_filled_form_loses_nothing(page: Page, errors: list[str]) -> None:
    open_order(page, "DEMO-0007")
    half_filled(page, "挂起", "#cause", "客人说晚三天再发")
    csrf = next(each["value"] for each in page.context.cookies() if each["name"] == "shangmai_csrf")
    assert page.request.delete("/api/v1/session", headers={"x-csrf-token": csrf}).ok
    form = page.get_by_role("dialog").filter(has=page.locator("#cause"))
    # a reading of the page may have noticed first: then the question is in front already, and the button behind it
    form.get_by_role("button", name="确认执行").dispatch_event("click")
    again = page.get_by_role("dialog").filter(has=page.locator("#password"))
    expect(again.get_by_text("登录已过期，请重新登录；页面和未提交的内容都还在。")).to_be_visible()
    again.locator("#login").fill("xiaoli")
    again.locator("#password").fill("demo-Chaye-2")
    again.get_by_role("button", name="登录", exact=True).click()
    expect(again).to_have_count(0)
    expect(form.locator("#cause")).to_have_value("客人说晚三天再发")
    form.get_by_role("button", name="确认执行").click()
    expect(page.locator(".hold", has_text="客人说晚三天再发")).to_have_count(1)
    told_only(errors, "401")


def test_a_page_that_a_cut_network_kept_away_comes_when_it_is_asked_for_again(page: Page, errors: list[str]) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("menuitem", name="发货单").click()
    expect(page.get_by_text("连不上服务")).to_be_visible()
    expect(page.get_by_role("menuitem", name="订单池")).to_be_visible()  # the rest of the page lives on
    page.context.set_offline(False)
    page.get_by_role("button", name="重试", exact=True).click()
    expect(page.get_by_role("heading", name="发货单", level=1)).to_be_visible()
    expect(page.get_by_text("连不上服务")).to_have_count(0)
    told_only(errors, "ERR_INTERNET_DISCONNECTED", "Failed to fetch", "ERR_NETWORK_CHANGED")


def test_a_server_that_is_away_takes_nothing_from_the_page(page: Page, house: House, errors: list[str]) -> None:
    open_order(page, "DEMO-0009")
    half_filled(page, "挂起", "#cause", "客人说晚三天再发")
    away = {"code": "kernel.Unavailable", "message": "数据库正在重启", "status": 503, "data": {}}
    page.route(re.compile("/api/v1/orders/"), lambda route: route.fulfill(status=503, json=away))
    order = house.read("/api/v1/orders?number=DEMO-0009")[0]
    house.act("orders.set_remark", order_id=order["id"], remark="在别处写的")
    expect(page.get_by_role("status").filter(has_text="页面上是先前读到的内容")).to_be_visible()
    expect(page.locator("h1")).to_contain_text("SO")
    expect(page.get_by_role("dialog").locator("#cause")).to_have_value("客人说晚三天再发")
    page.unroute_all()
    expect(page.locator(".trace-entry", has_text="orders.particulars_changed.v1")).to_have_count(1)
    expect(page.get_by_text("页面上是先前读到的内容")).to_have_count(0)
    expect(page.get_by_role("dialog").locator("#cause")).to_have_value("客人说晚三天再发")
    told_only(errors, "503")


def test_what_is_confirmed_without_a_network_is_told_and_not_sent_later(
    page: Page, house: House, errors: list[str]
) -> None:
    open_order(page, "DEMO-0011")
    half_filled(page, "挂起", "#cause", "没有网络")
    form = page.get_by_role("dialog")
    page.context.set_offline(True)
    form.get_by_role("button", name="确认执行").click()
    expect(form.get_by_role("alert")).to_contain_text("连不上服务")
    page.context.set_offline(False)
    order = house.read("/api/v1/orders?number=DEMO-0011")[0]
    house.act("orders.set_remark", order_id=order["id"], remark="网络回来以后")
    expect(page.locator(".trace-entry", has_text="orders.particulars_changed.v1")).to_have_count(1)
    expect(page.locator(".hold", has_text="没有网络")).to_have_count(0)
    form.get_by_role("button", name="确认执行").click()
    expect(page.locator(".hold", has_text="没有网络")).to_have_count(1)
    told_only(errors, "ERR_INTERNET_DISCONNECTED", "Failed to fetch", "ERR_NETWORK_CHANGED")


def test_who_was_slower_is_told_why_and_keeps_what_was_typed(page: Page, house: House) -> None:
    """Both have filled in a form of one order; the second is refused in words, with what they wrote before them."""
    other = another(page, "客服")
    for clerk, button, field in ((page, "取消订单", "#reason"), (other, "挂起", "#cause")):
        open_order(clerk, "DEMO-0010")
        half_filled(clerk, button, field, "客人来电")
    page.get_by_role("dialog").get_by_role("button", name="确认执行").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(other.locator(".trace-entry", has_text="orders.canceled.v1")).to_have_count(1)
    late = other.get_by_role("dialog")
    late.get_by_role("button", name="确认执行").click()
    expect(late.get_by_role("alert")).to_contain_text("取消")
    expect(late.locator("#cause")).to_have_value("客人来电")
    assert house.read("/api/v1/orders?number=DEMO-0010")[0]["status"] == "canceled"
    other.context.close()
