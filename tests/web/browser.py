"""A real browser for the pages of web/; whatever they report as an error is kept, and a test may have none left."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, ConsoleMessage, Page, Route, expect

from tests.apps.launched import ROOT, until

WAIT_MS = 60_000
chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
expect.set_options(timeout=WAIT_MS)
TOASTS = """(() => {
  const told = (window.toasts = new Set());
  const kinds = ".taro__toast, .ant-message-notice";
  const note = () => document.querySelectorAll(kinds).forEach((each) => told.add(each.textContent));
  new MutationObserver(note).observe(document, {childList: true, subtree: true});
})()"""
"""What the mall says for two seconds, and the admin for three, is kept, as a test may look later than that."""


@cache
def build(folder: Path) -> None:
    """Make the pages as this checkout has them; a no-op when the check before the tests has made them."""
    subprocess.run([sys.executable, "tools/web.py"], cwd=ROOT, check=True)
    if not (folder / "index.html").is_file():
        pytest.skip(f"{folder.parent.name} could not be built: npm cannot be reached from here")


@contextmanager
def opened(browser: Browser, url: str, errors: list[str], width: int = 1440, **options: Any) -> Iterator[Page]:
    """A page of a window so wide; it ends with no error that a test has not taken out.

    Nothing moves in it: what is still on its way would be clicked where it was a moment ago.
    """

    def listen(page: Page) -> None:
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda told: errors.append(_said(page, told)) if _is_wrong(told) else None)

    context = browser.new_context(
        viewport={"width": width, "height": 900}, base_url=url, reduced_motion="reduce", **options
    )
    try:
        be_patient(context)
        context.on("page", listen)
        context.add_init_script(TOASTS)
        yield context.new_page()
    finally:
        for each in browser.contexts:  # also those of others, whom a test has let in beside
            each.close()
    assert errors == []


def told(page: Page, words: str) -> None:
    """Wait until a toast says so, or see that one has, since the page was loaded."""
    until(lambda: any(re.search(words, each) for each in toasts(page)), WAIT_MS / 1000, lambda: str(toasts(page)))


def toasts(page: Page) -> list[str]:
    found: list[str] = page.evaluate("[...toasts]")
    return found


class Held:
    """Requests that wait until they are let go; one that comes later does not wait.

    It stays to the test's end. Where a page's last route goes, as one with `times=1` does with its answer, Playwright
    tells of no request that is just being made.
    """

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        self._waiting: list[tuple[Route, APIResponse | None]] = []
        self._is_over = False
        page.route(url, self._come)

    def _come(self, route: Route) -> None:
        if self._is_over:
            route.continue_()
        else:
            self._waiting.append((route, None))

    def be_answered(self) -> None:
        """Have those that wait answered as things stand; the page hears of it when they are let go.

        Waits for the first: Playwright tells of a request before it asks what to do with it.
        """
        until(lambda: self._page.evaluate("1") and self._waiting, WAIT_MS / 1000)
        self._waiting = [(route, route.fetch()) for route, _ in self._waiting]

    def let_go(self) -> None:
        self._is_over = True
        while self._waiting:
            route, answer = self._waiting.pop(0)
            route.fulfill(response=answer) if answer else route.continue_()


def be_patient(context: BrowserContext) -> None:
    """Let a test, and what it opens, wait for answers as long as a busy machine takes."""
    context.set_default_timeout(WAIT_MS)
    # patch: a scanner goes on without the answer after 8 s, and says so
    context.add_init_script("AbortSignal.timeout = () => new AbortController().signal")


def _is_wrong(told: ConsoleMessage) -> bool:
    """An error; none is that the server says of itself that it is slow, on the page that asks for that."""
    if told.type != "error":
        return False
    return "status of 503" not in told.text or urlsplit(told.location["url"]).path not in ("/healthz", "/readyz")


def _said(page: Page, told: ConsoleMessage) -> str:
    return f"{page.url}: {told.text} {told.location['url']}"


def kilobytes_first(folder: Path, at: str) -> float:
    """The scripts that the first page names, packed, in kB."""
    named = re.findall(rf'(?:src|href)="{at}(built/[^"]+\.js)"', (folder / "index.html").read_text())
    assert named
    return kilobytes(folder / name for name in named)


def kilobytes(files: Iterable[Path]) -> float:
    """What files weigh packed, in kB."""
    return sum(len(gzip.compress(file.read_bytes())) for file in files) / 1000
