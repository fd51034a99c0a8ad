"""The pages of scanners in a real browser, as wide as a phone: a scanner types a code and Enter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from shangmai.apps.admin import BUILT
from tests.apps.launched import until
from tests.web.browser import kilobytes, opened
from tests.web.house import House, cut_off, refused, scan
from tests.web.staff import let_in, sign_in_by_the_form

WIDTH = 390
FIRST_KB_MAX = 160

SCANNED_AT_ONCE = """([title, code]) => {
  const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }))
  const watch = new MutationObserver(() => {
    if (document.querySelector("h1")?.textContent !== title) return
    watch.disconnect()
    for (const key of [...code, "Enter"]) press(key)
  })
  watch.observe(document.body, { childList: true, subtree: true, characterData: true })
}"""
"""A scanner that types a code and Enter as soon as a page with that title is there."""

SCANNED_INTO_FIELD = """async (code) => {
  for (const key of [...code, "Enter"]) {
    const field = document.activeElement
    const isFree = field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }))
    if (isFree && key.length === 1) document.execCommand("insertText", false, key)
    await null // the page shows what was typed
  }
}"""
"""A scanner that types into the field that has the focus, as fast as they do: a pause would be a person's."""


@pytest.fixture
def page(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    with opened(browser, url, errors, WIDTH) as page:
        let_in(page, "仓管")
        page.goto("/pda")
        page.get_by_role("button", name=re.compile("杭州一号仓")).click()
        expect(page.get_by_role("link", name=re.compile("拣货"))).to_be_visible()
        yield page


def enter(page: Page, *names: str) -> None:
    """Follow links or buttons that begin so; who scans looks at the page that he scans into."""
    for name in names:
        page.get_by_role("main").locator("a, button").filter(has_text=re.compile(name)).first.click()
        expect(page.locator("h1")).to_have_text(name)


def test_what_a_scanner_loads_is_small_and_all_of_it_at_once(built: None) -> None:
    named = re.findall(r'(?:src|href)="/admin/(built/[^"]+\.js)"', (BUILT / "pda.html").read_text())
    assert kilobytes(BUILT / name for name in named) <= FIRST_KB_MAX
    page = next(name for name in named if "pda-" in name)
    assert "import(" not in (BUILT / page).read_text(), "something is loaded later, when there may be no network"


def test_a_picker_is_told_loudly_of_a_wrong_bin_and_of_wrong_goods(page: Page, errors: list[str]) -> None:
    enter(page, "拣货")
    page.get_by_role("button", name=re.compile("单|汇总")).first.click()
    bin_ = page.locator(".pda-bin").inner_text()
    scan(page, "F-05-1")
    expect(page.get_by_role("alert")).to_contain_text(f"应为 {bin_}")
    scan(page, bin_)
    expect(page.get_by_role("status")).to_contain_text(bin_)
    scan(page, "POT-001")
    expect(page.get_by_role("alert")).to_contain_text("POT-001 不是这里需要的商品")
    refused(errors, times=1)
    sku = page.locator(".pda-stop .pda-soft").inner_text().split(" ")[0]
    scan(page, sku)
    expect(page.get_by_role("status")).not_to_contain_text(bin_)


def is_sown(task: dict[str, Any]) -> bool:
    return bool(task["method"] == "sow")


def test_picks_go_on_without_a_network_and_are_sent_in_order(page: Page, errors: list[str], house: House) -> None:
    until(lambda: any(map(is_sown, house.read("/api/v1/warehouse/tasks"))), 60)  # the worker makes waves by itself
    task = next(filter(is_sown, house.read("/api/v1/warehouse/tasks")))
    enter(page, "拣货")
    page.get_by_role("button", name=re.compile(task["wave"])).click()
    expect(page.locator(".pda-bin")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    expect(page.get_by_test_id("line")).to_contain_text("断网")
    while page.locator(".pda-bin").count():
        bin_ = page.locator(".pda-bin").inner_text()
        left = page.locator(".pda-qty").inner_text()
        scan(page, bin_)
        expect(page.locator(".pda-stop.here")).to_be_visible()
        scan(page, "GIFT-01" if bin_ != "C-03-1" else "TEA-001")  # not what is wanted
        expect(page.get_by_role("alert")).to_contain_text("商品不对")
        scan(page, page.locator(".pda-stop .pda-soft").inner_text().split(" ")[0])
        expect(
            page.locator(".pda-bin").get_by_text(bin_).and_(page.locator(f".pda-bin:has(~ .pda-qty:text-is('{left}'))"))
        ).to_have_count(0)
    expect(page.get_by_text("拣货完成")).to_be_visible()
    expect(page.get_by_test_id("line")).to_contain_text(f"待发 {task['pieces']}")
    assert house.read(f"/api/v1/warehouse/tasks/{task['id']}")["task"]["picked"] == 0

    page.context.set_offline(False)
    expect(page.get_by_test_id("line")).to_contain_text("在线")
    assert house.read(f"/api/v1/warehouse/tasks/{task['id']}")["task"]["picked"] == task["pieces"]

    page.get_by_role("link", name="返回").click()
    enter(page, "播种")
    for request in house.read(f"/api/v1/warehouse/requests?wave={task['wave_id']}"):
        for line in house.read(f"/api/v1/warehouse/packing?number={request['number']}")["lines"]:
            for _ in range(line["qty"]):
                scan(page, line["sku"])
    until(
        lambda: (
            {each["state"] for each in house.read(f"/api/v1/warehouse/requests?wave={task['wave_id']}")} == {"picked"}
        ),
        60,
    )
    cut_off(errors)


def test_a_packer_scans_a_wrong_piece_and_then_the_right_ones(page: Page, errors: list[str], house: House) -> None:
    request = house.picked()
    enter(page, "验货打包")
    scan(page, request["number"])
    expect(page.locator("h1")).to_have_text(request["number"])
    scan(page, "POT-002")
    expect(page.get_by_role("alert")).to_contain_text("POT-002 不是这里需要的商品")
    refused(errors, times=1)
    lines = house.read(f"/api/v1/warehouse/packing?number={request['number']}")["lines"]
    for line in lines:
        for _ in range(line["qty"]):
            scan(page, line["sku"])
    expect(page.get_by_role("status")).to_contain_text("全部验完")
    page.get_by_role("button", name="M2").click()
    page.get_by_role("button", name="打包完成").click()
    further = page.locator(".pda-line-item", has_text=f"{request['number']}-2")
    page.get_by_role("button", name="再加一箱").click()
    further.get_by_role("button", name="减箱").click()
    expect(further).to_have_count(0)
    page.get_by_role("button", name="再加一箱").click()
    expect(further).to_be_visible()
    packed = next(each for each in house.read("/api/v1/warehouse/parcels") if each["number"] == request["number"])
    expected_g = max(packed["expected_g"], 2)
    scan(page, str(expected_g // 2))
    expect(page.locator("h1")).to_have_text(f"{request['number']}-2")
    scan(page, str(expected_g - expected_g // 2))
    expect(page.locator("h1")).to_have_text("验货打包")
    packed = next(each for each in house.read("/api/v1/warehouse/parcels") if each["number"] == request["number"])
    assert (packed["carton"], packed["weight_g"]) == ("M2", expected_g // 2)
    assert [box["weight_g"] for box in packed["boxes"]] == [expected_g - expected_g // 2]


def test_a_page_hears_from_the_moment_it_is_there(page: Page, errors: list[str]) -> None:
    """The trigger is pressed at once: before the browser has painted what it shows, and before anything else runs."""
    page.evaluate(SCANNED_AT_ONCE, ["验货打包", "FH-0"])
    enter(page, "验货打包")
    expect(page.get_by_role("alert")).to_contain_text("FH-0")
    refused(errors, times=1)


def test_a_delivery_is_received_and_put_away(page: Page, house: House) -> None:
    enter(page, "收货")
    page.get_by_role("button", name=re.compile("采购 PO-0004")).click()
    expect(page.get_by_text("竹制茶盘")).to_be_visible()
    for code in ("SET-101", "SET-101", "IN-1"):
        scan(page, code)
    page.get_by_role("button", name="收货 2 件 → IN-1").click()
    expect(page.get_by_role("status")).to_contain_text("已收 2 件")
    assert house.pieces("SET-101", "IN-1") == 2

    page.get_by_role("link", name="返回").click()
    enter(page, "上架")
    scan(page, "SET-101")
    expect(page.get_by_role("button", name=re.compile("IN-1 × 2"))).to_be_visible()
    expect(page.locator(".pda-hint").first).to_be_visible()
    before = house.pieces("SET-101", "F-02-1")
    scan(page, "F-02-1")
    expect(page.get_by_role("status")).to_contain_text("竹制茶盘 × 2 → F-02-1")
    assert (house.pieces("SET-101", "IN-1"), house.pieces("SET-101", "F-02-1")) == (0, before + 2)


def test_a_bin_is_counted(page: Page, house: House) -> None:
    count = house.act("warehouse.open_count", warehouse_id=house.warehouse, bins=["E-02-1", "F-03-1"])
    enter(page, "盘点")
    page.get_by_role("button", name=re.compile(count["number"])).click()
    expect(page.get_by_role("button", name=re.compile("F-03-1"))).to_be_visible()
    scan(page, "A-01-1")
    expect(page.get_by_role("alert")).to_contain_text("不在此盘点中")
    scan(page, "E-02-1")
    scan(page, "CUP-002")
    expect(page.get_by_role("status")).to_contain_text("× 1")
    page.get_by_label("CUP-002 数量", exact=True).fill("58")
    page.get_by_role("button", name="此货位盘完").click()
    expect(page.get_by_role("status")).to_contain_text("E-02-1 已盘：58 件")
    told = {each["code"]: each for each in house.read(f"/api/v1/warehouse/counts/{count['id']}")["bins"]}
    assert [each["qty"] for each in told["E-02-1"]["found"]] == [58]
    assert told["F-03-1"]["rounds"] == 0
    house.act("warehouse.cancel_count", count_id=count["id"])


def test_goods_are_moved_and_sent_to_another_warehouse(page: Page, house: House) -> None:
    before = house.pieces("TEA-006", "F-01-2")
    enter(page, "移位调拨")
    enter(page, "移位")
    for code in ("F-01-2", "TEA-006", "TEA-006", "F-04-2"):
        scan(page, code)
    expect(page.get_by_role("status")).to_contain_text("F-01-2 → F-04-2")
    assert (house.pieces("TEA-006", "F-01-2"), house.pieces("TEA-006", "F-04-2")) == (before - 2, 2)

    page.get_by_role("link", name="返回").click()
    enter(page, "调拨出库")
    page.get_by_role("button", name="成都二号仓").click()
    for code in ("F-04-2", "TEA-006"):
        scan(page, code)
    page.get_by_role("button", name="发出 1 件").click()
    expect(page.get_by_role("status")).to_contain_text("已发出 1 件")
    under_way = house.read("/api/v1/inventory/transfers")
    assert [(each["reference"], each["pieces"]) for each in under_way] == [("PDA 调拨", 1)]


def test_a_transfer_is_picked_and_sent(page: Page, house: House, errors: list[str]) -> None:
    there = next(each["id"] for each in house.read("/api/v1/warehouses") if each["name"] == "成都二号仓")
    sku = house.read("/api/v1/skus?code=TEA-006")[0]["id"]
    line = {"sku_id": sku, "qty": 2, "bin": "F-01-2", "lot": "L1"}
    given = {"from_warehouse_id": house.warehouse, "to_warehouse_id": there, "reference": "补货", "lines": [line]}
    started = house.act("warehouse.start_transfer", **given)

    enter(page, "移位调拨")
    enter(page, "调拨拣货发出")
    page.get_by_role("button", name=re.compile(started["number"])).click()
    expect(page.get_by_role("alert")).to_contain_text("还有 2 件未拣")
    refused(errors, times=1)

    page.get_by_role("link", name="返回").click()
    page.get_by_role("link", name="返回").click()
    enter(page, "拣货")
    page.get_by_role("button", name=re.compile(started["wave"]["number"])).click()
    expect(page.locator(".pda-bin")).to_have_text("F-01-2")  # nobody scans before the page says where
    for code in ("F-01-2", "TEA-006", "TEA-006"):
        scan(page, code)
    expect(page.get_by_role("main")).to_contain_text("拣货完成")

    page.get_by_role("link", name="返回").click()
    page.get_by_role("link", name="返回").click()
    enter(page, "移位调拨")
    enter(page, "调拨拣货发出")
    expect(page.get_by_role("button", name=re.compile(started["number"]))).to_contain_text("已拣齐")
    scan(page, started["number"])
    expect(page.get_by_role("status")).to_contain_text(f"{started['number']} 已发出")
    expect(page.get_by_role("main")).to_contain_text("没有在拣的调拨")
    under_way = house.read("/api/v1/inventory/transfers")
    assert (started["number"], 2) in [(each["number"], each["pieces"]) for each in under_way]


def test_what_was_refused_later_is_shown_and_settled(page: Page, errors: list[str], house: House) -> None:
    """Somebody else took the pieces while the scanner was without a network."""
    sku = house.read("/api/v1/skus?code=TEA-003")[0]["id"]
    there = house.pieces("TEA-003", "C-01-2")
    enter(page, "移位调拨")
    enter(page, "移位")
    scan(page, "C-01-2")
    scan(page, "TEA-003")
    page.get_by_label("数量", exact=True).fill(str(there))
    page.context.set_offline(True)
    expect(page.get_by_test_id("line")).to_contain_text("断网")
    page.evaluate(SCANNED_INTO_FIELD, "C-04-2")
    expect(page.get_by_test_id("line")).to_contain_text("待发 1")
    line = {"sku_id": sku, "qty": 10, "origin": "C-01-2", "to": "C-05-2", "lot": "L1"}
    house.act("warehouse.move_bins", warehouse_id=house.warehouse, lines=[line])

    page.context.set_offline(False)
    expect(page.get_by_test_id("line")).to_contain_text("冲突 1")
    page.get_by_test_id("line").click()
    expect(page.locator(".pda-conflict")).to_contain_text(f"可取 {there - 10} 件")
    house.act("warehouse.move_bins", warehouse_id=house.warehouse, lines=[line | {"origin": "C-05-2", "to": "C-01-2"}])
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_text("没有待发的扫描")).to_be_visible()
    assert (house.pieces("TEA-003", "C-01-2"), house.pieces("TEA-003", "C-04-2")) == (0, there)
    cut_off(errors)
    refused(errors, times=1)


def test_scans_outlive_the_page(page: Page, errors: list[str], house: House) -> None:
    enter(page, "移位调拨")
    enter(page, "移位")
    scan(page, "A-03-2")
    scan(page, "ACC-001")
    expect(page.get_by_label("数量", exact=True)).to_be_visible()
    there = house.pieces("ACC-001", "A-03-2")
    page.context.set_offline(True)
    expect(page.get_by_test_id("line")).to_contain_text("断网")
    scan(page, "A-04-2")
    expect(page.get_by_test_id("line")).to_contain_text("待发 1")
    context = page.context
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto("/pda")
    expect(again.get_by_test_id("line")).to_contain_text("在线")
    assert (house.pieces("ACC-001", "A-03-2"), house.pieces("ACC-001", "A-04-2")) == (there - 1, 1)
    cut_off(errors)


def test_a_scanner_speaks_english(page: Page) -> None:
    page.get_by_role("button", name="English").click()
    for name in ("Receive", "Put away", "Pick", "Pack check", "Count", "Move & transfer", "Put back"):
        page.get_by_role("link", name=re.compile(f"^{name}")).click()
        expect(page.locator("h1")).to_have_text(name)
        page.wait_for_load_state("networkidle")
        page.get_by_role("link", name="Back").click()


def test_the_camera_reads_a_code_where_the_browser_can(browser: Browser, url: str, errors: list[str]) -> None:
    with opened(browser, url, errors, WIDTH, permissions=["camera"]) as page:
        page.add_init_script("window.BarcodeDetector = class { async detect() { return [{ rawValue: 'TEA-006' }] } }")
        page.add_init_script(
            "navigator.mediaDevices.getUserMedia = async () => {"
            " const canvas = document.createElement('canvas');"
            " const paint = () => { canvas.getContext('2d').fillRect(0, 0, 9, 9); requestAnimationFrame(paint) };"
            " paint(); return canvas.captureStream() }"
        )
        page.goto("/pda")
        sign_in_by_the_form(page, "仓管")
        page.get_by_role("button", name=re.compile("杭州一号仓")).click()
        enter(page, "上架")
        page.get_by_role("button", name="用相机扫码").click()
        expect(page.get_by_role("status")).to_contain_text("桂花乌龙 100g")
