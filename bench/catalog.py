"""A shop's whole range by sheet: made, put on offer, given other prices and attributes."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from bench.harness import Table, checkpoint, database, server
from shangmai.apps.importing import import_sheet
from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.runner import Runner, read_input
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.settings import Settings
from shangmai.modules.catalog import service
from shangmai.modules.migration.contract import SheetMapping, SheetReport

SKUS: Final = 10_000
BAD: Final = 10
"""Rows of each sheet that name what is not there: they come back in the file of refused rows."""
SHOWN: Final = 50
"""Products of one page."""

SHEETS: Final = (
    ("put on offer", "catalog.list_product", {"商品": {"to": "product_id", "kind": "product"}}),
    (
        "price changes",
        "catalog.set_prices",
        {"SKU": {"to": "sku_id", "kind": "sku"}, "售价": {"to": "price_minor", "kind": "money"}},
    ),
    (
        "attribute changes",
        "catalog.update_sku",
        {"SKU": {"to": "sku_id", "kind": "sku"}, "颜色": "attribute_changes.color"},
    ),
)


def run(seconds: float) -> list[Table]:
    """Take in the sheets, however long it takes; `seconds` is how long products are described."""
    table = Table(
        "The catalog by sheet",
        ["measure", "lines/s", "seconds", "refused"],
        f"{SKUS:,} SKUs of as many products, in files of one line each through `shangmai import`: every line is a call"
        " of its own with its key, its log row and its events, durable before the next 256 begin. The refused lines"
        " name codes that are not there, and come back as a file.",
    )
    reads = Table("Products for a page", ["measure", "figure"])
    with server() as running, TemporaryDirectory() as home:

        async def measure() -> None:
            async with database(running, "bench_catalog", size=4) as db:
                await _make(table, Runner(db))
                await asyncio.to_thread(checkpoint, running.dsn(database="bench_catalog"))
                for sheet in SHEETS:
                    await _take(table, db, Path(home), *sheet)
                await _describe(reads, db, seconds)

        asyncio.run(measure())
    return [table, reads]


async def _make(table: Table, runner: Runner) -> None:
    """One product a call, as many together as a transaction takes."""
    spec = ACTIONS["catalog.create_product"]
    await runner.run(_call("catalog.define_attribute", COLOR))
    calls = [
        Call(action=spec.name, input=read_input(spec, _product(n)), actor=SYSTEM, door="bench") for n in range(SKUS)
    ]
    started = time.perf_counter()
    answers = await runner.run_list(calls)
    seconds = time.perf_counter() - started
    assert all(answer.error is None for answer in answers)
    table.add("products made (no sheet)", f"{SKUS / seconds:,.0f}", f"{seconds:.1f}", 0)


COLOR: Final = {
    "key": "color",
    "name": "颜色",
    "options": [{"key": f"c{n}", "name": name} for n, name in enumerate("红橙黄绿青蓝紫")],
}


def _call(action: str, given: dict[str, Any]) -> Call:
    return Call(action=action, input=read_input(ACTIONS[action], given), actor=SYSTEM, door="bench")


def _product(n: int) -> dict[str, Any]:
    return {
        "code": f"P{n:05}",
        "name": f"商品 {n}",
        "brand": f"品牌 {n % 50}",
        "attributes": {"产地": "杭州"},
        "skus": [
            {"code": f"S{n:05}", "price_minor": 1000 + n, "currency": "CNY", "attributes": {"color": "红", "码": "M"}}
        ],
    }


async def _take(table: Table, db: Database, home: Path, title: str, action: str, columns: dict[str, Any]) -> None:
    path = home / f"{action}.csv"
    await asyncio.to_thread(_write, path, list(columns), _rows(action))
    mapping = {"name": "bench", "title": {"zh": "测试", "en": "bench"}, "action": action, "columns": columns}
    if action == "catalog.set_prices":
        mapping["constants"] = {"currency": "CNY"}
    chosen = msgspec.convert(mapping, SheetMapping)
    started = time.perf_counter()
    report = await import_sheet(db, Runner(db), action, path, chosen, settings=Settings(home=home))
    _check(report)
    seconds = time.perf_counter() - started
    table.add(title, f"{report.rows / seconds:,.0f}", f"{seconds:.1f}", report.refused)


def _rows(action: str) -> Iterable[Sequence[str]]:
    for n in range(SKUS + BAD):
        known = n < SKUS
        match action:
            case "catalog.list_product":
                yield (f"P{n:05}" if known else f"NONE{n}",)
            case "catalog.set_prices":
                yield f"S{n:05}" if known else f"NONE{n}", f"{n % 90 + 10}.50"
            case _:
                yield f"S{n:05}" if known else f"NONE{n}", "红橙黄绿青蓝紫"[n % 6 + 1]


def _write(path: Path, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([headers, *rows])


def _check(report: SheetReport) -> None:
    assert (report.rows, report.ok, report.refused) == (SKUS + BAD, SKUS, BAD), report
    assert report.errors_file is not None


async def _describe(table: Table, db: Database, seconds: float) -> None:
    async with db.reading(SYSTEM) as tx:
        ids = await service.page_of_products(tx, limit=SHOWN, listed_only=True)
        count, started = 0, time.perf_counter()
        while (spent := time.perf_counter() - started) < seconds:
            found = await service.describe_products(tx, ids)
            count += 1
    assert len(found) == SHOWN
    table.add(f"{SHOWN} products described, all that a shopper sees", f"{spent / count * 1000:.1f} ms")
