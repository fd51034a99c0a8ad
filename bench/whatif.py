"""Three campaigns and an audit table tried on a real year of orders, before they would have counted."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench import backtest
from bench.harness import Table, database, server
from bench.importing import FILE, NAME
from shangmai.apps.importing import import_orders
from shangmai.apps.trying.table import rows_of
from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.settings import Settings
from shangmai.modules.marketing import service
from shangmai.modules.marketing.contract import WhatIf
from shangmai.modules.organization import service as organization

ALWAYS: Final = {"period": {"from": "2030-01-01T00:00:00Z"}}
CAMPAIGNS: Final[dict[str, dict[str, Any]]] = {
    "20 off 200, 60 off 500": {
        "layer": "order",
        "benefit": {"kind": "amount_off", "tiers": [{"at": 20_000, "off": 2_000}, {"at": 50_000, "off": 6_000}]},
    },
    "every second piece of a code half price": {
        "layer": "item",
        "benefit": {"kind": "nth_discount", "nth": 2, "off_bp": 5_000, "same_sku": True},
    },
    "8 % off 12 pieces, budget 100,000": {
        "layer": "order",
        "benefit": {"kind": "percent_off", "measure": "pieces", "tiers": [{"at": 12, "off": 800}]},
        "limits": {"budget_minor": 10_000_000},
    },
}


def run(seconds: float) -> list[Table]:
    """Import the year and replay it; `seconds` is for the other benchmarks."""
    path = FILE if FILE.is_file() else FILE / NAME
    table = Table(
        "Three campaigns on the orders of a real year",
        ["£", *CAMPAIGNS],
        "Online Retail II (UCI, CC BY 4.0). The orders are those there were: what more a campaign would have sold"
        " nobody knows; the last line says how much it must. Costs are those the import assumes.",
    )
    tables = [table]
    if not path.is_file():
        table.add("skipped", *(f"{NAME} is not there" for _ in CAMPAIGNS))
        return tables
    with server() as running, TemporaryDirectory() as home:

        async def measure() -> None:
            async with database(running, "bench_what_if", size=4) as db:
                runner = Runner(db)
                await import_orders(db, runner, path, "online-retail", settings=Settings(home=Path(home)))
                await _measure(table, runner)
                tables.append(backtest.counts(await backtest.measure(runner)))

        asyncio.run(measure())
    return tables


async def _measure(table: Table, runner: Runner) -> None:
    run = await _begun(runner)
    started = time.perf_counter()
    found = await service.replay(runner.db, run.id)
    seconds = time.perf_counter() - started
    for label, cells in rows_of(found, "en"):
        table.add(label, *cells)
    assert found.repriced_as_recorded == found.done, "an order does not cost what was paid for it"
    table.note += (
        f" All {found.done:,} orders of the year (of its 20,951 sale invoices, the others are fees and adjustments)"
        f" in {seconds:.0f} s, each priced {1 + len(CAMPAIGNS)} times. Without a campaign every one of them costs,"
        " to the penny, what was paid then."
    )


async def _begun(runner: Runner) -> WhatIf:
    async with runner.db.reading(SYSTEM) as tx:
        (shop,) = (await organization.find_shops(tx, ["online-retail"])).values()
    ids = {}
    for n, (name, body) in enumerate(CAMPAIGNS.items()):
        draft = {"code": f"TRY{n}", "name": name, "when": ALWAYS, **body}
        ids[name] = (await _act(runner, "pricing.create_promotion", draft)).id
    asked = {
        "shop_id": shop.id,
        "since": datetime(2009, 12, 1, tzinfo=UTC).isoformat(),
        "until": datetime(2010, 12, 10, tzinfo=UTC).isoformat(),
        "campaigns": [{"name": name, "promotion_ids": [id_]} for name, id_ in ids.items()],
    }
    run: WhatIf = await _act(runner, "marketing.start_what_if", asked)
    return run


async def _act(runner: Runner, name: str, given: dict[str, Any]) -> Any:
    call = Call(action=name, input=read_input(ACTIONS[name], given), actor=SYSTEM, door="bench")
    return (await runner.run(call)).unwrap()
