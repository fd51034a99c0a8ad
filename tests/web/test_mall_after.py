"""After the order in a real browser: a friend pays, it is urged, tracked, received and reviewed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.apps.launched import Launched, until
from tests.web.browser import Held, opened, told
from tests.web.mall import DESK, PHONE, Staff, pay_at, shown, sign_in

MEMBERS = {PHONE: ("13800010001", "张伟"), DESK: ("13800010004", "刘洋")}


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(browser: Browser, url: str, errors: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    with opened(browser, url, errors, request.param, locale="zh-CN") as page:
        yield page


def who(page: Page) -> tuple[str, str]:
    assert page.viewport_size is not None
    return MEMBERS[page.viewport_size["width"]]


def order(page: Page, up: Launched, words: str, pieces: int) -> None:
    """Signed in, by the product's page to the checkout, paid later."""
    page.goto("/mall/login")
    sign_in(page, up, who(page)[0])
    expect(shown(page).locator(".me-head h2")).to_have_text(who(page)[1])
    page.goto(f"/mall/list?q={words}")
    shown(page).locator("a.goods").first.click()
    for _ in range(pieces - 1):
        shown(page).get_by_role("button", name="增加").click()
    shown(page).get_by_role("button", name="立即购买").locator("visible=true").click()
    expect(shown(page).locator(".address.on")).to_contain_text(who(page)[1])
    shown(page).get_by_role("radio", name="稍后付款").click()
    shown(page).get_by_role("button", name="提交订单").locator("visible=true").click()
    expect(shown(page).get_by_role("link", name="查看订单")).to_be_visible()


def test_a_friend_pays_then_it_is_urged_sent_tracked_received_and_reviewed(
    page: Page, up: Launched, boss: Staff, tmp_path: Path
) -> None:
    order(page, up, "zhengshan", 3)
    shown(page).get_by_role("link", name="查看订单").click()
    expect(shown(page).locator(".state h2")).to_have_text("待付款")
    link = page.url.partition("link=")[2]
    found = boss.read("/api/v1/checkout/order", link=link)

    friend = page.context.new_page()
    friend.goto(f"/mall/friend?link={found['pay_link']}")
    expect(shown(friend).locator(".pay")).to_contain_text("请您帮忙付款")
    expect(shown(friend)).not_to_contain_text(who(page)[1])
    shown(friend).get_by_role("button", name="在线支付（演示网关）").click()
    with friend.expect_popup() as gateway:
        shown(friend).get_by_role("link", name=re.compile("在线支付")).click()
    pay_at(gateway.value)
    expect(shown(friend).get_by_role("heading", name="已付款，谢谢！")).to_be_visible()
    friend.close()

    page.reload()
    expect(shown(page).locator(".state h2")).to_have_text("待发货")
    shown(page).get_by_role("button", name="催发货").click()
    expect(shown(page).get_by_role("button", name="已提醒店家尽快发货")).to_be_disabled()
    urged = boss.act("checkout.answer_urge", {"order_id": found["order_id"]})
    assert urged["was_urged"]

    given = {"order_id": found["order_id"], "carrier": "顺丰", "waybill": f"SF99{found['number'][-6:]}"}
    boss.act("orders.ship", given)
    until(lambda: any(each["state"] for each in boss.read("/api/v1/checkout/order", link=link)["parcels"]), 60)
    page.reload()
    expect(shown(page).locator(".state h2")).to_have_text("已发货")
    expect(shown(page).locator(".parcel-whole")).to_contain_text("待揽收")
    scans = [{"at": "2026-01-02T08:00:00Z", "kind": "picked_up", "place": "杭州"}]
    boss.act("logistics.record_scans", {"carrier": "SF", "waybill": given["waybill"], "scans": scans})
    page.reload()
    expect(shown(page).locator(".track li")).to_contain_text("已揽收 杭州")

    shown(page).get_by_role("button", name="确认收货").click()
    page.get_by_text("确定", exact=True).locator("visible=true").click()
    expect(shown(page).locator(".state h2")).to_have_text("已完成")

    shown(page).get_by_role("link", name="评价商品").click()
    shown(page).get_by_role("radio", name="4 星").click()
    shown(page).get_by_label("商品怎么样").fill("松烟香很正，耐泡。")
    picture = tmp_path / "tea.png"
    Image.new("RGB", (40 + len(who(page)[0]), 30), "brown").save(picture)
    shown(page).locator("input[type=file]").set_input_files(picture)
    expect(shown(page).get_by_role("button", name="移除图片 1")).to_be_visible()
    shown(page).get_by_role("button", name="发布评价").click()
    expect(shown(page).locator(".page .badge")).to_have_text("待审核")
    expect(shown(page).locator(".page")).to_contain_text("松烟香很正，耐泡。")


def test_what_is_kept_and_seen_is_found_again(page: Page, up: Launched) -> None:
    page.goto("/mall/login")
    sign_in(page, up, who(page)[0])
    expect(shown(page).locator(".me-head h2")).to_be_visible()
    page.goto("/mall/list?q=baici")
    shown(page).locator("a.goods", has_text="白瓷盖碗").first.click()
    shown(page).get_by_role("button", name="收藏").click()
    expect(shown(page).get_by_role("button", name="收藏")).to_have_attribute("aria-pressed", "true")
    page.goto("/mall/kept")
    expect(shown(page).locator("a.goods")).to_contain_text("白瓷盖碗")
    shown(page).get_by_role("radio", name="足迹").click()
    expect(shown(page).locator("a.goods")).to_have_count(1)
    shown(page).get_by_role("radio", name="收藏").click()
    shown(page).get_by_role("button", name="移除 白瓷盖碗").click()
    expect(shown(page).get_by_text("还没有收藏")).to_be_visible()


def test_what_is_kept_at_once_stays_so_when_the_earlier_ones_come_late(page: Page, up: Launched) -> None:
    page.goto("/mall/login")
    sign_in(page, up, who(page)[0])
    expect(shown(page).locator(".me-head h2")).to_be_visible()
    page.goto("/mall/list?q=longjing")
    held = Held(page, "**/storefront/favourites")
    with page.expect_request("**/storefront/favourites"):
        shown(page).locator("a.goods", has_text="明前龙井").first.click()
    heart = shown(page).get_by_role("button", name="收藏")
    expect(heart).to_have_attribute("aria-pressed", "false")
    held.be_answered()
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")
    with page.expect_request("**/storefront/favourites") as asked:
        held.let_go()
    answer = asked.value.response()
    assert answer is not None
    assert answer.ok
    expect(heart).to_have_attribute("aria-pressed", "true")


def test_the_day_and_the_freight_for_a_region(page: Page) -> None:
    page.goto("/mall/list?q=longjing")
    shown(page).locator("a.goods", has_text="明前龙井").first.click()
    delivery = shown(page).locator(".delivery")
    delivery.locator(".field.pick").click()
    for name in ("北京市", "朝阳区"):
        page.locator(".region", has_text=name).first.click()
    expect(delivery).to_contain_text("北京市 朝阳区")
    expect(delivery.locator(".promise")).to_contain_text(re.compile(r"\d"))


def test_an_account_is_deleted_for_good(browser: Browser, up: Launched, url: str, errors: list[str]) -> None:
    with opened(browser, url, errors, PHONE, locale="zh-CN") as page:
        page.goto("/mall/login")
        sign_in(page, up, "13988887777")
        expect(shown(page).locator(".me-head")).to_be_visible()
        page.goto("/mall/account")
        shown(page).get_by_label("当前密码").last.fill("not-mine-at-all")
        shown(page).get_by_role("button", name="永久注销").click()
        page.get_by_text("确定", exact=True).locator("visible=true").click()
        expect(shown(page).get_by_role("alert")).to_be_visible()
        assert all("401" in each for each in errors)
        errors.clear()
        page.goto("/mall/addresses")
        expect(shown(page).get_by_role("button", name="使用新地址")).to_be_visible()
        page.goto("/mall/help")
        shown(page).get_by_role("navigation", name="关于本店").get_by_role("link", name="隐私政策").first.click()
        expect(shown(page).get_by_text("浏览记录只保存在您的设备上")).to_be_visible()

        page.goto("/mall/account")
        shown(page).get_by_label(re.compile("新密码")).fill("Longjing-9")
        shown(page).get_by_role("button", name="设置密码").click()
        expect(shown(page).get_by_role("link", name="登录 / 注册").first).to_be_visible()
        page.goto("/mall/login")
        shown(page).get_by_role("radio", name="密码登录").click()
        shown(page).get_by_label("手机号或邮箱").fill("13988887777")
        shown(page).get_by_label("密码").fill("Longjing-9")
        shown(page).get_by_role("button", name="登录", exact=True).click()
        expect(shown(page).locator(".me-head")).to_contain_text("13988887777")
        page.goto("/mall/account")
        shown(page).get_by_label("当前密码").last.fill("Longjing-9")
        shown(page).get_by_role("button", name="永久注销").click()
        page.get_by_text("确定", exact=True).locator("visible=true").click()
        told(page, "账号已注销")
        page.goto("/mall/account")
        expect(shown(page).get_by_role("link", name="登录 / 注册").first).to_be_visible()
        assert all("401" in each for each in errors)
        errors.clear()
