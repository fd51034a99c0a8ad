"""An audit table asked about a real year of orders, beside the one in force: what it would stop, and what changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from msgspec import convert

from bench.harness import Table, database, server
from bench.importing import FILE, NAME
from shangmai.apps.importing import import_orders
from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.settings import Settings
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract.auditing import BackTest, BackTested, TestedOrder, Verdict
from shangmai.modules.organization import service as organization

TODAY: Final[dict[str, Any]] = {
    "rows": [{"id": "dear", "when": {"total_minor": ">= 200000"}, "then": {"verdict": "finance"}}]
}
DRAFT: Final[dict[str, Any]] = {
    "rows": [
        {"id": "dear", "when": {"total_minor": ">= 500000"}, "then": {"verdict": "finance"}},
        {"id": "bulk", "when": {"most_of_one": "> 1000"}, "then": {"verdict": "approve"}},
        {
            "id": "new-and-dear",
            "when": {"buyer_orders_paid": "0", "total_minor": "[100000..500000)"},
            "then": {"verdict": "hold", "cause": "新客大单"},
        },
        {"id": "thin", "when": {"margin_bp": "< 2000"}, "then": {"verdict": "finance"}},
    ]
}

LISTED: Final = 20
"""How many orders a list shows; of the rest it says how many there are."""


def run(seconds: float) -> list[Table]:
    """Import the year and ask the draft about it; `seconds` is for the other benchmarks."""
    path = FILE if FILE.is_file() else FILE / NAME
    if not path.is_file():
        skipped = Table("An audit table tried on the orders of a real year", ["measure", "figure"])
        skipped.add("skipped", f"{NAME} is not there; name its folder in SHANGMAI_REAL_DATA")
        return [skipped]
    tables: list[Table] = []
    with server() as running, TemporaryDirectory() as home:

        async def ask() -> None:
            async with database(running, "bench_back_test", size=4) as db:
                runner = Runner(db)
                await import_orders(db, runner, path, "online-retail", settings=Settings(home=Path(home)))
                found = await measure(runner)
                tables.extend([counts(found), *lists(found)])

        asyncio.run(ask())
    return tables


async def measure(runner: Runner) -> BackTested:
    """Publish today's table, ask the draft about the imported year, and tell what would change."""
    async with runner.db.reading(SYSTEM) as tx:
        (shop,) = (await organization.find_shops(tx, ["online-retail"])).values()
    subject = {"company_id": shop.company_id, "subject": "orders.audit"}
    await _act(runner, "rules.save_table", {**subject, "table": TODAY})
    await _act(runner, "rules.publish_table", subject)
    given = {
        "company_id": shop.company_id,
        "table": DRAFT,
        "since": datetime(2009, 12, 1, tzinfo=UTC),
        "until": datetime(2010, 12, 10, tzinfo=UTC),
    }
    async with runner.db.reading(SYSTEM) as tx:
        return await orders.back_test(tx, convert(given, BackTest))


def counts(found: BackTested) -> Table:
    """How many orders each row would decide, and how many change."""
    table = Table(
        "An audit table tried on the orders of a real year",
        ["", "orders"],
        f"All {found.orders:,} paid orders of the year in {found.seconds:.1f} s, each seen with its lines, costs,"
        " address and what its buyer had done before, and asked of both tables. The answer also lists the orders.",
    )
    for row in found.rows:
        table.add(f"row {row.row or '(none: released)'} → {row.verdict.value}", f"{row.orders:,}")
    for change, count in found.changes.items():
        table.add(f"changed from today: {change}", f"{count:,}")
    return table


def lists(found: BackTested) -> list[Table]:
    """The newest of the orders that the draft would stop, and of those that it would treat otherwise than today."""
    hit = sum(row.orders for row in found.rows if row.verdict is not Verdict.RELEASE)
    told = [_listed("Orders that the draft would stop", found.stopped, hit)]
    for title, is_such in CHANGES.items():
        such = [each for each in found.changed if is_such(each.today, each.then)]
        pairs = (change.split("→") for change in found.changes)
        count = sum(found.changes[f"{a}→{b}"] for a, b in pairs if is_such(Verdict(a), Verdict(b)))
        told.append(_listed(title, such, count))
    return told


CHANGES: Final[dict[str, Callable[[Verdict, Verdict], bool]]] = {
    "Against today's version: newly stopped": lambda today, then: today is Verdict.RELEASE,
    "Against today's version: newly released": lambda today, then: then is Verdict.RELEASE,
    "Against today's version: stopped for something else": lambda today, then: Verdict.RELEASE not in (today, then),
}


def _listed(title: str, orders: Sequence[TestedOrder], count: int) -> Table:
    table = Table(title, ["order", "placed", "total", "today", "draft", "row"])
    for each in orders[:LISTED]:
        total = f"{each.total_minor / 100:,.2f} {each.currency}"
        day = each.placed_at.date().isoformat()
        table.add(each.number, day, total, each.today.value, each.then.value, each.row or "-")
    table.note = f"{count:,} orders; {count - len(table.rows):,} more than are listed, the newest in front."
    return table


async def _act(runner: Runner, name: str, given: dict[str, Any]) -> None:
    call = Call(action=name, input=read_input(ACTIONS[name], given), actor=SYSTEM, door="bench")
    (await runner.run(call)).unwrap()
