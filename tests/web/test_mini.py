"""The mini-programs: built, small enough, and the way to an order gone in each as it was built."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shangmai.apps import mall
from tests.apps.launched import ROOT, Launched
from tests.web.mall import Staff

KILOBYTES_MAX = 800
"""Of the main package, which is all of it; WeChat takes two megabytes."""
MINI = Path(__file__).parent / "mini"


def built_for(platform: str) -> Path:
    """The folder of a build; a no-op while nothing has changed."""
    done = subprocess.run(
        [sys.executable, "tools/web.py", "--mini", platform], cwd=ROOT, check=False, capture_output=True, text=True
    )
    if done.returncode == 75:
        pytest.skip("npm cannot be reached from here")
    assert done.returncode == 0, done.stderr
    return mall.BUILT.parent / f"dist-{platform}"


@pytest.mark.parametrize(("platform", "template"), [("weapp", "base.wxml"), ("alipay", "base.axml")])
def test_the_main_package_is_small(platform: str, template: str) -> None:
    folder = built_for(platform)
    pages = json.loads((folder / "app.json").read_text())["pages"]
    assert (folder / template).is_file()
    assert all((folder / f"{page}.js").is_file() for page in pages)
    assert "pages/aftersale/index" in pages
    whole = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1000
    assert whole <= KILOBYTES_MAX, f"{platform}: {whole:.0f} kB"


@pytest.mark.parametrize("platform", ["weapp", "alipay"])
def test_a_guest_orders_in_the_mini_program(platform: str, up: Launched, boss: Staff) -> None:
    """Search, choose, cart, address pasted, placed, seen, and every other page opened once.

    By its own scripts and templates, against a real server. Alipay's host calls whatever is not answered by 200 failed.
    """
    folder = built_for(platform)
    node = Path(sys.executable).parent / "node"
    done = subprocess.run(
        [str(node), str(MINI / "journey.cjs"), platform, str(folder), up.running.url],
        check=False, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told["pages"]) == set(json.loads((folder / "app.json").read_text())["pages"])
    found = boss.read("/api/v1/orders", number=told["number"])["items"]
    assert [order["number"] for order in found] == [told["number"]]
    assert found[0]["payment_status"] == "unpaid"
