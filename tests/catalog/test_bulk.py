"""The catalog by sheet: many lines, each accepted or refused alone, the refused ones in a file of their own."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shangmai.apps.importing import import_sheet
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.files import LocalFileStore
from shangmai.kernel.settings import Settings
from shangmai.modules.catalog import service
from shangmai.modules.migration.contract import SheetMapping, SheetReport
from tests.catalog.test_describing import COLOR
from tests.catalog.test_products import events, new_sku, product

T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)
SKUS = 300


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


async def take(
    db: Database, runner: Any, settings: Settings, action: str, columns: dict[str, Any], rows: Iterable[Sequence[str]]
) -> tuple[SheetReport, list[list[str]]]:
    """Bring in a sheet; the report, and the refused rows as they come back."""
    path = settings.home.parent / f"{action}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([list(columns), *rows])
    plain = {"name": "bulk", "title": {"zh": "批量", "en": "Bulk"}, "action": action, "columns": columns}
    mapping = msgspec.convert({**plain, "constants": {"currency": "CNY"}} if "价" in columns else plain, SheetMapping)
    store = LocalFileStore(settings.home / "files")
    report = await import_sheet(db, runner, action, path, mapping, settings=settings, files=store)
    told = "" if report.errors_file is None else (await store.read(report.errors_file)).decode("utf-8-sig")
    return report, list(csv.reader(told.splitlines()))


async def make(act) -> None:
    await act("catalog.define_attribute", COLOR)
    skus = [new_sku(f"S{n}", attributes={"color": "red", "码": "M"}) for n in range(SKUS)]
    await act("catalog.create_product", product("P", *skus))


async def test_prices(act, db: Database, runner, settings, admin_conn) -> None:
    await make(act)
    columns = {"编码": {"to": "sku_id", "kind": "sku"}, "价": {"to": "price_minor", "kind": "money"}}
    rows = [*((f"S{n}", f"{n + 1}.50") for n in range(SKUS)), ("NONE", "1"), ("S1", "-1"), ("S2", "一元")]
    report, refused = await take(db, runner, settings, "catalog.set_prices", columns, rows)
    assert (report.rows, report.ok, report.refused) == (SKUS + 3, SKUS, 3)
    assert [row[:2] for row in refused[1:]] == [["NONE", "1"], ["S1", "-1"], ["S2", "一元"]]
    assert await admin_conn.fetchval("SELECT sum(price_minor) FROM skus") == sum(n * 100 + 150 for n in range(SKUS))
    assert await admin_conn.fetchval("SELECT count(*) FROM sku_prices") == 2 * SKUS
    assert len(await events(admin_conn, "catalog.price_changed.v1")) == SKUS
    changed = await events(admin_conn, "catalog.product_changed.v1")
    assert len(changed) == 2  # once in each transaction of 256


async def test_attributes(act, db: Database, runner, settings, admin_conn) -> None:
    await make(act)
    columns = {"编码": {"to": "sku_id", "kind": "sku"}, "颜色": "attribute_changes.color"}
    rows = [(f"S{n}", "紫" if n == 7 else "蓝") for n in range(SKUS)]
    report, refused = await take(db, runner, settings, "catalog.update_sku", columns, rows)
    assert (report.ok, report.refused) == (SKUS - 1, 1)
    assert (refused[1][:2], "catalog.ValueNotFitting" in refused[1]) == (["S7", "紫"], True)
    kinds = await admin_conn.fetch("SELECT attributes::text AS a, count(*) FROM skus GROUP BY 1 ORDER BY 2")
    assert [(msgspec.json.decode(row["a"]), row["count"]) for row in kinds] == [
        ({"color": "red", "码": "M"}, 1),
        ({"color": "blue", "码": "M"}, SKUS - 1),
    ]


async def test_listing(act, db: Database, runner, settings, admin_conn) -> None:
    for code in ("A", "B"):
        await act("catalog.create_product", product(code))
    await act("catalog.create_product", product("C", new_sku("C", status="inactive")))
    columns = {"商品": {"to": "product_id", "kind": "product"}}
    report, refused = await take(
        db, runner, settings, "catalog.list_product", columns, [("A",), ("NONE",), ("C",), ("B",)]
    )
    assert (report.ok, report.refused) == (2, 2)
    assert [row[0] for row in refused[1:]] == ["NONE", "C"]
    rows = await admin_conn.fetch("SELECT code FROM products WHERE status = 'listed' ORDER BY code")
    assert [row["code"] for row in rows] == ["A", "B"]


async def test_categories(act, db: Database, runner, settings, admin_conn) -> None:
    top = await act("catalog.create_category", {"name": "服装"})
    below = await act("catalog.create_category", {"name": "T 恤", "parent_id": str(top.id)})
    await act("catalog.create_category", {"name": "T 恤"})
    await act("catalog.create_product", product("A"))
    columns = {
        "商品": {"to": "product_id", "kind": "product"},
        "类目": {"to": "category_id", "kind": "category"},
        "标签": {"to": "tags", "split": "、"},
    }
    rows = [("A", "服装/T 恤", "新品、环保"), ("A", "服装/裤", "")]
    report, refused = await take(db, runner, settings, "catalog.update_product", columns, rows)
    assert (report.ok, report.refused, refused[1][:2]) == (1, 1, ["A", "服装/裤"])
    row = await admin_conn.fetchrow("SELECT category_id, tags FROM products")
    assert tuple(row) == (below.id, ["新品", "环保"])


async def test_as_it_was(act, db: Database) -> None:
    """Prices and names of a SKU at any time."""
    made = await act("catalog.create_product", product("P", new_sku("S", 1000, name="旧名")), at=T0)
    sku = made.skus[0].id
    day = timedelta(days=1)
    await act("catalog.update_sku", {"sku_id": str(sku), "name": "新名", "name_en": "New"}, at=T0 + day)
    await act("catalog.set_prices", {"sku_id": str(sku), "price_minor": 900, "currency": "CNY"}, at=T0 + 2 * day)
    async with db.reading(SYSTEM) as tx:
        names = [await service.names_at(tx, [sku], T0 + n * day) for n in (-1, 0, 1)]
        prices = [await service.prices_at(tx, [sku], T0 + n * day) for n in (-1, 0, 1, 2)]
    assert names == [{}, {sku: ("旧名", "")}, {sku: ("新名", "New")}]
    assert prices == [{}, {sku: {"CNY": 1000}}, {sku: {"CNY": 1000}}, {sku: {"CNY": 900}}]
