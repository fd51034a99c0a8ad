"""Picture the pages of the admin at 1440 pixels: make run in one terminal, make screenshots in another.

    .venv/bin/python tools/screenshots.py [URL] [--all]

In Chinese and light, and those of FEW in English and dark as well; with --all every page in every way. Signs in with a
demo login, so it must not be pointed at an installation with real data.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

SHOTS = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
PAGES = {
    "start": "/admin/",
    "orders": "/admin/orders",
    "units": "/admin/units",
    "exceptions": "/admin/exceptions",
    "rules": "/admin/rules?subject=orders.courier",
    "promotions": "/admin/promotions",
    "customers": "/admin/customers",
    "products": "/admin/products",
    "stock": "/admin/stock",
    "payments": "/admin/payments",
    "ledger": "/admin/ledger",
    "staff": "/admin/staff",
    "system": "/admin/system",
}
FEW = ("start", "orders")
LOGIN, PASSWORD = "boss", "demo-Chaye-1"
WIDTH, HEIGHT = 1440, 900


def main() -> int:
    """Take all of them; the exit code is 1 where a page reported an error."""
    is_all = "--all" in sys.argv
    url = next((each for each in sys.argv[1:] if each != "--all"), "http://127.0.0.1:8765")
    SHOTS.mkdir(parents=True, exist_ok=True)
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        for lang, is_dark in (("zh-CN", False), ("en", False), ("zh-CN", True)):
            pages = PAGES if is_all or (lang, is_dark) == ("zh-CN", False) else {what: PAGES[what] for what in FEW}
            errors += picture(browser, url, lang, pages, is_dark=is_dark)
        browser.close()
    print("\n".join(errors) or f"{len(list(SHOTS.glob('*.jpg')))} pictures in {SHOTS}")
    return 1 if errors else 0


def picture(browser: Browser, url: str, lang: str, pages: dict[str, str], *, is_dark: bool) -> list[str]:
    """Pages in one language and one light; what they reported as errors."""
    errors: list[str] = []
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="dark" if is_dark else "light")
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    page.on("console", lambda told: errors.append(f"{page.url}: {told.text}") if told.type == "error" else None)
    page.goto(f"{url}/admin/")
    looks = f'{{"lang":"{lang}","isDark":{str(is_dark).lower()},"isDense":false}}'
    page.evaluate(f"localStorage.setItem('shangmai.looks', JSON.stringify({looks}))")
    page.reload()
    name = f"{lang[:2]}{'-dark' if is_dark else ''}"
    page.get_by_role("button", name="登录" if lang == "zh-CN" else "Sign in", exact=True).wait_for()
    shoot(page, f"login-{name}")
    page.locator("#login").fill(LOGIN)
    page.locator("#password").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    page.locator(".shell").wait_for()
    for what, path in pages.items():
        page.goto(url + path)
        shoot(page, f"{what}-{name}")
    page.goto(f"{url}/admin/orders")
    page.locator("tr.opens").first.click()
    page.locator(".trace-entry").first.wait_for()
    shoot(page, f"order-{name}")
    page.context.clear_cookies()
    page.close()
    return errors


def shoot(page: Page, name: str) -> None:
    """One picture, when everything has been fetched."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=SHOTS / f"{name}.jpg", type="jpeg", quality=70, animations="disabled")


if __name__ == "__main__":
    sys.exit(main())
