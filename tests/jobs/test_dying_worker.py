"""A job whose worker is killed is taken by another within seconds, and done once more."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.jobs import enqueue, queue
from shangmai.kernel.jobs.worker import POLL_S
from tests.jobs.dying import HEARTBEAT_S, Write
from tests.jobs.waiting import until

ROOT = Path(__file__).parents[2]


async def start(dsn: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.jobs.dying", dsn, cwd=ROOT)


def read(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


async def lines(path: Path, count: int) -> None:
    await until(lambda: len(read(path)) >= count)


async def is_over(db: Database) -> bool:
    """Whether there is nothing left to do, for anybody."""
    async with db.reading(SYSTEM) as tx:
        return sum((await queue.counts(tx)).values()) == 0


@pytest.mark.faults
async def test_a_killed_workers_job_is_done_again_once(db: Database, dsn: str, tmp_path: Path) -> None:
    path = tmp_path / "lines"
    async with db.transaction() as tx:
        await enqueue(tx, "test.write", Write(str(path)))
    first = await start(dsn)
    await lines(path, 1)
    second = await start(dsn)
    try:
        await asyncio.sleep(HEARTBEAT_S + 2 * POLL_S)  # the first is alive, so the second leaves its job alone
        assert read(path) == ["begun"]
        first.kill()
        await lines(path, 3)
        await until(lambda: is_over(db))
        assert read(path) == ["begun", "begun", "done"]
    finally:
        for process in (first, second):
            if process.returncode is None:
                process.kill()
            await process.wait()
