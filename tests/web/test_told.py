"""Who begins work that takes a while is told of its end, wherever they are by then, and led back to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.web.browser import opened
from tests.web.staff import let_in, until_live
from tests.web.test_ground import act, another

AT_ONCE = 20
"""Rows of one request; a batch of more is one that takes a while."""
WITHIN_MS = 30_000
"""Before the bell looks by itself, which it does once a minute."""
UNREAD = "**/api/v1/notices/unread"


@pytest.fixture
def page(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    with opened(browser, url, errors) as page:
        let_in(page, "老板")
        yield page


def notices(page: Page) -> list[str]:
    """What has been told to whoever is signed in, in Chinese, the newest first."""
    return [each["zh"] for each in page.request.get("/api/v1/notices").json()["items"]]


def test_who_exports_a_long_list_is_told_and_led_back_to_it(page: Page) -> None:
    page.goto("/admin/log?ok=true")
    expect(page.locator("tr.opens")).to_have_count(50)
    with page.expect_download() as got:
        page.get_by_role("button", name="导出全部").click()
    rows = len(Path(got.value.path()).read_text(encoding="utf-8-sig").strip().split("\n")) - 1
    assert rows > 200, "a list that one request gives whole is there at once, and nobody is told"
    page.get_by_role("menuitem", name="会员").click()
    page.get_by_role("button", name=re.compile("^通知")).click()
    page.get_by_role("button", name=re.compile(f"导出完成：log.csv，共 {rows} 行")).click()
    expect(page).to_have_url(re.compile(r"/admin/log\?ok=true$"))
    expect(page.locator("tr.opens")).to_have_count(50)
    colleague = another(page, "财务")
    assert not [told for told in notices(colleague) if "导出完成" in told]
    colleague.context.close()


def test_who_changes_many_rows_is_told_and_led_back_to_them(page: Page) -> None:
    page.goto("/admin/products?status=listed")
    boxes = page.locator("tr.opens .ant-checkbox-input")
    expect(boxes.first).to_be_visible()
    page.get_by_label("全选").first.check()
    count = boxes.count()
    assert count > AT_ONCE
    page.locator(".batch").get_by_role("button", name="下架", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="确认执行").click()
    expect(dialog).to_contain_text(f"成功 {count} 项，未成功 0 项")
    dialog.get_by_role("button", name="完成", exact=True).click()
    page.get_by_role("menuitem", name="会员").click()
    page.get_by_role("button", name=re.compile("^通知")).click()
    told = page.get_by_role("button", name=re.compile(f"批量操作完成：下架 · {count} 项，成功 {count} 项，未成功 0 项"))
    told.click()
    expect(page).to_have_url(re.compile(r"/admin/products\?status=listed$"))
    colleague = another(page, "财务")
    assert not [each for each in notices(colleague) if "批量操作完成" in each]
    colleague.context.close()


def test_what_is_told_while_the_bell_is_being_read_is_looked_at_after(page: Page) -> None:
    """The count that is being read was asked for before the second mention: it counts the first alone."""
    page.goto("/admin/")
    until_live(page)
    bell = page.get_by_role("button", name=re.compile(r"^通知，[1-9]\d* 条未读"))
    bell.click()
    order = page.request.get("/api/v1/orders?limit=1").json()["items"][0]["id"]
    colleague = another(page, "客服")
    held: list[Route] = []

    def hold(route: Route) -> None:
        route.continue_() if held else held.append(route)

    page.route(UNREAD, hold)
    with page.expect_request(UNREAD):
        act(colleague, "orders.write_note", {"order_id": order, "text": "@boss 先看这单"})
    stale = page.request.get("/api/v1/notices/unread").json()
    act(colleague, "orders.write_note", {"order_id": order, "text": "@boss 再看一眼"})
    expect(page.get_by_role("dialog", name="通知").get_by_text("再看一眼")).to_be_visible()
    with page.expect_response(
        lambda answer: answer.url.endswith("/notices/unread") and answer.json() != stale, timeout=WITHIN_MS
    ) as newer:
        held[0].fulfill(json=stale)
    expect(bell).to_have_accessible_name(f"通知，{newer.value.json()['count']} 条未读")
    colleague.context.close()
