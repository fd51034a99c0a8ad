"""Letting people go first: what a worker does can wait a moment, a shopper at the till cannot.

A worker and its database sessions ask for less of the processor than the API and its sessions do. Where there is enough
for all nothing changes; where there is not, orders are still taken and what follows from them comes a little later.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from pathlib import Path
from typing import Any, Final

import structlog
from asyncpg import Connection

log = structlog.get_logger(__name__)

NICE: Final = 10
"""Linux weighs it a ninth of what others weigh (110 of 1,024).

At full load an eighth more buyers check out than with 5, and the worker takes larger batches. With 19 it would be a few
more still, but a session that is set aside while it holds a lock in the database could keep all others waiting long.
"""
PROC: Final = Path("/proc")
HEARD_EVERY_S: Final = 0.1
TRIES: Final = 50


def give_way() -> None:
    """Let others go before this process."""
    _step_back(os.getpid())


async def let_session_give_way(conn: Connection[Any]) -> None:
    """Let others go before the server's process behind a connection, where that runs on this machine.

    Over a socket of the file system the server is here; a process of that id that is no PostgreSQL is left alone.
    """
    if not await conn.fetchval("SELECT inet_server_addr() IS NULL"):
        return
    pid = conn.get_server_pid()
    title = b""
    with contextlib.suppress(OSError):
        title = (PROC / str(pid) / "cmdline").read_bytes()
    if title.startswith(b"postgres:"):
        await asyncio.to_thread(_step_back, pid)


def _step_back(pid: int) -> None:
    """By nice, and by the nice of its session where the kernel shares the processor out by sessions (autogroup)."""
    try:
        os.setpriority(os.PRIO_PROCESS, pid, max(os.getpriority(os.PRIO_PROCESS, pid), NICE))
        autogroup = PROC / str(pid) / "autogroup"
        if autogroup.exists():
            _share_less(autogroup)
    except OSError as why:
        log.info("nobody goes first", pid=pid, reason=str(why))


def _share_less(autogroup: Path) -> None:
    """Ask until it is heard: from all who are not root together Linux hears one such wish in a tenth of a second."""
    for tries_left in reversed(range(TRIES)):
        try:
            autogroup.write_text(str(NICE))
            return
        except BlockingIOError:
            if not tries_left:
                raise
            time.sleep(HEARD_EVERY_S)
