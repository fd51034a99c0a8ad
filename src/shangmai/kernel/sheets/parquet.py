"""Parquet files, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shangmai.kernel.sheets.contract import Cell, SheetDamaged, SheetOptions
from shangmai.kernel.sheets.dress import clean_cell

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS: Final = 8192


class ParquetSource:
    """The records of a Parquet file, its column names first."""

    def __init__(self, path: Path, options: SheetOptions) -> None:
        self._path = path

    def records(self) -> Iterator[list[Cell]]:
        import pyarrow as pa  # here: only who reads Parquet needs it
        import pyarrow.parquet as pq

        row = 0
        try:
            with pq.ParquetFile(self._path) as file:
                yield list(file.schema_arrow.names)
                for batch in file.iter_batches(BATCH_ROWS):
                    columns = [column.to_pylist() for column in batch.columns]
                    for record in zip(*columns, strict=True):
                        row += 1
                        yield [_cell(value) for value in record]
        except (pa.ArrowException, OSError) as cause:
            raise SheetDamaged(name=self._path.name, row=row, problem=_first_line(cause)) from None


def read_arrow(path: Path) -> pa.Table:
    """The whole file as columns. Raises: SheetDamaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except (pa.ArrowException, OSError) as cause:
        raise SheetDamaged(name=path.name, row=0, problem=_first_line(cause)) from None


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        return clean_cell(value)
    if isinstance(value, float):  # NaN is how columns of numbers keep an empty cell
        return None if value != value else int(value) if value.is_integer() and abs(value) < 1e15 else value
    return value


def _first_line(cause: BaseException) -> str:
    return (str(cause).splitlines() or [type(cause).__name__])[0][:200]
