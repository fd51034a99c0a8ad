"""A played business whose events are handled by other processes: killed in the middle of it, or two at a time."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Set
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shangmai.apps.proving import prove
from shangmai.apps.replaying.command import play
from shangmai.apps.replaying.year import PastLine, PastOrder, draw, past_orders
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.crypto import Vault, current_vault, use_vault
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import Server
from shangmai.kernel.events.contract import CONSUMERS
from shangmai.kernel.events.reader import Reader
from tests.apps.handling import HANDLED, KEY
from tests.databases import Reused
from tests.migration.exports import ONLINE_RETAIL

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
YEAR = Path(os.environ.get("SHANGMAI_REAL_DATA", ROOT / "../shared/data")) / "online_retail_2009_2010.parquet"
COUNT = 24
STEP = timedelta(hours=2)
ALONE: dict[str, Any] = {}
SETTLED_WITHIN_S = 180.0
ONCE = ("orders.placed.v1", "orders.paid.v1", "orders.signed.v1")
"""What is told once of an order."""


def some_orders() -> list[PastOrder]:
    """The first of the real year; where that is not at hand, made up ones like them."""
    if YEAR.exists():
        return past_orders(YEAR, ONLINE_RETAIL, COUNT)
    start = datetime(2009, 12, 1, 8, tzinfo=UTC)
    return [made_up(n, start + timedelta(minutes=13 * n)) for n in range(COUNT)]


def made_up(n: int, at: datetime) -> PastOrder:
    picked = {f"2{draw(f'{n}/{k}') % 60:04}": 1 + draw(f"{n}/{k}/qty") % 24 for k in range(1 + draw(str(n)) % 30)}
    lines = tuple(PastLine(code, qty, "1.95") for code, qty in picked.items())
    return PastOrder(f"G{n}", at, f"c{n % 9}", lines)


class Workers:
    """Processes that handle the events. In the middle of these drains, counted from 1, one of them is killed.

    A drain that was over before it was looked at has no middle: then it is the next one.
    """

    def __init__(self, dsn: str, key: bytes, told: Path, count: int = 1, kills: Set[int] = frozenset()) -> None:
        self._dsn, self._key, self._count, self._kills = dsn, key, count, kills
        self._told = told
        """A folder: what each process has told."""
        self._processes: list[asyncio.subprocess.Process] = []
        self._drains = self._started = 0
        self.killed = 0

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[Workers]:
        async with await Database.connect(self._dsn, size=2) as db:
            self._reader = Reader(db)
            try:
                for _ in range(self._count):
                    await self._start()
                await self._all_there()
                yield self
            finally:
                for process in self._processes:
                    process.kill()
                    await process.wait()

    async def drain(self) -> int:
        """Wait until everything is handled; where one is to be killed, when it has begun and not finished."""
        self._drains += 1
        waited_for = before = waiting = await self._waiting()
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while waiting:
            due = {n for n in self._kills if n <= self._drains}
            if due and waiting != before:
                self._kills = self._kills - {min(due)}
                before = waiting
                await self._kill()
            assert time.monotonic() < deadline, f"{waiting} events still wait"
            await asyncio.sleep(0.01)
            waiting = await self._waiting()
        return waited_for

    async def finish(self) -> int:
        return await self.drain()

    async def _waiting(self) -> int:
        lags = await self._reader.lags()
        assert not any(lag.parked for lag in lags), lags
        return sum(lag.waiting for lag in lags)

    async def have_told(self, events: Counter[str]) -> None:
        """Wait until they have told of all of these: each tells of a batch only when it is committed."""
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while not events <= (told := sum(self.handled(), Counter[str]())):
            assert time.monotonic() < deadline, events - told
            await asyncio.sleep(0.05)

    def handled(self) -> list[Counter[str]]:
        """By process, those that were killed too: how many events it has handled of each consumer."""
        found = []
        for path in sorted(self._told.iterdir()):
            counts: Counter[str] = Counter()
            for line in path.read_text(encoding="utf-8").splitlines():
                if line.startswith(f"{HANDLED} "):
                    _, name, events = line.split()
                    counts[name] += int(events)
            found.append(counts)
        return found

    async def _start(self) -> None:
        self._started += 1
        with (self._told / f"{self._started:03}").open("wb") as told:
            self._processes.append(
                await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "tests.apps.handling", self._dsn,
                    cwd=ROOT, env=os.environ | {KEY: self._key.hex()}, start_new_session=True, stdout=told,
                )
            )  # fmt: skip

    async def _all_there(self) -> None:
        """Nothing happens before: else one of them might have done all before another has begun."""
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while not all(path.stat().st_size for path in self._told.iterdir()):
            assert time.monotonic() < deadline, "a worker does not begin"
            await asyncio.sleep(0.05)

    async def _kill(self) -> None:
        process = self._processes.pop(0)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        self.killed += 1
        await self._start()


@pytest.fixture
def key() -> Iterator[bytes]:
    """A key that other processes are told, too."""
    before, key = current_vault(), os.urandom(32)
    use_vault(Vault([key]))
    yield key
    use_vault(before)


async def end_of(dsn: str) -> dict[str, Any]:
    """How orders, stock and money stand at the end, and how often each thing was told."""
    async with await Database.connect(dsn, size=2) as db, db.reading(SYSTEM) as tx:
        lines = await tx.fetch(
            "SELECT o.external_no, o.status, o.payment_status, o.paid_minor, s.code, l.qty, l.shipped_qty FROM orders o"
            " JOIN order_lines l ON l.order_id = o.id JOIN skus s ON s.id = l.sku_id ORDER BY o.external_no, s.code"
        )
        stock = await tx.fetch(
            "SELECT s.code, a.bucket, sum(a.posted)::bigint AS pieces, sum(a.held)::bigint AS held"
            " FROM stock_accounts a JOIN skus s ON s.id = a.sku_id WHERE a.bounded GROUP BY 1, 2 ORDER BY 1, 2"
        )
        told = await tx.fetch(
            "SELECT name, count(*) FROM events WHERE name = ANY ($1) GROUP BY 1 ORDER BY 1", list(ONCE)
        )
    rows = {"lines": lines, "stock": stock, "told": told}
    return {name: [tuple(row.values()) for row in some] for name, some in rows.items()}


async def count_events(dsn: str) -> int:
    async with await Database.connect(dsn, size=2) as db, db.reading(SYSTEM) as tx:
        return int(await tx.fetchval("SELECT count(*) FROM events"))


async def told_to(dsn: str) -> Counter[str]:
    """How many events there are for each consumer, but for those that want all or none, by what there is meanwhile."""
    async with await Database.connect(dsn, size=2) as db, db.reading(SYSTEM) as tx:
        told = {row["name"]: row["count"] for row in await tx.fetch("SELECT name, count(*) FROM events GROUP BY name")}
        wanted = {c.name: c.events if c.wanted is None else await c.wanted(tx) for c in CONSUMERS.values()}
    return +Counter({consumer: sum(told.get(name, 0) for name in names or ()) for consumer, names in wanted.items()})


async def sent(dsn: str) -> tuple[int, int, int, int]:
    """Units that have left, requests of floors that have, parcels of these, and their waybills.

    How many there are is no part of the end: that depends on which orders sourcing looks at together.
    """
    async with await Database.connect(dsn, size=2) as db, db.reading(SYSTEM) as tx:
        (row,) = await tx.fetch(
            "SELECT (SELECT count(*) FROM order_units WHERE state = 'shipped'),"
            " (SELECT count(*) FROM pick_requests WHERE state = 'left'),"
            " (SELECT count(*) FROM packed_parcels WHERE handed_at IS NOT NULL),"
            " (SELECT count(DISTINCT waybill) FROM packed_parcels WHERE handed_at IS NOT NULL)"
        )
    units, requests, parcels, waybills = row.values()
    return units, requests, parcels, waybills


async def undisturbed(dsn: str) -> dict[str, Any]:
    """The end where nobody is killed, and one process does all; played once for all tests."""
    if not ALONE:
        await play(dsn, some_orders(), lambda _: None, STEP)
        ALONE.update(await end_of(dsn))
    return ALONE


@pytest.mark.parametrize(("count", "kills"), [(1, {1, 3, 6}), (2, set()), (2, {2, 5})])
async def test_whoever_is_killed_and_however_many_there_are_the_end_is_the_same(
    server: Server, reused: Reused, dsn: str, key: bytes, tmp_path: Path, count: int, kills: set[int]
) -> None:
    expected = await undisturbed(dsn)
    again = server.dsn(database=await reused.fresh())
    async with Workers(again, key, tmp_path, count, kills).watched() as workers:
        played = await play(again, some_orders(), lambda _: None, STEP, workers)
        assert workers.killed == len(kills)
        told = await told_to(again)
        if not kills:
            await workers.have_told(told)
    by_worker = workers.handled()
    assert len(by_worker) == count + len(kills)
    assert all(by_worker) or kills, "each of them has handled some; one that came in for a killed one may come late"
    if not kills:
        handled, there_are = sum(by_worker, Counter[str]()), await count_events(again)
        assert {name: handled[name] for name in told} == told, "and every event was handled by one of them, once"
        assert told["ledger.post"]
        assert all(count <= there_are for count in handled.values()), "none twice by who wanted all for a while"
    assert played.stock_accurate == played.stock_looked_at > 0
    end = await end_of(again)
    assert end == expected
    assert all(qty == shipped for *_, qty, shipped in end["lines"])
    assert len(set(await sent(again))) == 1, "each unit leaves once, in a parcel of its own"
    async with await Database.connect(again, size=2) as db:
        report = await prove(db)
    assert [proof.what for proof in report.proofs if not proof.holds] == []
