"""One server with the demo company and one browser for all tests of a file, a window of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from shangmai.apps import admin, mall
from tests.apps.launched import Launched, launched
from tests.web.browser import build, chromium
from tests.web.house import House
from tests.web.mall import Staff
from tests.web.prepared import OF_DEMO, a_demo, until_all_is_there


@pytest.fixture(scope="module")
def built() -> None:
    """The pages, as this checkout has them."""
    build(admin.BUILT)
    build(mall.BUILT)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ends with the file: while Playwright runs, its loop is in the way of tests that have one of their own."""
    if chromium is None:
        pytest.skip("there is no Chromium here: apt-get install chromium, or set CHROMIUM to one")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield running
        running.close()


@pytest.fixture(scope="module")
def up(browser: Browser, built: None) -> Iterator[Launched]:
    """The demo company, running, with all of its goods in the window; nobody needs it without a browser."""
    with a_demo() as home, launched(home, **OF_DEMO) as running:
        until_all_is_there(running)  # where no copy could be kept, this server has just filled its own
        yield running


@pytest.fixture(scope="module")
def url(up: Launched) -> str:
    return up.running.url


@pytest.fixture(scope="module")
def house(url: str) -> House:
    return House(url)


@pytest.fixture(scope="module")
def boss(url: str) -> Staff:
    return Staff(url, "boss", "demo-Chaye-1")


@pytest.fixture
def errors() -> list[str]:
    """What the browser reports; a test that provokes an error takes it out."""
    return []
