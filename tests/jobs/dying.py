"""A worker to be killed: `python -m tests.jobs.dying DSN FILE`. Its job writes a line and, the first time, hangs."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.db.database import Database
from shangmai.kernel.jobs import job
from shangmai.kernel.jobs.worker import Jobs


class Write(msgspec.Struct, frozen=True):
    path: str


@job("test.write", timeout_s=60)
async def write(runner: Runner, do: Write) -> None:
    if begin(Path(do.path)):
        await asyncio.sleep(60)
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
    async with await Database.connect(dsn, size=2) as db:
        await Jobs(Runner(db), schedules=[]).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
