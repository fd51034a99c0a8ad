"""Text files: CSV and its relatives."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final, TextIO

from shangmai.kernel.sheets.contract import (
    Cell,
    QuoteNotClosed,
    SheetDamaged,
    SheetOptions,
)
from shangmai.kernel.sheets.dress import clean_cell
from shangmai.kernel.sheets.encodings import find_encoding

DELIMITERS: Final = (",", "\t", ";", "|", "，")
SNIFFED_LINES: Final = 30
FIELD_CHARS_MAX: Final = 1_000_000
END: Final = "\x00end"
"""Comes after the last line: a record of its own, unless a quotation mark is still open and swallows it."""

csv.field_size_limit(FIELD_CHARS_MAX)


class DelimitedSource:
    """The records of a text file, each a list of cells; opened anew for each reading."""

    def __init__(self, path: Path, options: SheetOptions) -> None:
        self._path = path
        self.encoding = find_encoding(path, options.encoding)
        self.delimiter = options.delimiter or self._sniff()

    def records(self) -> Iterator[list[Cell]]:
        """Raises: QuoteNotClosed, SheetDamaged."""
        at = 0
        try:
            with self._text() as text:
                for at, record in enumerate(csv.reader(chain(text, [END]), delimiter=self.delimiter), 1):
                    if record == [END]:
                        return
                    if record and END in record[-1]:
                        raise QuoteNotClosed(row=at)
                    yield [clean_cell(cell) for cell in record]
        except csv.Error as cause:
            if "field larger" in str(cause):
                raise QuoteNotClosed(row=at + 1) from None
            raise SheetDamaged(name=self._path.name, row=at, problem=str(cause)) from None

    def _text(self) -> TextIO:
        file = self._path.open("rb")
        if self.encoding == "gb18030" and file.read(3) != codecs.BOM_UTF8:
            file.seek(0)
        return io.TextIOWrapper(file, encoding=self.encoding, newline="")

    def _sniff(self) -> str:
        """The separator that gives the first lines the most columns, equally many in each."""
        with self._text() as text:
            head = [line for _, line in zip(range(SNIFFED_LINES), text, strict=False) if line.strip()]
        return max(DELIMITERS, key=lambda delimiter: _fit(head, delimiter))


def _fit(head: list[str], delimiter: str) -> tuple[int, int]:
    """How many lines agree on a number of columns above one, and that number."""
    try:
        widths = Counter(len(record) for record in csv.reader(head, delimiter=delimiter))
    except csv.Error:
        return 0, 0
    width, lines = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]), default=(0, 0))
    return (lines, width) if width > 1 else (0, 0)
