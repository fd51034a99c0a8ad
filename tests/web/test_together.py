"""People of a company at work together, each in a browser of their own: from the shopper to the accountant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.apps.launched import until
from tests.web.browser import be_patient, opened
from tests.web.house import House, refused, scan
from tests.web.mall import pay_at
from tests.web.staff import sign_in_by_the_form, until_live

DESK, PHONE = 1440, 390


class People:
    """Each person has a browser window with cookies of their own."""

    def __init__(self, browser: Browser, url: str, errors: list[str]) -> None:
        self._browser = browser
        self._url = url
        self._errors = errors

    def window(self, width: int) -> Page:
        context = self._browser.new_context(
            viewport={"width": width, "height": 900}, base_url=self._url, reduced_motion="reduce", locale="zh-CN"
        )
        be_patient(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self._errors.append(str(error)))
        page.on("console", lambda told: self._errors.append(told.text) if told.type == "error" else None)
        return page

    def at_admin(self, role: str) -> Page:
        page = self.window(DESK)
        page.goto("/admin/")
        sign_in_by_the_form(page, role)
        until_live(page)
        return page

    def on_the_floor(self) -> Page:
        page = self.window(PHONE)
        page.goto("/pda")
        sign_in_by_the_form(page, "仓管")
        page.get_by_role("button", name=re.compile("杭州一号仓")).click()
        expect(page.locator("h1")).to_have_text("杭州一号仓")
        return page


@pytest.fixture
def people(browser: Browser, url: str, errors: list[str]) -> Iterator[People]:
    with opened(browser, url, errors):
        yield People(browser, url, errors)


def buy(page: Page, house: House, code: str, note: str) -> str:
    """A guest buys one piece in the mall, with a note for the shop, and pays; gives the order's id."""
    product = house.read(f"/api/v1/skus?code={code}")[0]["product_id"]
    known = {each["id"] for each in house.read("/api/v1/orders")}
    page.goto(f"/mall/product?id={product}")
    front = page.locator(".shell:visible")
    front.last.get_by_role("button", name="加入购物车").locator("visible=true").click()
    expect(front.last.locator(".cart-link:visible .count").first).to_be_visible()
    page.goto("/mall/cart")
    front.last.get_by_role("button", name=re.compile("去结算")).locator("visible=true").click()
    front.last.get_by_label("粘贴地址").fill("韩梅 13712345679 浙江省杭州市西湖区文三路 100 号 5 幢 301")
    front.last.get_by_role("button", name="智能识别").click()
    expect(front.last.get_by_label("收货人")).to_have_value("韩梅")
    front.last.get_by_label("订单备注").fill(note)
    front.last.get_by_role("button", name="提交订单").locator("visible=true").click()
    pay = front.last.get_by_role("link", name=re.compile("在线支付"))
    with page.expect_popup() as gateway:
        pay.click()
    pay_at(gateway.value)
    expect(front.last.get_by_role("heading", name="支付成功")).to_be_visible()
    placed: str = next(each["id"] for each in house.read("/api/v1/orders") if each["id"] not in known)
    return placed


def asked_for(house: House, unit: str) -> dict[str, Any]:
    """What the floor is asked for a unit; empty as long as it is not."""
    return next((each for each in house.read("/api/v1/warehouse/requests") if each["doc"] == unit), {})


def test_from_the_shopper_to_the_accountant(people: People, house: House, errors: list[str]) -> None:
    company = house.read("/api/v1/companies")[0]["id"]
    watch = {"causes": [{"code": "orders.buyer_remark", "on": True}]}
    house.act("orders.set_exception_policy", company_id=company, policy=watch)
    order = buy(people.window(PHONE), house, "POT-002", "请用礼盒装")
    number = house.read(f"/api/v1/orders/{order}")["order"]["number"]

    clerk = people.at_admin("客服")
    clerk.get_by_role("menuitem", name="异常").click()
    # until the worker comes to its audit, it waits for that beside
    row = clerk.get_by_role("row", name=re.compile(f"{number} 买家备注待处理"))
    row.get_by_role("button").first.click()
    dialog = clerk.get_by_role("dialog")
    dialog.get_by_role("button", name="确认执行").click()
    expect(dialog).to_have_count(0)
    expect(row).to_have_count(0)

    until(lambda: house.read(f"/api/v1/orders/{order}/units"), 60)
    unit = house.read(f"/api/v1/orders/{order}/units")[0]
    until(lambda: asked_for(house, unit["id"]).get("wave_id"), 60)
    asked = asked_for(house, unit["id"])
    wave = house.read(f"/api/v1/warehouse/waves/{asked['wave_id']}")

    picker = people.on_the_floor()
    picker.get_by_role("link", name=re.compile("^拣货")).click()
    picker.get_by_role("button", name=re.compile(wave["number"])).click()
    while not picker.get_by_text("拣货完成").count():
        bin_, of = picker.locator(".pda-bin").inner_text(), picker.locator(".pda-next li").count()
        scan(picker, bin_)
        expect(picker.locator(".pda-stop.here")).to_be_visible()
        for _ in range(int(picker.locator(".pda-qty").inner_text().removeprefix("× "))):
            scan(picker, picker.locator(".pda-stop .pda-soft").inner_text().split(" ")[0])
        expect(picker.locator(".pda-next li")).to_have_count(max(of - 1, 0))
        if of == 0:
            expect(picker.get_by_text("拣货完成")).to_be_visible()

    packer = people.on_the_floor()
    packer.get_by_role("link", name=re.compile("^验货打包")).click()
    expect(packer.locator("h1")).to_have_text("验货打包")
    scan(packer, unit["number"])
    expect(packer.locator("h1")).to_have_text(unit["number"])
    assert errors == []
    scan(packer, "TEA-001")
    expect(packer.get_by_role("alert")).to_contain_text("应为 POT-002 x 1")
    refused(errors, times=1)
    scan(packer, "POT-002")
    expect(packer.get_by_role("status")).to_contain_text("全部验完")
    packer.get_by_role("button", name="打包完成").click()
    packer.get_by_role("button", name="称重", exact=True).click()
    expect(packer.locator("h1")).to_have_text("验货打包")

    lead = people.at_admin("仓管")
    lead.goto(f"/admin/desk?warehouse_id={house.warehouse}&tab=packed")
    lead.get_by_label("交接", exact=True).fill(unit["number"])
    lead.keyboard.press("Enter")
    expect(lead.get_by_text("已交接 1 件")).to_be_visible()
    until(lambda: house.read(f"/api/v1/orders/units/{unit['id']}")["unit"]["state"] == "shipped", 60)

    accountant = people.at_admin("财务")
    accountant.get_by_role("menuitem", name="账簿").click()
    accountant.get_by_role("tab", name="记账凭证").click()
    expect(accountant.get_by_role("row", name=re.compile(number)).first).to_be_visible()


def test_two_clerks_on_one_order_at_once(people: People, house: House) -> None:
    """Both have the order before them and are about to act; one cancels it, and the other sees that at once."""
    order = house.read("/api/v1/orders?number=DEMO-0009")[0]
    one, other = people.at_admin("客服"), people.at_admin("客服")
    for clerk, button, reason in ((one, "取消订单", "#reason"), (other, "挂起", "#cause")):
        clerk.goto(f"/admin/orders/{order['id']}")
        until_live(clerk)
        clerk.get_by_role("button", name=button, exact=True).click()
        clerk.get_by_role("dialog").locator(reason).fill("客人来电")
    one.get_by_role("dialog").get_by_role("button", name="确认执行").click()
    expect(one.get_by_role("dialog")).to_have_count(0)
    expect(other.locator(".trace-entry", has_text="orders.canceled.v1")).to_have_count(1)
    expect(other.get_by_role("button", name="挂起", exact=True)).to_have_count(0)
    with pytest.raises(HTTPError):
        house.act("orders.hold", order_id=order["id"], cause="客人来电")
    assert house.read(f"/api/v1/orders/{order['id']}")["order"]["status"] == "canceled"
