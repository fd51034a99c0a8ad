"""Real PostgreSQL for every test: one server a session, a fresh database cloned from a migrated template a test."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
import structlog
from hypothesis import HealthCheck, settings
from xdist.scheduler.loadscope import LoadScopeScheduling

from shangmai.apps import heap, wiring
from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.runner import Runner, read_input
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.crypto import Vault, use_vault
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import EmbeddedPostgres, Server
from shangmai.kernel.db.migrate import SCRIPTS, migrate
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.months import ensure_ahead
from tests.databases import Reused
from tests.world import World

wiring.load()
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")  # no test fails because a machine is busy
ROOT = Path(__file__).parents[1]
Act = Callable[..., Awaitable[Any]]
PROCESSES_MAX = 8
"""More would want more connections than the one server of all of them takes."""


def pytest_xdist_auto_num_workers() -> int:
    """The cores that this process may use, for `-n auto`."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, PROCESSES_MAX)


class Distribution(LoadScopeScheduling):  # type: ignore[misc]  # xdist tells no types
    """Each test goes to whichever process is free, but files with faults all to one, which begins with them.

    One after another they do not take each other's cores while they wait for something to come back, and the longest
    of all tests are not left for the end. The groups of `--dist=loadgroup` do not reach xdist 3.8 under pytest 9.2.
    Files whose tests share something made for the file, as those of pages do a server and a browser, stay whole and
    come next: in two processes it would be made twice.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if has_faults(file):
            return "faults"
        return file if shares(file) else nodeid


@cache
def has_faults(file: str) -> bool:
    """Whether a test file marks a test so; asked of its text, as who distributes the tests has not loaded them."""
    return "mark.faults" in (ROOT / file).read_text(encoding="utf-8")


@cache
def shares(file: str) -> bool:
    """Whether something is made for all tests of a file."""
    return file.startswith("tests/web/") or 'scope="module"' in (ROOT / file).read_text(encoding="utf-8")


def _place(item: pytest.Item) -> int:
    file = item.nodeid.partition("::")[0]
    return 0 if has_faults(file) else 1 if shares(file) else 2


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return Distribution(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=_place)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """With --durations, the files that take longest, too: much of their time is in no single test."""
    count = config.getoption("durations")
    if not count:
        return
    seconds: defaultdict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.partition("::")[0]] += report.duration
    terminalreporter.write_sep("=", f"slowest of {len(seconds)} files, {sum(seconds.values()):.0f} s")
    for file, took in sorted(seconds.items(), key=lambda each: -each[1])[:count]:
        terminalreporter.write_line(f"{took:8.1f}s {file}")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Spare every look for garbage, and there is one at each start of an application, all that is there now."""
    heap.settle()


@pytest.fixture(scope="session", autouse=True)
def folder_of_real_data_is_no_setting() -> None:
    """`SHANGMAI_REAL_DATA` is read while tests are collected; the product, which refuses unknown settings, has none."""
    os.environ.pop("SHANGMAI_REAL_DATA", None)


@pytest.fixture(autouse=True)
def plain_log() -> None:
    """The default rendering of a traceback takes longer than most tests."""
    structlog.configure(
        processors=[structlog.dev.ConsoleRenderer(False, exception_formatter=structlog.dev.plain_traceback)]
    )


@pytest.fixture(scope="session", autouse=True)
def vault() -> None:
    """A vault with a key of this run, as the start of a process sets it."""
    use_vault(Vault([os.urandom(32)]))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The embedded server of this process, kept between runs; a second run at the same time shares it.

    Each process of a parallel run has one of its own: transactions of other databases of one server hold up its events,
    and tests count what their server does.
    """
    postgres = EmbeddedPostgres(ROOT / "var" / f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}")
    running = postgres.start()
    asyncio.run(_without_flushing(running))
    yield running
    postgres.stop()


async def _without_flushing(server: Server) -> None:
    """Let the disk wait: these databases need not survive a power cut. Tests of faults run servers of their own."""
    admin = await asyncpg.connect(server.dsn())
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        await admin.execute(f"ALTER SYSTEM SET {setting} = off")  # sql: one of three names
    await admin.execute("SELECT pg_reload_conf()")
    await admin.close()


@pytest.fixture(scope="session")
def template(server: Server) -> str:
    """The name of a migrated database; made once for each state of the migrations."""
    return asyncio.run(_template(server))


async def _template(server: Server) -> str:
    sources = b"".join(path.read_bytes() for path in sorted(SCRIPTS.glob("versions/*.py")))
    sources += (ROOT / "src/shangmai/kernel/books/schema.py").read_bytes()
    name = "template_" + hashlib.sha256(sources).hexdigest()[:12]
    admin = await asyncpg.connect(server.dsn())
    try:
        await admin.execute("SELECT pg_advisory_lock(77)")
        if not await admin.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
            await admin.execute(f"DROP DATABASE IF EXISTS {name}_new")
            await admin.execute(f"CREATE DATABASE {name}_new")
            await migrate(server.dsn(database=f"{name}_new"))
            async with await Database.connect(server.dsn(database=f"{name}_new"), size=1) as db:
                await ensure_ahead(db)
            await admin.execute(f"ALTER DATABASE {name}_new RENAME TO {name}")
    finally:
        await admin.close()
    return name


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def reused(server: Server, template: str) -> AsyncIterator[Reused]:
    async with Reused(server, template) as one:
        yield one


@pytest_asyncio.fixture
async def dsn(server: Server, reused: Reused) -> str:
    """A database for one test that looks as if it had just been made."""
    return server.dsn(database=await reused.fresh())


@pytest_asyncio.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    async with await Database.connect(dsn, size=20) as database:
        yield database


@pytest_asyncio.fixture
async def admin_conn(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the owner, for looking behind the doors and for tampering."""
    conn = await asyncpg.connect(dsn)
    yield conn
    await conn.close()


@pytest.fixture
def runner(db: Database) -> Runner:
    return Runner(db)


@pytest.fixture
def act(runner: Runner) -> Act:
    """Run an action and give its value; raises its refusal. `await act("orders.place", {...}, actor=…, at=…)`."""

    async def run(name: str, given: dict[str, Any] | Any, *, actor: Actor = SYSTEM, **options: Any) -> Any:
        do = read_input(ACTIONS[name], given) if isinstance(given, dict) else given
        answer = await runner.run(Call(action=name, input=do, actor=actor, door="test", **options))
        return answer.unwrap()

    return run


@pytest.fixture
def reader(db: Database) -> Reader:
    """`await reader.drain()` runs every consumer until nothing is left to handle."""
    return Reader(db)


@pytest_asyncio.fixture
async def world(db: Database) -> World:
    """A small business with goods on the shelf."""
    return await World(db).make()
