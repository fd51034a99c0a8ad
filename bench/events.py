"""Events: appended and consumed per second, and how long from a commit to its handler."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

from msgspec import Struct

from bench.harness import Table, database, ms, quantile, server
from shangmai.kernel.db.database import Database
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import Consumer, event
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx

BATCH = 256


@event("bench.happened.v1", key="id")
class Happened(Struct, frozen=True, kw_only=True):
    id: UUID
    amount_minor: int
    currency: str
    sent_s: float


class Sink:
    """A consumer that does nothing but count and look at the clock."""

    def __init__(self) -> None:
        self.seen = 0
        self.latencies: list[float] = []
        self.grew = asyncio.Event()

    async def handle(self, tx: Tx, events: list[Happened]) -> None:
        now = time.perf_counter()
        self.seen += len(events)
        self.latencies += [now - e.sent_s for e in events]
        self.grew.set()

    def consumer(self) -> Consumer:
        return Consumer("bench.sink", self.handle, frozenset({"bench.happened.v1"}), 500, 1, raw=False)


def run(seconds: float) -> list[Table]:
    """Append for some seconds, consume it all, then measure latency at a gentle rate."""
    table = Table(
        "Events",
        ["measure", "figure"],
        "Latency is from just before the emitting transaction writes its event to the first line of the handler: it"
        " includes that write and the durable commit.",
    )
    with server() as running:

        async def measure() -> None:
            async with database(running, "bench_events") as db:
                await _throughput(table, db, seconds)
                await _latency(table, db, seconds)

        asyncio.run(measure())
    return [table]


async def _throughput(table: Table, db: Database, seconds: float) -> None:
    started = time.perf_counter()
    appended = 0
    while time.perf_counter() - started < seconds:
        await _append(db, BATCH)
        appended += BATCH
    table.add(f"appended, {BATCH} a transaction", f"{appended / (time.perf_counter() - started):,.0f}/s")
    sink = Sink()
    started = time.perf_counter()
    await Reader(db, [sink.consumer()]).drain()
    assert sink.seen == appended, f"{sink.seen} of {appended} events were handled"
    table.add("consumed, batches of 500", f"{sink.seen / (time.perf_counter() - started):,.0f}/s")


async def _latency(table: Table, db: Database, seconds: float) -> None:
    sink = Sink()
    reader = Reader(db, [sink.consumer()])
    running = asyncio.create_task(reader.run())
    sent = 0
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        await _append(db, 1, mark=True)
        sent += 1
        await asyncio.sleep(0.01)
    while sink.seen < sent:
        sink.grew.clear()
        await sink.grew.wait()
    reader.stop()
    await running
    for name, q in (("median", 0.5), ("p99", 0.99)):
        table.add(f"commit → handler, {name}, 100 events/s", ms(quantile(sink.latencies, q)))


async def _append(db: Database, count: int, *, mark: bool = False) -> None:
    async with db.transaction() as tx:
        for _ in range(count):
            tx.emit(Happened(id=new_id(), amount_minor=1, currency="CNY", sent_s=time.perf_counter() if mark else 0.0))
        await store.append(tx)
