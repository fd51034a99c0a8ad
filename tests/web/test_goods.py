"""The selling side of the admin in a real browser: promotions from a sentence to a run, goods from draft to mall."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shangmai.apps.admin import BUILT
from tests.web.browser import build, opened, served


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    build(BUILT)
    with served() as up:
        yield up.running.url


@pytest.fixture
def page(url: str) -> Iterator[Page]:
    """Signed in as the boss; whatever the browser reports as an error fails the test."""
    with opened(url, []) as page:
        page.goto("/admin/")
        page.get_by_role("button", name="老板", exact=True).click()
        page.locator("button[type=submit]").click()
        expect(page.locator(".shell")).to_be_visible()
        yield page


def confirm(page: Page, effect: str | None = None) -> None:
    """Preview where an effect is expected, then do it."""
    dialog = page.get_by_role("dialog")
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
    page.goto("/admin/promotions/new?tool=amount_off")
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
    page.locator(".ant-select-item-option", has_text="codes").click()
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
