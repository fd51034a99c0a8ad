"""On the way in a real browser: two tabs, going back after paying, sold out meanwhile, a crowd beside one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.apps.launched import Launched, until
from tests.web.browser import Held, opened, told
from tests.web.mall import DESK, PHONE, RECEIVER, Staff, pay_at, shown, sign_in

CROWD = 50
TO = {"name": "张三", "phone": "13812345678", "province": "上海", "district": "浦东新区", "street": "张江路 1 号"}


CROWDED = {PHONE: ("茶则茶针六件套", 40, 1, 40), DESK: ("桂花乌龙 100g", 60, 2, 30)}
"""What the crowd is after at each width, how many pieces there are, how many each wants, how many get them."""
BESIDE = {PHONE: "13800010005", DESK: "13800010002"}
LIVES = {
    "name": "赶时间的人", "phone": "13712345678", "province": "浙江省", "city": "杭州市", "district": "西湖区",
    "street": "文三路 100 号",
}  # fmt: skip
SOON = {
    "name": "限时满减", "layer": "coupon", "needs_coupon": True,
    "when": {"period": {"from": "2026-01-01T00:00:00+08:00"}},
    "benefit": {"kind": "amount_off", "tiers": [{"at": 9_900, "off": 2_000}]},
}  # fmt: skip
ENDS_IN_S = (6, 12, 24, 48, 96)
"""How far ahead a coupon's end is set: the next one where the page took longer than that to choose it."""
GONE = {PHONE: "冰裂水盂", DESK: "冰裂公道杯"}
"""What is taken off the shelf while it lies in a cart, for each width something else."""


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(browser: Browser, url: str, errors: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    with opened(browser, url, errors, request.param, locale="zh-CN") as page:
        yield page


def gone_for(page: Page) -> str:
    assert page.viewport_size is not None
    return GONE[page.viewport_size["width"]]


def open_goods(page: Page, name: str) -> None:
    page.goto(f"/mall/list?q={name}")
    shown(page).locator("a.goods", has_text=name).first.click()
    expect(shown(page).locator(".product-name")).to_contain_text(name)


def put_in(page: Page, name: str) -> None:
    open_goods(page, name)
    with page.expect_response("**/actions/checkout.add_to_cart"):
        shown(page).get_by_role("button", name="加入购物车").locator("visible=true").click()
    expect(shown(page).locator(".cart-link:visible .count").first).to_be_visible()


def to_checkout(page: Page) -> None:
    page.goto("/mall/cart")
    shown(page).get_by_role("button", name=re.compile("去结算")).locator("visible=true").click()
    shown(page).get_by_label("粘贴地址").fill(RECEIVER)
    shown(page).get_by_role("button", name="智能识别").click()
    expect(shown(page).get_by_label("收货人")).to_have_value("李雷")
    expect(shown(page).get_by_text("填写地址后计算运费")).to_have_count(0)
    expect(shown(page).locator(".summary.fading")).to_have_count(0)


def settled(page: Page) -> Locator:
    """The total, once the page knows where the goods go to: that is read beside it, and changes it."""
    found = shown(page).locator(".totals .sum dd")
    expect(found).to_be_visible()
    expect(shown(page).get_by_text("填写地址后计算运费")).to_have_count(0)
    expect(shown(page).locator(".summary.fading")).to_have_count(0)
    return found


def place(page: Page) -> None:
    shown(page).get_by_role("button", name="提交订单").locator("visible=true").click()


def test_of_two_tabs_one_places_the_cart_and_the_other_is_told(page: Page, errors: list[str]) -> None:
    put_in(page, "汝窑天青公道杯")
    to_checkout(page)
    other = page.context.new_page()
    to_checkout(other)
    place(page)
    expect(shown(page).get_by_role("link", name="查看订单")).to_be_visible()
    place(other)
    expect(
        other.get_by_text("没有要结算的商品").or_(other.get_by_text(re.compile("购物车.*(变|改)"))).first
    ).to_be_visible()
    other.close()
    assert all("40" in each or "42" in each for each in errors)
    errors.clear()


def test_nothing_is_placed_while_its_price_is_worked_out(page: Page) -> None:
    put_in(page, "汝窑天青公道杯")
    page.goto("/mall/cart")
    shown(page).get_by_role("button", name=re.compile("去结算")).locator("visible=true").click()
    button = shown(page).get_by_role("button", name="提交订单").locator("visible=true")
    expect(button).to_be_enabled()
    held = Held(page, "**/api/v1/checkout/quote")
    shown(page).get_by_label("粘贴地址").fill(RECEIVER)
    with page.expect_request("**/api/v1/checkout/quote"):
        shown(page).get_by_role("button", name="智能识别").click()
    expect(shown(page).get_by_label("收货人")).to_have_value("李雷")
    expect(button).to_be_disabled()
    held.let_go()
    button.click()
    expect(shown(page).get_by_role("link", name="查看订单")).to_be_visible()


def test_an_order_that_is_looked_at_is_told_of_its_money(page: Page) -> None:
    put_in(page, "影青主人杯")
    to_checkout(page)
    place(page)
    other = page.context.new_page()
    expect(shown(page).get_by_role("link", name="查看订单")).to_be_visible()
    other.goto(page.url.replace("/result", "/order"))
    expect(shown(other).get_by_role("link", name=re.compile("去支付"))).to_be_visible()
    with page.expect_popup() as gateway:
        shown(page).get_by_role("link", name=re.compile("在线支付")).click()
    pay_at(gateway.value)
    expect(shown(other).locator(".state h2")).to_have_text("待发货")


def test_going_back_after_paying_places_nothing_again(page: Page, errors: list[str]) -> None:
    put_in(page, "影青主人杯")
    to_checkout(page)
    place(page)
    with page.expect_popup() as gateway:
        shown(page).get_by_role("link", name=re.compile("在线支付")).click()
    pay_at(gateway.value)
    expect(shown(page).get_by_role("heading", name="支付成功")).to_be_visible()
    page.go_back()
    expect(shown(page).get_by_role("button", name="提交订单")).to_have_count(0)
    page.goto("/mall/orders")
    expect(shown(page).locator("a[href*='/mall/order?']")).to_have_count(1)
    errors.clear()


def test_what_is_sold_out_meanwhile_stands_apart_in_the_cart(page: Page, boss: Staff) -> None:
    name = gone_for(page)
    put_in(page, name)
    put_in(page, "墨竹手绘茶荷")
    found = boss.read("/api/v1/storefront/products", q=name)["items"][0]
    shown_page = boss.read(f"/api/v1/storefront/products/{found['id']}")
    boss.act("catalog.delist_product", {"product_id": found["id"]})
    page.goto("/mall/cart")
    expect(shown(page).get_by_text(re.compile("失效商品 1 件"))).to_be_visible()
    expect(shown(page).get_by_role("button", name=re.compile("去结算（1）")).locator("visible=true")).to_be_visible()
    assert shown_page["variants"]


def test_what_was_refused_is_placed_as_it_stands_once_there_is_stock_again(
    page: Page, boss: Staff, errors: list[str]
) -> None:
    (found,) = boss.read("/api/v1/storefront/products", q="粉引茶荷")["items"]
    (variant,) = boss.read(f"/api/v1/storefront/products/{found['id']}")["variants"]
    put_in(page, "粉引茶荷")
    to_checkout(page)
    expect(shown(page).locator(".line-name")).to_have_text("粉引茶荷")
    gone = [each for each in boss.read(f"/api/v1/skus/{variant['sku_id']}/stock") if each["available"] > 0]

    def adjust(sign: int) -> None:
        for each in gone:
            line = {"sku_id": variant["sku_id"], "qty": sign * each["available"], "lot": each["lot"]}
            given = {"warehouse_id": each["warehouse_id"], "reason": "count", "reference": "盘点", "lines": [line]}
            boss.act("inventory.adjust", given)

    adjust(-1)
    place(page)
    told(page, "粉引茶荷刚刚售罄")
    adjust(+1)
    expect(shown(page).locator(".summary.fading")).to_have_count(0)
    place(page)
    expect(shown(page).get_by_role("link", name="查看订单")).to_be_visible()
    assert errors
    assert all("409" in each for each in errors)
    errors.clear()


def test_an_answer_that_was_lost_is_the_same_order_when_it_is_placed_again(
    page: Page, boss: Staff, errors: list[str]
) -> None:
    placed: list[str] = []

    def lose(route: Route) -> None:
        placed.append(route.fetch().json()["number"])
        route.abort()

    put_in(page, "影青主人杯")
    to_checkout(page)
    page.route("**/api/v1/actions/checkout.place", lose, times=1)
    place(page)
    told(page, "连不上商城")
    place(page)
    expect(shown(page).get_by_role("link", name="查看订单")).to_be_visible()
    page.goto("/mall/orders")
    expect(shown(page).locator("a[href*='/mall/order?']")).to_have_count(1)
    (number,) = placed
    expect(shown(page).get_by_text(number)).to_be_visible()
    assert errors
    assert all("ERR_FAILED" in each for each in errors)
    errors.clear()


def test_a_coupon_that_is_voided_meanwhile_is_told_and_the_full_price_shown_first(
    page: Page, up: Launched, boss: Staff, errors: list[str]
) -> None:
    assert page.viewport_size is not None
    phone = {PHONE: "13800010003", DESK: "13800010004"}[page.viewport_size["width"]]
    (buyer,) = boss.read("/api/v1/customers", phone=phone)["items"]

    def orders() -> int:
        return len(boss.read("/api/v1/orders", customer_id=buyer["id"])["items"])

    boss.act("pricing.grant_coupon", {"batch": "WELCOME10", "customer_id": buyer["id"]})
    page.goto("/mall/login")
    sign_in(page, up, phone)
    expect(shown(page).locator(".me-head h2")).to_be_visible()
    open_goods(page, "正山小种 200g")
    shown(page).get_by_role("button", name="增加").click()
    shown(page).get_by_role("button", name="立即购买").locator("visible=true").click()
    total = settled(page)
    expect(total).to_have_text("¥186.00")  # twice 98, less 10 by the coupon
    before = orders()
    for coupon in boss.read(f"/api/v1/customers/{buyer['id']}/coupons")["items"]:
        boss.try_("pricing.void_coupon", {"coupon_id": coupon["id"]})  # one that was used stays so
    place(page)
    expect(total).to_have_text("¥196.00")
    assert orders() == before
    expect(shown(page).locator(".summary.fading")).to_have_count(0)
    place(page)
    expect(shown(page).get_by_role("link", name="查看订单")).to_be_visible()
    assert orders() == before + 1
    assert errors
    assert all("409" in each for each in errors)
    errors.clear()


def test_a_coupon_whose_end_comes_meanwhile_is_told_and_the_full_price_shown_first(
    page: Page, up: Launched, boss: Staff, errors: list[str]
) -> None:
    """By the clock: the coupon is good while it is chosen, and no more when the order is placed."""
    assert page.viewport_size is not None
    width = page.viewport_size["width"]
    phone = f"1370000{width:04}"
    buyer = boss.act("members.register", {"shop_id": mall(up.running.url), "phone": phone, "name": "赶时间的人"})
    customer = buyer["customer_id"]
    boss.act("members.add_address", {"customer_id": customer, **LIVES})
    promotion = boss.act("pricing.create_promotion", {"code": f"SOON-{width}", **SOON})
    boss.act("pricing.publish_promotion", {"promotion_id": promotion["id"]})
    page.goto("/mall/login")
    sign_in(page, up, phone)
    expect(shown(page).locator(".me-head h2")).to_be_visible()
    open_goods(page, "正山小种 200g")
    shown(page).get_by_role("button", name="增加").click()
    shown(page).get_by_role("button", name="立即购买").locator("visible=true").click()
    expect(shown(page).locator(".totals .sum dd")).to_be_visible()
    coupon = next(filter(None, (chosen_before_its_end(page, boss, customer, promotion, s) for s in ENDS_IN_S)))

    def is_over() -> bool:
        held = boss.read(f"/api/v1/customers/{customer}/coupons")["items"]
        return any(each["id"] == coupon and each["status"] == "expired" for each in held)

    def orders() -> int:
        return len(boss.read("/api/v1/orders", customer_id=customer)["items"])

    until(is_over, ENDS_IN_S[-1] + 60, lambda: up.told)
    total = shown(page).locator(".totals .sum dd")
    expect(total).to_have_text("¥176.00")  # as it was shown; nobody has asked anew
    place(page)
    told(page, "优惠券现在不能用")
    expect(total).to_have_text("¥196.00")
    expect(shown(page).locator(".summary.fading")).to_have_count(0)
    assert orders() == 0
    place(page)
    expect(shown(page).get_by_role("link", name="查看订单")).to_be_visible()
    assert orders() == 1
    assert errors
    assert all("409" in each for each in errors)
    errors.clear()


def chosen_before_its_end(page: Page, boss: Staff, customer: str, promotion: dict[str, str], ends_in_s: int) -> str:
    """A coupon that ends so soon, granted and chosen in the checkout; its id, or nothing where its end came first."""
    batch = {
        "code": f"{promotion['code']}-{ends_in_s}", "name": f"限时满减 {ends_in_s}",
        "promotion_id": promotion["id"],
        "valid_from": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
        "valid_to": (datetime.now(UTC) + timedelta(seconds=ends_in_s)).isoformat(),
    }  # fmt: skip
    boss.act("pricing.create_coupon_batch", batch)
    granted = boss.act("pricing.grant_coupon", {"batch": batch["code"], "customer_id": customer})
    with page.expect_response("**/api/v1/customer/coupons?**") as wallet:
        page.reload()
    if "usable" not in [each["status"] for each in wallet.value.json()["items"] if each["id"] == granted["id"]]:
        return ""
    settled(page)
    shown(page).get_by_role("button", name=re.compile("^优惠券")).click()
    choice = shown(page).get_by_role("dialog").get_by_role("button", name=re.compile(batch["name"]))
    expect(choice.locator(".compared")).to_have_text(re.compile(r"\S"))  # so the next to be quoted is the chosen one
    with page.expect_response("**/api/v1/checkout/quote") as quoted:
        choice.click()
    if not quoted.value.ok:
        return ""
    total = shown(page).locator(".totals .sum dd")
    expect(total.or_(shown(page).get_by_role("alert")).first).to_be_visible()
    expect(shown(page).locator(".summary.fading")).to_have_count(0)
    return str(granted["id"]) if total.inner_text() == "¥176.00" else ""


def test_a_crowd_buys_by_the_api_beside_one_in_a_browser(page: Page, up: Launched, boss: Staff) -> None:
    """Of fifty at once as many get theirs as there are pieces for, and the page tells that none is left."""
    assert page.viewport_size is not None
    width = page.viewport_size["width"]
    name, units, each_wants, got = CROWDED[width]
    url = up.running.url
    sales = httpx.get(f"{url}/api/v1/marketing/flash-sales", params={"shop_id": mall(url)}, timeout=60).json()
    sale = next(each for each in sales if each["units"] == units)
    buyers = [
        boss.act("members.register", {"shop_id": mall(url), "phone": f"139{width:04}{n:04}", "name": f"顾客{n}"})[
            "customer_id"
        ]
        for n in range(CROWD)
    ]

    def buy(customer: str) -> int:
        given = {
            "shop_id": mall(url), "promotion_id": sale["promotion_id"], "sku_id": sale["sku_id"],
            "customer_id": customer, "qty": each_wants, "expected_total_minor": 0, "method": "later",
            "receiver": TO,
        }  # fmt: skip
        answer = boss.try_("marketing.buy_flash", given)
        if answer.status_code == 409 and "total_minor" in answer.json()["data"]:
            given["expected_total_minor"] = answer.json()["data"]["total_minor"]
            answer = boss.try_("marketing.buy_flash", given)
        return answer.status_code

    page.goto("/mall/flash")
    expect(shown(page).locator("a.goods")).to_have_count(3)
    with ThreadPoolExecutor(8) as crowd:
        codes = list(crowd.map(buy, buyers))
    assert sorted(codes) == [200] * got + [409] * (CROWD - got)
    page.goto("/mall/flash")
    left = shown(page).locator("a.goods", has_text=name)
    expect(left).to_contain_text("仅剩 0 件")
    expect(left.locator(".gone")).to_be_visible()
    page.goto("/mall/login")
    sign_in(page, up, BESIDE[width])
    expect(shown(page).locator(".me-head h2")).to_be_visible()
    open_goods(page, name)
    expect(shown(page).locator(".flash-banner")).to_contain_text("已抢光")


def mall(url: str) -> str:
    found: str = httpx.get(f"{url}/api/v1/storefront/mall", timeout=60).json()["id"]
    return found
