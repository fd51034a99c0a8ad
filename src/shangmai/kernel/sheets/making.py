"""Making a small sheet in memory, to be downloaded: CSV, or a workbook (Office Open XML, ECMA-376 parts 1 and 2).

A workbook is written by hand, for what a table needs of it is little: one worksheet, numbers as numbers, texts as
inline strings, which no spreadsheet takes for formulas, the header row frozen. The same cells give the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final
from xml.sax.saxutils import escape

from shangmai.kernel.sheets.writing import write_rows

Value = str | int | Decimal | None
TABLE: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS: Final = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
# What XML cannot hold, whatever the spelling.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_A_NAME: Final = re.compile(r"[\[\]:*?/\\']")
NAME_MAX: Final = 31
"""Characters of a worksheet's name that Excel takes."""


class SheetFormat(StrEnum):
    """How a sheet is handed out."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        return "text/csv; charset=utf-8" if self is SheetFormat.CSV else f"{_TYPE}.sheet"


def make_sheet(of: SheetFormat, name: str, headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """The bytes of a sheet with a header row; `name` is the worksheet's. Numbers are exact in both."""
    if of is SheetFormat.CSV:
        text = io.StringIO()
        write_rows(text, headers, rows)
        return text.getvalue().encode("utf-8-sig")
    return _workbook(name, [headers, *rows])


def _workbook(name: str, rows: Iterable[Sequence[Value]]) -> bytes:
    title = escape(_FORBIDDEN.sub("", _NOT_IN_A_NAME.sub(" ", name))[:NAME_MAX] or "1", {'"': "&quot;"})
    body = "".join(f'<row r="{n}">{_row(n, row)}</row>' for n, row in enumerate(rows, 1))
    parts = _PARTS | {
        "xl/workbook.xml": f'<workbook xmlns="{TABLE}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{title}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{TABLE}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<sheetData>{body}</sheetData></worksheet>",
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for path, part in parts.items():
            file.writestr(zipfile.ZipInfo(path), _HEAD + part, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _row(n: int, cells: Sequence[Value]) -> str:
    return "".join(_cell(f"{_column(place)}{n}", cell) for place, cell in enumerate(cells) if cell not in (None, ""))


def _cell(at: str, cell: Value) -> str:
    if isinstance(cell, str):
        return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{_text(cell)}</t></is></c>'
    return f'<c r="{at}"><v>{cell:f}</v></c>'


def _text(cell: str) -> str:
    return escape(_FORBIDDEN.sub("", cell))


def _column(place: int) -> str:
    """Name a column: A … Z, AA, AB, …"""
    name = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, 26)
        name = chr(ord("A") + letter) + name
    return name
