"""A worker to be killed: `python -m tests.jobs.dying DSN`. Its job writes a line and, the first time, hangs."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.db.database import Database
from shangmai.kernel.jobs import job, worker

HEARTBEAT_S = 15.0
"""Three times what it is else: a worker that a busy machine halts for a few seconds must not seem dead."""


class Write(msgspec.Struct, frozen=True):
    path: str


@job("test.write", timeout_s=600)
async def write(runner: Runner, do: Write) -> None:
    if begin(Path(do.path)):
        await asyncio.sleep(600)
    add(Path(do.path), "done")


def begin(path: Path) -> bool:
    """Whether this is the first attempt."""
    is_first = not path.exists()
    add(path, "begun")
    return is_first


def add(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(f"{line}\n")


async def main(dsn: str) -> None:
    worker.HEARTBEAT_S = HEARTBEAT_S  # type: ignore[misc]  # patch: it is patient here
    async with await Database.connect(dsn, size=2) as db:
        await worker.Jobs(Runner(db), schedules=[]).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
