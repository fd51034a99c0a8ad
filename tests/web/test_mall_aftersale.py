"""After the sale in a real browser: goods go back, the shop agrees and receives them, the money is there."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.apps.launched import Launched
from tests.web.browser import opened
from tests.web.mall import PHONE, Staff, pay_at, shown, sign_in
from tests.web.staff import sign_in as sign_in_at_admin

MEMBER = "13800010002"


def order(page: Page, up: Launched) -> None:
    """Two pieces of tea, signed in, paid at once."""
    page.goto("/mall/login")
    sign_in(page, up, MEMBER)
    expect(shown(page).locator(".me-head h2")).to_be_visible()
    page.goto("/mall/list?q=zhengshan")
    shown(page).locator("a.goods").first.click()
    shown(page).get_by_role("button", name="增加").click()
    shown(page).get_by_role("button", name="立即购买").locator("visible=true").click()
    expect(shown(page).locator(".address.on")).to_be_visible()
    shown(page).get_by_role("radio", name="在线支付（演示网关）").click()
    shown(page).get_by_role("button", name="提交订单").locator("visible=true").click()
    with page.expect_popup() as gateway:
        shown(page).get_by_role("link", name="在线支付").click()
    pay_at(gateway.value)
    gateway.value.close()
    shown(page).get_by_role("link", name="查看订单").click()
    expect(shown(page).locator(".state h2")).to_have_text("待发货")


def test_goods_go_back_and_so_does_the_money(
    browser: Browser, url: str, errors: list[str], up: Launched, boss: Staff, tmp_path: Path
) -> None:
    with opened(browser, url, errors, PHONE, locale="zh-CN") as page, opened(browser, url, errors) as desk:
        order(page, up)
        found = boss.read("/api/v1/checkout/order", link=page.url.partition("link=")[2])
        sent = {"order_id": found["order_id"], "carrier": "顺丰", "waybill": f"SF88{found['number'][-6:]}"}
        boss.act("orders.ship", sent)
        page.reload()
        shown(page).get_by_role("link", name="退换 / 售后").click()
        send = shown(page).get_by_role("button", name="提交申请")
        expect(send).to_be_disabled()
        shown(page).get_by_role("radio", name="退货退款").click()
        shown(page).get_by_role("button", name="增加").first.click()
        shown(page).get_by_role("radio", name="商品破损").click()
        shown(page).get_by_label("说明情况").fill("罐口变形。")
        picture = tmp_path / "tin.png"
        Image.new("RGB", (50, 40), "grey").save(picture)
        shown(page).locator("input[type=file]").set_input_files(picture)
        expect(shown(page).get_by_role("button", name="移除图片 1")).to_be_visible()
        send.click()
        mine = shown(page).locator(".aftersale")
        expect(mine).to_contain_text("待店家处理")
        expect(mine).to_contain_text("罐口变形。")

        sign_in_at_admin(desk, "老板")
        desk.get_by_role("menuitem", name="售后申请").click()
        row = desk.locator("tr", has_text=found["number"])
        expect(row).to_contain_text("罐口变形。")
        row.get_by_role("button", name="同意").click()
        dialog = desk.get_by_role("dialog")
        dialog.get_by_label("退货地址").fill("杭州市龙井路 1 号 退货组")
        dialog.get_by_role("button", name="确认执行").click()
        expect(row).to_have_count(0)

        page.reload()
        expect(mine).to_contain_text("寄回地址：杭州市龙井路 1 号 退货组")
        mine.get_by_label("快递公司").fill("中通")
        mine.get_by_label("运单号").fill("ZT12345678")
        mine.get_by_role("button", name="提交运单号").click()
        expect(mine).to_contain_text("已寄回：中通 ZT12345678")

        desk.goto(f"/admin/orders/{found['order_id']}")
        card = desk.locator(".ant-card", has_text="售后申请").last
        expect(card).to_contain_text("ZT12345678")
        card.get_by_role("button", name="登记收货").click()
        dialog.get_by_role("button", name="确认执行").click()
        expect(card).to_contain_text("已完成")
        (done,) = boss.read(f"/api/v1/orders/{found['order_id']}/aftersales")
        page.reload()
        expect(mine).to_contain_text(f"已退款 ¥{done['refund_minor'] / 100:.2f}，原路退回")
