"""The admin's ground in a real browser: what is told live, and what people do together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from shangmai.apps.admin import BUILT
from tests.web.browser import build, opened, served
from tests.web.test_admin import sign_in


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    build(BUILT)
    with served() as up:
        yield up.running.url


@pytest.fixture
def errors() -> list[str]:
    """What the browser reports; a test that provokes an error takes it out."""
    return []


@pytest.fixture
def page(url: str, errors: list[str]) -> Iterator[Page]:
    """A browser at the admin's first page; whatever it reports as an error fails the test."""
    with opened(url, errors) as page:
        page.goto("/admin/")
        yield page


def another(page: Page, role: str) -> Page:
    """A second person at another browser."""
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(base_url=page.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    other = context.new_page()
    other.goto("/admin/")
    sign_in(other, role)
    return other


def act(page: Page, name: str, given: Any) -> Any:
    """Run an action as whoever is signed in, past the pages."""
    csrf = next(each["value"] for each in page.context.cookies() if each["name"] == "shangmai_csrf")
    answer = page.request.post(f"/api/v1/actions/{name}", data=given, headers={"x-csrf-token": csrf})
    assert answer.ok, answer.text()
    return answer.json()


def order_id(page: Page, number: str) -> str:
    found: str = page.request.get(f"/api/v1/orders?number={number}").json()["items"][0]["id"]
    return found


def open_order(page: Page, number: str) -> None:
    page.goto(f"/admin/orders/{order_id(page, number)}")
    expect(page.locator("h1")).to_contain_text("SO")


def test_a_colleague_is_mentioned_and_told_at_once(page: Page) -> None:
    sign_in(page, "老板")
    clerk = another(page, "客服")
    expect(clerk.locator(".anticon-bell:not(.soft)")).to_be_visible()
    open_order(page, "DEMO-0011")
    page.get_by_label("写给同事").click()
    page.keyboard.type("@xiao")
    page.locator(".ant-mentions-dropdown-menu-item").first.click()
    page.keyboard.type("客人来电催")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".note")).to_contain_text("@xiaoli 客人来电催")
    toast = clerk.locator(".ant-notification-notice")
    expect(toast).to_contain_text("提到你")
    toast.click()
    expect(clerk.locator(".note")).to_contain_text("客人来电催")
    clerk.get_by_label("条未读").click()
    clerk.get_by_role("button", name="全部标为已读").click()
    expect(clerk.locator(".notices .unread")).to_have_count(0)
    clerk.context.close()


def test_what_somebody_does_shows_on_another_screen_without_a_reload(page: Page) -> None:
    sign_in(page, "老板")
    clerk = another(page, "客服")
    open_order(clerk, "DEMO-0009")
    expect(clerk.locator(".anticon-bell:not(.soft)")).to_be_visible()
    act(page, "orders.hold", {"order_id": order_id(page, "DEMO-0009"), "cause": "老板要看一眼"})
    expect(clerk.locator(".hold", has_text="老板要看一眼")).to_be_visible()
    clerk.goto("/admin/exceptions")
    expect(clerk.locator("tr.opens", has_text="老板要看一眼")).to_be_visible()
    act(page, "orders.release", {"order_id": order_id(page, "DEMO-0009")})
    expect(clerk.locator("tr.opens", has_text="老板要看一眼")).to_have_count(0)
    clerk.context.close()


def test_a_lost_stream_is_taken_up_again(page: Page) -> None:
    """Without the worker that all tabs share, and with the network gone for a moment."""
    page.add_init_script("delete window.SharedWorker")
    page.goto("/admin/")
    sign_in(page, "客服")
    live = page.locator(".anticon-bell:not(.soft)")
    expect(live).to_be_visible()
    open_order(page, "DEMO-0007")
    expect(live).to_be_visible()
