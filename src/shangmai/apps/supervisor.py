"""`shangmai up`: database, schema, API processes and worker, started in order, kept alive, stopped in order.

A launcher that is killed takes everything with it: its children see their lifeline close and end, and the last of them
stops a private PostgreSQL. What is left all the same, the next start ends or adopts.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any, Final, TextIO

import msgspec
import structlog

from shangmai.apps import listening
from shangmai.apps.children import Child, created_at, end_leftovers
from shangmai.apps.environment import as_environment
from shangmai.apps.installation import prepare
from shangmai.apps.postgres import Postgres
from shangmai.apps.progress import Progress, ready_block
from shangmai.kernel.settings import Settings

log = structlog.get_logger(__name__)

READY_TIMEOUT_S: Final = 120.0
EARLY_ENDS_MAX: Final = 3
TICK_S: Final = 1.0


class AlreadyRunning(RuntimeError):
    """Another launcher runs in this home."""


class NotReady(RuntimeError):
    """The processes were started, but do not become ready."""


class Running(msgspec.Struct):
    """What a launcher leaves in `run/up.json` for the next one, and for commands that look for it."""

    pid: int
    url: str
    children: dict[int, float] = {}


class Supervisor:
    """One `shangmai up`, from start to stop."""

    def __init__(self, settings: Settings, *, port_is_chosen: bool, out: TextIO = sys.stdout) -> None:
        self._settings = settings
        self._port_is_chosen = port_is_chosen
        self._progress = Progress(settings.lang, out)
        self._run_dir = settings.home / "run"
        self._postgres = Postgres(settings)
        self._children: list[Child] = []
        self._stop = asyncio.Event()
        self._lifeline = os.pipe()

    def stop(self) -> None:
        """Stop everything in order and return from `run`; the second time, at once."""
        if self._stop.is_set():
            for child in self._children:
                child.kill()
        self._stop.set()

    async def run(self) -> None:
        """Start everything, say so when it is ready, and keep it running until `stop`."""
        with _only_one(self._run_dir):
            self._end_leftovers()
            sockets = self._bind()
            try:
                await self._run(sockets)
            finally:
                for listener in sockets:
                    listener.close()
                (self._run_dir / "up.json").unlink(missing_ok=True)

    async def _run(self, sockets: list[socket.socket]) -> None:
        async with self._database() as dsn:
            if not await self._unless_stopped(prepare(dsn, self._settings, self._progress)):
                return
            url = _url(self._settings.host, sockets[0].getsockname()[1])
            self._children = self._make_children(sockets)
            async with self._kept_alive():
                await self._until_ready(url)
                if not self._stop.is_set():
                    self._progress.say(ready_block(self._settings, url, self._progress.seconds, self._log_dir))
                await self._watch(url)
                self._progress.step("stopping")
        self._progress.step("stopped")

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Whether the work was done; it is cut short by `stop`."""
        task, stop = asyncio.create_task(work), asyncio.create_task(self._stop.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if task.done():
            task.result()
            return True
        task.cancel()
        await asyncio.wait({task})
        return False

    @contextlib.asynccontextmanager
    async def _database(self) -> AsyncIterator[str]:
        try:
            dsn = await self._postgres.open()
            self._progress.done("database" if self._postgres.is_embedded else "database_url")
            yield dsn
        finally:
            await self._postgres.close()

    @contextlib.asynccontextmanager
    async def _kept_alive(self) -> AsyncIterator[None]:
        keepers = [asyncio.create_task(child.keep_alive()) for child in self._children]
        try:
            yield
        finally:
            await asyncio.gather(*(child.stop() for child in self._children))
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)

    async def _until_ready(self, url: str) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not self._stop.is_set() and not await _answers_ready(url):
            self._write_running(url)
            failing = [child for child in self._children if child.early_ends >= EARLY_ENDS_MAX]
            if failing or time.monotonic() > deadline:
                told = "\n".join(f"{child.name}: {child.last_words()}" for child in failing or self._children)
                raise NotReady(f"{self._progress.text('not_ready')}\n{told}")
            await asyncio.sleep(0.1)
        self._write_running(url)
        self._progress.done("processes")

    async def _watch(self, url: str) -> None:
        """Look after the database and the logs until `stop`; the children's keepers look after them."""
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), TICK_S)
                return
            try:
                await self._postgres.ensure_running()
            except Exception:
                log.exception("the database cannot be started; the next try follows")
            for child in self._children:
                child.trim_log()
            self._write_running(url)

    # -- what is started

    def _make_children(self, sockets: list[socket.socket]) -> list[Child]:
        # The port that was taken, which may not be the one wished for: links to payment pages are made of it.
        settings = msgspec.structs.replace(self._settings, port=sockets[0].getsockname()[1])
        env = as_environment(settings) | {"PROMETHEUS_MULTIPROC_DIR": str(self._make_metrics_dir())}
        lifeline = self._lifeline[0]
        api = [
            Child(
                f"api-{number}",
                ["-m", "shangmai.apps.api", "--fd", str(listener.fileno()), "--lifeline", str(lifeline)],
                fds=(listener.fileno(), lifeline),
                env=env,
                log_file=self._log_file(f"api-{number}"),
            )
            for number, listener in enumerate(sockets, start=1)
        ]
        command = ["-m", "shangmai.apps.worker", "--lifeline", str(lifeline)]
        return [*api, Child("worker", command, fds=(lifeline,), env=env, log_file=self._log_file("worker"))]

    def _bind(self) -> list[socket.socket]:
        s = self._settings
        sockets = listening.bind(s.host, s.port, s.api_processes, only_this_port=self._port_is_chosen)
        port = sockets[0].getsockname()[1]
        if port != s.port and s.port != 0:
            self._progress.say(self._progress.text("other_port", port=s.port, taken=port))
        return sockets

    def _make_metrics_dir(self) -> Path:
        path = self._run_dir / "metrics"
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path

    @property
    def _log_dir(self) -> Path | None:
        """Where processes log when a person sits at the terminal; None when whoever started us collects stderr."""
        return self._settings.home / "log" if sys.stderr.isatty() else None

    def _log_file(self, name: str) -> Path | None:
        if self._log_dir is None:
            return None
        self._log_dir.mkdir(exist_ok=True)
        path = self._log_dir / f"{name}.log"
        path.touch()
        return path

    # -- what is left for others to find

    def _write_running(self, url: str) -> None:
        pids = {child.pid: created_at(child.pid) for child in self._children if child.pid is not None}
        running = msgspec.json.encode(Running(os.getpid(), url, pids))
        path = self._run_dir / "up.json"
        if not path.exists() or path.read_bytes() != running:
            new = path.with_suffix(".new")
            new.write_bytes(running)
            new.replace(path)

    def _end_leftovers(self) -> None:
        before = find_running(self._settings.home)
        if before is not None and (ended := end_leftovers(before.children)):
            self._progress.say(self._progress.text("leftovers", count=ended))


def find_running(home: Path) -> Running | None:
    """What the launcher of this home has last left; it may be gone."""
    try:
        return msgspec.json.decode((home / "run" / "up.json").read_bytes(), type=Running, strict=False)
    except (OSError, msgspec.MsgspecError):
        return None


@contextlib.contextmanager
def _only_one(run_dir: Path) -> Iterator[None]:
    """Keep a second launcher out of this home. Raises: AlreadyRunning."""
    run_dir.mkdir(parents=True, exist_ok=True)
    with (run_dir / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = find_running(run_dir.parent)
            where = f" · {other.url} (pid {other.pid})" if other else ""
            raise AlreadyRunning(f"商脉已在此目录运行 · Shangmai already runs in {run_dir.parent}{where}") from None
        yield


def _url(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


async def _answers_ready(url: str) -> bool:
    """Whether /readyz says yes."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    try:
        async with asyncio.timeout(3):
            reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
            writer.write(f"GET /readyz HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
            status = await reader.readline()
            writer.close()
            return b" 200 " in status
    except (OSError, TimeoutError):
        return False
