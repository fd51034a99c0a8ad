"""The admin in a real browser, on the demo company: nothing on a page may report an error."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from shangmai.apps.admin import BUILT
from tests.web.browser import kilobytes_first, opened
from tests.web.house import refused
from tests.web.staff import sign_in, sign_in_by_the_form

INITIAL_KB_MAX = 350


@pytest.fixture
def page(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    """Nobody is signed in; whatever the browser reports as an error fails the test."""
    with opened(browser, url, errors) as page:
        yield page


def test_what_is_loaded_first_is_small(built: None) -> None:
    assert kilobytes_first(BUILT, "/admin/") <= INITIAL_KB_MAX


def test_a_clerk_holds_an_order_and_lets_it_go(page: Page) -> None:
    sign_in(page, "客服")
    page.get_by_role("menuitem", name="订单池").click()
    page.locator("tr.opens", has_text="DEMO-0011").click()
    expect(page.locator(".trace-entry").first).to_contain_text("orders.placed.v1")

    page.get_by_role("button", name="挂起", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("#cause").fill("客人要改地址")
    dialog.get_by_role("button", name="预览结果").click()
    expect(dialog.locator(".effects")).to_contain_text("orders.held_back.v1")
    dialog.get_by_role("button", name="确认执行").click()
    held = page.locator(".hold", has_text="客人要改地址")
    expect(held).to_have_count(1)
    expect(dialog).to_have_count(0)

    page.get_by_role("button", name="放行", exact=True).click()
    dialog.get_by_role("button", name="确认执行").click()
    expect(held).to_have_count(0)
    expect(page.locator(".trace-entry", has_text="orders.let_go.v1")).to_have_count(1)


def test_the_same_input_is_the_same_request_and_a_corrected_one_is_another(page: Page, errors: list[str]) -> None:
    """The network fails twice before the order is held; a preview does not outlive the input that it was of."""
    keys: list[str] = []

    def fail(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.abort()

    sign_in(page, "客服", "/admin/orders?number=DEMO-0007")
    page.locator("tr.opens").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="挂起", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("#cause").fill("等客人回话")
    dialog.get_by_role("button", name="预览结果").click()
    expect(dialog.locator(".effects")).to_be_visible()
    page.route("**/api/v1/actions/orders.hold", fail)
    for attempt in (1, 2):
        with page.expect_event("requestfailed"):
            dialog.get_by_role("button", name="确认执行").click()
        expect(dialog.get_by_text("连不上服务")).to_be_visible()
        assert len(keys) == attempt
    dialog.locator("#cause").fill("客人要改地址")
    expect(dialog.locator(".effects")).to_have_count(0)
    page.unroute("**/api/v1/actions/orders.hold")
    with page.expect_request("**/api/v1/actions/orders.hold") as sent:
        dialog.get_by_role("button", name="确认执行").click()
    expect(page.locator(".hold", has_text="客人要改地址")).to_have_count(1)
    assert keys[0] == keys[1] != sent.value.headers["idempotency-key"]
    assert all("ERR_FAILED" in each for each in errors)
    errors.clear()


def test_a_draft_outlives_what_a_colleague_saves(page: Page) -> None:
    sign_in(page, "老板", "/admin/rules?subject=orders.courier")
    page.get_by_role("button", name="添加一行").click()
    rows = page.locator("button[aria-label='删除此行']")
    mine = rows.count()

    csrf = next(each["value"] for each in page.context.cookies() if each["name"] == "shangmai_csrf")
    (head,) = page.request.get("/api/v1/rules/tables?subject=orders.courier").json()["items"]
    detail = page.request.get(f"/api/v1/rules/tables/{head['id']}").json()
    saved = {"company_id": head["company_id"], "subject": head["subject"], "table": detail["versions"][0]["table"]}
    answer = page.request.post(
        "/api/v1/actions/rules.save_table", data=saved | {"note": "同事"}, headers={"x-csrf-token": csrf}
    )
    assert answer.ok, answer.text()

    theirs = page.get_by_role("button", name=f"载入第 {head['latest'] + 1} 版")
    expect(theirs).to_be_visible()
    assert rows.count() == mine
    theirs.click()
    expect(rows).to_have_count(mine - 1)


def test_cases_are_made_up_and_tried_before_anything_is_saved(page: Page, errors: list[str]) -> None:
    sign_in(page, "老板", "/admin/rules?subject=orders.courier")
    card = page.locator(".ant-card", has=page.get_by_text("试算用例", exact=True))
    card.get_by_role("spinbutton", name="用例 1：总重量（克）").fill("6000")
    card.get_by_role("button", name="添加用例").click()
    card.get_by_role("spinbutton", name="用例 2：总重量（克）").fill("100")
    card.get_by_role("button", name="试一试").click()
    first, second = (card.locator("tbody tr.ant-table-row").nth(n) for n in (0, 1))
    expect(first).to_contain_text("heavy")
    expect(first).to_contain_text("德邦")
    expect(first).to_contain_text("near 不符合：省")
    expect(second).to_contain_text("rest")
    expect(second).to_contain_text("heavy 不符合：总重量（克）")

    weight = page.get_by_role("textbox", name="heavy weight_g")
    weight.fill("> 9000")  # the answers are of the table as it was
    expect(first).not_to_contain_text("德邦")
    card.get_by_role("button", name="试一试").click()
    expect(first).to_contain_text("rest")
    weight.fill("> many")
    card.get_by_role("button", name="试一试").click()
    expect(card.get_by_role("alert")).to_contain_text("heavy")
    refused(errors, times=1)


def test_a_price_tells_how_it_came_to_be(page: Page) -> None:
    sign_in(page, "客服", "/admin/orders?number=DEMO-0011")
    page.locator("tr.opens").click()
    page.locator("button.why").first.click()
    expect(page.locator(".why-answer")).to_contain_text("满200减20")


def test_a_rule_is_tried_on_past_orders_before_it_is_published(page: Page) -> None:
    sign_in(page, "老板")
    page.get_by_role("menuitem", name="规则").click()
    page.get_by_role("button", name="添加一行").click()
    page.get_by_role("combobox", name="添加条件字段").click()
    page.keyboard.type("total_minor")
    page.keyboard.press("Enter")
    page.get_by_label("r1 total_minor").fill("> 20000")
    page.get_by_role("combobox", name="r1 verdict").click()
    page.locator(".ant-select-item-option", has_text="挂起").click()
    page.get_by_label("r1 cause", exact=True).fill("大额订单")
    page.get_by_role("button", name="开始试算").click()
    expect(
        page.get_by_text("放行 → 挂起 · 11")
    ).to_be_visible()  # those of the demo's paid orders that are above 200.00

    for button, told in (("保存为新版本", "第 1 版"), ("发布", "第 1 版生效中")):
        page.get_by_role("button", name=button, exact=True).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="确认执行").click()
        expect(page.get_by_text(told, exact=True).first).to_be_visible()
        expect(dialog).to_have_count(0)


def test_menus_follow_grants(page: Page) -> None:
    page.goto("/admin/")
    sign_in_by_the_form(page, "仓管")
    expect(page.get_by_role("menuitem", name="库存")).to_be_visible()
    expect(page.get_by_role("menuitem", name="员工与权限")).to_have_count(0)


def test_everything_opens_in_english_and_in_the_dark(page: Page) -> None:
    sign_in(page, "老板")
    page.get_by_role("button", name="老板（演示）").click()
    page.get_by_role("menuitem", name="深色").click()
    page.get_by_role("button", name="老板（演示）").click()
    page.get_by_role("menuitem", name="English").click()
    pages = "Orders Exceptions Shortages Promotions Members Products Stock Payments Ledger System"
    for name in pages.split():
        page.get_by_role("menuitem", name=name).click()
        expect(page.locator("#page h1")).to_have_text(name)
        expect(page.locator("#page .ant-spin-spinning, #page .ant-skeleton-active")).to_have_count(0)
        expect(page.locator("#page .ant-result")).to_have_count(0)
        assert not re.search("[\u4e00-\u9fff]", page.locator(".shell > aside").inner_text())


def test_what_orders_wait_for_is_transferred_from_where_it_is(page: Page) -> None:
    sign_in(page, "老板")
    page.get_by_role("menuitem", name="缺货").click()
    row = page.locator("tbody tr", has_text="TEA-001").first
    expect(row).to_contain_text("5000")
    row.get_by_role("button", name="调拨").click()
    page.get_by_role("dialog").get_by_role("button", name="确认执行").click()
    expect(row).to_contain_text("在途 20")


def test_an_address_that_is_not_there_says_so(page: Page) -> None:
    sign_in(page, "客服", "/admin/nothing-here")
    expect(page.get_by_text("没有这个页面")).to_be_visible()


def test_a_clerk_takes_a_unit_back_splits_it_and_gives_it_to_the_warehouse(page: Page) -> None:
    sign_in(page, "客服")
    page.get_by_role("menuitem", name="发货单").click()
    page.locator("tr.opens", has_text="已释放").first.click()
    dialog = page.get_by_role("dialog")

    def do(name: str) -> None:
        page.get_by_role("button", name=name, exact=True).click()
        dialog.get_by_role("button", name="确认执行").click()
        expect(dialog).to_have_count(0)

    do("撤回")
    page.get_by_role("button", name="拆单", exact=True).click()
    dialog.get_by_role("spinbutton").first.fill("1")
    dialog.get_by_role("button", name="预览结果").click()
    expect(dialog.locator(".effects")).to_contain_text("orders.unit_made.v1")
    dialog.get_by_role("button", name="确认执行").click()
    expect(dialog).to_have_count(0)
    do("释放")
    expect(page.locator("h1")).to_contain_text("已释放")
    page.get_by_role("menuitem", name="发货单").click()
    expect(page.locator("tr.opens", has_text="待释放").first).to_be_visible()


def test_units_are_taken_back_and_released_many_at_a_time_and_their_notes_printed(page: Page) -> None:
    sign_in(page, "老板")
    page.goto("/admin/units?state=released")
    rows = page.locator("tr.opens")
    expect(rows.first).to_be_visible()
    page.get_by_label("全选").first.check()
    batch = page.locator(".batch")
    with page.expect_response(re.compile("delivery-notes")) as printed:
        batch.get_by_role("button", name="打印发货单").click()
    assert printed.value.headers["content-type"] == "application/pdf"
    taken = each_of_the_chosen(page, "撤回")
    page.goto("/admin/units?state=open")
    for number in taken:
        page.get_by_role("row", name=number).get_by_role("checkbox").check()
    assert each_of_the_chosen(page, "释放") == taken
    page.goto("/admin/units?state=released")
    for number in taken:
        expect(page.get_by_role("row", name=number)).to_be_visible()


def each_of_the_chosen(page: Page, name: str) -> list[str]:
    """Do it to all of them; the numbers of those."""
    page.locator(".batch").get_by_role("button", name=name, exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="确认执行").click()
    expect(dialog).to_contain_text(re.compile(r"成功 [1-9]\d* 项，未成功 0 项"))
    numbers = re.findall(r"FH\S+", dialog.locator("tbody").inner_text())
    dialog.get_by_role("button", name="完成", exact=True).click()
    expect(dialog).to_have_count(0)
    return sorted(numbers)


def test_a_part_of_an_order_is_canceled(page: Page) -> None:
    sign_in(page, "客服", "/admin/orders?number=DEMO-0007")
    page.locator("tr.opens").click()
    page.get_by_role("button", name="部分取消", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("spinbutton").first.fill("1")
    dialog.locator("#reason").fill("客人少要一件")
    dialog.get_by_role("button", name="确认执行").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".trace-entry", has_text="orders.part_canceled.v1")).to_have_count(1)


def test_goods_are_swapped_and_a_gift_is_added(page: Page) -> None:
    sign_in(page, "客服", "/admin/orders?number=DEMO-0009")
    page.locator("tr.opens").click()
    dialog = page.get_by_role("dialog")

    def send(button: str) -> None:
        page.get_by_role("button", name=button, exact=True).first.click()
        dialog.get_by_role("combobox").click()
        dialog.get_by_role("combobox").fill("TEA-002")
        page.locator(".ant-select-item-option", has_text="TEA-002").click()
        dialog.locator("#reason").fill("客人换口味")
        dialog.get_by_role("button", name="确认执行").click()
        expect(dialog).to_have_count(0)

    send("加赠品")
    expect(page.locator(".trace-entry", has_text="orders.gift_added.v1")).to_have_count(1)
    send("换商品")
    expect(page.locator(".trace-entry", has_text="orders.goods_swapped.v1")).to_have_count(1)


def test_every_action_has_a_form_also_where_it_has_no_page(page: Page) -> None:
    sign_in(page, "老板")
    page.get_by_role("menuitem", name="全部操作").click()
    page.get_by_label("名称或用途").fill("set_audit_policy")
    page.locator("tr", has_text="orders.set_audit_policy").get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("#delay_minutes")).to_be_visible()
    dialog.get_by_role("button", name="预览结果").click()
    expect(dialog.locator(".ant-form-item-explain-error").first).to_be_visible()


def test_a_lead_sees_what_lies_where_and_how_right_the_book_is(page: Page) -> None:
    sign_in(page, "仓管")
    page.get_by_role("menuitem", name="仓内货位").click()
    page.locator(".head").get_by_role("combobox").click()
    page.locator(".ant-select-item-option", has_text="杭州一号仓").click()
    expect(page.locator(".ant-statistic", has_text="库存准确率")).to_contain_text("%")
    expect(page.locator(".ant-statistic", has_text="目标")).to_contain_text("99.20 %")
    expect(page.get_by_role("row", name=re.compile("A-01-1"))).to_be_visible()
    page.get_by_role("tab", name="盘点").click()
    expect(page.get_by_role("row", name=re.compile("已审核"))).to_have_count(3)
