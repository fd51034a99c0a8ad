"""Sheets made for download open again with the very cells that were put in."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.sheets import SheetFormat, make_sheet, open_sheet

HEADERS = ["商品", "金额", "备注"]
ROWS: list[tuple[str | int | Decimal | None, ...]] = [
    ('杯子 <大> & "小"', Decimal("-12.30"), "=1+1"),
    ("", 5, "第一行\n第二行"),
    ("末行", None, "x"),
]


@pytest.mark.parametrize("of", list(SheetFormat))
def test_it_opens_again(of: SheetFormat, tmp_path: Path) -> None:
    path = tmp_path / f"sheet.{of}"
    path.write_bytes(make_sheet(of, "价格/说明", HEADERS, ROWS))
    sheet = open_sheet(path)
    assert list(sheet.headers) == HEADERS
    told = [[None if cell is None else str(cell) for cell in row.cells] for row in sheet]
    assert [row[0] for row in told] == ['杯子 <大> & "小"', None, "末行"]
    assert [None if row[1] is None else Decimal(row[1]) for row in told] == [Decimal("-12.3"), Decimal(5), None]
    assert [row[2] for row in told] == ["=1+1", "第一行\n第二行", "x"]


def test_a_workbook_holds_no_formula_and_is_the_same_twice() -> None:
    first, again = (make_sheet(SheetFormat.XLSX, "n" * 50, HEADERS, ROWS) for _ in range(2))
    assert first == again
    assert b"<f>" not in first


@given(st.lists(st.lists(st.text(max_size=20) | st.integers(-(10**12), 10**12) | st.none(), max_size=30), max_size=5))
def test_any_text_makes_sound_xml(rows: list[list[str | int | None]]) -> None:
    made = make_sheet(SheetFormat.XLSX, "x", HEADERS, rows)
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        for name in file.namelist():
            ElementTree.fromstring(file.read(name))
