"""Rows of an export to columns of ours. A value that occurs often is read once, so a year takes about a second.

Columns hold the whole file in memory: nine pointers a row, and each distinct value once. A bad cell makes its row
unreadable: listed with every column that is wrong, and left out of the documents.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from shangmai.kernel.errors import Invalid
from shangmai.modules.migration.contract import ColumnsMissing, OrderMapping, RowError
from shangmai.modules.migration.rules import cells

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")

_VOID_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class Columns(Struct, frozen=True):
    """Equally long lists, a place for each row: row_no 1 is at place 0. At `unreadable` places values mean nothing."""

    mapping: OrderMapping
    number: list[str]
    canceled: list[bool]
    sku: list[str]
    description: list[str]
    quantity: list[int]  # negative on a cancellation
    at: list[datetime]  # UTC
    unit_price: list[Decimal]
    customer_ref: list[str | None]
    country: list[str | None]
    unreadable: frozenset[int]
    errors: tuple[RowError, ...]

    def __len__(self) -> int:
        return len(self.number)


class RawColumn(Struct, frozen=True):
    """A column as the file has it: the distinct cells, and for each row the place of its cell among them."""

    cells: list[object]
    places: list[int]


def columns_from_rows(rows: Iterable[Mapping[str, object]], mapping: OrderMapping) -> Columns:
    """Read rows by header, as `csv.DictReader` gives them; the first says which headers there are.

    Raises: ColumnsMissing.
    """
    headers = mapping.columns.required()
    places: dict[str, list[int]] = {header: [] for header in headers}
    # By type and value: 1, 1.0 and True are equal, but not the same cell.
    seen: dict[str, dict[tuple[type, object], int]] = {header: {} for header in headers}
    unread = iter(rows)
    first = next(unread, None)
    if first is not None:
        _check_headers(headers, list(first))
        for row in chain([first], unread):
            for header in headers:
                cell = row.get(header)
                known = seen[header]
                places[header].append(known.setdefault((type(cell), cell), len(known)))
    return _read({header: RawColumn([cell for _, cell in seen[header]], places[header]) for header in headers}, mapping)


def columns_from_arrow(table: "pa.Table", mapping: OrderMapping) -> Columns:
    """Read an Arrow table, the fast way in: Arrow finds the distinct cells. Raises: ColumnsMissing."""
    headers = mapping.columns.required()
    _check_headers(headers, table.column_names)
    return _read({header: _distinct(table.column(header)) for header in headers}, mapping)


def _distinct(column: "pa.ChunkedArray") -> RawColumn:
    array = column.combine_chunks()
    if not hasattr(array, "indices"):
        array = array.dictionary_encode("encode")  # an empty cell becomes a value like any other
    distinct, places = array.dictionary.to_pylist(), array.indices.to_pylist()
    if array.indices.null_count:  # the file itself holds a dictionary, and that one leaves empty cells out
        places = [len(distinct) if place is None else place for place in places]
        distinct.append(None)
    return RawColumn(distinct, places)


def _check_headers(needed: Sequence[str], present: Sequence[str]) -> None:
    missing = [header for header in needed if header not in present]
    if missing:
        raise ColumnsMissing(missing=", ".join(missing), present=", ".join(map(str, present)))


def _read(raw: dict[str, RawColumn], mapping: OrderMapping) -> Columns:
    names = mapping.columns
    faults: list[tuple[int, RowError]] = []

    def column(header: str, read: Callable[[object], T | Invalid], void: T) -> list[T]:
        return _read_column(header, raw[header], read, void, faults)

    def optional(header: str | None, read: Callable[[object], T | Invalid], absent: T) -> list[T]:
        return [absent] * len(raw[names.number].places) if header is None else column(header, read, absent)

    number = column(names.number, cells.required, "")
    canceled = _canceled(number, optional(names.status, cells.text_of, ""), mapping)
    quantity = column(names.quantity, cells.quantity_reader(mapping), 0)
    if mapping.cancellation.written == "+":
        quantity = [-pieces if cancels else pieces for pieces, cancels in zip(quantity, canceled, strict=True)]
    return Columns(
        mapping=mapping,
        number=number,
        canceled=canceled,
        sku=column(names.code, cells.code_reader(mapping), ""),
        description=optional(names.description, cells.text_of, ""),
        quantity=quantity,
        at=column(names.at, cells.time_reader(mapping), _VOID_TIME),
        unit_price=column(names.unit_price, cells.price_reader(mapping), Decimal(0)),
        customer_ref=optional(names.customer, cells.customer_reader(mapping), None),
        country=optional(names.country, lambda cell: cells.text_of(cell) or None, None),
        unreadable=frozenset(place for place, _ in faults),
        errors=tuple(error for _, error in sorted(faults, key=lambda fault: fault[0])),
    )


def _read_column(
    header: str, raw: RawColumn, read: Callable[[object], T | Invalid], void: T, faults: list[tuple[int, RowError]]
) -> list[T]:
    results = [read(cell) for cell in raw.cells]
    bad = {at: RowError.of(0, header, result) for at, result in enumerate(results) if isinstance(result, Invalid)}
    if bad:
        faults += [(at, bad[place].on(at + 1)) for at, place in enumerate(raw.places) if place in bad]
    values = [void if isinstance(result, Invalid) else result for result in results]
    return [values[place] for place in raw.places]


def _canceled(number: list[str], status: list[str], mapping: OrderMapping) -> list[bool]:
    prefix = mapping.cancellation.number_prefix
    if prefix is not None:
        return [value.startswith(prefix) for value in number]
    statuses = frozenset(mapping.cancellation.statuses)
    return [value in statuses for value in status]
