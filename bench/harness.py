"""A private server, a fresh database, tables of figures."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import sysconfig
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path

import asyncpg
import psutil

from shangmai.apps import wiring
from shangmai.kernel.crypto import Vault, use_vault
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import EmbeddedPostgres, Server
from shangmai.kernel.db.migrate import migrate
from shangmai.kernel.months import ensure_ahead

ROOT = Path(__file__).parents[1]
HOME = ROOT / "var" / "bench"
KEY = os.urandom(32)
"""The master key of one run of the benchmarks."""


class Table:
    """Figures of one benchmark, printed as Markdown."""

    def __init__(self, title: str, columns: Sequence[str], note: str = "") -> None:
        self.title, self.columns, self.note = title, columns, note
        self.rows: list[Sequence[object]] = []

    def add(self, *row: object) -> None:
        self.rows.append(row)
        print("  " + " · ".join(str(cell) for cell in row), flush=True)

    def markdown(self) -> str:
        lines = [f"### {self.title}", ""]
        lines += ["| " + " | ".join(self.columns) + " |", "|" + "---|" * len(self.columns)]
        lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in self.rows]
        return "\n".join([*lines, "", self.note, ""] if self.note else [*lines, ""])


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """The benchmarks' own PostgreSQL, and keys of their own."""
    use_vault(Vault([KEY]))
    postgres = EmbeddedPostgres(HOME)
    yield postgres.start()
    postgres.stop()


async def fresh_database(running: Server, name: str) -> str:
    """A new migrated database; its DSN."""
    wiring.load()
    admin = await asyncpg.connect(running.dsn())
    await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    dsn = running.dsn(database=name)
    await migrate(dsn)
    return dsn


@contextlib.asynccontextmanager
async def database(running: Server, name: str, size: int = 10) -> AsyncIterator[Database]:
    async with await Database.connect(await fresh_database(running, name), size=size) as db:
        await ensure_ahead(db)
        yield db


async def postmaster(running: Server) -> psutil.Process:
    """The server's first process; other servers of the machine have nothing to do with our figures."""
    conn = await asyncpg.connect(running.dsn())
    backend: int = await conn.fetchval("SELECT pg_backend_pid()")
    first = psutil.Process(backend).parent()
    await conn.close()
    assert first is not None
    return first


def cpu_s(processes: Iterable[psutil.Process]) -> dict[int, float]:
    """CPU so far by process id; one that has ended is not counted."""
    told: dict[int, float] = {}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            told[process.pid] = times.user + times.system
    return told


def quantile(values: Sequence[float], q: float) -> float:
    """The value below which a share `q` of the values lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * q), len(ordered) - 1)]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def machine() -> str:
    memory_gib = psutil.virtual_memory().total / 2**30
    python = f"CPython {platform.python_version()}{'' if _is_optimized() else ' built without its optimizer'}"
    return f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, {python}, {platform.system()}"


def _is_optimized() -> bool:
    """Whether CPython was built by profile, as `tools/python.sh` tells it."""
    told = sysconfig.get_config_var("CONFIG_ARGS") or ""
    return "--enable-optimizations" in told or not sysconfig.get_config_var("PGO_PROF_USE_FLAG")


def checkpoint(dsn: str) -> None:
    """Start a measurement without the last one's dirty pages."""

    async def run() -> None:
        conn = await asyncpg.connect(dsn)
        await conn.execute("CHECKPOINT")
        await conn.close()

    asyncio.run(run())
