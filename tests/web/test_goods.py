"""The selling side of the admin in a real browser: promotions from a sentence to a run, goods from draft to mall."""

from __future__ import annotations

import csv
import io
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.web.browser import opened, told
from tests.web.staff import let_in


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """Signed in as the boss; whatever the browser reports as an error fails the test."""
    with opened(browser, url, []) as page:
        let_in(page, "老板")
        yield page


def confirm(page: Page, effect: str | None = None) -> None:
    """Preview where an effect is expected, then do it."""
    dialog = page.get_by_role("dialog").filter(has=page.get_by_role("button", name="确认执行"))
    if effect:
        dialog.get_by_role("button", name="预览结果").click()
        expect(dialog.locator(".effects")).to_contain_text(effect)
    dialog.get_by_role("button", name="确认执行").click()
    expect(dialog).to_have_count(0)


def test_a_promotion_is_written_by_a_sentence_published_and_tried_on_past_orders(page: Page) -> None:
    page.goto("/admin/promotions")
    page.get_by_role("button", name="新建促销").click()
    page.get_by_role("button", name="满减 满 300").click()
    sentence = page.get_by_test_id("sentence")
    expect(sentence).to_have_text("满300减40")
    page.get_by_role("switch", name="每满都减").click()
    expect(sentence).to_have_text("每满300减40，上不封顶")
    page.get_by_role("spinbutton", name="一单最多减").fill("120")
    expect(sentence).to_have_text("每满300减40，最多减120元")
    expect(page.locator(".neighbour", has_text="满200减20")).to_contain_text("二选一")
    save = page.get_by_role("button", name="存为草稿")
    expect(save).to_be_disabled()
    page.get_by_role("textbox", name="名称", exact=True).fill("年末满减")
    page.get_by_role("textbox", name="编码").fill("YEAR-END")
    save.click()
    confirm(page)
    expect(page.get_by_role("heading", name="年末满减")).to_contain_text("草稿")

    page.get_by_role("button", name="先用历史订单试算").click()
    page.get_by_role("button", name="开始试算").click()
    expect(page.get_by_text("已完成")).to_be_visible()
    expect(page.locator(".bars").first).to_contain_text("年末满减")
    expect(page.get_by_role("row", name="命中订单")).to_contain_text("%")

    page.goto("/admin/promotions?q=YEAR-END")
    page.locator("tr.opens").click()
    page.get_by_role("button", name="发布第 1 版").click()
    confirm(page, "pricing.promotion_published.v1")
    expect(page.get_by_role("heading", name="年末满减")).to_contain_text("进行中")
    page.get_by_role("switch", name="每满都减").click()
    expect(sentence).to_have_text("满300减40，最多减120元")
    page.get_by_role("button", name="存为新版本").click()
    confirm(page)
    page.get_by_role("button", name="发布第 2 版").click()
    confirm(page, "pricing.promotion_published.v1")
    page.get_by_role("button", name="退回上一版").click()
    confirm(page)
    expect(page.locator(".version", has_text="第 1 版")).to_contain_text("生效中")


def test_what_cannot_work_says_so_while_it_is_written(page: Page) -> None:
    held: list[Route] = []
    # the shops come late, and nothing is lost by that
    page.route("**/api/v1/shops?*", lambda route: held.append(route), times=1)
    with page.expect_request("**/api/v1/shops?*"):
        page.goto("/admin/promotions/new?tool=amount_off")
    expect(page.locator("#page .ant-skeleton")).to_be_visible()
    held[0].continue_()
    page.get_by_role("button", name="加一行").click()
    expect(page.get_by_test_id("sentence")).to_have_text("满300减40，满400减50")
    page.get_by_role("spinbutton", name="优惠").nth(1).fill("20")
    expect(page.get_by_role("alert")).to_contain_text("第 2")
    page.get_by_role("textbox", name="名称", exact=True).fill("不成立")
    expect(page.get_by_role("button", name="存为草稿")).to_be_disabled()
    page.goto("/admin/promotions/new?tool=gift")
    expect(page.get_by_role("alert")).to_contain_text("请选择商品")


def test_codes_are_made_and_saved_as_a_sheet(page: Page, tmp_path: Path) -> None:
    page.goto("/admin/promotions?tab=coupons")
    page.get_by_role("combobox", name="选择需要券的促销").click()
    page.locator(".ant-select-item-option").first.click()
    page.get_by_role("button", name="新建批次").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("#code").fill("BROWSER")
    dialog.locator("#name").fill("浏览器里建的")
    dialog.locator("#kind").click()
    page.locator(".ant-select-item-option", has_text="兑换码").click()
    dialog.locator("#stock").fill("5")
    confirm(page)
    row = page.get_by_role("row", name="BROWSER")
    row.get_by_role("button", name="生成兑换码").click()
    dialog.get_by_role("spinbutton", name="数量").fill("3")
    with page.expect_download() as saved:
        dialog.get_by_role("button", name="生成并下载").click()
    saved.value.save_as(tmp_path / "codes.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "codes.csv").read_text("utf-8-sig"))))
    assert len(rows) == 4
    assert len({code for code, batch in rows[1:]}) == 3
    page.keyboard.press("Escape")
    expect(row).to_contain_text("3 / 5")


def picture() -> bytes:
    """A PNG of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\0\x0c\x6b\x56")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def choose(page: Page, axis: str, values: list[str], nth: int) -> None:
    """Say what variants differ in, and its values."""
    page.get_by_role("button", name="加一个维度").click()
    page.get_by_role("combobox", name="维度，例如颜色").nth(nth).fill(axis)
    box = page.get_by_role("combobox", name="这个维度的值").nth(nth)
    for value in values:
        box.fill(value)
        box.press("Enter")
    page.keyboard.press("Escape")


def test_a_product_goes_from_its_matrix_to_the_mall(page: Page) -> None:
    page.goto("/admin/products")
    page.get_by_role("button", name="新建商品").click()
    page.get_by_role("textbox", name="编码").fill("SCARF")
    page.get_by_role("textbox", name="名称", exact=True).fill("扎染茶席布")
    page.get_by_role("spinbutton", name="价格", exact=True).fill("88")
    choose(page, "花色", ["蓝", "绿"], 0)
    choose(page, "尺寸", ["大", "小"], 1)
    page.get_by_role("spinbutton", name="价格 绿 / 小").fill("66")
    page.get_by_role("checkbox", name="要这个规格 蓝 / 小").uncheck()
    page.get_by_role("button", name="新建（3 个规格）").click()
    confirm(page, "catalog.product_created.v1")
    expect(page.get_by_role("heading", name="扎染茶席布")).to_contain_text("草稿")
    expect(page.locator("tr.ant-table-row")).to_have_count(3)

    price = page.get_by_role("spinbutton", name="价格 SCARF-").first
    price.fill("99")
    page.get_by_role("spinbutton", name="底价 SCARF-").first.fill("50")
    page.get_by_role("button", name="保存 2 处改价").click()
    expect(page.get_by_role("button", name="保存 0 处改价")).to_be_disabled()
    expect(price).to_have_value("99.00")

    page.get_by_role("tab", name="资料").click()
    basics = page.get_by_role("tabpanel", name="资料")
    basics.get_by_role("textbox", name="英文名称").fill("Tie-dyed tea cloth")
    page.get_by_role("tab", name="图片与视频").click()
    page.locator("input[type=file]").set_input_files({"name": "席布.png", "mimeType": "image/png", "buffer": picture()})
    expect(page.locator(".medium")).to_have_count(1)
    page.get_by_role("tabpanel", name="图片与视频").get_by_role("button", name="保存").click()
    expect(page.get_by_role("tabpanel", name="图片与视频").get_by_role("button", name="保存")).to_be_disabled()
    expect(page.locator(".medium img")).to_have_js_property("naturalWidth", 1)

    page.get_by_role("tab", name="描述").click()
    words = page.get_by_role("tabpanel", name="描述")
    words.get_by_role("textbox", name="一两句话的简介").fill("手工扎染，一块一样。")
    words.get_by_role("button", name="标题").click()
    words.get_by_role("textbox", name="标题").fill("怎么洗")
    words.get_by_role("button", name="保存").click()
    expect(words.get_by_role("button", name="保存")).to_be_disabled()

    page.get_by_role("tab", name="资料").click()  # what was written there is there, though others were saved meanwhile
    expect(basics.get_by_role("textbox", name="英文名称")).to_have_value("Tie-dyed tea cloth")
    basics.get_by_role("button", name="保存").click()
    expect(basics.get_by_role("button", name="保存")).to_be_disabled()

    page.get_by_role("button", name="提交审核").click()
    confirm(page)
    page.get_by_role("button", name="审核通过").click()
    confirm(page, "catalog.product_listed.v1")
    expect(page.get_by_role("heading", name="扎染茶席布")).to_contain_text("在售")
    page.get_by_role("tab", name="审核记录").click()
    expect(page.locator(".version")).to_have_count(2)

    page.wait_for_function(
        """async () => {
          const found = await fetch("/api/v1/storefront/products?lang=zh-CN&q=" + encodeURIComponent("扎染"));
          return (await found.json()).items.some((card) => card.name === "扎染茶席布");
        }"""
    )


def test_saves_of_one_product_take_turns_and_lose_nothing(page: Page) -> None:
    """Each names the version that was read: while one is on its way the others wait, and what is typed then stays."""
    page.goto("/admin/products?q=TEA-002")
    page.locator("tr.opens").click()
    page.get_by_role("tab", name="描述").click()
    words = page.get_by_role("tabpanel", name="描述").get_by_role("textbox", name="一两句话的简介")
    words.fill("明前采，手工炒。")
    page.get_by_role("tab", name="资料").click()
    basics = page.get_by_role("tabpanel", name="资料")
    basics.get_by_role("textbox", name="品牌").fill("山里")
    held: list[Route] = []
    page.route("**/api/v1/actions/catalog.update_product", lambda route: held.append(route))
    with page.expect_request("**/api/v1/actions/catalog.update_product"):
        basics.get_by_role("button", name="保存").click()
    basics.get_by_role("textbox", name="英文名称").fill("Pre-Qingming Longjing")
    page.get_by_role("tab", name="描述").click()
    save = page.get_by_role("tabpanel", name="描述").get_by_role("button", name="保存")
    expect(save).to_have_class(re.compile("ant-btn-loading"))
    assert len(held) == 1
    held[0].continue_()
    page.unroute("**/api/v1/actions/catalog.update_product")
    expect(save).not_to_have_class(re.compile("ant-btn-loading"))
    expect(words).to_have_value("明前采，手工炒。")
    save.click()
    expect(save).to_be_disabled()
    page.get_by_role("tab", name="资料").click()
    expect(basics.get_by_role("textbox", name="英文名称")).to_have_value("Pre-Qingming Longjing")
    expect(basics.get_by_role("textbox", name="品牌")).to_have_value("山里")
    basics.get_by_role("button", name="保存").click()
    expect(basics.get_by_role("button", name="保存")).to_be_disabled()
    page.reload()
    expect(basics.get_by_role("textbox", name="英文名称")).to_have_value("Pre-Qingming Longjing")


def test_what_two_change_at_once_is_told_and_either_can_stand(browser: Browser, url: str) -> None:
    errors: list[str] = []
    with opened(browser, url, errors) as page:
        let_in(page, "老板")
        page.goto("/admin/products?q=TEA-002")
        page.locator("tr.opens").click()
        page.get_by_role("tab", name="资料").click()
        basics = page.get_by_role("tabpanel", name="资料")
        basics.get_by_role("textbox", name="品牌").fill("我的")
        basics.get_by_role("textbox", name="税收分类编码").fill("1030402")

        late: list[Route] = []
        is_slow = True  # what others change is told at once, but reading it takes long
        page.route(
            re.compile("/api/v1/products/[0-9a-f-]{36}$"),
            lambda route: late.append(route) if is_slow else route.continue_(),
        )
        other = page.context.new_page()
        other.goto(page.url)
        theirs = other.get_by_role("tabpanel", name="资料")
        theirs.get_by_role("textbox", name="品牌").fill("别人的")
        theirs.get_by_role("button", name="保存").click()
        expect(theirs.get_by_role("button", name="保存")).to_be_disabled()
        other.close()

        page.get_by_role("tab", name="描述").click()
        words = page.get_by_role("tabpanel", name="描述")
        words.get_by_role("textbox", name="一两句话的简介").fill("两个人一起改。")
        words.get_by_role("button", name="保存").click()
        told(page, "请重新查看后再试")
        is_slow = False
        for each in late:
            each.continue_()
        page.get_by_role("tab", name="资料").click()
        alert = basics.get_by_role("alert")
        expect(alert).to_contain_text("品牌：您改的时候别人也改了")
        alert.get_by_role("button", name="用别人的").click()
        expect(alert).to_have_count(0)
        expect(basics.get_by_role("textbox", name="品牌")).to_have_value("别人的")
        expect(basics.get_by_role("textbox", name="税收分类编码")).to_have_value("1030402")
        for tab in (basics, words):
            page.get_by_role("tab", name="资料" if tab is basics else "描述").click()
            tab.get_by_role("button", name="保存").click()
            expect(tab.get_by_role("button", name="保存")).to_be_disabled()
        expect(words.get_by_role("textbox", name="一两句话的简介")).to_have_value("两个人一起改。")
        assert all("409" in each for each in errors)
        errors.clear()


def test_a_price_list_with_a_floor(page: Page) -> None:
    page.goto("/admin/price-lists")
    page.get_by_role("button", name="新建价格表").click()
    dialog = page.get_by_role("dialog")
    for field, value in (("code", "VIP"), ("name", "老客价"), ("currency", "CNY"), ("level", "gold")):
        dialog.locator(f"#{field}").fill(value)
    dialog.locator("#kind").click()
    page.locator(".ant-select-item-option", has_text="会员等级").click()
    confirm(page)
    page.get_by_role("row", name="老客价").click()
    page.get_by_role("button", name="设价").click()
    form = page.get_by_role("dialog", name="设价")
    form.get_by_role("combobox").first.fill("TEA-002")
    page.locator(".ant-select-item-option", has_text="TEA-002").click()
    form.get_by_role("spinbutton", name="价格").fill("88")
    form.get_by_role("spinbutton", name="底价").fill("80")
    form.get_by_role("button", name="保存").click()
    row = page.locator(".ant-drawer tr.ant-table-row", has_text="TEA-002")
    expect(row).to_contain_text("¥88.00")
    expect(row).to_contain_text("¥80.00")
    row.get_by_role("button", name="移除").click()
    confirm(page)
    expect(row).to_have_count(0)


def test_a_review_is_hidden_shown_and_answered(page: Page) -> None:
    page.goto("/admin/voices?status=approved")
    shown = page.get_by_role("row", name="碎末稍微多了些")
    shown.get_by_role("button", name="隐藏").click()
    confirm(page)
    expect(shown).to_have_count(0)
    page.goto("/admin/voices?status=rejected")
    hidden = page.get_by_role("row", name="碎末稍微多了些")
    hidden.get_by_role("button", name="回复").click()
    page.get_by_role("dialog").locator("#text").fill("已换新批次")
    confirm(page)
    expect(hidden).to_contain_text("商家回复：已换新批次")
    hidden.get_by_role("button", name="显示").click()
    expect(hidden).to_have_count(0)


def test_prices_come_in_by_a_sheet_with_the_wrong_rows_told(page: Page, tmp_path: Path) -> None:
    page.goto("/admin/sheets")
    page.get_by_role("button", name="批量改价").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="下载模板").click()
    saved.value.save_as(tmp_path / "template.csv")
    assert (tmp_path / "template.csv").read_text("utf-8-sig").strip() == "SKU编码,价格"
    rows = "SKU编码,价格\nTEA-003,128.00\nTEA-004,贵\nNONE,1\n".encode("gb18030")
    page.locator("input[type=file]").set_input_files({"name": "改价.csv", "mimeType": "text/csv", "buffer": rows})
    expect(page.get_by_test_id("tried")).to_contain_text("1 条可以成功，2 条会被拒")
    page.get_by_role("button", name="正式导入").click()
    expect(page.get_by_test_id("outcome")).to_contain_text("共 3 行：1 条成功，2 条被拒")
    expect(page.get_by_role("row", name="NONE")).to_be_visible()
    with page.expect_download() as refused:
        page.get_by_role("link", name="下载错误表").click()
    refused.value.save_as(tmp_path / "errors.csv")
    errors = list(csv.reader(io.StringIO((tmp_path / "errors.csv").read_text("utf-8-sig"))))
    assert [row[:2] for row in errors[1:]] == [["TEA-004", "贵"], ["NONE", "1"]]
    page.goto("/admin/products?q=TEA-003")
    page.locator("tr.opens").click()
    expect(page.get_by_role("spinbutton", name="价格 TEA-003")).to_have_value("128.00")
