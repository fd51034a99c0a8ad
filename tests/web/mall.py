"""What tests of the mall share: the page in front, signing in, staff who act beside the shopper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.apps.launched import Launched, until
from tests.web.browser import WAIT_MS

PHONE, DESK = 390, 1440
RECEIVER = "李雷 13712345678 浙江省杭州市西湖区文三路 100 号 3 幢 201"


def shown(page: Page) -> Locator:
    """The page in front: those behind it are kept for the way back, and hidden."""
    return page.locator(".shell:visible").last


def sign_in(page: Page, up: Launched, phone: str) -> None:
    """By a code, which a demo writes to its log instead of sending it."""
    before = len(codes_to(up, phone))
    shown(page).get_by_label("手机号").fill(phone)
    shown(page).get_by_role("button", name="获取验证码").click()
    until(lambda: len(codes_to(up, phone)) > before, 60, lambda: up.told)
    shown(page).get_by_label("验证码", exact=True).fill(codes_to(up, phone)[-1])
    shown(page).get_by_role("button", name="登录", exact=True).click()


def codes_to(up: Launched, phone: str) -> list[str]:
    masked = re.escape(f"{phone[:3]}****{phone[-4:]}")
    return re.findall(rf'"code":"(\d{{6}})","to":"{masked}"', up.told)


def pay_at(gateway: Page) -> None:
    """Pay, and see that the shop knows of it: a page that is left at once may take its request along."""
    gateway.locator("button[value=success]").click()
    expect(gateway.get_by_role("status")).to_contain_text("商户已确认收款")


@contextmanager
def another(page: Page, errors: list[str], width: int = PHONE) -> Iterator[Page]:
    """Somebody else's page, with cookies of its own, in the same browser."""
    browser = page.context.browser
    assert browser is not None
    base = "/".join(page.url.split("/")[:3])
    context = browser.new_context(
        viewport={"width": width, "height": 900}, base_url=base, reduced_motion="reduce", locale="zh-CN"
    )
    context.set_default_timeout(WAIT_MS)
    made = context.new_page()
    made.on("pageerror", lambda error: errors.append(str(error)))
    made.on("console", lambda told: errors.append(f"{made.url}: {told.text}") if told.type == "error" else None)
    yield made
    context.close()


class Staff:
    """Somebody of the company who acts by the API."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=60)
        answer = self._client.post("/api/v1/session", json={"login": login, "password": password})
        answer.raise_for_status()
        self._client.headers["x-csrf-token"] = answer.json()["csrf_token"]

    def act(self, name: str, given: dict[str, Any]) -> Any:
        answer = self._client.post(f"/api/v1/actions/{name}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def try_(self, name: str, given: dict[str, Any]) -> httpx.Response:
        return self._client.post(f"/api/v1/actions/{name}", json=given)

    def read(self, path: str, **query: Any) -> Any:
        answer = self._client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()
