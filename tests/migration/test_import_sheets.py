"""Any sheet for any action: headers to fields, codes to ids, rows to groups; refused rows, dry runs, repeats."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import asyncpg
import httpx
import msgspec
import pytest
import xlsxwriter
from litestar import Litestar
from litestar.datastructures import State

from shangmai.apps.importing import import_sheet
from shangmai.kernel.actions.contract import ActionNotFound
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.files import LocalFileStore
from shangmai.kernel.http.reads import DEPENDENCIES, answer_exception, plain_signatures, require_grant
from shangmai.kernel.ids import new_id
from shangmai.kernel.settings import Settings
from shangmai.kernel.sheets import open_sheet
from shangmai.modules.migration import service
from shangmai.modules.migration.contract import (
    HeadersUnknown,
    ImportBegunByAnother,
    ImportNotFound,
    MappingInvalid,
    MappingNotFound,
    MappingOfOther,
    SheetMapping,
    SheetReport,
)
from shangmai.modules.migration.http import routes
from shangmai.modules.migration.rules import read_sheet_mapping
from tests.migration.years import count_rows
from tests.routes import Known
from tests.world import World

PRODUCTS = read_sheet_mapping("""
{
  "name": "products-zh",
  "title": {"zh": "商品表", "en": "products"},
  "action": "catalog.create_product",
  "columns": {
    "商品编码": {"to": "code", "required": true},
    "商品名称": "name",
    "品牌": "brand",
    "规格编码": "skus[].code",
    "规格名称": "skus[].name",
    "售价": {"to": "skus[].price_minor", "kind": "money", "required": true},
    "颜色": "skus[].attributes.颜色",
    "条码": {"to": "skus[].barcodes[0].text"},
    "服务": {"to": "skus[].kind", "values": {"是": "service", "否": "goods"}}
  },
  "constants": {"skus[].currency": "CNY"},
  "group_by": ["商品编码"]
}
""")

PRODUCT_ROWS = """\
商品编码,商品名称,品牌,规格编码,规格名称,售价,颜色,条码,服务
CUP,水杯,商脉,CUP-R,红,"￥1,234.50",红,6901234567892,否
TOWEL,毛巾,,TOWEL,毛巾,８.８元,,,
CUP,,,CUP-B,蓝,12,蓝,,否
FIX,维修,,FIX,维修,30,,,是
"""

RECEIPTS = read_sheet_mapping("""
{
  "name": "receipts-zh",
  "title": {"zh": "入库单", "en": "receipts"},
  "action": "inventory.receive",
  "columns": {
    "单号": {"to": "reference", "required": true},
    "仓库": {"to": "warehouse_id", "kind": "warehouse"},
    "编码": {"to": "lines[].sku_id", "kind": "sku"},
    "数量": {"to": "lines[].qty", "kind": "number"},
    "金额": {"to": "lines[].cost_minor", "kind": "money"}
  },
  "group_by": ["单号"],
  "at": "日期",
  "currency": "CNY"
}
""")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


async def take(
    db: Database, path: Path, action: str, mapping: str | SheetMapping | None, settings: Settings, **options: Any
) -> SheetReport:
    return await import_sheet(db, Runner(db), action, path, mapping, settings=settings, **options)


def told(report: SheetReport) -> tuple[int, int, int, int, int]:
    return report.rows, report.inputs, report.ok, report.repeated, report.refused


async def test_products_with_several_skus(
    db: Database, admin_conn: asyncpg.Connection[Any], tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "商品.csv"
    path.write_bytes(b"\xef\xbb\xbf" + PRODUCT_ROWS.encode("gbk"))
    report = await take(db, path, "catalog.create_product", PRODUCTS, settings)
    assert told(report) == (4, 3, 3, 0, 0)
    rows = await admin_conn.fetch(
        "SELECT p.code AS product, p.name AS title, coalesce(n.name, '') AS brand, s.code, s.name, s.price_minor,"
        " s.kind, s.attributes->>'颜色' AS color, b.barcode FROM skus s JOIN products p ON p.id = s.product_id"
        " LEFT JOIN brands n ON n.id = p.brand_id LEFT JOIN sku_barcodes b ON b.sku_id = s.id"
        " ORDER BY p.code, s.position"
    )
    assert [tuple(row) for row in rows] == [
        ("CUP", "水杯", "商脉", "CUP-R", "红", 123450, "goods", "红", "6901234567892"),
        ("CUP", "水杯", "商脉", "CUP-B", "蓝", 1200, "goods", "蓝", None),
        ("FIX", "维修", "", "FIX", "维修", 3000, "service", None, None),
        ("TOWEL", "毛巾", "", "TOWEL", "毛巾", 880, "goods", None, None),
    ]
    log = await admin_conn.fetch(
        "SELECT origin, door, key FROM action_log WHERE action = 'catalog.create_product' ORDER BY seq"
    )
    assert [tuple(row) for row in log] == [(f"商品.csv:{row}", "import", f"{report.run_id}:{row}") for row in (1, 2, 4)]


async def test_again_and_without_its_checkpoint_nothing_changes(
    db: Database, admin_conn: asyncpg.Connection[Any], tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "p.csv"
    path.write_text(PRODUCT_ROWS)
    first = await take(db, path, "catalog.create_product", PRODUCTS, settings)
    before = await count_rows(admin_conn)
    assert await take(db, path, "catalog.create_product", PRODUCTS, settings) == first
    assert await count_rows(admin_conn) == before
    await admin_conn.execute("UPDATE import_runs SET position = 0, finished_at = NULL, report = NULL")
    again = await take(db, path, "catalog.create_product", PRODUCTS, settings)
    assert told(again) == (4, 3, 3, 3, 0)
    assert await count_rows(admin_conn) == before


async def test_a_dry_run_tells_and_changes_nothing(
    db: Database, admin_conn: asyncpg.Connection[Any], tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "p.csv"
    path.write_text(PRODUCT_ROWS + "BAD,坏,,bad code!,坏,1,,,\n")
    before = await count_rows(admin_conn)
    report = await take(db, path, "catalog.create_product", PRODUCTS, settings, dry_run=True)
    assert (report.dry_run, report.run_id) == (True, None)
    assert told(report) == (5, 4, 3, 0, 1)
    assert [(error.row_no, error.code) for error in report.errors] == [(5, "catalog.CodeInvalid")]
    assert await count_rows(admin_conn) == before


async def test_broken_rows_are_named_and_the_others_go_on(
    db: Database, admin_conn: asyncpg.Connection[Any], tmp_path: Path, settings: Settings
) -> None:
    rows = [
        "A,甲,,A1,甲,1,,,",
        "B,乙,,B1,乙,八元,,,",  # no amount
        ",丙,,C1,丙,1,,,",  # no code
        "D,丁,,D1,丁,1,,123,",  # refused by the catalog? a short barcode is fine
        "E,戊,,E1,戊,1,,,也许",  # not in the list
        "F,己,,F1,己,1,,,,多余",  # a cell too many
        "G,庚,,G1,庚,1,,,",
        "G,辛,,G2,庚,2,,,",  # says another name
        "A,甲,,A9,甲,-3,,,",  # a negative price, in the group of row 1
    ]
    path = tmp_path / "p.csv"
    path.write_text(PRODUCT_ROWS.splitlines()[0] + "\n" + "\n".join(rows) + "\n")
    files = LocalFileStore(tmp_path / "files")
    report = await take(db, path, "catalog.create_product", PRODUCTS, settings, files=files)
    assert told(report) == (9, 7, 1, 0, 6)
    assert [(error.row_no, error.column, error.code) for error in report.errors] == [
        (2, "售价", "migration.NotANumber"),
        (3, "商品编码", "migration.ValueMissing"),
        (5, "服务", "kernel.InputInvalid"),
        (6, "", "kernel.TooManyCells"),
        (8, "商品名称", "migration.RowsDisagree"),
        (9, "售价", "kernel.InputInvalid"),
    ]
    assert "八元" in report.errors[0].zh
    assert await admin_conn.fetchval("SELECT array_agg(code) FROM products") == ["D"]
    assert report.errors_file is not None
    kept = tmp_path / "told.csv"
    kept.write_bytes(await files.read(report.errors_file))
    sheet = open_sheet(kept)
    assert sheet.headers == [*open_sheet(path).headers, "行号 row", "列 column", "错误代码 code", "错误", "error"]
    first = next(iter(sheet)).cells
    assert (first[0], first[9], first[10], first[11]) == ("B", "2", "售价", "migration.NotANumber")


async def test_codes_become_ids_and_rows_one_document(
    db: Database, admin_conn: asyncpg.Connection[Any], tmp_path: Path, settings: Settings
) -> None:
    await World(db).make(qty=0)
    path = tmp_path / "r.xlsx"
    rows = [
        ["单号", "日期", "仓库", "编码", "数量", "金额", "备注"],
        ["R1", "2026/1/5 9:30", "WH1", "SKU1", 3, 18.5, "x"],
        ["R1", "", "WH1", "SKU2", 2, 10, ""],
        ["R2", "2026-01-06", "WH1", "SKU9", 1, 1, ""],
        ["R3", "昨天", "WH1", "SKU1", 1, 1, ""],
        ["R4", "2026-01-07", "WH9", "SKU1", 1, 1, ""],
    ]
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for at, cells in enumerate(rows):
            page.write_row(at, 0, cells)
    report = await take(db, path, "inventory.receive", RECEIPTS, settings)
    assert told(report) == (5, 4, 1, 0, 3)
    assert [(error.row_no, error.column, error.code) for error in report.errors] == [
        (3, "编码", "migration.CodeUnknown"),
        (4, "日期", "migration.DateUnreadable"),
        (5, "仓库", "migration.CodeUnknown"),
    ]
    (document,) = await admin_conn.fetch("SELECT reference, at::text, pieces, value_minor FROM stock_documents")
    assert tuple(document) == ("R1", "2026-01-05 01:30:00+00", 5, 2850)


async def test_headers_that_are_field_names_need_no_mapping(db: Database, tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "companies.csv"
    path.write_text("code,name,currency,remark\nA,甲公司,CNY,x\nB,乙公司,EUR,\nB,丙公司,,\n")
    report = await take(db, path, "organization.create_company", None, settings)
    assert told(report) == (3, 3, 2, 0, 1)
    assert report.errors[0].code == "organization.CompanyCodeTaken"
    assert "B" in report.errors[0].zh


async def test_every_call_is_checked_like_at_any_door(
    db: Database, admin_conn: asyncpg.Connection[Any], tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "companies.csv"
    path.write_text("code,name\nA,甲公司\n")
    nobody = Actor(id=new_id(), kind="user", name="nobody", grants=frozenset({"migration.start_import"}))
    report = await take(db, path, "organization.create_company", None, settings, actor=nobody)
    assert (report.ok, report.refused, report.errors[0].code) == (
        0,
        1,
        "actions.NotGranted".replace("actions", "kernel"),
    )
    assert await admin_conn.fetchval("SELECT count(*) FROM companies") == 0


async def test_100000_rows(
    db: Database, admin_conn: asyncpg.Connection[Any], tmp_path: Path, settings: Settings
) -> None:
    """500 receipts of 200 lines. About 8 s on a 2-core machine; the limit is wide, and only another growth meets it."""
    await World(db).make(qty=0)
    lines = "".join(f"R{n // 200},WH1,SKU{n % 3 + 1},{n % 7 + 1},1.50,2026-01-05\n" for n in range(100_000))
    path = tmp_path / "入库.csv"
    path.write_bytes(("单号,仓库,编码,数量,金额,日期\n" + lines).encode("gb18030"))
    started = time.process_time()
    report = await take(db, path, "inventory.receive", RECEIPTS, settings)
    assert told(report) == (100_000, 500, 500, 0, 0)
    assert time.process_time() - started < 40
    assert await admin_conn.fetchval("SELECT sum(pieces)::bigint FROM stock_documents") == sum(
        n % 7 + 1 for n in range(100_000)
    )


@pytest.mark.slow
async def test_10000_inputs(
    db: Database, admin_conn: asyncpg.Connection[Any], tmp_path: Path, settings: Settings
) -> None:
    world = await World(db).make(skus=0, qty=0)
    path = tmp_path / "customers.csv"
    path.write_text("shop_id,ref\n" + "".join(f"{world.shop_id},C{n}\n" for n in range(10_000)))
    report = await take(db, path, "members.register", None, settings)
    assert told(report) == (10_000, 10_000, 10_000, 0, 0)
    assert await admin_conn.fetchval("SELECT count(*) FROM customers") == 10_000


# --- mappings ------------------------------------------------------------------------------------------------------


async def test_a_saved_mapping_is_found_by_its_name(
    db: Database, act: Any, admin_conn: asyncpg.Connection[Any], tmp_path: Path, settings: Settings
) -> None:
    saved = await act("migration.save_mapping", {"sheet": _plain(PRODUCTS)})
    assert (saved.name, saved.version) == ("products-zh", 1)
    assert (await act("migration.save_mapping", {"sheet": _plain(PRODUCTS)})).version == 1
    changed = {**_plain(PRODUCTS), "currency": "EUR"}
    assert (await act("migration.save_mapping", {"sheet": changed})).version == 2
    assert await admin_conn.fetchval("SELECT count(*) FROM import_mappings") == 2
    path = tmp_path / "p.csv"
    path.write_text(PRODUCT_ROWS)
    report = await take(db, path, "catalog.create_product", "products-zh", settings, dry_run=True)
    assert told(report) == (4, 3, 3, 0, 0)
    with pytest.raises(MappingOfOther, match=r"is for catalog\.create_product, not"):
        await take(db, path, "inventory.receive", "products-zh", settings)


def _plain(mapping: SheetMapping) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(mapping)
    return plain


async def test_what_cannot_be_begun(
    db: Database, admin_conn: asyncpg.Connection[Any], act: Any, tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "p.csv"
    path.write_text("x,y\n1,2\n")
    bad = tmp_path / "bad.json"
    bad.write_text('{"name": "x", "columns": {"a": "b[].c[].d"}}')
    before = await count_rows(admin_conn)
    with pytest.raises(MappingNotFound):
        await take(db, path, "catalog.create_product", "nope", settings)
    with pytest.raises(MappingInvalid):
        await take(db, path, "catalog.create_product", str(bad), settings)
    with pytest.raises(HeadersUnknown, match="商品编码"):
        await take(db, path, "catalog.create_product", PRODUCTS, settings)
    with pytest.raises(HeadersUnknown, match="name"):
        await take(db, path, "catalog.create_product", None, settings)
    with pytest.raises(ActionNotFound):
        await take(db, path, "catalog.nope", None, settings)
    assert await count_rows(admin_conn) == before


def test_a_path_begins_one_new_element_only() -> None:
    raw = '{"name": "x", "title": {"zh": "x", "en": "x"}, "action": "a.b", "columns": {"a": "b[].c[].d"}}'
    with pytest.raises(MappingInvalid, match="twice"):
        read_sheet_mapping(raw)


async def test_imports_are_listed_and_read(db: Database, tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "companies.csv"
    path.write_text("code,name\nA,甲公司\n")
    report = await take(db, path, "organization.create_company", None, settings)
    async with db.reading(SYSTEM) as tx:
        (run,) = await service.list_imports(tx, None, 10)
        detail = await service.get_import(tx, run.id)
    assert (run.id, run.action, run.file_name, run.position) == (
        report.run_id, "organization.create_company", "companies.csv", 1,
    )  # fmt: skip
    assert detail.report is not None
    assert (detail.report["ok"], detail.report["refused"]) == (1, 0)


async def test_an_import_is_hidden_from_who_neither_brought_it_in_nor_sees_everything(
    db: Database, admin_conn: asyncpg.Connection[Any], tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "companies.csv"
    path.write_text("code,name\nA,甲公司\n")
    narrow = frozenset({"*"})
    ann, bob = (Actor(id=new_id(), kind="user", name=name, grants=narrow, scopes={}) for name in ("ann", "bob"))
    report = await take(db, path, "organization.create_company", None, settings, actor=ann)
    assert report.run_id is not None
    for who, seen in ((ann, 1), (bob, 0), (SYSTEM, 1)):
        async with db.reading(who) as tx:
            assert len(await service.list_imports(tx, None, 10)) == seen, who.name
    async with db.reading(bob) as tx:
        with pytest.raises(ImportNotFound):
            await service.get_import(tx, report.run_id)
    with pytest.raises(ImportBegunByAnother):
        await take(db, path, "organization.create_company", None, settings, actor=bob)
    assert await admin_conn.fetchval("SELECT count(*) FROM import_runs") == 1


@asynccontextmanager
async def reading(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client that reads imports, as the system."""
    with plain_signatures():
        app = Litestar(
            list(routes),
            dependencies=dict(DEPENDENCIES),
            guards=[require_grant],
            exception_handlers={Exception: answer_exception},
            state=State({"db": db, "authenticator": Known(SYSTEM), "settings": settings}),
            openapi_config=None,
        )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(cast(Any, app)), base_url="http://test") as client:
        yield client


async def test_reads_over_http(db: Database, tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "公司.csv"
    path.write_text("code,name\nA,甲公司\nA,乙公司\n")
    report = await take(db, path, "organization.create_company", None, settings)
    async with reading(db, settings) as client:
        (run,) = (await client.get("/api/v1/imports")).json()["items"]
        assert (run["id"], run["file_name"]) == (str(report.run_id), "公司.csv")
        shown = (await client.get(f"/api/v1/imports/{report.run_id}")).json()
        assert (shown["report"]["ok"], shown["report"]["refused"]) == (1, 1)
        listed = await client.get(f"/api/v1/imports/{report.run_id}/lists/errors")
        assert (listed.status_code, "乙公司" in listed.text) == (200, True)
        missing = await client.get(f"/api/v1/imports/{report.run_id}/lists/exceptions")
        assert (missing.status_code, missing.json()["code"]) == (404, "migration.ListNotFound")
        assert (await client.get(f"/api/v1/imports/{new_id()}")).json()["code"] == "migration.ImportNotFound"
