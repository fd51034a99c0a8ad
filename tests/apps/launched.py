"""Running `shangmai` as people do: real processes, a home of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from shangmai.apps.supervisor import Running, find_running
from shangmai.kernel.db.embedded import EmbeddedPostgres

ROOT = Path(__file__).parents[2]
READY_S = 180  # a second on an idle machine; on a busy one the wait costs nothing
ANSWER_S = 60  # of several API processes one may serve while the others are still starting


def shangmai(home: Path, *arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [sys.executable, "-m", "shangmai.apps.cli", *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment(home, **env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def environment(home: Path, **more: str) -> dict[str, str]:
    plain = {name: text for name, text in os.environ.items() if not name.startswith("SHANGMAI_")}
    return plain | {"SHANGMAI_HOME": str(home), "SHANGMAI_LANG": "en", **more}


class Launched:
    """One `shangmai up` and what it started."""

    def __init__(self, home: Path, *arguments: str, **env: str) -> None:
        self.home = home
        self.output = home.parent / f"{time.monotonic_ns()}.out"
        with self.output.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "shangmai.apps.cli", "up", *arguments],
                cwd=ROOT,
                env=environment(home, **{"SHANGMAI_PORT": "0", "SHANGMAI_API_PROCESSES": "1", **env}),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def told(self) -> str:
        return self.output.read_text()

    def wait_until_ready(self) -> None:
        """Wait until it says so."""
        until(lambda: self.process.poll() is not None or self.told.count("Ctrl-C") > 0, READY_S, lambda: self.told)
        assert self.process.poll() is None, self.told

    @property
    def running(self) -> Running:
        running = find_running(self.home)
        assert running is not None
        return running

    def get(self, path: str) -> httpx.Response:
        """One connection that waits for its answer, also while the server is started again."""
        return httpx.get(self.running.url + path, timeout=ANSWER_S, verify=False)  # reading certificates takes 30 ms

    def answers(self, path: str, status: int = 200) -> bool:
        try:
            return self.get(path).status_code == status
        except httpx.HTTPError:
            return False

    def child(self, module: str) -> psutil.Process:
        """The child that runs this module."""
        found = [p for pid in self.running.children if module in " ".join((p := psutil.Process(pid)).cmdline())]
        assert len(found) == 1, self.told
        return found[0]

    def family(self) -> list[psutil.Process]:
        """The launcher's children and the database's processes."""
        mine = [psutil.Process(pid) for pid in self.running.children if psutil.pid_exists(pid)]
        return [*mine, *database_processes(self.home)]

    def stop(self) -> None:
        """Stop it with SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(ANSWER_S) == 0, self.told

    def end(self) -> None:
        """Leave nothing behind, whatever the test did."""
        left = self.family() if find_running(self.home) else database_processes(self.home)
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
            self.process.kill()
            self.process.wait()
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()


def database_processes(home: Path) -> list[psutil.Process]:
    """The processes of the home's PostgreSQL: known by their working directory, the data directory."""
    from shangmai.kernel.db.embedded import EmbeddedPostgres

    data = EmbeddedPostgres(home).where() / "data"
    found = []
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error, OSError):
            if process.info["name"] == "postgres" and Path(process.cwd()) == data:
                found.append(process)
    return found


@contextlib.contextmanager
def launched(home: Path, *arguments: str, **env: str) -> Iterator[Launched]:
    one = Launched(home, *arguments, **env)
    try:
        one.wait_until_ready()
        yield one
    finally:
        one.end()


@contextlib.contextmanager
def a_home() -> Iterator[Path]:
    """A home that the database's user can enter, unlike pytest's own directories."""
    (ROOT / "var").mkdir(exist_ok=True)
    base = Path(tempfile.mkdtemp(prefix="up-", dir=ROOT / "var"))
    base.chmod(0o755)
    try:
        yield base / "home"
    finally:
        # under root the database of a home that its user cannot enter lies elsewhere
        shutil.rmtree(EmbeddedPostgres(base / "home").where(), ignore_errors=True)
        shutil.rmtree(base, ignore_errors=True)


def until(condition: Callable[[], Any], seconds: float = READY_S, told: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, told()
        time.sleep(0.05)


def gone(processes: list[psutil.Process]) -> bool:
    return not [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
