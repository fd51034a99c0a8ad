"""A worker and its database sessions step back behind everybody else's, and nobody else does."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shangmai.apps import manners
from shangmai.kernel.db.database import Database

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="how processes are ranked is told by /proc")


async def rank_of_session(db: Database) -> tuple[int, str]:
    async with db.connection() as conn:
        pid = conn.get_server_pid()
        return os.getpriority(os.PRIO_PROCESS, pid), group(pid)


def group(pid: int) -> str:
    """`/autogroup-7 nice 5`; nothing where the kernel does not share out by sessions."""
    path = Path(f"/proc/{pid}/autogroup")
    return path.read_text().partition(" ")[2].strip() if path.exists() else ""


async def test_only_sessions_that_are_greeted_step_back(dsn: str, db: Database) -> None:
    before = await rank_of_session(db)
    async with await Database.connect(dsn, size=1, greet=manners.let_session_give_way) as patient:
        rank, shared = await rank_of_session(patient)
        assert rank == max(before[0], manners.NICE)
        assert shared in ("", f"nice {manners.NICE}")
    assert await rank_of_session(db) == before


async def test_who_is_told_to_come_again_does(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    plain = Path.write_text

    def deaf_at_first(path: Path, wish: str) -> int:
        asked.append(wish)
        if len(asked) == 1:
            raise BlockingIOError(errno.EAGAIN, "another has just asked")
        return plain(path, wish)

    monkeypatch.setattr(Path, "write_text", deaf_at_first)  # patch: Linux, of which another has just asked the same
    async with await Database.connect(dsn, size=1, greet=manners.let_session_give_way) as patient:
        _, shared = await rank_of_session(patient)
    assert shared in ("", f"nice {manners.NICE}")
    assert len(asked) >= 2 or not shared


def test_a_process_steps_back_once() -> None:
    code = (
        "import os; from shangmai.apps import manners; manners.give_way(); manners.give_way();"
        "print(os.getpriority(os.PRIO_PROCESS, 0))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, start_new_session=True)
    assert int(told.stdout.split()[-1]) == max(os.getpriority(os.PRIO_PROCESS, 0), manners.NICE)
