"""What tests of pages ask of the API beside them, as the company's owner, and how a scanner types."""

from __future__ import annotations

import json
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

from playwright.sync_api import Page, expect


class House:
    """The demo company over its API."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._csrf = ""
        self._csrf = self._ask("/api/v1/session", {"login": "boss", "password": "demo-Chaye-1"})["csrf_token"]
        self.warehouse = next(each["id"] for each in self.read("/api/v1/warehouses") if each["code"] == "HZ")

    def read(self, path: str) -> Any:
        """A read; of a page its items."""
        told = self._ask(path)
        return told["items"] if isinstance(told, dict) and "items" in told else told

    def act(self, action: str, **given: Any) -> Any:
        """Carry an action out."""
        return self._ask(f"/api/v1/actions/{action}", given)

    def is_quiet(self) -> bool:
        """Whether the worker has handled all that has happened."""
        return all(each["waiting"] == 0 for each in self.read("/api/v1/events/lag"))

    def pieces(self, sku: str, bin_: str) -> int:
        """How many pieces of a SKU a bin has."""
        sku_id = self.read(f"/api/v1/skus?code={sku}")[0]["id"]
        rows = self.read(f"/api/v1/warehouse/in-bins?warehouse_id={self.warehouse}&sku_id={sku_id}")
        return sum(row["on_hand"] for row in rows if row["code"] == bin_)

    def picked(self) -> dict[str, Any]:
        """A request that is picked; one is, if need be."""
        for task in self.read(f"/api/v1/warehouse/tasks?warehouse={self.warehouse}"):
            if self.read("/api/v1/warehouse/requests?state=picked"):
                break
            for stop in self.act("warehouse.start_pick", task_id=task["id"])["stops"]:
                taken = {"bin": stop["bin"], "barcode": stop["sku"], "qty": stop["qty"]}
                lot = {"lot": stop["lot"]} if stop["lot"] else {}
                self.act("warehouse.pick", task_id=task["id"], **taken, **lot)
                if task["method"] == "sow":
                    self.act("warehouse.sow", wave_id=task["wave_id"], barcode=stop["sku"], qty=stop["qty"])
        found: dict[str, Any] = self.read("/api/v1/warehouse/requests?state=picked")[0]
        return found

    def _ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json", "x-csrf-token": self._csrf}
        request = urllib.request.Request(self._url + path, data, headers)
        with self._opener.open(request, timeout=60) as answer:
            return json.load(answer)


def scan(page: Page, text: str) -> None:
    """What a scanner types, a code and Enter, when the page hears it: nobody presses the trigger before it is there."""
    expect(page.locator("body[data-hears]")).to_have_count(1)
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def cut_off(errors: list[str]) -> None:
    """Take out what the browser says of what was under way when its network went."""
    words = ("ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED")
    errors[:] = [each for each in errors if not any(word in each for word in words)]


def refused(errors: list[str], *, times: int) -> None:
    """Take out what the browser says of answers that refuse; there must be as many."""
    assert len(errors) == times, errors
    assert all("the server responded with a status of 4" in each for each in errors), errors
    errors.clear()
