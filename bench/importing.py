"""A real year of orders through the doors: imported, proven, imported again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench.harness import ROOT, Table, database, server
from shangmai.apps import proving
from shangmai.apps.importing import import_orders
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.settings import Settings
from shangmai.modules.migration.contract import ImportReport

FILE = Path(os.environ.get("SHANGMAI_REAL_DATA", ROOT.parent / "shared" / "data"))
NAME = "online_retail_2009_2010.parquet"
MIB = 2**20


def run(seconds: float) -> list[Table]:
    """Import the year, however long it takes; `seconds` is for the other benchmarks."""
    path = FILE if FILE.is_file() else FILE / NAME
    table = Table(
        "A year of a real retailer",
        ["measure", "figure"],
        "Online Retail II (UCI, CC BY 4.0), the first of its two years, through the same actions as any other door:"
        " every sale placed, paid, shipped and posted at its own time, returns matched, stock received. Memory is the"
        " proportional share of the import, its worker and PostgreSQL together.",
    )
    if not path.is_file():
        table.add("skipped", f"{NAME} is not there; name its folder in SHANGMAI_REAL_DATA")
        return [table]
    with server() as running, TemporaryDirectory() as home:

        async def measure() -> None:
            async with database(running, "bench_year", size=4) as db:
                await _measure(table, Runner(db), path, Settings(home=Path(home)))

        asyncio.run(measure())
    return [table]


async def _measure(table: Table, runner: Runner, path: Path, settings: Settings) -> None:
    with _peak_memory() as peak:
        report = await import_orders(runner.db, runner, path, "online-retail", settings=settings)
    _tell(table, report)
    table.add("peak memory of everything", f"{max(peak) / MIB:,.0f} MiB")
    started = time.perf_counter()
    proof = await proving.prove(runner.db)
    assert proof.holds, f"the imported year does not prove: {proof}"
    table.add("`prove` afterwards: all holds", f"{time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    again = await import_orders(runner.db, runner, path, "online-retail", settings=settings)
    assert again.outcome() == report.outcome(), "a second import changed something"
    table.add("the same file once more: nothing changes", f"{time.perf_counter() - started:.1f} s")


def _tell(table: Table, report: ImportReport) -> None:
    facts, usage = report.facts, report.usage
    table.add("lines", f"{facts.rows:,}")
    table.add("invoices", f"{facts.documents:,}")
    table.add("money of all lines", f"£{facts.all_minor / 100:,.2f}")
    table.add("money of sale lines", f"£{facts.sale_minor / 100:,.2f} on {facts.sale_invoices:,} invoices")
    table.add("seconds, with every voucher posted and the log sealed", f"{usage.seconds:.0f} s")
    table.add("lines per second", f"{usage.lines_per_s:,}")


@contextlib.contextmanager
def _peak_memory() -> Iterator[list[int]]:
    """Bytes of this process, its children and PostgreSQL, looked at twice a second; the list grows while inside."""
    seen: list[int] = [0]
    stop = asyncio.Event()

    async def watch() -> None:
        while not stop.is_set():
            seen.append(await asyncio.to_thread(_memory))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.5)

    task = asyncio.get_running_loop().create_task(watch())
    try:
        yield seen
    finally:
        stop.set()
        task.cancel()


def _memory() -> int:
    me = psutil.Process()
    processes = [me, *me.children(recursive=True)]
    servers = [p for p in psutil.process_iter(["name"]) if p.info["name"] == "postgres"]
    total = 0
    for process in {*processes, *servers}:
        with contextlib.suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total
