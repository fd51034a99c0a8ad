"""Money in the admin: payments, what a provider told, the books from a balance to its cause, a closed period."""

from __future__ import annotations

import csv
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from shangmai.kernel.clock import SHANGHAI
from tests.apps.launched import until
from tests.web.browser import opened
from tests.web.house import House
from tests.web.staff import sign_in


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with opened(browser, url, [], timezone_id=SHANGHAI.key) as page:
        sign_in(page, "老板")
        yield page


def test_what_a_provider_told_stands_with_its_words_and_its_order(url: str, page: Page) -> None:
    house = House(url)
    order = house.read("/api/v1/orders?number=DEMO-0010")[0]
    asked = house.act("orders.start_payment", order_id=order["id"])
    form = urllib.parse.urlencode({"outcome": "success"}).encode()
    with urllib.request.urlopen(asked["pay_url"], form, timeout=60):
        pass
    until(lambda: house.read("/api/v1/payments/callbacks?verdict=accepted"), 60)
    page.goto("/admin/payments?tab=callbacks&verdict=accepted")
    page.locator("tr.opens").first.click()
    told = page.get_by_role("dialog")
    expect(told.get_by_text("验签通过")).to_be_visible()
    expect(told.locator("pre.json").last).to_contain_text(asked["intent"]["id"])
    told.get_by_role("link", name="打开订单").click()
    expect(page.locator("h1")).to_contain_text(order["number"])

    page.get_by_role("menuitem", name="收付款").click()
    rows = page.locator("tbody tr.opens")
    expect(rows.first).to_be_visible()
    page.get_by_role("combobox", name="类型").click()
    page.locator(".ant-select-item-option", has_text="退款").click()
    expect(rows.filter(has_text="收款")).to_have_count(0)
    expect(rows.filter(has_text="退款").first).to_be_visible()


def test_a_balance_leads_to_its_lines_a_voucher_its_cause_and_its_order(page: Page) -> None:
    page.get_by_role("menuitem", name="账簿").click()
    page.locator("tr.opens", has_text="主营业务收入").click()
    lines = page.get_by_role("dialog", name="5001 主营业务收入")
    lines.locator("tr.opens", has_text="销售出库").first.click()
    voucher = page.get_by_role("dialog", name="记账凭证")
    expect(voucher.get_by_text("orders.shipped.v1")).to_be_visible()
    expect(voucher.get_by_role("cell", name="5401 主营业务成本")).to_be_visible()
    voucher.get_by_role("link", name="打开订单").click()
    profit = page.locator(".ant-card", has_text="订单利润")
    profit.locator("button.why").click()
    expect(page.locator(".why-answer")).to_contain_text("主营业务成本")


def test_a_trial_balance_is_saved_as_a_sheet(url: str, page: Page) -> None:
    house = House(url)
    company = house.read("/api/v1/companies")[0]["id"]
    page.goto(f"/admin/ledger?company={company}")
    expect(page.get_by_text("借贷平衡")).to_be_visible()
    with page.expect_download() as got:
        page.get_by_role("button", name="导出全部").click()
    assert got.value.suggested_filename == "trial-balance.csv"
    rows = list(csv.DictReader(Path(got.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    shown = page.locator("tbody tr.opens")
    expect(shown).to_have_count(len(rows))
    assert [each["科目"] for each in rows] == shown.locator("td:first-child").all_inner_texts()
    assert rows
    assert sum(Decimal(each["借方"]) for each in rows) == sum(Decimal(each["贷方"]) for each in rows) > 0


def test_a_period_is_closed_and_opened_again_for_a_reason(page: Page) -> None:
    page.goto("/admin/ledger?tab=periods")
    last_month = datetime.now(SHANGHAI).replace(day=1) - timedelta(days=1)
    row = page.get_by_role("row", name=f"{last_month:%Y-%m}")
    dialog = page.get_by_role("dialog")
    row.get_by_role("button", name="结账", exact=True).click()
    dialog.get_by_role("button", name="确认执行").click()
    expect(row.get_by_text("已结账")).to_be_visible()
    row.get_by_role("button", name="反结账").click()
    dialog.get_by_role("button", name="确认执行").click()
    expect(dialog.locator(".ant-form-item-explain-error")).to_be_visible()
    dialog.locator("#reason").fill("补录一张发票")
    dialog.get_by_role("button", name="确认执行").click()
    expect(row.get_by_text("未结账")).to_be_visible()


def test_a_voucher_by_hand_must_balance(page: Page) -> None:
    page.goto("/admin/ledger?tab=entries")
    page.get_by_role("button", name="录入凭证").click()
    dialog = page.get_by_role("dialog")
    for row, account, side in ((1, "1002", "借方"), (2, "3001", "贷方")):
        dialog.get_by_role("combobox", name=f"科目 {row}").click()
        page.keyboard.type(account)
        page.keyboard.press("Enter")
        dialog.get_by_role("spinbutton", name=f"{side} {row}").fill("120")
    expect(dialog.locator(".overdue")).to_have_count(0)
    dialog.locator("#summary").fill("股东投入")
    dialog.get_by_role("button", name="确认执行").click()
    expect(page.locator("tr.opens", has_text="股东投入")).to_contain_text("¥120.00")
