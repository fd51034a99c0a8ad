"""Measure how a phone on slow 4G loads the mall: when the largest thing is painted, what moves, what it weighs.

    .venv/bin/python tools/pageload.py [ADDRESS] [--runs 3] [--cpu 1] [--no-block]

ADDRESS is of a running system, http://127.0.0.1:8000 unless given. Slow 4G is what Lighthouse simulates: 1.6 Mbit/s
down, 750 kbit/s up, 150 ms there and back. `--cpu 4` slows the processor down as Lighthouse does, which tells of this
machine as much as of the page. `--no-block` leaves out what the server draws of a page, for comparison. Also told is
what search engines ask of a page: title, description, canonical address, data, links, language, one heading.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import urllib.request
from typing import Any

from playwright.sync_api import Browser, Route, sync_playwright

SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
OBSERVE = """
window.seen = {lcp: 0, what: "", cls: 0};
new PerformanceObserver((list) => { for (const e of list.getEntries()) {
  window.seen.lcp = e.startTime; window.seen.what = (e.element?.className || e.element?.tagName || "") + ""; } })
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver((list) => {
  for (const e of list.getEntries()) if (!e.hadRecentInput) window.seen.cls += e.value; })
  .observe({type: "layout-shift", buffered: true});
"""
WANTED = {
    "title": r"<title>[^<]{4,}</title>",
    "description": r'<meta name="description" content="[^"]{8,}"',
    "canonical": r'<link rel="canonical" href="https?://',
    "data": r'<script type="application/ld\+json">',
    "language": r'<html lang="[a-zA-Z-]+"',
    "viewport": r'<meta name="viewport"',
    "heading": r"<h1[ >]",
    "links": r'<a [^>]*href="/mall/',
    "pictures with words": r'<img [^>]*alt="[^"]+"',
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("address", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cpu", type=float, default=1)
    parser.add_argument("--no-block", action="store_true")
    given = parser.parse_args()
    first = json.load(urllib.request.urlopen(f"{given.address}/api/v1/storefront/products?limit=1"))["items"][0]["id"]
    pages = {"home": "/", "list": "/mall/list", "product": f"/mall/product?id={first}"}
    print(f"{'page':8} {'LCP ms':>8} {'CLS':>6} {'kB':>6}  largest / missing for search")
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, page in pages.items():
            runs = [load(browser, given.address + page, given.cpu, given.no_block) for _ in range(given.runs)]
            lcp, cls, kb = (statistics.median(run[key] for run in runs) for key in ("lcp", "cls", "kb"))
            missing = [each for each, found in asked(given.address + page).items() if not found]
            print(f"{name:8} {lcp:8.0f} {cls:6.3f} {kb:6.0f}  {runs[-1]['what']} / {', '.join(missing) or 'nothing'}")
        browser.close()


def load(browser: Browser, address: str, cpu: float, is_bare: bool) -> dict[str, Any]:
    """One visit with an empty cache; `kb` as they came over the wire."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, locale="zh-CN")
    page = context.new_page()
    page.add_init_script(OBSERVE)
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", SLOW_4G)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
    came = []
    wire.on("Network.loadingFinished", lambda told: came.append(told["encodedDataLength"]))
    if is_bare:
        page.route(address, strip)
    page.goto(address, wait_until="networkidle")
    page.wait_for_selector("#app .shell")
    seen = page.evaluate("window.seen")
    context.close()
    return {**seen, "kb": sum(came) / 1000}


def strip(route: Route) -> None:
    """The page without what the server has drawn."""
    answer = route.fetch()
    text = re.sub(r'<div id="first-look".*?</div>(?=<div id="app">)', "", answer.text(), flags=re.S)
    route.fulfill(response=answer, body=text)


def asked(address: str) -> dict[str, bool]:
    """What search engines look for in the page as it is sent."""
    html = urllib.request.urlopen(address).read().decode()
    found = {name: bool(re.search(words, html)) for name, words in WANTED.items()}
    return found | {"indexed": "noindex" not in html}


if __name__ == "__main__":
    main()
