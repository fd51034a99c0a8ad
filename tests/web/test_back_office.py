"""The back office: sheets with headers of one's own, pools of waybill numbers, price cards, where orders leave from."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.browser import opened
from tests.web.house import House
from tests.web.staff import let_in


@pytest.fixture
def page(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    with opened(browser, url, errors) as page:
        let_in(page, "老板")
        yield page


def test_a_sheet_with_its_own_headers_is_matched_tried_and_brought_in(page: Page, errors: list[str]) -> None:
    """With the mark of a spreadsheet and in GBK's sister encoding; at the end the bell tells whoever uploaded it."""
    page.goto("/admin/sheets")
    page.get_by_role("button", name="批量改价").click()
    rows = "货号,新价格\nTEA-005,66.00\nNONE,1\n".encode("utf-8-sig")
    page.locator("input[type=file]").set_input_files({"name": "门店改价.csv", "mimeType": "text/csv", "buffer": rows})
    page.get_by_role("alert").get_by_role("button", name="对应列").click()
    errors.clear()  # the browser tells of the headers that were refused
    page.get_by_role("combobox", name="SKU编码 对应的列").click()
    page.locator(".ant-select-item-option", has_text="货号").click()
    page.get_by_role("button", name="保存并试导入").click()
    tried = page.get_by_test_id("tried")
    expect(tried).to_contain_text("1 条可以成功，1 条会被拒")
    expect(tried.get_by_role("row", name=re.compile("货号.*NONE"))).to_be_visible()
    page.get_by_role("button", name="正式导入").click()
    expect(page.get_by_test_id("outcome")).to_contain_text("共 2 行：1 条成功，1 条被拒")
    expect(page.get_by_role("button", name=re.compile("门店改价 自定义"))).to_be_visible()
    page.get_by_role("button", name=re.compile("通知")).first.click()
    page.get_by_role("button", name=re.compile("导入完成：门店改价.csv")).click()
    expect(page).to_have_url(re.compile("/admin/sheets\\?run="))


def test_the_numbers_of_a_pool_and_a_price_card_by_its_form(page: Page) -> None:
    page.goto("/admin/carriers?tab=accounts")
    page.get_by_role("row", name=re.compile("顺丰")).get_by_role("button", name="查看号段").click()
    pool = page.get_by_role("dialog")
    number = pool.locator("tbody code").first.text_content()
    expect(pool.get_by_text("空闲", exact=True).first).to_be_visible()
    pool.get_by_text("已用", exact=True).first.click()
    expect(pool.locator("tbody .ant-tag", has_text="已用").first).to_be_visible()
    pool.get_by_placeholder("运单号").fill(number or "")
    pool.get_by_placeholder("运单号").press("Enter")
    expect(pool.locator("tbody code")).to_have_text([number or ""])
    page.keyboard.press("Escape")

    page.get_by_role("tab", name="价卡").click()
    page.locator(".ant-card", has_text="EAST").get_by_role("button", name="修改").click()
    editor = page.get_by_role("dialog", name="修改价卡")
    zones = editor.locator(".ant-card")
    known = zones.count()
    zones.first.get_by_label("抛比").fill("6000")
    editor.get_by_role("button", name="增加一个区域").click()
    editor.get_by_role("button", name="保存价卡").click()
    expect(zones.last.locator(".ant-form-item-explain-error")).to_have_count(2)  # both prices are still to be said
    editor.get_by_role("button", name=f"删除区域 {known + 1}").click()
    editor.get_by_role("button", name="保存价卡").click()
    expect(editor).to_have_count(0)
    expect(page.locator(".ant-card", has_text="EAST").get_by_role("cell", name="6000")).to_be_visible()


def test_a_bill_of_a_provider_is_compared_and_what_does_not_fit_is_settled(page: Page) -> None:
    page.goto("/admin/payments?tab=statements")
    page.get_by_role("combobox", name="渠道").click()
    page.locator(".ant-select-item-option", has_text="测试").click()
    rows = "流水号,类型,金额,时间,手续费\nNOBODY-1,收款,12.50,2020-01-01 10:00:00,0.08\n".encode("gb18030")
    page.locator("input[type=file]").set_input_files({"name": "元旦.csv", "mimeType": "text/csv", "buffer": rows})
    card = page.locator(".ant-card", has_text="元旦.csv：1 笔待处理")
    row = card.get_by_role("row", name=re.compile("NOBODY-1"))
    expect(row).to_contain_text("我方缺失")
    expect(row).to_contain_text("¥12.50")
    row.get_by_role("button", name="标为已处理").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("#note").fill("测试款，已退回")
    dialog.get_by_role("button", name="确认执行").click()
    expect(page.locator(".ant-card", has_text="元旦.csv：0 笔待处理")).to_be_visible()
    page.get_by_role("switch", name="全部明细").click()
    expect(page.get_by_role("row", name=re.compile("NOBODY-1"))).to_contain_text("测试款，已退回")
    bill = page.locator(".ant-card", has_text="元旦.csv：0 笔待处理")
    bill.get_by_role("button", name="手续费入账").click()
    dialog.get_by_role("button", name="预览").click()
    expect(dialog).to_contain_text("payments.fees_charged.v1")
    dialog.get_by_role("button", name="确认执行").click()
    expect(bill.get_by_text("手续费 ¥0.08 已入账")).to_be_visible()
    bill.get_by_role("button", name="冲回手续费").click()
    dialog.get_by_role("button", name="确认执行").click()
    expect(bill.get_by_role("button", name="手续费入账")).to_be_visible()


def test_an_order_says_where_it_leaves_from_and_what_else_there_was(page: Page, house: House) -> None:
    product = house.read("/api/v1/products?status=listed")[0]["id"]
    sku = house.read(f"/api/v1/products/{product}")["skus"][0]["id"]
    shop = next(each["id"] for each in house.read("/api/v1/shops") if each["kind"] == "mall")
    receiver = {"name": "周小姐", "phone": "13912345678", "province": "浙江省", "city": "杭州市", "district": "西湖区",
                "street": "文三路 1 号"}  # fmt: skip
    order = house.act("orders.place", shop_id=shop, lines=[{"sku_id": sku, "qty": 2}], receiver=receiver)
    page.goto(f"/admin/orders/{order['id']}")
    page.get_by_role("button", name="从哪发，为什么").click()
    told = page.get_by_role("dialog")
    expect(told.get_by_role("columnheader", name="选中方案")).to_be_visible()
    sent = house.read(f"/api/v1/orders/{order['id']}/sourcing")["plan"]
    names = {each["id"]: each["name"] for each in house.read("/api/v1/warehouses")}
    expect(told.get_by_role("row", name="发货仓")).to_contain_text(f"{names[sent['parts'][0]['warehouse_id']]} · 2 件")
    expect(told.get_by_role("row", name="得分")).to_contain_text(f"{sent['score']:,}")
    told.get_by_role("row", name="运费").locator("[tabindex]").first.hover()
    expect(page.get_by_role("tooltip")).to_contain_text(f"{sent['weighed']['cost']:,}")
    expect(told).to_contain_text("已证明没有得分更低的方案")
    page.locator(".ant-modal-close").click()
    expect(told).to_have_count(0)
    page.locator(".trace-entry").get_by_role("link", name="查看").first.click()  # the pieces that it holds
    expect(page).to_have_url(re.compile(f"/admin/stock\\?tab=movements&sku_id={sku}"))


def test_when_parcels_are_told_of_is_set_from_what_holds_now(page: Page, house: House) -> None:
    company = house.read("/api/v1/companies")[0]["id"]
    before = house.read(f"/api/v1/watch-policy?company_id={company}")
    page.goto("/admin/carriers")
    page.get_by_role("button", name="预警设置").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("几小时没揽收要提醒")).to_have_value(str(before["pickup_h"]))
    dialog.get_by_label("几小时没揽收要提醒").fill("36")
    dialog.get_by_role("combobox", name="从什么时候算起").click()
    page.locator(".ant-select-item-option", has_text="打包完成").click()
    dialog.get_by_role("button", name="确认执行").click()
    expect(dialog).to_have_count(0)
    told = house.read(f"/api/v1/watch-policy?company_id={company}")
    assert told == before | {"pickup_h": 36, "pickup_from": "packed"}
