"""A scanner's page opens without a network, knows what it knew, and sends what is scanned there once it is back."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.apps.launched import until
from tests.web.browser import opened
from tests.web.house import House, scan
from tests.web.staff import let_in


def test_a_page_that_is_opened_without_a_network_goes_on(browser: Browser, url: str, house: House) -> None:
    errors: list[str] = []
    with opened(browser, url, errors, 390) as page:
        let_in(page, "仓管")
        page.goto("/pda")
        page.get_by_role("button", name=re.compile("杭州一号仓")).click()
        page.get_by_role("link", name=re.compile("拣货")).click()
        tasks = page.get_by_role("button", name=re.compile("单|汇总"))
        expect(tasks.first).to_be_visible()
        tasks.first.click()
        expect(page.locator(".pda-bin")).to_be_visible()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        known = "localStorage.getItem('shangmai.pda.known')?.includes('stops') ?? false"
        kept = "caches.match('/pda').then((kept) => kept !== undefined)"
        until(lambda: bool(page.evaluate(known)) and bool(page.evaluate(kept)), 60)

        page.context.set_offline(True)
        page.reload()
        bin_ = page.locator(".pda-bin").inner_text()
        scan(page, bin_)
        expect(page.locator(".pda-stop.here")).to_be_visible()
        scan(page, page.locator(".pda-stop .pda-soft").inner_text().split(" ")[0])
        expect(page.get_by_test_id("line")).to_contain_text("待发 1")

        task = f"/api/v1/warehouse/tasks/{page.url.rsplit('/', 1)[1]}"
        assert house.read(task)["task"]["picked"] == 0
        page.context.set_offline(False)
        expect(page.get_by_test_id("line")).to_contain_text("在线")
        until(lambda: bool(house.read(task)["task"]["picked"] == 1), 60)
        assert all("net::ERR_INTERNET_DISCONNECTED" in each or "ERR_FAILED" in each for each in errors), errors
        errors.clear()
