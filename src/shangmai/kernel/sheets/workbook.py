"""Workbooks: .xlsx, .xlsm, .xls, .xlsb, .ods."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from shangmai.kernel.sheets.contract import Cell, SheetDamaged, SheetLocked, SheetOptions, WorksheetNotFound
from shangmai.kernel.sheets.dress import clean_cell


class WorkbookSource:
    """The rows of one worksheet: the one named, or the first that is shown."""

    def __init__(self, path: Path, options: SheetOptions) -> None:
        self._path = path
        self._sheet = self._open(options.worksheet)

    def records(self) -> Iterator[list[Cell]]:
        for _ in range(self._sheet.start[0] if self._sheet.start else 0):
            yield []  # rows above the first that holds something: they keep the numbers right
        before = [None] * (self._sheet.start[1] if self._sheet.start else 0)
        for record in self._sheet.iter_rows():
            yield before + [_cell(value) for value in record]

    def _open(self, worksheet: str | None) -> CalamineSheet:
        try:
            book = CalamineWorkbook.from_path(str(self._path))
            shown = [meta.name for meta in book.sheets_metadata if meta.visible is SheetVisibleEnum.Visible]
            wanted = worksheet or next(iter(shown or book.sheet_names), None)
            if wanted not in book.sheet_names:
                present = ", ".join(book.sheet_names)
                raise WorksheetNotFound(name=self._path.name, worksheet=wanted or "", present=present)
            return book.get_sheet_by_name(wanted)
        except PasswordError:
            raise SheetLocked(name=self._path.name) from None
        except (CalamineError, OSError) as cause:
            if "password" in str(cause).lower():
                raise SheetLocked(name=self._path.name) from None
            raise SheetDamaged(name=self._path.name, row=0, problem=str(cause)) from None


def _cell(value: object) -> Cell:
    """A whole number has no decimals, whatever the workbook keeps it as (13085.0 is 13085)."""
    if isinstance(value, str):
        return clean_cell(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value
