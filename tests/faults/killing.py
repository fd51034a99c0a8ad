"""`kill -9` of what is running here, and what must be true when all has come to rest again."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Final, cast

import psutil

from shangmai.apps import proving
from shangmai.apps.postgres import DATABASE
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import EmbeddedPostgres
from shangmai.kernel.events import store
from tests.apps.launched import Launched, database_processes

SETTLED_WITHIN_S: Final = 180.0


Find = Callable[[Launched], psutil.Process]


def the_api(up: Launched) -> psutil.Process:
    return up.child("shangmai.apps.api")


def the_worker(up: Launched) -> psutil.Process:
    return up.child("shangmai.apps.worker")


def the_postmaster(up: Launched) -> psutil.Process:
    """The first of the database's processes; its sessions say in their titles what they are, also when it is gone."""
    processes = database_processes(up.home)
    pids = {process.pid for process in processes}
    first = (process for process in processes if process.ppid() not in pids)
    return next(process for process in first if not "".join(process.cmdline()).startswith("postgres:"))


async def kill(victims: tuple[Find, ...], up: Launched) -> None:
    """Kill them at once, and wait until there are others in their places."""
    deadline = time.monotonic() + SETTLED_WITHIN_S
    while None in (killed := [_find(find, up) for find in victims]):
        await _a_moment(deadline, up)  # one that was lost along with another is not back yet
    for process in killed:
        with contextlib.suppress(psutil.NoSuchProcess):
            cast(psutil.Process, process).kill()
    while not all(_is_replaced(find, before, up) for find, before in zip(victims, killed, strict=True)):
        await _a_moment(deadline, up)


async def _a_moment(deadline: float, up: Launched) -> None:
    assert time.monotonic() < deadline, up.told
    await asyncio.sleep(0.1)


def _find(find: Find, up: Launched) -> psutil.Process | None:
    """Whom to kill; None where there is none just now."""
    try:
        return find(up)
    except (AssertionError, StopIteration, psutil.Error):
        return None


def _is_replaced(find: Find, before: psutil.Process | None, up: Launched) -> bool:
    assert before is not None
    there = _find(find, up)
    return there is not None and there.pid != before.pid


async def settled(up: Launched) -> None:
    """Wait until the worker has handled everything by itself; then everything must prove."""
    postgres = EmbeddedPostgres(up.home)
    server = await asyncio.to_thread(postgres.start)
    try:
        await proven(server.dsn(database=DATABASE))
    finally:
        await asyncio.to_thread(postgres.stop)


async def proven(dsn: str) -> None:
    """Wait until the worker has handled everything by itself; then everything must prove."""
    deadline = time.monotonic() + SETTLED_WITHIN_S
    async with await Database.connect(dsn, size=2) as db:
        while (report := await proving.prove(db, looks=2)).waiting:
            assert time.monotonic() < deadline, report
        async with db.reading(SYSTEM) as tx:
            parked = await store.list_parked(tx)
    assert parked == [], (parked, [each for each in report.proofs if not each.holds])
    assert report.holds, report
    assert (report.parked, report.skipped) == (0, [])
