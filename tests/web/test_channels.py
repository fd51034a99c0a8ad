"""Orders of channels in the admin: one waits for its listing, and is an order once that is mapped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.browser import opened
from tests.web.staff import sign_in
from tests.web.test_ground import act, open_order


@pytest.fixture
def page(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    """Nobody is signed in; whatever the browser reports as an error fails the test."""
    with opened(browser, url, errors) as page:
        yield page


def test_what_waits_for_a_listing_is_an_order_once_that_is_mapped(page: Page) -> None:
    sign_in(page, "老板")
    shop = page.request.get("/api/v1/shops").json()["items"][0]
    given = {"shop_id": shop["id"], "kind": "taobao", "seller_id": "tb-1", "name": "淘宝旗舰店"}
    account = act(page, "channels.save_account", given)
    line = {"channel_line": "8800-1", "item_id": "6001", "title": "龙井 礼盒", "qty": 1, "amount_minor": 9900}
    pushed = {"account_id": account["id"], "channel_no": "8800", "lines": [line], "paid_minor": 9900}
    receiver = {"name": "李雷", "phone": "13900000000", "province": "浙江", "city": "杭州"}
    taken = act(page, "channels.take_order", pushed | {"receiver": receiver, "raw_status": "WAIT_SELLER_SEND_GOODS"})
    page.get_by_role("menuitem", name="渠道").click()
    expect(page.get_by_text("渠道商品“龙井 礼盒”尚未关联 SKU")).to_be_visible()
    page.get_by_role("button", name="关联 SKU").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").click()
    dialog.get_by_role("combobox").fill("TEA-002")
    page.locator(".ant-select-item-option", has_text="TEA-002").click()
    dialog.get_by_role("button", name="确认执行").click()
    expect(page.get_by_text("没有等待中的渠道订单")).to_be_visible()
    placed = page.request.get("/api/v1/channels/orders?state=placed").json()["items"]
    order = next(each["order_id"] for each in placed if each["id"] == taken["id"])
    page.goto(f"/admin/orders/{order}")
    card = page.locator(".ant-card", has_text="渠道信息")
    expect(card).to_contain_text("WAIT_SELLER_SEND_GOODS")
    expect(card).to_contain_text("8800-1")
    open_order(page, "DEMO-0009")
    expect(page.locator(".ant-card", has_text="收货人").first).to_be_visible()
    expect(page.locator(".ant-card", has_text="渠道信息")).to_have_count(0)
