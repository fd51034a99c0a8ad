"""Running a journey and reading what it cost: walks, CPU of every process that took part, memory."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final, Self

import msgspec
import psutil

from bench.harness import quantile
from bench.peers.buyers import Outcome, Plan, Walk
from bench.peers.systems.base import Running, System

COMMAND: Final = [sys.executable, "-m", "bench.peers.buyers"]
QUIET_S: Final = 1.0
QUIET_TRIES_MAX: Final = 60


class Cost(msgspec.Struct):
    """What one run of a journey came to. CPU in seconds, memory in MiB."""

    walks: list[Walk]
    cpu_s: float
    memory_mib: float

    @property
    def done(self) -> list[Walk]:
        return [walk for walk in self.walks if not walk.refusal]

    @property
    def refused(self) -> list[Walk]:
        return [walk for walk in self.walks if walk.refusal]

    @property
    def rate(self) -> float:
        """Journeys a second: each buyer's own pace, added up, so that the end, when few still walk, does not count."""
        paces = 0.0
        for buyer in {walk.buyer for walk in self.walks}:
            own = [walk for walk in self.walks if walk.buyer == buyer]
            spent = max(walk.ended for walk in own) - min(walk.began for walk in own)
            paces += sum(not walk.refusal for walk in own) / spent
        return paces

    def wait_s(self, q: float) -> float:
        return quantile([walk.ended - walk.began for walk in self.done], q) if self.done else float("nan")

    @property
    def seconds(self) -> float:
        return max(walk.ended for walk in self.walks) - min(walk.began for walk in self.walks)


def plan(system: System, running: Running, journey: str, buyers: int, **limits: Any) -> Plan:
    return Plan(
        module=system.module,
        journey=journey,
        given=running.given,
        host="127.0.0.1",
        port=running.port,
        buyers=buyers,
        **limits,
    )


def walked(wanted: Plan) -> list[Walk]:
    """Let buyers walk, from a process of their own."""
    told = subprocess.run(COMMAND, input=msgspec.json.encode(wanted), stdout=subprocess.PIPE, check=True)
    return _read(told.stdout)


def _read(told: bytes) -> list[Walk]:
    try:
        return msgspec.json.decode(told, type=Outcome).walks
    except msgspec.DecodeError as error:
        raise RuntimeError(f"the buyers told no outcome, but {len(told)} bytes that end in {told[-200:]!r}") from error


class Walking:
    """Buyers who walk in the background until they are told to begin nothing more."""

    def __init__(self, wanted: Plan) -> None:
        self.wanted = wanted

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode(self.wanted))
        self.process.stdin.close()
        self.process.stdin = None
        return self

    def stop(self) -> list[Walk]:
        """What came of it; journeys under way are walked to their end."""
        self.process.terminate()
        told, _ = self.process.communicate()
        return _read(told)

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def measured(wanted: Plan, trees: Sequence[psutil.Process]) -> Cost:
    """Let buyers walk; the CPU is counted until the system is quiet again, so that work put off is paid for too."""
    before = cpu_s(trees)
    walks = walked(wanted)
    memory = memory_mib(trees)
    wait_until_quiet(trees)
    return Cost(walks, cpu_s(trees) - before, memory)


def wait_until_quiet(trees: Sequence[psutil.Process]) -> None:
    """Wait for a second in which all of it together used less than a tenth of one core; a minute at most."""
    for _ in range(QUIET_TRIES_MAX):
        before = cpu_s(trees)
        time.sleep(QUIET_S)  # there is nothing else to wait for: the peers do not tell when they have caught up
        if cpu_s(trees) - before < 0.1 * QUIET_S:
            return


def cpu_s(trees: Iterable[psutil.Process]) -> float:
    """CPU of these processes and all that they started, also of those that have ended meanwhile."""
    spent = 0.0
    for process in _families(trees):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            spent += times.user + times.system + times.children_user + times.children_system
    return spent


def memory_mib(trees: Iterable[psutil.Process]) -> float:
    """Their memory now, what several share counted once."""
    total = 0
    for process in _families(trees):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            total += process.memory_full_info().pss
    return total / 2**20


def _families(trees: Iterable[psutil.Process]) -> list[psutil.Process]:
    found = {}
    for tree in trees:
        with contextlib.suppress(psutil.NoSuchProcess):
            found.update({each.pid: each for each in (tree, *tree.children(recursive=True))})
    return list(found.values())
