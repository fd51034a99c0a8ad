"""The warehouse desk in a real browser: waves and their paths, the packing station, what arrives, counts, carriers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.apps.launched import until
from tests.web.browser import opened
from tests.web.house import House, refused, scan
from tests.web.staff import let_in, until_live


@pytest.fixture
def page(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    with opened(browser, url, errors) as page:
        let_in(page, "仓管")
        yield page


def desk(page: Page, house: House, tab: str) -> None:
    page.goto(f"/admin/desk?warehouse_id={house.warehouse}&tab={tab}")
    expect(page.locator("#page h1")).to_have_text("仓内作业")


def confirm(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="确认执行").click()
    expect(dialog).to_have_count(0)


def test_a_wave_is_looked_at_with_its_path_and_printed(page: Page, house: House) -> None:
    until(lambda: house.read("/api/v1/warehouse/waves"), 60)  # the worker makes them by itself
    desk(page, house, "waves")
    wave = max(house.read("/api/v1/warehouse/waves"), key=lambda each: int(each["requests"]))
    page.get_by_role("row", name=re.compile(wave["number"])).click()
    expect(page.locator("#page h1")).to_contain_text(wave["number"])
    task = house.read(f"/api/v1/warehouse/tasks?wave={wave['id']}")[0]
    path = house.read(f"/api/v1/warehouse/tasks/{task['id']}/path")
    plan = page.get_by_role("img", name="拣货路径")
    expect(plan.locator("text.code")).to_have_text(list(path["bins"]))
    expect(page.locator(".ant-statistic", has_text="路径长度")).to_contain_text(f"{path['length_mm'] / 1000:.1f}")
    with page.expect_response(re.compile("pick-list$")) as printed:
        page.get_by_role("button", name="打印拣货单").last.click()
    assert printed.value.headers["content-type"] == "application/pdf"


@pytest.fixture
def by_hand(house: House) -> Iterator[None]:
    """All that waited is in waves, and none makes itself until the test has ended."""
    until(lambda: [each for each in house.read("/api/v1/warehouse/waves") if each["requests"] == 1], 60)
    until(house.is_quiet, 60)
    set_waves(house, auto=False)
    yield
    set_waves(house, auto=True)


def set_waves(house: House, *, auto: bool) -> None:
    policy = {"on": True, "waves": {"auto": auto}}
    house.act("warehouse.set_floor_policy", warehouse_id=house.warehouse, policy=policy)


@pytest.mark.usefixtures("by_hand")
def test_a_wave_is_taken_back_and_made_by_hand_and_released(page: Page, house: House) -> None:
    wave = next(each for each in house.read("/api/v1/warehouse/waves") if each["requests"] == 1)
    desk(page, house, "waves")
    page.get_by_role("row", name=re.compile(wave["number"])).get_by_role("button", name="取消").click()
    confirm(page)
    page.get_by_role("tab", name="拣货需求").click()
    page.get_by_role("row", name=re.compile("FH")).get_by_role("checkbox").first.check()
    page.get_by_role("button", name="将所选 1 单组成波次").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").first.click()
    page.locator(".ant-select-item-option", has_text="逐单拣货").click()
    confirm(page)
    page.get_by_role("tab", name="波次").click()
    row = page.get_by_role("row", name=re.compile("待释放"))
    row.get_by_role("button", name="释放").click()
    confirm(page)
    expect(page.get_by_role("row", name=re.compile("已释放.*逐单拣货"))).to_be_visible()


def test_what_is_picked_is_begun_by_a_click_at_the_pack_station(page: Page, house: House) -> None:
    request = house.picked()
    lines = house.read(f"/api/v1/warehouse/packing?number={request['number']}")["lines"]
    page.goto(f"/admin/pack-station?warehouse_id={house.warehouse}")
    row = page.get_by_role("row", name=request["number"])
    expect(row).to_contain_text(request["courier"] or "–")
    row.click()
    expect(page.get_by_role("status")).to_have_text(request["number"])
    expect(page.locator(".desk-line")).to_have_count(len(lines))
    expect(row).to_have_count(0)


def test_a_packer_is_stopped_by_a_wrong_piece_and_weighs_and_prints(
    page: Page, house: House, errors: list[str]
) -> None:
    request = house.picked()
    page.goto("/admin/pack-station")
    expect(page.locator("#page h1")).to_have_text("打包台")
    scan(page, request["number"])
    expect(page.locator(".desk-line").first).to_be_visible()
    scan(page, "POT-002")
    expect(page.locator(".desk-told")).to_contain_text("POT-002 不是这里需要的商品")
    refused(errors, times=1)
    for line in house.read(f"/api/v1/warehouse/packing?number={request['number']}")["lines"]:
        for _ in range(line["qty"]):
            scan(page, line["sku"])
    expect(page.get_by_role("status")).to_contain_text("全部验完")
    page.locator(".ant-radio-button-wrapper", has_text="S3").click()
    page.get_by_role("button", name="打包完成").click()
    expect(page.get_by_role("status")).to_contain_text("已打包")
    parcel = next(each for each in house.read("/api/v1/warehouse/parcels") if each["number"] == request["number"])
    page.get_by_label("克", exact=True).fill(str(parcel["expected_g"]))
    page.get_by_role("button", name="称重", exact=True).click()
    expect(page.locator(".ant-statistic", has_text="实重")).to_contain_text(str(parcel["expected_g"]))
    with page.expect_response(re.compile("parcel-labels")) as printed:
        page.get_by_role("button", name="打印面单").click()
    assert printed.value.headers["content-type"] == "application/pdf"
    page.get_by_role("button", name="加箱").click()
    expect(page.get_by_text(f"正在称重：{request['number']}-2")).to_be_visible()
    page.get_by_role("button", name="减箱").click()
    expect(page.get_by_text("正在称重")).to_have_count(0)
    page.get_by_role("button", name="加箱").click()
    expect(page.get_by_text(f"正在称重：{request['number']}-2")).to_be_visible()
    page.get_by_label("克", exact=True).fill("1")
    page.get_by_role("button", name="称重", exact=True).click()
    expect(page.get_by_text(f"正在称重：{request['number']}-2")).to_have_count(0)

    desk(page, house, "packed")
    row = page.get_by_role("row", name=re.compile(request["number"]))
    for n, scanned in enumerate((request["number"], f"{request['number']}-2"), start=1):
        page.get_by_label("交接", exact=True).fill(scanned)
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"已交接 {n} 件")).to_be_visible()
        expect(page.get_by_text(f"还有未交接的：{request['number']}-2")).to_have_count(n % 2)
        expect(row.filter(has_text="已交接 1 / 2")).to_have_count(n % 2)


def test_a_delivery_is_announced(page: Page, house: House) -> None:
    desk(page, house, "notices")
    page.get_by_role("button", name="新建入库通知").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").click()
    dialog.get_by_role("combobox").fill("CUP-001")
    page.locator(".ant-select-item-option", has_text="CUP-001").click()
    dialog.get_by_label("数量", exact=True).fill("12")
    dialog.locator("#reference").fill("采购 PO-0099")
    confirm(page)
    row = page.get_by_role("row", name=re.compile("PO-0099"))
    expect(row).to_contain_text("0 / 12")
    row.get_by_role("button", name="收货").click()
    expect(dialog.get_by_role("row", name=re.compile("CUP-001"))).to_contain_text("12")
    expect(dialog.get_by_label("送货单号")).to_be_visible()
    page.keyboard.press("Escape")
    row.get_by_role("button", name="关闭").click()
    confirm(page)
    expect(row).to_contain_text("已关闭")


def test_a_count_is_approved_with_what_was_off(page: Page, house: House) -> None:
    sku = house.read("/api/v1/skus?code=ACC-002")[0]["id"]
    lying = house.read(f"/api/v1/warehouse/in-bins?warehouse_id={house.warehouse}&sku_id={sku}")[0]
    bin_, there = lying["code"], lying["on_hand"]
    desk(page, house, "counts")
    page.get_by_role("button", name="新建盘点").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("指定货位")
    dialog.locator("#bins").fill(f"{bin_},Q-1,")
    expect(dialog.locator(".ant-form-item", has_text="货位").nth(1)).to_contain_text(re.compile(f"{bin_}.*Q-1"))
    confirm(page)
    count = next(each for each in house.read("/api/v1/warehouse/counts?status=open") if len(each["bins"]) == 2)
    found = [{"sku_id": sku, "qty": there - 1, "lot": lying["lot"]}]
    house.act("warehouse.count_bin", count_id=count["id"], bin=bin_, found=found)
    desk(page, house, "counts")
    page.get_by_role("row", name=re.compile(count["number"])).click()
    expect(page.locator("#page h1")).to_contain_text(count["number"])
    expect(page.locator(".desk-off tr.off")).to_contain_text("-1")
    page.get_by_role("row", name=re.compile(bin_)).get_by_role("checkbox").check()
    page.get_by_role("button", name="审核所选 1 个货位").click()
    confirm(page)
    assert house.pieces("ACC-002", bin_) == there - 1
    page.get_by_role("button", name="取消盘点").click()
    confirm(page)
    expect(page.locator("#page h1")).to_contain_text("已审核")


def test_carriers_their_pools_prices_and_push_address(page: Page, house: House) -> None:
    page.goto("/admin/")
    until_live(page)
    page.get_by_role("menuitem", name="快递与包裹").click()
    expect(page.get_by_role("row", name=re.compile("FH|没有物流异常")).first).to_be_visible()
    page.get_by_role("tab", name="价卡").click()
    expect(page.locator(".ant-card").first).to_contain_text("首重")
    page.get_by_role("tab", name="账号与单号池").click()
    row = page.get_by_role("row", name=re.compile("顺丰"))
    before = int(row.locator(".ant-tag").last.inner_text().replace(",", ""))
    row.get_by_role("button", name="导入单号段").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("#first").fill("SF9900000000001")
    dialog.locator("#count").fill("25")
    confirm(page)
    expect(row.locator(".ant-tag").last).to_have_text(f"{before + 25:,}")
    company = house.read("/api/v1/companies")[0]["id"]
    house.act(
        "logistics.set_carrier_account",
        company_id=company, carrier="YTO", adapter="kdniao", partner="1", secret="a-key-of-kdniao",
    )  # fmt: skip
    page.get_by_role("row", name=re.compile("快递鸟")).get_by_role("button", name="推送地址").click()
    expect(page.get_by_role("dialog")).to_contain_text("/api/v1/logistics/callbacks/")


def test_a_carriers_bill_is_checked_and_disputed(page: Page, house: House) -> None:
    company = house.read("/api/v1/companies")[0]["id"]
    line = {"company_id": company, "carrier": "SF", "bill": "2026-11", "waybill": "SF404", "amount": "12.00"}
    house.act("logistics.record_bill_line", **line)
    page.goto("/admin/carriers?tab=bills")
    page.get_by_role("row", name=re.compile("2026-11")).click()
    expect(page.get_by_role("row", name=re.compile("SF404"))).to_contain_text("无此运单")
    with page.expect_download() as saved:
        page.get_by_role("button", name="下载申诉文件").click()
    assert saved.value.suggested_filename == "SF-2026-11.xlsx"


def test_a_transfer_of_goods_is_planned_and_sent(page: Page, house: House) -> None:
    desk(page, house, "transfers")
    page.get_by_role("button", name="批量调拨").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".desk-sku input").click()
    page.keyboard.type("SET-101")
    page.locator(".ant-select-item-option", has_text="SET-101").click()
    dialog.get_by_label("数量").fill("3")
    dialog.get_by_role("button", name="安排取货货位").click()
    planned = dialog.get_by_role("listitem").filter(has_text="SET-101")
    expect(planned).to_contain_text("× 3")
    bin_ = planned.locator("b").first.inner_text()
    before = house.pieces("SET-101", bin_)
    dialog.get_by_label("调入仓库").click()
    page.locator(".ant-select-item-option", has_text="成都二号仓").last.click()
    dialog.get_by_label("单号或备注").fill("补货")
    confirm(page)
    expect(page.get_by_role("row", name=re.compile("补货"))).to_contain_text("3")
    assert house.pieces("SET-101", bin_) == before - 3


def test_a_transfer_is_given_to_pickers_and_called_off(page: Page, house: House) -> None:
    desk(page, house, "transfers")
    page.get_by_role("button", name="调拨拣货").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".desk-sku input").click()
    page.keyboard.type("SET-101")
    page.locator(".ant-select-item-option", has_text="SET-101").click()
    dialog.get_by_label("数量").fill("2")
    dialog.get_by_role("button", name="安排取货货位").click()
    expect(dialog.get_by_role("listitem").filter(has_text="SET-101")).to_contain_text("× 2")
    dialog.get_by_label("调入仓库").click()
    page.locator(".ant-select-item-option", has_text="成都二号仓").last.click()
    dialog.get_by_label("单号或备注").fill("门店补货")
    confirm(page)
    row = page.get_by_role("row", name=re.compile("门店补货"))
    expect(row).to_contain_text("拣货中")
    (asked,) = house.read(f"/api/v1/warehouse/requests?warehouse={house.warehouse}&transfers=true")
    (wave,) = [each for each in house.read("/api/v1/warehouse/waves") if each["id"] == asked["wave_id"]]
    assert (wave["kind"], wave["pieces"], wave["picked"]) == ("transfer", 2, 0)
    row.get_by_role("button", name="取消调拨").click()
    page.get_by_role("dialog").get_by_label("原因").fill("不调了")
    confirm(page)
    expect(row).to_contain_text("已拦截")


def test_the_desk_speaks_english(page: Page, house: House) -> None:
    page.goto("/admin/")
    page.get_by_role("button", name="仓管").click()
    page.get_by_role("menuitem", name="English").click()
    for tab, column in (("waves", "Wave"), ("packed", "Carton"), ("notices", "Notice"), ("transfers", "Transfer")):
        page.goto(f"/admin/desk?warehouse_id={house.warehouse}&tab={tab}")
        expect(page.get_by_role("columnheader", name=column, exact=True).first).to_be_visible()
    page.goto("/admin/carriers?tab=accounts")
    expect(page.get_by_role("columnheader", name="Numbers left")).to_be_visible()
