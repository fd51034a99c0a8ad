"""The company's people before the admin: signed in as by its form, which has tests of its own, without loading it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

LOGINS = {
    "老板": ("boss", "demo-Chaye-1"),
    "客服": ("xiaoli", "demo-Chaye-2"),
    "仓管": ("laowang", "demo-Chaye-3"),
    "财务": ("kuaiji", "demo-Chaye-4"),
    "运营": ("yunying", "demo-Chaye-5"),
}
"""The demo's people, by their role."""


def let_in(page: Page, role: str) -> None:
    """The page's window has somebody's session from now on; it shows nothing yet."""
    login, password = LOGINS[role]
    answer = page.context.request.post("/api/v1/session", data={"login": login, "password": password})
    assert answer.ok, answer.text()


def sign_in(page: Page, role: str, to: str = "/admin/") -> None:
    """Before an address of the admin, which is there and hears what others do."""
    let_in(page, role)
    page.goto(to)
    expect(page.locator(".shell")).to_be_visible()
    until_live(page)


def until_live(page: Page) -> None:
    """Wait until a page hears of what others do; of what they did while it was opening, some pages learn much later."""
    expect(page.locator(".anticon-bell:not(.soft)")).to_be_visible()


def sign_in_by_the_form(page: Page, role: str) -> None:
    """On a page that asks who one is: by the demo's button, which fills the form in."""
    page.get_by_role("button", name=role, exact=True).click()
    page.locator("button[type=submit]").click()
