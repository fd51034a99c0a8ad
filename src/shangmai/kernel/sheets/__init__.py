"""Sheets: what people and other systems export, read row by row, and written for them to open again.

`open_sheet(path)` looks at the bytes, not at the name: CSV in whatever encoding and with whatever separator, workbooks,
Parquet. Invariants: a row keeps its number (the first one after the header is 1) whatever lies before it; a cell is
empty (None), a text without the dress that exports put on it, or a number or time as the file holds it; a file that is
broken says where.
"""

from shangmai.kernel.sheets.contract import (
    Cell,
    EncodingUnknown,
    IsWebPage,
    QuoteNotClosed,
    Row,
    SheetDamaged,
    SheetEmpty,
    SheetLocked,
    SheetOptions,
    TooManyCells,
    WorksheetNotFound,
)
from shangmai.kernel.sheets.dress import clean_cell, clean_header, header_key
from shangmai.kernel.sheets.making import SheetFormat, make_sheet
from shangmai.kernel.sheets.opening import Sheet, arrow_table, is_parquet, open_sheet
from shangmai.kernel.sheets.writing import write_csv

__all__ = [
    "Cell",
    "EncodingUnknown",
    "IsWebPage",
    "QuoteNotClosed",
    "Row",
    "Sheet",
    "SheetDamaged",
    "SheetEmpty",
    "SheetFormat",
    "SheetLocked",
    "SheetOptions",
    "TooManyCells",
    "WorksheetNotFound",
    "arrow_table",
    "clean_cell",
    "clean_header",
    "header_key",
    "is_parquet",
    "make_sheet",
    "open_sheet",
    "write_csv",
]
