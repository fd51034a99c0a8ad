"""The processes that the launcher starts, keeps alive and stops."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil
import structlog

log = structlog.get_logger(__name__)

STOP_TIMEOUT_S: Final = 8.0
BACKOFF_S: Final = 0.5
BACKOFF_MAX_S: Final = 30.0
HEALTHY_AFTER_S: Final = 30.0
LOG_BYTES_MAX: Final = 20 * 1024 * 1024


class Child:
    """One program, started again whenever it ends; sooner when it had been running for a while."""

    def __init__(
        self, name: str, command: Sequence[str], *, fds: Sequence[int], env: Mapping[str, str], log_file: Path | None
    ) -> None:
        self.name = name
        self.early_ends = 0
        self._command = list(command)
        self._fds = tuple(fds)
        self._env = dict(env)
        self._log_file = log_file
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def keep_alive(self) -> None:
        """Run it until `stop`."""
        while not self._stopping:
            started = time.monotonic()
            await self._start()
            assert self._process is not None
            code = await self._process.wait()
            _forget_metrics(self._env, self._process.pid)
            if self._stopping:
                return
            self.early_ends = 0 if time.monotonic() - started > HEALTHY_AFTER_S else self.early_ends + 1
            pause_s = min(BACKOFF_S * 2 ** max(self.early_ends - 1, 0), BACKOFF_MAX_S)
            log.warning("process ended; it is started again", process=self.name, code=code, in_s=pause_s)
            await asyncio.sleep(pause_s)

    async def _start(self) -> None:
        with contextlib.ExitStack() as stack:
            output = None if self._log_file is None else stack.enter_context(self._log_file.open("ab"))
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=self._fds,
                env=self._env,
                start_new_session=True,  # Ctrl-C is for the launcher, which stops its children in order
            )

    async def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Ask it to end, and end it when it takes too long."""
        self._stopping = True
        if self._process is None or self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), timeout_s)
        except TimeoutError:
            log.warning("process did not stop in time", process=self.name)
            self.kill()
            await self._process.wait()

    def kill(self) -> None:
        self._stopping = True
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    def trim_log(self) -> None:
        """Keep what was logged before once, when the file has grown large; the child writes on at its end."""
        if self._log_file is not None and self._log_file.stat().st_size > LOG_BYTES_MAX:
            shutil.copyfile(self._log_file, self._log_file.with_suffix(".1.log"))
            os.truncate(self._log_file, 0)

    def last_words(self, lines_max: int = 12) -> str:
        if self._log_file is None or not self._log_file.exists():
            return ""
        with self._log_file.open("rb") as file:
            file.seek(max(self._log_file.stat().st_size - 8192, 0))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines_max:])


def end_leftovers(pids: Mapping[int, float]) -> int:
    """End children of a launcher that was killed, known by pid and time of creation; how many there were."""
    left = [process for pid, created in pids.items() if (process := _same_process(pid, created)) is not None]
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(left, timeout=STOP_TIMEOUT_S)
    for process in stubborn:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=1)
    return len(left)


def created_at(pid: int) -> float:
    """When the process was created, which tells it from a later one of the same number."""
    try:
        created: float = psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0
    return created


def _same_process(pid: int, created: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        return process if abs(process.create_time() - created) < 1.0 else None
    except psutil.Error:
        return None


def _forget_metrics(env: Mapping[str, str], pid: int) -> None:
    """Gauges of a process that is gone count no more (as prometheus_client's mark_process_dead)."""
    for path in Path(env.get("PROMETHEUS_MULTIPROC_DIR", os.devnull)).glob(f"gauge_live*_{pid}.db"):
        path.unlink(missing_ok=True)
