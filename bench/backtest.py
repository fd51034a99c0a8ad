"""An audit table asked about a real year of orders, beside the one in force."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from msgspec import convert

from bench.harness import Table
from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract.auditing import BackTest, BackTested
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


async def measure(runner: Runner) -> Table:
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
        found = await orders.back_test(tx, convert(given, BackTest))
    return _table(found)


def _table(found: BackTested) -> Table:
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


async def _act(runner: Runner, name: str, given: dict[str, Any]) -> None:
    call = Call(action=name, input=read_input(ACTIONS[name], given), actor=SYSTEM, door="bench")
    (await runner.run(call)).unwrap()
