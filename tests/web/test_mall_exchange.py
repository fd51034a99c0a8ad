"""A guest after the sale in a real browser: the order is found by number and phone, another variant is asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.web.browser import opened
from tests.web.mall import DESK, PHONE, RECEIVER, Staff, pay_at, shown

BUYER = "13712345678"


def order_a_cup(page: Page) -> str:
    """Two travel cups of 350 ml in black, by a guest, paid; gives the order's link."""
    page.goto("/mall/list?q=lvxing")
    shown(page).locator("a.goods", has_text="旅行茶杯").first.click()
    shown(page).get_by_role("radio", name="350 ml").click()
    shown(page).get_by_role("radio", name="墨黑").click()
    shown(page).get_by_role("button", name="增加").click()
    shown(page).get_by_role("button", name="立即购买").locator("visible=true").click()
    shown(page).get_by_label("粘贴地址").fill(RECEIVER)
    shown(page).get_by_role("button", name="智能识别").click()
    expect(shown(page).get_by_text("填写地址后计算运费")).to_have_count(0)
    expect(shown(page).locator(".summary.fading")).to_have_count(0)
    shown(page).get_by_role("button", name="提交订单").locator("visible=true").click()
    with page.expect_popup() as gateway:
        shown(page).get_by_role("link", name=re.compile("在线支付")).click()
    pay_at(gateway.value)
    gateway.value.close()
    shown(page).get_by_role("link", name="查看订单").click()
    expect(shown(page).locator(".state h2")).to_have_text("待发货")
    return page.url.partition("link=")[2]


@pytest.mark.parametrize("width", [PHONE, DESK], ids=["phone", "desk"])
def test_a_guest_exchanges_for_another_variant(
    browser: Browser, url: str, errors: list[str], boss: Staff, width: int, tmp_path: Path
) -> None:
    with opened(browser, url, errors, width, locale="zh-CN") as page:
        found = boss.read("/api/v1/checkout/order", link=order_a_cup(page))
        boss.act(
            "orders.ship", {"order_id": found["order_id"], "carrier": "顺丰", "waybill": f"SF77{found['number'][-6:]}"}
        )
        page.context.clear_cookies()
        page.evaluate("() => localStorage.clear()")

        page.goto("/mall/orders")
        shown(page).get_by_label("订单号").fill(found["number"])
        shown(page).get_by_label("手机号").fill(BUYER)
        shown(page).get_by_role("button", name="查询").click()
        shown(page).get_by_role("link", name="退换 / 售后").click()
        shown(page).get_by_role("radio", name="换货").click()
        shown(page).get_by_role("button", name="增加").click()
        swapping = shown(page).locator(".swapping")
        expect(swapping).to_contain_text("换同款同规格")
        swapping.get_by_role("radio", name="天青").click()
        expect(swapping).to_contain_text("换成 天青 · 350 ml")
        shown(page).get_by_role("radio", name="发错商品").click()
        shown(page).get_by_label("说明情况").fill("想要天青色。")
        picture = tmp_path / "black.png"
        Image.new("RGB", (60, 40 + width), "black").save(picture)
        shown(page).locator("input[type=file]").set_input_files(picture)
        expect(shown(page).locator(".thumbs .picture")).to_have_count(1)
        shown(page).get_by_role("button", name="提交申请").click()
        mine = shown(page).locator(".aftersale")
        expect(mine).to_contain_text("待店家处理")
        expect(mine).to_contain_text("换成 天青 · 350 ml")
        expect(mine.locator(".thumbs .picture")).to_have_js_property("naturalWidth", 60)

        (asked,) = boss.read(f"/api/v1/orders/{found['order_id']}/aftersales")
        assert asked["customer_id"] is None
        assert len(asked["pictures"]) == 1
        boss.act("aftersales.approve", {"request_id": asked["id"], "send_to": "杭州市龙井路 1 号 退货组"})
        page.reload()
        expect(mine).to_contain_text("寄回地址：杭州市龙井路 1 号 退货组")
        mine.get_by_label("快递公司").fill("中通")
        mine.get_by_label("运单号").fill("ZT87654321")
        mine.get_by_role("button", name="提交运单号").click()
        expect(mine).to_contain_text("已寄回：中通 ZT87654321")

        mine.get_by_role("button", name="撤销申请").click()
        page.get_by_text("确定", exact=True).locator("visible=true").click()
        expect(mine).to_contain_text("已撤销")
        (asked,) = boss.read(f"/api/v1/orders/{found['order_id']}/aftersales")
        assert asked["state"] == "canceled"

        page.goto("/mall/notices")
        told = shown(page).get_by_role("link", name=re.compile(f"订单 {found['number']} 已发货"))
        expect(told).to_have_class(re.compile("fresh"))
        told.click()
        expect(shown(page).locator(".state h2")).to_be_visible()
        page.goto("/mall/notices")
        expect(told).not_to_have_class(re.compile("fresh"))
