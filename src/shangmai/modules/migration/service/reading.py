"""An order export on disk, read by its mapping."""

from __future__ import annotations

import hashlib
from collections.abc import Set
from pathlib import Path

from msgspec.structs import replace

from shangmai.kernel.errors import Invalid
from shangmai.kernel.sheets import SheetOptions, arrow_table, header_key, is_parquet, open_sheet
from shangmai.modules.migration.contract import OrderMapping, RowError
from shangmai.modules.migration.rules import Classified, classify, columns_from_arrow, columns_from_rows

CHUNK_BYTES = 1 << 20


def read_orders(path: Path, mapping: OrderMapping) -> Classified:
    """Read and classify every row. Raises: ColumnsMissing, and what `open_sheet` raises."""
    if is_parquet(path):
        table = arrow_table(path)
        wanted = {header_key(header): header for header in mapping.columns.required()}
        names = [wanted.get(header_key(name), name) for name in table.column_names]
        return classify(columns_from_arrow(table.rename_columns(names), mapping))
    options = SheetOptions(
        encoding=mapping.file.encoding, delimiter=None if mapping.file.delimiter == "," else mapping.file.delimiter
    )
    sheet = open_sheet(path, options)
    broken: list[tuple[int, Invalid]] = []
    columns = columns_from_rows(sheet.dicts(mapping.columns.required(), broken), mapping)
    errors = [RowError.of(row_no, "", error) for row_no, error in broken]
    return classify(
        replace(
            columns,
            unreadable=columns.unreadable | {row_no - 1 for row_no, _ in broken},
            errors=tuple(sorted([*columns.errors, *errors], key=lambda error: error.row_no)),
        )
    )


def cells_of(path: Path, row_nos: Set[int]) -> tuple[list[str], dict[int, list[object]]]:
    """The headers of a file and the cells of these rows as they stand in it."""
    if is_parquet(path):
        table = arrow_table(path)
        wanted = sorted(row_no for row_no in row_nos if 0 < row_no <= len(table))
        picked = table.take([row_no - 1 for row_no in wanted]).to_pylist()
        return table.column_names, {no: list(row.values()) for no, row in zip(wanted, picked, strict=True)}
    sheet = open_sheet(path)
    return sheet.headers, {row.no: row.cells for row in sheet if row.no in row_nos}


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
