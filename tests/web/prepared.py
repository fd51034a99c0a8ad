"""The demo company, filled once and copied for each server: a copy takes a second, and filling it many."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from shangmai.apps import demo, demo_goods
from shangmai.kernel.db.embedded import EmbeddedPostgres
from tests.apps.launched import ROOT, Launched, a_home, launched, until
from tests.web.house import House

KEPT = ROOT / "var" / "demo-of-tests"
OF_DEMO = {"SHANGMAI_DEMO": "true", "SHANGMAI_BACKUPS_KEPT": "0"}
"""How it is started: without the backup of the night, which tests that run then would find beside their own."""
FRESH_S = 3600
"""The demo's sales and orders are dated from when it was filled: older than this, it is filled anew."""


@contextmanager
def a_demo() -> Iterator[Path]:
    """A home of one's own with the demo company in it, which nobody has touched yet."""
    with a_home() as home:
        _copy_to(home)
        yield home


def _copy_to(home: Path) -> None:
    """One after the other: who comes while it is being filled waits for it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    KEPT.chmod(0o755)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        filled = KEPT / _sources()
        if not filled.is_dir() or time.time() - filled.stat().st_mtime > FRESH_S:
            _fill(filled)
        if _is_whole(filled):
            subprocess.run(["cp", "-a", str(filled), str(home)], check=True)


def _fill(filled: Path) -> None:
    for old in KEPT.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    new = KEPT / "new"
    with launched(new, **OF_DEMO) as up:
        until_all_is_there(up)
        up.stop()
    if _is_whole(new):  # no copy need survive a power cut
        with (EmbeddedPostgres(new).where() / "data" / "postgresql.auto.conf").open("a") as settings:
            settings.write("fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n")
    new.rename(filled)
    filled.touch()


def until_all_is_there(up: Launched) -> None:
    """Wait for what the worker makes of the demo: all goods in the window, the first waves, what is overdue told."""
    until(lambda: in_the_window(up) >= len(demo_goods.goods()) + len(demo.GOODS), 240, lambda: up.told)
    house = House(up.running.url)
    until(lambda: house.read("/api/v1/warehouse/waves"), 240, lambda: up.told)
    until(lambda: "overdue" in {each["kind"] for each in house.read("/api/v1/notices")}, 240, lambda: up.told)
    until(house.is_quiet, 240, lambda: up.told)


def _is_whole(home: Path) -> bool:
    """Whether the database lies in it too, and not where its user can enter; then each server fills its own."""
    return EmbeddedPostgres(home).where().is_relative_to(home)


def _sources() -> str:
    """A name for all that decides how it is filled."""
    told = hashlib.sha256()
    for path in sorted((ROOT / "src").rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            told.update(path.read_bytes())
    return told.hexdigest()[:16]


def in_the_window(up: Launched) -> int:
    """How many products the mall shows."""
    answer = httpx.get(f"{up.running.url}/api/v1/storefront/products", params={"limit": 1}, timeout=60, verify=False)
    found: int = answer.json()["total"]["count"] if answer.status_code == 200 else 0
    return found
