"""What tests of the editor of shop pages share: the boss at the bench, modules added, pages published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from tests.web.browser import opened
from tests.web.staff import sign_in


@contextmanager
def at_the_bench(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    """A window signed in as the boss; whatever the browser reports as an error fails the test."""
    with opened(browser, url, errors, locale="zh-CN") as page:
        sign_in(page, "老板")
        yield page


def add(page: Page, kind: str) -> None:
    page.get_by_role("region", name="添加模块").get_by_role("button", name=kind, exact=True).click()


def publish(page: Page, version: int) -> None:
    page.get_by_role("button", name="发布", exact=True).click()
    page.locator(".ant-popover").get_by_role("button", name="发布", exact=True).click()
    expect(page.get_by_role("status").filter(has_text=f"已全部保存 · 已发布 第 {version} 版")).to_be_visible()


def confirm(page: Page) -> None:
    dialog = page.get_by_role("dialog").filter(has=page.get_by_role("button", name="确认执行"))
    dialog.get_by_role("button", name="确认执行").click()
    expect(dialog).to_have_count(0)
