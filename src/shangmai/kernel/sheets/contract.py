"""Rows, options, and what can be wrong with a file."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from shangmai.kernel.errors import Invalid

Cell = object
"""None when empty; else a text, or a number, time or truth value as the file holds it."""


class Row(NamedTuple):
    """A row: the first one after the header is 1. One that could not be read says why; its cells are as far as known.

    There are as many cells as headers.
    """

    no: int
    cells: list[Cell]
    error: Invalid | None = None


class SheetOptions(Struct, frozen=True, kw_only=True):
    """How to open a file; what is None is found out."""

    encoding: str | None = None
    """The one expected: tried before any guess, but what the file itself says counts more."""
    delimiter: str | None = None
    worksheet: str | None = None
    header_row: int | None = None
    """Which line or row of the file, from 1, holds the headers; None: the first that is not empty."""


class SheetEmpty(Invalid):
    """{name} has no row of headers; the first row must name the columns."""

    zh = "{name} 没有表头；第一行必须是列名。"


class SheetDamaged(Invalid):
    """{name} cannot be read after row {row} ({problem}); open it, save it again, and take the new file."""

    zh = "{name} 在第 {row} 行之后无法读取（{problem}）；请打开后另存为新文件再导入。"


class SheetLocked(Invalid):
    """{name} is protected by a password; save it without one."""

    zh = "{name} 设有密码；请取消密码后另存再导入。"


class IsWebPage(Invalid):
    """{name} is a web page with the name of a workbook; open it in a spreadsheet program and save it as .xlsx."""

    zh = "{name} 实际是网页文件；请用表格软件打开后另存为 .xlsx 再导入。"


class EncodingUnknown(Invalid):
    """{name} is written in no encoding that fits all of it (line {line}); save it as CSV UTF-8."""

    zh = "{name} 的编码无法识别（第 {line} 行）；请另存为“CSV UTF-8”再导入。"


class WorksheetNotFound(Invalid):
    """{name} has no worksheet '{worksheet}'; it has {present}."""

    zh = "{name} 没有工作表“{worksheet}”；现有：{present}。"


class QuoteNotClosed(Invalid):
    """A quotation mark opens in row {row} and does not close; close or remove it."""

    zh = "第 {row} 行的引号没有配对；请补全或删除该引号。"


class TooManyCells(Invalid):
    """Row {row} has {cells} cells, but there are {columns} headers; put a cell that holds the separator in quotes."""

    zh = "第 {row} 行有 {cells} 个单元格，表头只有 {columns} 列；含分隔符的单元格请加引号。"
