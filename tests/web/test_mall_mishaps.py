"""What goes wrong on the way: no network, a session that ends, a page that is loaded anew, rubbish that is typed.

Each is told with what to do next, and nothing that was typed is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.apps.launched import Launched, until
from tests.web.browser import Held, opened, told
from tests.web.mall import PHONE, Staff, pay_at, shown, sign_in
from tests.web.test_mall_turns import open_goods, place, put_in, settled, to_checkout

MEMBER = "13800010002"
NOTE = "请放门卫，谢谢 🙏"
AWAY = re.compile("连不上商城")


@pytest.fixture
def page(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    with opened(browser, url, errors, PHONE, locale="zh-CN") as page:
        yield page


def enter(page: Page, up: Launched, phone: str = MEMBER) -> None:
    page.goto("/mall/login")
    sign_in(page, up, phone)
    expect(shown(page).locator(".me-head h2")).to_be_visible()


def buy_now(page: Page, name: str) -> None:
    """To the checkout of one piece, as a member whose address is known."""
    open_goods(page, name)
    shown(page).get_by_role("button", name="立即购买").locator("visible=true").click()
    expect(shown(page).locator(".address.on")).to_be_visible()
    settled(page)


def is_placed(page: Page) -> None:
    expect(shown(page).get_by_role("link", name="查看订单")).to_be_visible()


def only(errors: list[str], *told: str) -> None:
    """The browser has reported these and nothing else."""
    assert errors
    assert [each for each in errors if not any(said in each for said in told)] == []
    errors.clear()


def test_a_cart_stays_while_the_shop_is_out_of_reach(page: Page, errors: list[str]) -> None:
    put_in(page, "影青主人杯")
    page.goto("/mall/cart")
    expect(shown(page).locator(".line")).to_have_count(1)
    page.context.set_offline(True)
    shown(page).get_by_role("button", name="增加").click()
    expect(shown(page).get_by_role("alert")).to_contain_text(AWAY)
    expect(shown(page).locator(".line .qty b")).to_have_text("1")
    page.context.set_offline(False)
    expect(shown(page).get_by_role("alert")).to_have_count(0)
    shown(page).get_by_role("button", name="增加").click()
    expect(shown(page).locator(".line .qty b")).to_have_text("2")
    only(errors, "ERR_INTERNET_DISCONNECTED")


def test_quick_taps_in_a_cart_count_each_however_slow_the_network(page: Page) -> None:
    put_in(page, "墨竹手绘茶荷")
    page.goto("/mall/cart")
    pieces = shown(page).locator(".line .qty b")
    expect(pieces).to_have_text("1")
    held = Held(page, "**/api/v1/actions/checkout.set_lines")
    for n in ("2", "3", "4"):
        shown(page).get_by_role("button", name="增加").click()
        expect(pieces).to_have_text(n)
    expect(shown(page).get_by_role("button", name=re.compile("去结算")).locator("visible=true")).to_be_disabled()
    held.let_go()
    expect(shown(page).get_by_role("button", name="去结算（4）").locator("visible=true")).to_be_enabled()
    expect(pieces).to_have_text("4")


def test_what_a_cart_sells_no_more_is_in_nobodys_way(page: Page, boss: Staff) -> None:
    name = "黑陶水盂"
    put_in(page, "墨竹手绘茶荷")
    put_in(page, name)
    found = boss.read("/api/v1/storefront/products", q=name)["items"][0]
    boss.act("catalog.delist_product", {"product_id": found["id"]})
    to_checkout(page)
    place(page)
    is_placed(page)
    page.goto("/mall/cart")
    expect(shown(page).get_by_text("失效商品 1 件")).to_be_visible()


def test_a_checkout_that_is_loaded_anew_loses_nothing(page: Page) -> None:
    put_in(page, "影青主人杯")
    page.goto("/mall/checkout")
    shown(page).get_by_label("收货人").fill("王小")
    shown(page).get_by_label("订单备注").fill(NOTE)
    page.reload()
    expect(shown(page).get_by_label("收货人")).to_have_value("王小")
    expect(shown(page).get_by_label("订单备注")).to_have_value(NOTE)


def test_whoever_comes_after_a_member_finds_nothing_of_theirs(page: Page, up: Launched, errors: list[str]) -> None:
    enter(page, up)
    buy_now(page, "影青主人杯")
    shown(page).get_by_label("订单备注").fill(NOTE)
    page.reload()
    expect(shown(page).get_by_label("订单备注")).to_have_value(NOTE)
    page.goto("/mall/me")
    shown(page).get_by_role("button", name="退出登录").click()
    told(page, "已退出")
    put_in(page, "影青主人杯")
    page.goto("/mall/checkout")
    expect(shown(page).get_by_label("收货人")).to_have_value("")
    expect(shown(page).get_by_label("订单备注")).to_have_value("")
    if errors:
        only(errors, "401")  # to what was still being read of a member who signed out meanwhile


def test_rubbish_for_an_address_takes_nothing_away(page: Page) -> None:
    put_in(page, "影青主人杯")
    page.goto("/mall/checkout")
    shown(page).get_by_label("收货人").fill("王小明")
    shown(page).get_by_label("粘贴地址").fill("asdf 😀😀 !!")
    shown(page).get_by_role("button", name="智能识别").click()
    told(page, "没有认出地址，请在下面填写")
    expect(shown(page).get_by_label("收货人")).to_have_value("王小明")
    expect(shown(page).get_by_label("粘贴地址")).to_have_value("asdf 😀😀 !!")


def test_a_note_that_is_too_long_says_so_and_stays(page: Page, errors: list[str]) -> None:
    put_in(page, "影青主人杯")
    to_checkout(page)
    shown(page).get_by_label("订单备注").fill("🍵" * 2000)
    place(page)
    told(page, "订单备注：.*500.*请修改后再试")
    expect(shown(page).get_by_label("订单备注")).to_have_value("🍵" * 2000)
    shown(page).get_by_label("订单备注").fill("🍵" * 300)
    place(page)
    told(page, "备注最多 200 个字，请精简。")
    shown(page).get_by_label("订单备注").fill("🍵" * 200)
    place(page)
    is_placed(page)
    only(errors, "422")


def test_a_code_may_be_typed_with_blanks_and_full_width_letters(page: Page, boss: Staff) -> None:
    given = {
        "code": "TYPED", "name": "手输券", "layer": "coupon", "needs_coupon": True,
        "when": {"period": {"from": "2026-01-01T00:00:00+08:00"}},
        "benefit": {"kind": "amount_off", "tiers": [{"at": 5_000, "off": 700}]},
    }  # fmt: skip
    promotion = boss.act("pricing.create_promotion", given)
    boss.act("pricing.publish_promotion", {"promotion_id": promotion["id"]})
    batch = {
        "code": "TYPED", "name": "手输券", "promotion_id": promotion["id"], "kind": "shared", "shared_code": "SPRING88",
        "valid_days": 30,
    }  # fmt: skip
    boss.act("pricing.create_coupon_batch", batch)
    put_in(page, "正山小种 200g")
    to_checkout(page)
    shown(page).get_by_role("button", name=re.compile("^优惠券")).click()
    shown(page).get_by_label("输入券码").fill("　ｓｐｒｉｎｇ ８８ ")
    shown(page).get_by_role("dialog").get_by_role("button", name="使用", exact=True).click()
    expect(shown(page).get_by_role("button", name=re.compile("^优惠券"))).to_contain_text("−¥7.00")


class TestSession:
    @pytest.mark.parametrize("ended", ["by the browser", "by the shop"])
    def test_one_that_ends_in_the_checkout_is_told_and_nothing_lost(
        self, page: Page, up: Launched, boss: Staff, errors: list[str], ended: str
    ) -> None:
        (buyer,) = boss.read("/api/v1/customers", phone=MEMBER)["items"]

        def orders() -> int:
            return len(boss.read("/api/v1/orders", customer_id=buyer["id"])["items"])

        enter(page, up)
        buy_now(page, "影青主人杯")
        shown(page).get_by_label("订单备注").fill(NOTE)
        before = orders()
        if ended == "by the shop":
            end_session(page, up.running.url)
        else:
            page.context.clear_cookies()
        place(page)
        expect(shown(page).get_by_role("alert")).to_contain_text("登录已失效")
        expect(shown(page).get_by_label("订单备注")).to_have_value(NOTE)
        place(page)
        assert orders() == before
        shown(page).get_by_role("alert").get_by_role("link", name="登录").click()
        sign_in(page, up, MEMBER)
        expect(shown(page).get_by_label("订单备注")).to_have_value(NOTE)
        expect(shown(page).get_by_role("alert")).to_have_count(0)
        settled(page)
        place(page)
        is_placed(page)
        assert orders() == before + 1
        if ended == "by the shop":
            only(errors, "401")

    def test_who_signs_in_before_it_is_known_that_the_last_one_ended_stays_signed_in(
        self, page: Page, up: Launched, errors: list[str]
    ) -> None:
        enter(page, up)
        end_session(page, up.running.url)
        held: list[Route] = []
        page.route("**/api/v1/customer/session", lambda route: held.append(route), times=1)
        with page.expect_request("**/api/v1/customer/session"):
            page.goto("/mall/login")
        until(lambda: page.evaluate("1") and held, 60)  # Playwright tells of it before it asks what to do with it
        ended = held[0].fetch()
        sign_in(page, up, MEMBER)
        expect(shown(page).locator(".me-head h2")).to_have_text("王芳")
        held[0].fulfill(response=ended)
        expect(page).to_have_title(re.compile(" · "))  # it is known which mall this is, and who is in it
        expect(shown(page).locator(".me-head h2")).to_have_text("王芳")
        only(errors, "401")

    def test_another_tab_that_signs_in_is_in_nobodys_way(self, page: Page, up: Launched) -> None:
        put_in(page, "影青主人杯")
        to_checkout(page)
        other = page.context.new_page()
        enter(other, up)
        other.close()
        expect(shown(page).get_by_label("收货人")).to_have_value("李雷")
        shown(page).locator("button.address").first.click()
        settled(page)
        place(page)
        is_placed(page)

    def test_no_guests_form_is_shown_to_a_member_whose_addresses_are_on_their_way(
        self, page: Page, up: Launched
    ) -> None:
        enter(page, up)
        open_goods(page, "影青主人杯")
        held = Held(page, "**/api/v1/customer")
        shown(page).get_by_role("button", name="立即购买").locator("visible=true").click()
        expect(shown(page).get_by_label("订单备注")).to_be_visible()
        expect(shown(page).get_by_label("收货人")).to_have_count(0)
        held.let_go()
        expect(shown(page).locator(".address.on")).to_be_visible()


def end_session(page: Page, url: str) -> None:
    """As when all devices are signed out; this one is not told."""
    cookies = {each["name"]: each["value"] for each in page.context.cookies()}
    head = {"x-csrf-token": cookies["shangmai_customer_csrf"], "x-act-as": "customer"}
    httpx.delete(f"{url}/api/v1/customer/session", cookies=cookies, headers=head, timeout=60).raise_for_status()


def test_paying_outlives_a_reload_and_a_network_that_goes(page: Page, errors: list[str]) -> None:
    put_in(page, "影青主人杯")
    to_checkout(page)
    shown(page).get_by_role("button", name="提交订单").locator("visible=true").dblclick()
    is_placed(page)
    with page.expect_response("**/api/v1/checkout/quote") as ways:
        page.reload()
    ways.value.finished()
    expect(shown(page).get_by_role("link", name=re.compile("在线支付"))).to_be_visible()
    page.context.set_offline(True)
    shown(page).get_by_role("button", name="换一种支付方式").click()
    page.context.set_offline(False)
    shown(page).get_by_role("button", name="在线支付（演示网关）").click()
    with page.expect_popup() as gateway:
        shown(page).get_by_role("link", name=re.compile("在线支付")).click()
    pay_at(gateway.value)
    gateway.value.close()
    expect(shown(page).get_by_role("heading", name="支付成功")).to_be_visible()
    page.goto("/mall/orders")
    expect(shown(page).locator("a[href*='/mall/order?']")).to_have_count(1)
    if errors:
        only(errors, "ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED")


def test_after_sale_words_outlive_a_network_that_goes(page: Page, up: Launched, boss: Staff, errors: list[str]) -> None:
    enter(page, up)
    buy_now(page, "影青主人杯")
    place(page)
    with page.expect_popup() as gateway:
        shown(page).get_by_role("link", name=re.compile("在线支付")).click()
    pay_at(gateway.value)
    gateway.value.close()
    expect(shown(page).get_by_role("heading", name="支付成功")).to_be_visible()
    link = page.url.partition("link=")[2].partition("&")[0]
    found = boss.read("/api/v1/checkout/order", link=link)
    boss.act(
        "orders.ship", {"order_id": found["order_id"], "carrier": "顺丰", "waybill": f"SF77{found['number'][-6:]}"}
    )
    page.goto(f"/mall/aftersale?link={link}")
    shown(page).get_by_role("button", name="增加").first.click()
    shown(page).get_by_label("说明情况").fill("杯口有磕碰。")
    page.context.set_offline(True)
    shown(page).get_by_role("button", name="提交申请").click()
    expect(shown(page).get_by_role("alert")).to_contain_text(AWAY)
    expect(shown(page).get_by_label("说明情况")).to_have_value("杯口有磕碰。")
    page.context.set_offline(False)
    expect(shown(page).get_by_role("alert")).to_have_count(0)
    shown(page).get_by_role("button", name="提交申请").click()
    expect(shown(page).locator(".aftersale")).to_contain_text("杯口有磕碰。")
    only(errors, "ERR_INTERNET_DISCONNECTED")
