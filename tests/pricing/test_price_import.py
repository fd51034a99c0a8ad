"""Prices by the sheet: ten thousand rows, those that are wrong named one by one."""

from __future__ import annotations

import csv
from pathlib import Path

from shangmai.apps.importing import import_sheet
from shangmai.kernel.actions.contract import BATCH_MAX
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.files import LocalFileStore
from shangmai.kernel.settings import Settings
from shangmai.kernel.sheets import open_sheet
from shangmai.modules.migration.rules import read_sheet_mapping
from tests.world import World

ROWS = 10_000
PRICES = read_sheet_mapping("""
{
  "name": "prices-zh",
  "title": {"zh": "价格表", "en": "prices"},
  "action": "pricing.set_prices",
  "columns": {
    "价格表": "price_list",
    "商品编码": {"to": "sku_id", "kind": "sku"},
    "起订量": "min_qty",
    "价格": {"to": "price_minor", "kind": "money"},
    "底价": {"to": "floor_minor", "kind": "money"}
  }
}
""")


async def test_ten_thousand_prices_with_the_wrong_rows_told(world: World, tmp_path: Path) -> None:
    given = {"code": "PARTNER", "name": "经销商价", "kind": "base", "currency": "CNY"}
    await world.act("pricing.create_price_list", given)
    path = tmp_path / "prices.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["价格表", "商品编码", "起订量", "价格", "底价"])
        out.writerows(
            ["PARTNER", f"SKU{n % 3 + 1}", n // 3 + 1, f"{9 + n % 100 / 100:.2f}", "8" if n % 2 else ""]
            for n in range(ROWS - 2)
        )
        out.writerow(["PARTNER", "NOSUCH", 1, "1", ""])
        out.writerow(["NOLIST", "SKU1", 1, "1", ""])
    files = LocalFileStore(tmp_path / "files")
    report = await import_sheet(
        world.db, world.runner, "pricing.set_prices", path, PRICES, settings=Settings(home=tmp_path), files=files
    )
    assert (report.rows, report.ok, report.refused) == (ROWS, ROWS - 2, 2)
    assert await world.count("price_entries") == ROWS - 2
    async with world.db.reading(SYSTEM) as tx:
        together = await tx.fetchval("SELECT count(DISTINCT xmin::text) FROM price_entries")
        floors = await tx.fetch("SELECT floor_minor, count(*) AS n FROM price_entries GROUP BY floor_minor ORDER BY 1")
    assert [tuple(row) for row in floors] == [(800, ROWS // 2 - 1), (None, ROWS // 2 - 1)]
    assert together == -(-ROWS // BATCH_MAX), "as many at a time as a transaction takes"
    assert report.errors_file is not None
    (tmp_path / "told.csv").write_bytes(await files.read(report.errors_file))
    told = [row.cells for row in open_sheet(tmp_path / "told.csv")]
    assert [(row[1], row[5]) for row in told] == [("NOSUCH", str(ROWS - 1)), ("SKU1", str(ROWS))]
    assert "NOLIST" in str(told[1])
