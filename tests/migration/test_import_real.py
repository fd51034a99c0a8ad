"""The first weeks of a real year, Online Retail II, through the door. The whole year is a benchmark.

The file is not part of the project: `SHANGMAI_REAL_DATA` names its folder, `../shared/data` is looked at by default.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shangmai.apps import importing, proving
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.db.database import Database
from shangmai.kernel.settings import Settings
from tests.migration.test_real_year import FILE
from tests.migration.years import count_rows

ROWS = 58_000  # about 3,000 documents

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.exists(), reason=f"no {FILE}: put Online Retail II there, or set SHANGMAI_REAL_DATA"),
]


def pence(table: pa.Table) -> list[tuple[str, int, int]]:
    """Invoice, quantity and amount of each line, added up in the plainest way."""
    rows = table.select(["Invoice", "Quantity", "Price"]).to_pylist()
    cent = Decimal("0.01")
    return [
        (
            row["Invoice"],
            row["Quantity"],
            int((row["Quantity"] * Decimal(repr(row["Price"]))).quantize(cent, ROUND_HALF_UP) * 100),
        )
        for row in rows
    ]


async def test_the_first_weeks(db: Database, admin_conn: asyncpg.Connection[Any], tmp_path: Path) -> None:
    table = pq.read_table(FILE).slice(0, ROWS)
    path = tmp_path / "weeks.parquet"
    pq.write_table(table, path)
    settings = Settings(home=tmp_path / "home")
    report = await importing.import_orders(db, Runner(db), path, "online-retail", settings=settings, follow=False)
    lines = pence(table)
    sales = [(number, amount) for number, quantity, amount in lines if number[0] != "C" and quantity > 0 and amount > 0]
    assert report.facts.all_minor == sum(amount for _, _, amount in lines)
    assert report.facts.sale_minor == sum(amount for _, amount in sales)
    assert report.facts.sale_invoices == len({number for number, _ in sales})
    assert report.facts.cancellation_minor == sum(amount for number, _, amount in lines if number[0] == "C")
    assert (sum(total.lines for total in report.classes), report.refused) == (ROWS, 0)
    assert report.made.orders == await admin_conn.fetchval("SELECT count(*) FROM orders")
    nets = dict(
        await admin_conn.fetch(
            "SELECT account, sum(debit_minor - credit_minor)::bigint FROM ledger_totals GROUP BY account"
        )
    )
    assert (nets["1002"], nets["1122"]) == (report.imported_minor, 0)
    assert -nets["5001"] - nets["5051"] == report.revenue_minor
    assert (await proving.prove(db)).holds
    before = await count_rows(admin_conn)
    await importing.import_orders(db, Runner(db), path, "online-retail", settings=settings, follow=False)
    assert await count_rows(admin_conn) == before
