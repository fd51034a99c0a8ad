"""Opening a file by what it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from shangmai.kernel.errors import Invalid
from shangmai.kernel.sheets.contract import (
    Cell,
    IsWebPage,
    QuoteNotClosed,
    Row,
    SheetDamaged,
    SheetEmpty,
    SheetOptions,
    TooManyCells,
)
from shangmai.kernel.sheets.delimited import DelimitedSource
from shangmai.kernel.sheets.dress import clean_header, header_key
from shangmai.kernel.sheets.parquet import ParquetSource, read_arrow
from shangmai.kernel.sheets.workbook import WorkbookSource

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET_MAGIC: Final = b"PAR1"
WORKBOOK_MAGIC: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class Source(Protocol):
    """The records of a file, the header among them."""

    def records(self) -> Iterator[list[Cell]]: ...


class Sheet:
    """A file as headers and rows. Iterating reads it from the start, as often as wanted."""

    def __init__(self, name: str, source: Source, header_row: int | None) -> None:
        self.name = name
        self._source = source
        self._header_at, self.headers = self._find_headers(header_row)

    def __iter__(self) -> Iterator[Row]:
        """Rows that hold something, in order. Raises: SheetDamaged, QuoteNotClosed, where the file breaks off."""
        width = len(self.headers)
        try:
            for at, cells in enumerate(self._source.records(), 1):
                if at > self._header_at and any(cell is not None for cell in cells):
                    yield _row(at - self._header_at, cells, width)
        except QuoteNotClosed as cause:  # sources count from their own first record
            raise QuoteNotClosed(row=int(str(cause.data["row"])) - self._header_at) from None

    def dicts(
        self, headers: Sequence[str] | None = None, broken: list[tuple[int, Invalid]] | None = None
    ) -> Iterator[dict[str, Cell]]:
        """Every row by header, blank ones too, so that the n-th one is row n.

        `headers` names the columns wanted as the caller spells them; the file may spell them in another width or case.
        Rows that could not be read are appended to `broken`, with why.
        """
        wanted = self._places(self.headers if headers is None else headers)
        blank = dict.fromkeys(wanted)
        expected = 1
        for row in self:
            for _ in range(expected, row.no):
                yield dict(blank)
            expected = row.no + 1
            if row.error is not None and broken is not None:
                broken.append((row.no, row.error))
            yield {header: row.cells[place] for header, place in wanted.items()}

    def place(self, header: str) -> int | None:
        """The column of a header, however it is spelled; None when there is none."""
        if header in self.headers:
            return self.headers.index(header)
        key = header_key(header)
        return next((at for at, own in enumerate(self.headers) if header_key(own) == key), None)

    def _places(self, headers: Sequence[str]) -> dict[str, int]:
        return {header: place for header in headers if (place := self.place(header)) is not None}

    def _find_headers(self, header_row: int | None) -> tuple[int, list[str]]:
        for at, cells in enumerate(self._source.records(), 1):
            if at == header_row or (header_row is None and any(cell is not None for cell in cells)):
                headers = [clean_header(str(cell or "")) for cell in cells]
                while headers and not headers[-1]:
                    headers.pop()
                if headers:
                    return at, _told_apart(headers)
        raise SheetEmpty(name=self.name)


def open_sheet(path: Path, options: SheetOptions | None = None) -> Sheet:
    """Open a CSV, a workbook or a Parquet file.

    Raises: SheetDamaged, SheetEmpty, SheetLocked, IsWebPage, EncodingUnknown, WorksheetNotFound.
    """
    options = options or SheetOptions()
    return Sheet(path.name, _source(path, options), options.header_row)


def is_parquet(path: Path) -> bool:
    return _head(path).startswith(PARQUET_MAGIC)


def arrow_table(path: Path) -> pa.Table:
    """A Parquet file as columns, the fast way for a whole file. Raises: SheetDamaged."""
    return read_arrow(path)


def _source(path: Path, options: SheetOptions) -> Source:
    head = _head(path)
    if head.startswith(PARQUET_MAGIC):
        return ParquetSource(path, options)
    if head.startswith(WORKBOOK_MAGIC):
        return WorkbookSource(path, options)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<html", b"<!doctype html", b"<table", b"<?xml")):
        raise IsWebPage(name=path.name)
    return DelimitedSource(path, options)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(256)
    except OSError as cause:
        raise SheetDamaged(name=path.name, row=0, problem=cause.strerror or str(cause)) from None


def _row(no: int, cells: list[Cell], width: int) -> Row:
    if len(cells) < width:
        return Row(no, cells + [None] * (width - len(cells)))
    if len(cells) == width:
        return Row(no, cells)
    if any(cell is not None for cell in cells[width:]):
        return Row(no, cells[:width], TooManyCells(row=no, cells=len(cells), columns=width))
    return Row(no, cells[:width])


def _told_apart(headers: list[str]) -> list[str]:
    """Headers that occur again get a number, those without a name one too: 数量, 数量 (2), (3)."""
    seen: dict[str, int] = {}
    told = []
    for at, header in enumerate(headers, 1):
        seen[header] = seen.get(header, 0) + 1
        told.append(f"({at})" if not header else header if seen[header] == 1 else f"{header} ({seen[header]})")
    return told
