"""Measure the wall's screen while an hour's changes come in a minute: what its memory does, and how late it shows.

    .venv/bin/python tools/wall.py [ADDRESS] [--updates 720] [--seconds 60] [--rounds 3]

ADDRESS is of a running demo, http://127.0.0.1:8000 unless given. Every sixth change is an order that is placed, the
others are notes on orders; 720 are one every five seconds for an hour. After each round the heap is collected and
measured: what stays is what leaks. Late is the time from the answer of the API until the number stands on the screen.
"""

import argparse
import json
import os
import shutil
import statistics
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

LOGIN, PASSWORD = "boss", "demo-Chaye-1"
PLACED_EVERY = 6
WATCH = """
window.seen = {};
new MutationObserver(() => {
  for (const cell of document.querySelectorAll(".screen td:nth-child(2)")) window.seen[cell.textContent] ??= Date.now();
}).observe(document.body, {subtree: true, childList: true, characterData: true});
"""


class Api:
    """The demo company's owner over the API."""

    def __init__(self, address: str) -> None:
        self._address, self._csrf = address, ""
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._csrf = self.ask("/api/v1/session", {"login": LOGIN, "password": PASSWORD})["csrf_token"]

    def ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json", "x-csrf-token": self._csrf}
        with self._opener.open(urllib.request.Request(self._address + path, data, headers), timeout=60) as answer:
            return json.load(answer)

    def act(self, action: str, **given: Any) -> Any:
        return self.ask(f"/api/v1/actions/{action}", given)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("address", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("--updates", type=int, default=720)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    api = Api(given.address)
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking"]
        )
        page = signed_in(browser.new_page(base_url=given.address, viewport={"width": 1920, "height": 1080}))
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        page.evaluate(WATCH)
        show("at rest", measured(session), [])
        for n in range(1, given.rounds + 1):
            late = one_round(api, page, given.updates, given.seconds)
            show(f"after {n * given.updates} changes", measured(session), late)
        browser.close()


def signed_in(page: Page) -> Page:
    """The screen, in the window of whoever may see it."""
    page.goto("/admin/")
    page.locator("input[type=text]").first.fill(LOGIN)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    page.locator(".shell").wait_for()
    page.goto("/screen")
    page.locator(".screen td").first.wait_for()
    return page


def one_round(api: Api, page: Page, updates: int, seconds: float) -> list[float]:
    """Make so many changes, evenly; how late each order was shown, in seconds."""
    shop = api.ask("/api/v1/shops")["items"][0]["id"]
    skus = [each["id"] for each in api.ask("/api/v1/skus?limit=50")["items"]]
    some = api.ask("/api/v1/orders?limit=1")["items"][0]["id"]
    answered: dict[str, float] = {}
    began = time.monotonic()
    for n in range(updates):
        if n % PLACED_EVERY == 0:
            number = placed(api, shop, skus)
            answered[number] = time.time()
        else:
            api.act("orders.write_note", order_id=some, text=f"{n}")
        page.wait_for_timeout(max(0.0, (began + seconds * (n + 1) / updates - time.monotonic()) * 1000))
    page.wait_for_timeout(3000)
    seen: dict[str, int] = page.evaluate("window.seen")
    page.evaluate("window.seen = {}")
    return [max(seen[number] / 1000 - at, 0.0) for number, at in answered.items() if number in seen]


def placed(api: Api, shop: str, skus: list[str]) -> str:
    """The number of a new order, of the first of these that can still be sold; those that cannot are taken out."""
    while True:
        try:
            order = api.act("orders.place", shop_id=shop, lines=[{"sku_id": skus[0], "qty": 1}])
        except urllib.error.HTTPError as refused:
            refused.close()
            skus.pop(0)
        else:
            return str(order["number"])


def measured(session: CDPSession) -> dict[str, float]:
    """What is left after a collection."""
    session.send("HeapProfiler.collectGarbage")
    told = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return {"heap": told["JSHeapUsedSize"] / 1e6, "nodes": told["Nodes"], "listeners": told["JSEventListeners"]}


def show(when: str, now: dict[str, float], late: list[float]) -> None:
    shown = f"heap {now['heap']:.1f} MB, {now['nodes']:.0f} nodes, {now['listeners']:.0f} listeners"
    if late:
        p99 = sorted(late)[int(len(late) * 0.99) - 1] if len(late) > 1 else late[0]
        shown += f"; {len(late)} orders shown, late {statistics.median(late):.2f} s (median), {p99:.2f} s (p99)"
    print(f"{when:>22}: {shown}", flush=True)


if __name__ == "__main__":
    main()
