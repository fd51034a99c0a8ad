"""A whole export through the door: everything adds up, and importing again, or after a crash, changes nothing more."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from shangmai.apps import importing, proving
from shangmai.apps.importing import following
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import EVERYTHING, SYSTEM, Actor
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import Unavailable
from shangmai.kernel.files import LocalFileStore
from shangmai.kernel.ids import new_id
from shangmai.kernel.settings import Settings
from shangmai.kernel.sheets import open_sheet
from shangmai.modules.migration.contract import (
    ColumnsMissing,
    CurrencyDiffers,
    ImportBegunByAnother,
    ImportReport,
    ImportStopped,
    LineClass,
    MappingNotFound,
    WarehouseOfAnother,
)
from shangmai.modules.migration.service import get_import
from tests.migration import years
from tests.migration.test_another_export import EXPORT

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def year(tmp_path: Path) -> Path:
    return years.write_year(tmp_path / "year.csv", documents=150)


async def take(
    db: Database, path: Path, settings: Settings, mapping: str = "online-retail", **options: Any
) -> ImportReport:
    options = {"follow": False, **options}
    return await importing.import_orders(db, Runner(db), path, mapping, settings=settings, **options)


async def net_of(conn: asyncpg.Connection[Any], *accounts: str) -> int:
    """Debits less credits of these accounts and those below them."""
    net: int = await conn.fetchval(
        "SELECT coalesce(sum(debit_minor - credit_minor), 0)::bigint FROM ledger_totals t"
        " WHERE EXISTS (SELECT FROM unnest($1::text[]) AS a (code) WHERE starts_with(t.account, a.code))",
        list(accounts),
    )
    return net


async def test_a_year_adds_up(
    db: Database, admin_conn: asyncpg.Connection[Any], year: Path, settings: Settings
) -> None:
    report = await take(db, year, settings)
    assert (report.refused, report.errors) == (0, 1)
    assert sum(total.lines for total in report.classes) == report.facts.rows == sum(1 for _ in open_sheet(year))
    assert sum(total.amount_minor for total in report.classes) == report.facts.all_minor
    made = report.made
    sale_numbers = await admin_conn.fetchval("SELECT count(DISTINCT external_no) FROM orders")
    assert made.orders == made.shipments == sale_numbers == await admin_conn.fetchval("SELECT count(*) FROM orders")
    assert made.returns == await admin_conn.fetchval("SELECT count(*) FROM returns") > 0
    assert made.adjustments == report.facts.free_lines - _lines(report, LineClass.SALE_FREE_GOODS)
    assert made.receipts >= 12
    assert made.entries == await admin_conn.fetchval("SELECT count(*) FROM ledger_entries WHERE rule IS NULL") > 0
    # The books: money is what was imported, nothing is owed, revenue is what the classes say.
    assert await net_of(admin_conn, "1002") == report.imported_minor
    assert await net_of(admin_conn, "1122") == 0
    assert -await net_of(admin_conn, "5001", "5051") == report.revenue_minor
    refunds = await admin_conn.fetchval("SELECT sum(amount_minor)::bigint FROM payments WHERE kind = 'refund'")
    assert refunds == report.returns.refund_minor > 0
    proof = await proving.prove(db)
    assert proof.holds
    assert (proof.waiting, proof.parked) == (0, 0)


def _lines(report: ImportReport, *classes: LineClass) -> int:
    return sum(total.lines for total in report.classes if total.klass in classes)


async def test_odd_rows_go_where_an_accountant_expects_them(
    db: Database, admin_conn: asyncpg.Connection[Any], tmp_path: Path, settings: Settings
) -> None:
    await take(db, years.write_year(tmp_path / "odd.csv", documents=0), settings)
    assert await net_of(admin_conn, "560302") == 3750 - 1500
    assert await net_of(admin_conn, "560102") == 20025
    assert await net_of(admin_conn, "571101") == 12010
    assert await net_of(admin_conn, "5601") == 20025 + 999
    # 5001: 500012 gives goods away, the discount takes 5.55 · 5051: postage 54.00, manual 24.69 − 7.77, adjusted 33.33
    assert await net_of(admin_conn, "5001") == 555
    assert -await net_of(admin_conn, "5051") == 5400 + 2469 - 777 + 3333
    rows = await admin_conn.fetch(
        "SELECT o.external_no, l.line, l.kind, l.title, l.qty, l.unit_price, l.amount_minor FROM orders o"
        " JOIN order_lines l ON l.order_id = o.id ORDER BY 1, 2"
    )
    assert [tuple(row) for row in rows] == [
        ("500007", 1, "other", "Manual", 2, Decimal("12.345"), 2469),
        ("500012", 1, "freight", "POSTAGE", 3, Decimal(18), 5400),
        ("500012", 2, "goods", "GOOD NO 0", 2, Decimal(0), 0),
    ]
    placed = await admin_conn.fetch("SELECT at, origin, door FROM action_log WHERE action = 'orders.place' ORDER BY at")
    assert [tuple(row) for row in placed] == [
        (datetime(2010, 5, 1, 9, tzinfo=UTC), "odd.csv:7", "import"),
        (datetime(2010, 5, 6, 9, tzinfo=UTC), "odd.csv:12-13", "import"),
    ]


async def test_again_changes_nothing(
    db: Database, admin_conn: asyncpg.Connection[Any], year: Path, settings: Settings
) -> None:
    first = await take(db, year, settings)
    before = await years.count_rows(admin_conn)
    again = await take(db, year, settings)
    assert again == first
    assert await years.count_rows(admin_conn) == before


async def test_again_without_its_checkpoint_changes_nothing(
    db: Database, admin_conn: asyncpg.Connection[Any], year: Path, settings: Settings
) -> None:
    first = await take(db, year, settings)
    before = await years.count_rows(admin_conn)
    contents = await years.contents(admin_conn)
    await admin_conn.execute("UPDATE import_runs SET position = 0, finished_at = NULL, report = NULL")
    again = await take(db, year, settings)
    assert again.outcome() == first.outcome()
    assert await years.count_rows(admin_conn) == before
    assert await years.contents(admin_conn) == contents


async def test_files_that_overlap_bring_each_document_once(
    db: Database, admin_conn: asyncpg.Connection[Any], tmp_path: Path, settings: Settings
) -> None:
    """Months 1 to 6, then 4 to 12: what both have is left alone, also where the second would match it otherwise."""
    header, *rows = years.write_year(tmp_path / "all.csv", documents=200).read_text().splitlines(keepends=True)
    first = [row for row in rows if row.split(",")[4] < "2010-06"]
    second = [row for row in rows if row.split(",")[4] >= "2010-03"]
    (tmp_path / "first.csv").write_text("".join([header, *first]))
    (tmp_path / "second.csv").write_text("".join([header, *second]))
    one = await take(db, tmp_path / "first.csv", settings)
    two = await take(db, tmp_path / "second.csv", settings)
    both = {row.split(",")[0] for row in first} & {row.split(",")[0] for row in second}
    assert 0 < two.known <= len(both)
    orders = await admin_conn.fetch("SELECT external_no FROM orders")
    assert len(orders) == len({row["external_no"] for row in orders}) == one.made.orders + two.made.orders
    assert await net_of(admin_conn, "1002") == sum(_minor(row) for row in rows)
    assert (one.refused, two.refused) == (0, 0)
    assert (await proving.prove(db)).holds
    before = await years.count_rows(admin_conn)
    await admin_conn.execute("UPDATE import_runs SET finished_at = NULL, report = NULL WHERE file_name = 'second.csv'")
    assert (await take(db, tmp_path / "second.csv", settings)).outcome() == two.outcome()
    assert await years.count_rows(admin_conn) == before


def _minor(row: str) -> int:
    """The money of a row that is imported, which tests and the wrong one are not."""
    number, code, _, quantity, _, price, *_ = row.split(",")
    if code.startswith("TEST") or number == "C500011":
        return 0
    return int((int(quantity) * Decimal(price)).quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)


KILLED = """
import asyncio, signal, sys
from pathlib import Path
from shangmai.apps import importing, wiring
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.crypto import Vault, use_vault
from shangmai.kernel.db.database import Database
from shangmai.kernel.settings import Settings
from shangmai.modules.migration.rules import portions

class Told(importing.Silent):
    def __init__(self, most):
        self.left = most
    def begin(self, rows, done): print("began", done, flush=True)
    def advance(self, rows):
        print("done", rows, flush=True)
        self.left -= 1
        if not self.left: signal.pause()  # whoever is to kill this process may be slow to do so

async def main(dsn, path, home, most):
    wiring.load()
    use_vault(Vault([b"the same for all such processes."]))
    portions.SALES_MAX = 10
    async with await Database.connect(dsn, size=4) as db:
        await importing.import_orders(db, Runner(db), Path(path), "online-retail", progress=Told(int(most)),
                                      settings=Settings(home=Path(home)), follow=False)
    print("finished", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


def import_and_kill(dsn: str, path: Path, settings: Settings, after_portions: int | None, after_s: float) -> bool:
    """Import in a process of its own; kill it after so many portions and a moment. Whether it had finished before.

    There are 16 portions; one that is to be killed does two more at most, however long that moment becomes.
    """
    most = 0 if after_portions is None else after_portions + 2
    process = subprocess.Popen(
        [sys.executable, "-c", dedent(KILLED), dsn, str(path), str(settings.home), str(most)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    assert process.stdout is not None
    portions = 0
    for line in process.stdout:
        portions += line.startswith("done")
        if after_portions is not None and portions >= after_portions and not line.startswith("finished"):
            time.sleep(after_s)
            process.kill()
            break
    code = process.wait()
    process.stdout.close()
    return code == 0


@pytest_asyncio.fixture
async def other_dsn(server: Any, template: str) -> AsyncIterator[str]:
    """A second fresh database."""
    name = f"test_{os.getpid()}_{new_id().hex[-12:]}"
    admin = await asyncpg.connect(server.dsn())
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.dsn(database=name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.mark.faults
@pytest.mark.slow
async def test_killed_again_and_again_it_ends_as_if_nothing_had_happened(
    dsn: str, other_dsn: str, year: Path, settings: Settings
) -> None:
    assert import_and_kill(other_dsn, year, settings, None, 0)
    draw = random.Random(3)
    kills = 0
    for _ in range(6):
        if import_and_kill(dsn, year, settings, draw.randint(0, 2), draw.uniform(0, 0.25)):
            break
        kills += 1
    assert kills >= 4
    assert import_and_kill(dsn, year, settings, None, 0)
    told, expected = await asyncpg.connect(dsn), await asyncpg.connect(other_dsn)
    try:
        found, wanted = await years.contents(told), await years.contents(expected)
        apart = {table: (wanted[table] - found[table], found[table] - wanted[table]) for table in wanted}
        assert {table: rows for table, rows in apart.items() if rows != (Counter(), Counter())} == {}
        assert await years.count_rows(told) == await years.count_rows(expected)
        reports = [await conn.fetchval("SELECT report::text FROM import_runs") for conn in (told, expected)]
        assert _without_usage(reports[0]) == _without_usage(reports[1])
    finally:
        await told.close()
        await expected.close()
    async with await Database.connect(dsn, size=4) as db:
        assert (await proving.prove(db)).holds


def _without_usage(report: str) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.json.decode(report)
    return {name: value for name, value in told.items() if name not in ("run_id", "usage", "files")}


@pytest.mark.slow
async def test_a_worker_follows_what_an_import_sets_off(
    db: Database,
    admin_conn: asyncpg.Connection[Any],
    year: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "STOP_TIMEOUT_S", 60)  # patch: it may still begin when it is told to stop
    report = await take(db, year, settings, follow=True)
    assert await net_of(admin_conn, "1002") == report.imported_minor
    assert await admin_conn.fetchval("SELECT count(*) FROM pulses WHERE starts_with(name, 'worker:')") == 0
    proof = await proving.prove(db)
    assert proof.holds
    assert (proof.waiting, proof.parked) == (0, 0)
    unsealed = (
        "SELECT count(*) FROM action_log l WHERE door <> 'schedule'"  # a schedule's time may come as the worker stops
        " AND NOT EXISTS (SELECT FROM action_chain c WHERE c.log_id = l.id)"
    )
    assert await admin_conn.fetchval(unsealed) == 0


# --- another shop's export, by a mapping only ----------------------------------------------------------------------

ZH = str(Path(__file__).parent / "mappings" / "shop-orders-zh.json")


@pytest_asyncio.fixture
async def in_2027(dsn: str) -> AsyncIterator[Database]:
    """The export is of January 2026, and what lies in the future is refused."""
    async with await Database.connect(dsn, size=4, clock=ManualClock(datetime(2027, 1, 1, tzinfo=UTC))) as database:
        yield database


async def test_another_export_by_its_mapping_alone(
    in_2027: Database, admin_conn: asyncpg.Connection[Any], tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "订单明细.csv"
    path.write_bytes(b"\xef\xbb\xbf" + EXPORT.encode("gbk"))
    report = await take(in_2027, path, settings, ZH)
    assert (report.errors, report.refused, report.currency, report.shop) == (3, 0, "CNY", "web")
    rows = await admin_conn.fetch(
        "SELECT o.external_no, c.ref, o.total_minor, o.paid_minor, o.refunded_minor, o.status FROM orders o"
        " LEFT JOIN customers c ON c.id = o.customer_id ORDER BY 1"
    )
    assert [tuple(row) for row in rows] == [
        ("T1001", "小王", 371550, 371550, 99900, "shipped"),
        ("T1002", "小王", 99900, 99900, 99900, "shipped"),
    ]
    paid = await admin_conn.fetch("SELECT method, amount_minor FROM payments WHERE kind = 'payment' ORDER BY 1, 2")
    assert [tuple(row) for row in paid] == [("bank", 99900), ("bank", 361550), ("discount", 10000)]
    skus = await admin_conn.fetch("SELECT code, attributes->>'source_code' AS source, name FROM skus ORDER BY source")
    assert [(row["source"], row["name"]) for row in skus] == [("cup-红", "cup-红"), ("cup-蓝", "蓝色水杯")]
    assert all(row["code"].startswith("CUP-") for row in skus)
    # 3,715.50 + 999.00 sold, 100.00 off by a voucher, 1,998.00 given back
    assert await net_of(admin_conn, "1002") == report.imported_minor == 371550 + 99900 - 10000 - 199800
    assert await net_of(admin_conn, "1012") == 0
    assert -await net_of(admin_conn, "5001", "5051") == report.revenue_minor == report.imported_minor
    assert (await proving.prove(in_2027)).holds


async def test_lists_to_download(in_2027: Database, tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "订单明细.csv"
    path.write_bytes(EXPORT.encode("gbk"))
    files = LocalFileStore(tmp_path / "files")
    report = await take(in_2027, path, settings, ZH, files=files)
    assert report.files.errors is not None
    told = tmp_path / "told.csv"
    told.write_bytes(await files.read(report.files.errors))
    sheet = open_sheet(told)
    assert sheet.headers[:2] + sheet.headers[-5:] == [
        "订单号", "商品编码", "行号 row", "列 column", "错误代码 code", "错误", "error",
    ]  # fmt: skip
    assert [(row.cells[0], row.cells[-5], row.cells[-4], row.cells[-3]) for row in sheet] == [
        ("T1005", "8", "数量", "migration.NotWhole"),
        ("T1006", "9", "下单时间", "migration.DateUnreadable"),
        ("T1006", "9", "单价", "migration.NotANumber"),
    ]
    async with in_2027.reading(SYSTEM) as tx:
        kept = await get_import(tx, report.run_id)
    assert kept.report is not None
    assert kept.report["made"]["orders"] == 2
    assert kept.run.position == report.facts.documents


async def test_what_lies_in_the_future_is_left_out(
    dsn: str, admin_conn: asyncpg.Connection[Any], tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(EXPORT.encode("gbk"))
    async with await Database.connect(dsn, size=4, clock=ManualClock(datetime(2026, 1, 6, tzinfo=UTC))) as db:
        report = await take(db, path, settings, ZH)
    assert report.refused == 4
    assert report.made.orders == await admin_conn.fetchval("SELECT count(*) FROM orders") == 2


# --- refusals ------------------------------------------------------------------------------------------------------


async def test_refused_and_nothing_changed(
    db: Database, admin_conn: asyncpg.Connection[Any], year: Path, tmp_path: Path, settings: Settings
) -> None:
    before = await years.count_rows(admin_conn)
    with pytest.raises(MappingNotFound, match="online-retail"):
        await take(db, year, settings, "nope")
    assert await years.count_rows(admin_conn) == before
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(ColumnsMissing):
        await take(db, other, settings)
    assert await admin_conn.fetchval("SELECT count(*) FROM orders") == 0


async def test_only_who_began_goes_on(db: Database, year: Path, settings: Settings) -> None:
    await take(db, year, settings)
    clerk = Actor(
        id=new_id(),
        kind="user",
        name="clerk",
        grants=frozenset({"*"}),
        scopes=dict.fromkeys(("company", "shop", "warehouse", "region", "member"), EVERYTHING),
    )
    with pytest.raises(ImportBegunByAnother, match="Somebody else"):
        await take(db, year, settings, actor=clerk)


async def test_a_shop_of_another_currency(db: Database, act: Any, year: Path, settings: Settings) -> None:
    company = await act("organization.create_company", {"code": "online-retail", "name": "x", "currency": "GBP"})
    await act(
        "organization.create_shop",
        {"code": "online-retail", "name": "x", "company_id": company.id, "kind": "import", "currency": "EUR"},
    )
    with pytest.raises(CurrencyDiffers):
        await take(db, year, settings)


async def test_a_warehouse_of_another_company(db: Database, act: Any, year: Path, settings: Settings) -> None:
    company = await act("organization.create_company", {"code": "other", "name": "x", "currency": "GBP"})
    await act("inventory.create_warehouse", {"code": "uk-main", "name": "x", "company_id": company.id})
    with pytest.raises(WarehouseOfAnother):
        await take(db, year, settings)


@pytest.mark.faults
async def test_cut_off_from_the_database_again_and_again(
    db: Database, admin_conn: asyncpg.Connection[Any], year: Path, settings: Settings
) -> None:
    """Every connection is cut a few times a second; whoever imports waits, or is told to start again, and can."""
    cuts = 0

    async def cut() -> None:
        nonlocal cuts
        while cuts < 12:
            await asyncio.sleep(0.15)
            cuts += await admin_conn.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name = 'shangmai' AND state <> 'idle'"
            )

    cutting = asyncio.create_task(cut())
    report = None
    while report is None or not cutting.done():
        try:
            if report is not None:  # it was quicker than the cuts: once more from the beginning, which changes nothing
                async with db.transaction(door="test") as tx:
                    await tx.execute("UPDATE import_runs SET position = 0, finished_at = NULL, report = NULL")
            report = await take(db, year, settings)
        except (Unavailable, ImportStopped):
            continue
    await cutting
    assert cuts >= 12
    assert (report.refused, report.errors) == (0, 1)
    assert await net_of(admin_conn, "1002") == report.imported_minor
    assert -await net_of(admin_conn, "5001", "5051") == report.revenue_minor
    assert (await proving.prove(db)).holds
