"""A warehouse's bins from one sheet, as its people keep it."""

from __future__ import annotations

from pathlib import Path

from shangmai.apps.importing import import_sheet
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.settings import Settings
from shangmai.modules.migration.rules import read_sheet_mapping
from shangmai.modules.warehouse import service
from tests.warehouse.floor import Floor

BINS = read_sheet_mapping("""
{
  "name": "bins-zh",
  "title": {"zh": "货位表", "en": "bins"},
  "action": "warehouse.save_bins",
  "columns": {
    "仓库": {"to": "warehouse_id", "kind": "warehouse", "required": true},
    "货位": {"to": "bins[].code", "required": true},
    "库区": {"to": "bins[].zone", "required": true},
    "类型": {"to": "bins[].kind", "values": {"拣货": "pick", "存储": "reserve", "收货": "receive", "集货": "stage"}},
    "巷道": {"to": "bins[].aisle", "kind": "number"},
    "层": {"to": "bins[].level", "kind": "number"},
    "距巷道口毫米": {"to": "bins[].offset_mm", "kind": "number"}
  },
  "group_by": ["仓库"]
}
""")


async def test_ten_thousand_bins_come_from_one_sheet(floor: Floor, tmp_path: Path) -> None:
    rows = [
        f"WH1,B-{n:05},A,{'拣货' if n % 4 == 0 else '存储'},{n // 100},{n % 4},{n % 100 * 900}" for n in range(10_000)
    ]
    sheet = tmp_path / "货位.csv"
    sheet.write_bytes("\n".join(["仓库,货位,库区,类型,巷道,层,距巷道口毫米", *rows]).encode("gb18030"))
    world, settings = floor.world, Settings(home=tmp_path / "home")
    report = await import_sheet(world.db, world.runner, "warehouse.save_bins", sheet, BINS, settings=settings)
    assert (report.rows, report.inputs, report.ok, report.refused) == (10_000, 1, 1, 0)
    async with world.db.reading(SYSTEM) as tx:
        last = (await service.find_bins(tx, floor.warehouse_id, ["B-09999"]))["B-09999"]
    assert (last.kind, last.aisle, last.level, last.offset_mm) == ("reserve", 99, 3, 89_100)
    assert await world.count("warehouse_bins") == 10_007
