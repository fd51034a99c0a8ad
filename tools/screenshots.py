"""Picture the pages of the mall and the admin: make run in one terminal, make screenshots in another.

    .venv/bin/python tools/screenshots.py [URL] [--all] [--only mall|admin] [--into FOLDER]

The mall at 390 and 1440 pixels, from its first page to a paid order, which it places as a guest; the admin at 1440: the
pages that docs/screenshots keeps, in Chinese and light, and a few in English and dark as well; with --all every page in
every way, which is for looking and goes elsewhere. Signs in with a demo login, so it must not be pointed at an
installation with real data.
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
    "aftersales": "/admin/aftersales",
    "exceptions": "/admin/exceptions",
    "shortages": "/admin/shortages",
    "channels": "/admin/channels",
    "rules": "/admin/rules?subject=orders.courier",
    "decoration": "/admin/decoration",
    "promotions": "/admin/promotions",
    "promotion": "/admin/promotions/new?tool=amount_off",
    "coupons": "/admin/promotions?tab=coupons",
    "what-if": "/admin/promotions?tab=try",
    "customers": "/admin/customers",
    "products": "/admin/products",
    "product-new": "/admin/products/new",
    "sheets": "/admin/sheets?sheet=sku-prices",
    "price-lists": "/admin/price-lists",
    "voices": "/admin/voices?status=approved",
    "stock": "/admin/stock",
    "movements": "/admin/stock?tab=movements",
    "shop-stock": "/admin/stock?tab=shops",
    "stock-accuracy": "/admin/stock?tab=accuracy",
    "desk": "/admin/desk",
    "pack-station": "/admin/pack-station",
    "floor": "/admin/floor",
    "payments": "/admin/payments",
    "callbacks": "/admin/payments?tab=callbacks",
    "statements": "/admin/payments?tab=statements",
    "parcel-anomalies": "/admin/carriers",
    "carrier-accounts": "/admin/carriers?tab=accounts",
    "price-cards": "/admin/carriers?tab=cards",
    "screen": "/screen",
    "ledger": "/admin/ledger",
    "account": "/admin/ledger?account=1122",
    "posting-rules": "/admin/ledger?tab=rules",
    "periods": "/admin/ledger?tab=periods",
    "staff": "/admin/staff",
    "roles": "/admin/staff?tab=roles",
    "actions": "/admin/actions",
    "log": "/admin/log",
    "system": "/admin/system",
}
KEPT = (
    *("start", "orders", "exceptions", "rules", "promotions", "customers", "products", "stock", "payments", "ledger"),
    *("staff", "system"),
)
"""Pages that the repository has pictures of; all of them would be several times as large."""
FEW = ("start", "orders")
LOGIN, PASSWORD = "boss", "demo-Chaye-1"
WIDTH, HEIGHT = 1440, 900
PHONE = 390
RECEIVER = "李雷 13712345678 浙江省杭州市西湖区文三路 100 号 3 幢 201"


def main() -> int:
    """Take all of them; the exit code is 1 where a page reported an error."""
    arguments = sys.argv[1:]
    is_all = "--all" in arguments
    only = arguments[arguments.index("--only") + 1] if "--only" in arguments else ""
    url = next((each for each in arguments if each.startswith("http")), "http://127.0.0.1:8765")
    shots = Path(arguments[arguments.index("--into") + 1]) if "--into" in arguments else SHOTS
    assert not is_all or shots != SHOTS, "all of them are not kept in the repository: say where they go with --into"
    shots.mkdir(parents=True, exist_ok=True)
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        if only != "admin":
            errors += picture_mall(browser, url, shots)
        if only != "mall":
            errors += picture_admin(browser, url, shots, is_all=is_all)
        browser.close()
    print("\n".join(errors) or f"{len(list(shots.glob('*.jpg')))} pictures in {shots}")
    return 1 if errors else 0


def picture_admin(browser: Browser, url: str, shots: Path, *, is_all: bool) -> list[str]:
    """The admin; what its pages reported as errors."""
    errors: list[str] = []
    for lang, is_dark in (("zh-CN", False), ("en", False), ("zh-CN", True)):
        names = PAGES if is_all else KEPT if (lang, is_dark) == ("zh-CN", False) else FEW
        pages = {what: PAGES[what] for what in names}
        errors += picture(browser, url, shots, lang, pages, is_dark=is_dark)
    return errors


def picture_mall(browser: Browser, url: str, shots: Path) -> list[str]:
    """The mall, from its first page to a paid order; what its pages reported as errors."""
    errors: list[str] = []
    for width in (PHONE, WIDTH):
        page = opened(browser, errors, width, "zh-CN", is_dark=False)
        shop(page, url, shots, width)
        page.context.close()
        for lang, is_dark in (("en-GB", False), ("zh-CN", True)):
            page = opened(browser, errors, width, lang, is_dark=is_dark)
            page.goto(f"{url}/")
            page.locator("a.goods").first.wait_for()
            shoot(page, shots, f"mall-home-{width}-{'dark' if is_dark else 'en'}")
            page.context.close()
    return errors


def opened(browser: Browser, errors: list[str], width: int, lang: str, *, is_dark: bool) -> Page:
    """A page of a browser of its own."""
    height = 844 if width == PHONE else HEIGHT
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=lang, color_scheme="dark" if is_dark else "light"
    )
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    page.on("console", lambda told: errors.append(f"{page.url}: {told.text}") if told.type == "error" else None)
    return page


def shop(page: Page, url: str, shots: Path, width: int) -> None:
    """Look, choose, order and pay, with a picture of each page."""
    front = page.locator(".shell:visible").last
    page.goto(f"{url}/")
    front.locator("a.goods").first.wait_for()
    shoot(page, shots, f"mall-home-{width}")
    page.goto(f"{url}/mall/page?slug=tea-season")
    front.locator("a.goods").first.wait_for()
    shoot(page, shots, f"mall-campaign-{width}")
    page.goto(f"{url}/mall/list?q=cha")
    front.locator("a.goods").first.wait_for()
    shoot(page, shots, f"mall-list-{width}")
    for words, name in (("longjing", "明前龙井"), ("lvxing", "旅行茶杯")):
        page.goto(f"{url}/mall/list?q={words}")
        front.locator("a.goods", has_text=name).first.click()
        front.locator(".product-name").wait_for()
        front.locator(".deal").wait_for()
        shoot(page, shots, f"mall-product-{words}-{width}")
        front.get_by_role("button", name="加入购物车").locator("visible=true").click()
        front.locator(".cart-link:visible .count").first.wait_for()
    page.goto(f"{url}/mall/cart")
    front.locator(".line").first.wait_for()
    shoot(page, shots, f"mall-cart-{width}")
    front.get_by_role("button", name="去结算").locator("visible=true").click()
    front.get_by_label("粘贴地址").fill(RECEIVER)
    front.get_by_role("button", name="智能识别").click()
    front.locator(".field.pick", has_text="西湖区").wait_for()
    front.locator(".totals .sum").wait_for()
    page.get_by_text("已识别，请核对").wait_for(state="hidden")
    shoot(page, shots, f"mall-checkout-{width}")
    front.get_by_role("button", name="提交订单").locator("visible=true").click()
    pay = front.get_by_role("link", name="在线支付")
    pay.wait_for()
    shoot(page, shots, f"mall-pay-{width}", is_polling=True)
    with page.expect_popup() as gateway:
        pay.click()
    gateway.value.locator("button[value=success]").click()
    gateway.value.wait_for_load_state()
    gateway.value.close()
    front.get_by_role("heading", name="支付成功").wait_for()
    shoot(page, shots, f"mall-paid-{width}")
    front.get_by_role("link", name="查看订单").click()
    front.locator(".steps").wait_for()
    shoot(page, shots, f"mall-order-{width}")


def picture(browser: Browser, url: str, shots: Path, lang: str, pages: dict[str, str], *, is_dark: bool) -> list[str]:
    """Pages in one language and one light; what they reported as errors."""
    errors: list[str] = []
    page = opened(browser, errors, WIDTH, lang, is_dark=is_dark)
    page.goto(f"{url}/admin/")
    looks = f'{{"lang":"{lang}","isDark":{str(is_dark).lower()},"isDense":false}}'
    page.evaluate(f"localStorage.setItem('shangmai.looks', JSON.stringify({looks}))")
    page.reload()
    name = f"{lang[:2]}{'-dark' if is_dark else ''}"
    page.get_by_role("button", name="登录" if lang == "zh-CN" else "Sign in", exact=True).wait_for()
    shoot(page, shots, f"login-{name}")
    page.locator("#login").fill(LOGIN)
    page.locator("#password").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    page.locator(".shell").wait_for()
    for what, path in pages.items():
        page.goto(url + path)
        shoot(page, shots, f"{what}-{name}")
    if "decoration" in pages:
        page.goto(f"{url}/admin/decoration")
        page.locator("a[href$='/home']").first.click()
        page.frame_locator(".decor-device iframe").locator("a.goods").first.wait_for()
        shoot(page, shots, f"editor-{name}")
    page.goto(f"{url}/admin/orders")
    page.locator("tr.opens").first.click()
    page.locator(".trace-entry").first.wait_for()
    shoot(page, shots, f"order-{name}")
    page.context.close()
    return errors


def shoot(page: Page, shots: Path, name: str, *, is_polling: bool = False) -> None:
    """One picture, when everything has been fetched."""
    if not is_polling:
        if "/admin" in page.url:  # its stream of changes never ends, so the network is never idle
            page.wait_for_function("() => !document.querySelector('.ant-spin-spinning, .ant-skeleton-active')")
        else:
            page.wait_for_load_state("networkidle")
    page.screenshot(path=shots / f"{name}.jpg", type="jpeg", quality=70, animations="disabled")


if __name__ == "__main__":
    sys.exit(main())
