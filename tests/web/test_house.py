"""What keeps the house: backups, who may do what, posting rules, notices of long work."""

from __future__ import annotations

import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.apps.launched import Launched, a_home, launched, shangmai, until
from tests.web.browser import opened
from tests.web.house import House, refused
from tests.web.staff import let_in, sign_in
from tests.web.test_ground import AXE, FOUND, another


@pytest.fixture
def page(browser: Browser, url: str, errors: list[str]) -> Iterator[Page]:
    with opened(browser, url, errors) as page:
        sign_in(page, "老板")
        yield page


def a_picture(page: Page) -> tuple[str, bytes]:
    """Where a picture that somebody has uploaded is served, and what it is."""
    picture = page.screenshot()
    csrf = next(each["value"] for each in page.context.cookies() if each["name"] == "shangmai_csrf")
    headers = {"x-csrf-token": csrf, "content-type": "application/octet-stream"}
    kept = page.request.post("/api/v1/media?name=a.png", data=picture, headers=headers)
    assert kept.ok, kept.text()
    return f"/api/v1/media/{kept.json()['sha256']}", picture


def bring_back(up: Launched, house: House, backup: Path, picture: tuple[str, bytes]) -> None:
    """Do what the page says, in an installation of its own that has the master key alone: it is the same house."""
    with a_home() as other:
        other.mkdir()
        shutil.copy(up.home / "secret.key", other / "secret.key")
        restored = shangmai(other, "restore", str(backup))
        assert restored.returncode == 0, restored.stdout + restored.stderr
        assert "master key is missing" not in restored.stdout
        proven = shangmai(other, "prove")
        assert proven.returncode == 0, proven.stdout + proven.stderr
        with launched(other) as again:
            theirs = House(again.running.url)
            (order,) = house.read("/api/v1/orders?number=DEMO-0005")
            for path in ("", "/receiver", "/trace"):
                assert theirs.read(f"/api/v1/orders/{order['id']}{path}") == house.read(
                    f"/api/v1/orders/{order['id']}{path}"
                )
            books = f"/api/v1/ledger/trial-balance?company={house.read('/api/v1/companies')[0]['id']}"
            until(lambda: theirs.read(books) == house.read(books), 60, lambda: f"{theirs.read(books)}")
            assert theirs.read(books)["debit_minor"] > 0
            address, content = picture
            assert again.get(address).content == content


def test_a_backup_is_made_by_a_click_and_comes_back_as_the_page_says(page: Page, up: Launched, house: House) -> None:
    picture = a_picture(page)
    page.get_by_role("menuitem", name="系统").click()
    card = page.locator(".ant-card", has_text="立即备份")
    expect(card.get_by_text("还没有备份")).to_be_visible()
    card.get_by_role("button", name="立即备份").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="预览").click()
    expect(dialog).to_contain_text("backups.make")
    dialog.get_by_role("button", name="确认执行").click()
    expect(card.locator("tbody .ant-tag")).to_have_count(1)
    until(lambda: house.read("/api/v1/backups")[0]["run"]["ended_at"], 240)  # the worker lets all others go first
    expect(card.get_by_text("最近一次备份：")).to_be_visible()
    expect(card.locator("tbody .ant-tag")).to_have_text("已完成")
    card.get_by_role("button", name="如何恢复").click()
    told = page.locator(".ant-popover code")
    expect(told).to_have_count(3)
    path = Path(told.first.inner_text())
    assert path.is_file()
    expect(told.nth(1)).to_have_text(f"shangmai backup --check {path}")
    expect(told.nth(2)).to_have_text(f"shangmai restore --replace {path}")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("^通知")).click()
    page.get_by_role("button", name=re.compile("备份完成")).click()
    expect(page).to_have_url(re.compile("/admin/system$"))
    bring_back(up, house, path, picture)


def test_a_session_of_a_colleague_is_ended(page: Page, errors: list[str]) -> None:
    clerk = another(page, "客服")
    page.goto("/admin/staff?tab=sessions")
    row = page.locator("tr.ant-table-row", has_text="xiaoli").first
    row.get_by_role("button", name="吊销").click()
    page.get_by_role("dialog").get_by_role("button", name="确认执行").click()
    expect(page.locator("tr.ant-table-row", has_text="xiaoli").first).to_contain_text("已被吊销")
    clerk.goto("/admin/orders")
    expect(clerk.locator("#login")).to_be_visible()
    clerk.context.close()
    errors.clear()  # the browser of whoever was thrown out tells of the answer that refused it


def test_a_colleague_sees_only_the_warehouse_that_is_left_to_them(page: Page) -> None:
    page.goto("/admin/staff")
    row = page.locator("tr.ant-table-row", has_text="laowang")
    row.get_by_role("button", name="角色与范围").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="仓库").click()
    page.locator(".ant-select-item-option", has_text="成都二号仓").click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="确认执行").click()
    expect(row).to_contain_text("仓库 1")
    keeper = another(page, "仓管")
    seen = keeper.request.get("/api/v1/warehouses").json()
    assert [each["code"] for each in seen] == ["CD"]
    keeper.context.close()
    row.get_by_role("button", name="角色与范围").click()
    dialog.get_by_role("combobox", name="仓库").click()
    page.locator(".ant-select-item-option", has_text="全部").click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="确认执行").click()
    expect(row).to_contain_text("全部")


def test_a_key_is_shown_once_and_of_no_use_after_it_is_revoked(page: Page, url: str) -> None:
    page.goto("/admin/staff?tab=keys")
    page.get_by_role("button", name="新建密钥").click()
    dialog = page.get_by_role("dialog", name="新建密钥")
    dialog.locator("#name").fill("对账脚本")
    grants = dialog.get_by_role("combobox", name="密钥的权限")
    grants.click()
    grants.fill("orders.read")
    page.locator(".ant-select-item-option[title$='orders.read']").click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="确认执行").click()
    shown = page.get_by_role("dialog").filter(has_text="密钥只显示这一次")
    key = shown.locator("p.code").inner_text().strip()
    assert asked(url, "/api/v1/orders", key) == 200
    assert asked(url, "/api/v1/payments", key) == 403
    shown.get_by_role("button", name="OK").or_(shown.get_by_role("button", name="确 定")).or_(
        shown.get_by_role("button", name="确定")
    ).first.click()
    page.reload()
    row = page.locator("tr.ant-table-row", has_text="对账脚本")
    expect(row).to_contain_text("orders.read")
    expect(page.get_by_text(key)).to_have_count(0)
    row.get_by_role("button", name="吊销").click()
    page.get_by_role("dialog").get_by_role("button", name="确认执行").click()
    expect(row.get_by_role("button", name="吊销")).to_have_count(0)
    assert asked(url, "/api/v1/orders", key) == 401


def asked(url: str, path: str, key: str) -> int:
    """What a read answers to a key."""
    request = urllib.request.Request(url + path, headers={"authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code


def choose(page: Page, label: str, text: str) -> None:
    """Pick from a list by its words."""
    box = page.get_by_role("combobox", name=label, exact=True)
    box.click()
    box.fill(text)
    page.locator(".ant-select-dropdown:visible .ant-select-item-option", has_text=text).first.click()


def test_a_posting_rule_is_written_tried_published_and_retired(page: Page, house: House, errors: list[str]) -> None:
    page.goto("/admin/ledger?tab=rules")
    page.get_by_role("button", name="新建规则").click()
    editor = page.get_by_role("dialog", name="新建规则")
    editor.get_by_role("textbox", name="规则名").fill("own.refund_note")
    choose(page, "业务事件", "payments.refunded.v1")
    editor.get_by_role("button", name="加一个条件").click()
    choose(page, "字段 1", "amount_minor")
    editor.get_by_role("combobox", name="比较 1").click()
    page.locator(".ant-select-dropdown:visible .ant-select-item-option", has_text="大于等于").click()
    editor.get_by_label("值 1").fill("1")
    choose(page, "借方科目 1", "5602")
    choose(page, "贷方科目 1", "1012")
    editor.get_by_role("combobox", name="金额字段 1").click()
    page.locator(".ant-select-dropdown:visible .ant-select-item-option", has_text="amount_minor").click()
    editor.get_by_role("textbox", name="摘要").fill("退款手续 {number}")
    editor.get_by_role("button", name="试算最近的事件").click()
    tried = editor.get_by_test_id("tried")
    expect(tried).to_contain_text(re.compile(r"最近 [1-9]\d* 个事件中 [1-9]\d* 个会记账"))
    expect(tried).to_contain_text("退款手续 RF")
    expect(tried).to_contain_text("¥49.00")
    editor.get_by_role("button", name="发布这一版").click()
    sure = page.get_by_role("dialog", name="发布这一版")
    sure.get_by_role("button", name="确认执行").click()
    expect(editor).to_have_count(0)
    row = page.locator("tr.ant-table-row", has_text="own.refund_note")
    expect(row).to_contain_text("商家")

    row.get_by_role("button", name="出新版本").click()
    editor = page.get_by_role("dialog", name=re.compile("出新版本"))
    expect(editor.get_by_label("值 1")).to_have_value("1")
    editor.get_by_role("textbox", name="摘要").fill("退款手续费 {nothing}")
    editor.get_by_role("button", name="试算最近的事件").click()
    expect(editor.get_by_role("alert")).to_contain_text("nothing")
    refused(errors, times=1)
    editor.get_by_role("textbox", name="摘要").fill("退款手续费 {number}")
    editor.get_by_role("button", name="发布这一版").click()
    sure.get_by_role("button", name="确认执行").click()
    expect(row).to_contain_text("v2")
    row.get_by_role("button", name="停用").click()
    page.get_by_role("dialog").get_by_role("button", name="确认执行").click()
    expect(row.get_by_role("button", name="停用")).to_have_count(0)


def test_who_tried_a_campaign_is_told_of_its_end(page: Page) -> None:
    page.goto("/admin/promotions?tab=try")
    page.get_by_role("combobox", name=re.compile("促销")).first.click()
    page.locator(".ant-select-item-option").first.click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="开始试算").click()
    bell = page.get_by_role("button", name=re.compile("^通知"))
    bell.click()
    told = page.get_by_role("button", name=re.compile("活动测算完成"))
    expect(told.first).to_be_visible()
    told.first.click()
    expect(page).to_have_url(re.compile("/admin/promotions\\?tab=try&run="))


TABS: list[str] = [
    "/aftersales",
    "/channels",
    "/price-lists",
    "/price-lists?tab=floors",
    "/voices",
    "/sheets?sheet=sku-prices",
    "/desk",
    "/desk?tab=requests",
    "/desk?tab=packed",
    "/desk?tab=notices",
    "/desk?tab=counts",
    "/desk?tab=transfers",
    "/pack-station",
    "/carriers",
    "/carriers?tab=parcels",
    "/carriers?tab=accounts",
    "/carriers?tab=cards",
    "/carriers?tab=bills",
    "/promotions?tab=coupons",
    "/promotions?tab=try",
    "/promotions/new?tool=amount_off",
    "/products/new",
    "/rules?subject=orders.courier",
    "/stock?tab=movements",
    "/stock?tab=shops",
    "/stock?tab=accuracy",
    "/payments?tab=refunds",
    "/payments?tab=awaited",
    "/payments?tab=statements",
    "/payments?tab=callbacks",
    "/payments?tab=accounts",
    "/ledger?tab=entries",
    "/ledger?tab=chart",
    "/ledger?tab=rules",
    "/ledger?tab=periods",
    "/ledger?account=1122",
    "/staff?tab=roles",
    "/staff?tab=sessions",
    "/staff?tab=keys",
]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_tab_shuts_anybody_out_or_reports_an_error(
    browser: Browser, url: str, house: House, errors: list[str], dark: bool
) -> None:
    """As of the main pages, so of what lies behind them: tabs and the pages of one thing, by turns light and dark."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm could not be reached")
    things = [
        f"/orders/{house.read('/api/v1/orders?number=DEMO-0011')[0]['id']}",
        f"/orders/{house.read('/api/v1/orders?number=DEMO-SHORT')[0]['id']}",  # it has no receiver
        f"/customers/{house.read('/api/v1/customers')[0]['id']}",
        f"/products/{house.read('/api/v1/products')[0]['id']}",
        f"/promotions/{house.read('/api/v1/promotions')[0]['id']}",
        f"/units/{house.read('/api/v1/orders/units')[0]['id']}",
    ]
    found: dict[str, list[str]] = {}
    with opened(browser, url, errors, bypass_csp=True, color_scheme="dark" if dark else "light") as page:
        let_in(page, "老板")
        for path in (TABS + things)[dark::2]:
            page.goto("/admin" + path)
            expect(page.locator("#page h1").first).to_be_visible()
            expect(page.locator(".ant-spin-spinning, .ant-skeleton-active")).to_have_count(0)
            page.add_script_tag(path=str(AXE))
            if told := page.evaluate(FOUND):
                found[path] = told
    assert found == {}
