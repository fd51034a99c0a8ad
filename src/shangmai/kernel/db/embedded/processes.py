"""The processes: the user they run as, how they are started, found and ended."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

import psutil
from msgspec import Struct

from shangmai.kernel.db.embedded.settings import PORT, cluster_name

POLL_S: Final = 0.01


class Account(Struct, frozen=True):
    """The user the server runs as."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        return self.uid != os.geteuid()

    def run_as(self) -> dict[str, Any]:
        """Arguments for subprocess."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}

    def can_enter(self, directory: Path) -> bool:
        # Tried, not computed from mode bits: access lists, container mounts and security modules have a say too.
        return not self.is_other or self._succeeds(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(directory)])

    def can_run(self, program: Path) -> bool:
        return self._succeeds([str(program), "--version"])

    def _succeeds(self, command: list[str]) -> bool:
        try:
            return run(command, **self.run_as()).returncode == 0
        except OSError:
            return False


class PidFile(Struct, frozen=True):
    """What `postmaster.pid` says (lines 1, 4, 5 and 8)."""

    pid: int
    port: int
    socket_dir: Path
    is_ready: bool

    @classmethod
    def read(cls, data: Path) -> Self | None:
        """None while there is no server, and for the instant in which a new one has not written its lines."""
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
            lines += [""] * (8 - len(lines))
            return cls(int(lines[0]), int(lines[3] or PORT), Path(lines[4]), lines[7].strip() == "ready")
        except (OSError, ValueError, IndexError):
            return None


# A postmaster that this process started is its child: kept here, so that it can be reaped when it dies.
_children: list[subprocess.Popen[bytes]] = []


def _environment() -> dict[str, str]:
    """Little: PG* variables would mislead the programs, and secrets of the launcher are none of their business."""
    passed = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {**passed, "PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def spawn(command: list[str], **options: Any) -> psutil.Process:
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd="/", env=_environment(), umask=0o077, **options)
    _children.append(child)
    return psutil.Process(child.pid)


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd="/",
        env=_environment(),
        umask=0o077,
        check=False,
        **options,
    )


def reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie, which waits for another process to reap it, does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def serves(process: psutil.Process, data: Path) -> bool:
    """Whether it is a postmaster of this data directory, and not a program that has got its pid after a reboot."""
    if process.name() != "postgres":
        return False
    # Its working directory tells it too when the home has been renamed, but root without ptrace may not look.
    return str(data) in process.cmdline() or data.samefile(process.cwd())


def wait_until(condition: Callable[[], bool], timeout_s: float) -> bool:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(POLL_S)
    return True


def quit_orphans(data: Path) -> None:
    """End the sessions that a killed postmaster left: a busy one would notice only when its statement is done.

    What they have committed is in the write-ahead log. They are known by the cluster's name in their title.
    """
    title = f"postgres: {cluster_name(data)}: "
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            is_ours = " ".join(process.cmdline()).startswith(title)
            if is_ours and ((parent := process.parent()) is None or parent.name() != "postgres"):
                process.send_signal(signal.SIGQUIT)
