"""Writing a sheet that spreadsheet programs open as it is meant."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, TextIO

_FORMULA_BEGINS: Final = ("=", "+", "@", "\t", "\r", "-")


def write_csv(path: Path, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write CSV in UTF-8 with a byte-order mark, without which Excel takes Chinese for Latin; the number of rows.

    A text that a spreadsheet would run as a formula gets an apostrophe before it, which `open_sheet` takes off again.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        count = write_rows(file, headers, rows)
        file.flush()
        os.fsync(file.fileno())
    return count


def write_rows(file: TextIO, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a header and rows as CSV, made safe alike; the number of rows."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(map(_safe, headers))
    count = 0
    for row in rows:
        writer.writerow(map(_safe, row))
        count += 1
    return count


def _safe(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(_FORMULA_BEGINS) and not _is_number(cell):
        return f"'{cell}"
    return cell


def _is_number(text: str) -> bool:
    return text[1:].replace(".", "", 1).isdigit()
