"""Stock with its movements, members and whom orders go to, the start page of a role, and dialogs that stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.browser import opened
from tests.web.house import House
from tests.web.staff import sign_in, until_live

SignIn = Callable[[str], AbstractContextManager[Page]]


@pytest.fixture
def as_role(browser: Browser, url: str, errors: list[str]) -> SignIn:
    """`with as_role("客服") as page:` the admin's first page for a role; it ends with no error."""

    @contextmanager
    def enter(role: str) -> Iterator[Page]:
        with opened(browser, url, errors) as page:
            sign_in(page, role)
            yield page

    return enter


def test_a_number_of_the_stock_tells_how_it_came_to_be(as_role: SignIn) -> None:
    with as_role("仓管") as page:
        expect(page.locator(".ant-card", has_text="待拣货")).to_be_visible()
        page.locator(".ant-card", has_text="低库存").get_by_role("link").click()
        expect(page.get_by_text("可用 ≤ 10")).to_be_visible()
        page.get_by_role("menuitem", name="库存").click()
        row = page.locator("tbody tr", has_text="TEA-001").filter(has_text="杭州一号仓").filter(has_text="可售").first
        row.locator("button.why").first.click()
        told = page.locator(".why-answer")
        expect(told).to_contain_text("供应商 → 可售")
        told.get_by_role("link", name="全部流水").click()
        rows = page.locator("tbody tr.ant-table-row")
        expect(rows.filter(has_text="订单发货").first).to_be_visible()
        expect(rows.filter(has_not_text="TEA-001")).to_have_count(0)

        page.get_by_role("tab", name="渠道库存").click()
        expect(page.get_by_text("可展示: ")).to_be_visible()
        expect(page.locator(".ant-card", has_text="分配规则")).to_contain_text("80 %")


def test_whom_an_order_goes_to_is_shown_for_a_reason(as_role: SignIn, house: House) -> None:
    with as_role("客服") as page:
        page.goto("/admin/orders?number=DEMO-0011")
        page.locator("tr.opens").click()
        card = page.locator(".ant-card", has_text="收货人").filter(has_text="138****")
        card.get_by_role("button", name="显示原文").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="确认执行").click()
        expect(dialog.locator(".ant-form-item-explain-error")).to_be_visible()
        dialog.locator("#reason").fill("客人来电核对地址")
        dialog.get_by_role("button", name="确认执行").click()
        expect(page.get_by_text("138****")).to_have_count(0)

        page.get_by_role("link", name="会员资料").click()
        who = page.locator(".ant-card", has_text="个人信息")
        who.get_by_role("button", name="显示原文").click()
        dialog.locator("#reason").fill("客人要改手机号")
        dialog.get_by_role("button", name="确认执行").click()
        expect(who.get_by_text("****")).to_have_count(0)
        page.get_by_role("tab", name="积分明细").click()
        expect(page.get_by_role("columnheader", name="积分")).to_be_visible()
    seen = [each["action"] for each in house.read("/api/v1/log?by=xiaoli&limit=20")]
    assert {"orders.show_receiver", "members.unmask"} <= set(seen)


def test_a_dialog_stays_although_a_colleague_did_meanwhile_what_it_is_for(as_role: SignIn, house: House) -> None:
    order = house.read("/api/v1/orders?number=DEMO-0009")[0]
    with as_role("客服") as page:
        page.goto(f"/admin/orders/{order['id']}")
        until_live(page)
        page.get_by_role("button", name="挂起", exact=True).click()
        dialog = page.get_by_role("dialog")
        dialog.locator("#cause").fill("等客人回话")
        house.act("orders.hold", order_id=order["id"], cause="同事已挂起")
        expect(page.locator(".hold", has_text="同事已挂起")).to_have_count(1)
        expect(page.locator("#page").get_by_role("button", name="挂起", exact=True)).to_have_count(0)
        expect(dialog.locator("#cause")).to_have_value("等客人回话")
        dialog.get_by_role("button", name="取消").click()
        expect(dialog).to_have_count(0)
