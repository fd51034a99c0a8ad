"""Rows of a sheet into the input of an action: cells to values, paths to places, rows of a group to one input.

A path names a place: `receiver.city`, `barcodes[0].text`. With `[]` each row of a group adds an element: of a product
with three rows, `skus[].code` makes three SKUs. What stands outside of `[]` is the same for the group, so rows that
leave it empty follow the others, and rows that disagree are refused.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from shangmai.kernel.errors import AppError, Invalid
from shangmai.kernel.money import Money
from shangmai.kernel.sheets import Row
from shangmai.modules.migration.contract import (
    CellKind,
    CodeUnknown,
    ColumnRule,
    DateUnreadable,
    NotANumber,
    RowError,
    RowsDisagree,
    SheetMapping,
    Text,
    ValueMissing,
)

CODES: Final = frozenset(
    {CellKind.COMPANY, CellKind.SHOP, CellKind.WAREHOUSE, CellKind.SKU, CellKind.PRODUCT, CellKind.CATEGORY}
)
PLAIN: Final = "plain"
PATH: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\[[0-9]*\])?(?:\.[^.\[\]]+(?:\[[0-9]*\])?)*")
LIST_MARKS: Final = "、，,；;"
EACH: Final = -1
"""The index that means a new element for each row."""

_STEP = re.compile(r"([^.\[\]]+)(?:\[([0-9]*)\])?")
_SIGNS = re.compile(r"[￥¥$€£元,\s]")

Known = Mapping[tuple[CellKind, str], str]
"""Ids of codes, by kind and code."""


class Step(NamedTuple):
    """One step of a path: a field, and which element when it is a list."""

    field: str
    element: int | None


class Column(Struct, frozen=True):
    """A column that is used: where it stands, what it is called, what becomes of it."""

    place: int
    header: str
    rule: ColumnRule
    steps: tuple[Step, ...]


class Filled(Struct, frozen=True):
    """One input as plain values. `sources` tells from which row and column each value came, by its dotted path."""

    row_no: int
    rows: tuple[int, ...]
    given: dict[str, Any]
    at: datetime | None
    sources: dict[str, tuple[int, str]]
    errors: tuple[RowError, ...]


def parse_path(path: str) -> tuple[Step, ...]:
    """Read a path. Raises: ValueError for one with two `[]`, which no row could fill."""
    steps = tuple(
        Step(field, None if index is None else EACH if index == "" else int(index))
        for field, index in ((m[1], m[2]) for m in _STEP.finditer(path))
    )
    if sum(step.element == EACH for step in steps) > 1:
        raise ValueError(f"{path} has [] twice")
    return steps


def grouped(rows: Iterable[Row], places: Sequence[int]) -> Iterator[list[Row]]:
    """Put rows with equal cells at these places together, in order of the first; without places each row is alone.

    A row that could not be read is alone: nobody can say to whom it belongs.
    """
    if not places:
        yield from ([row] for row in rows)
        return
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        key = tuple(str(row.cells[place]) for place in places)
        groups.setdefault(key if row.error is None else (row.no,), []).append(row)
    yield from groups.values()


def codes_in(rows: Iterable[Row], columns: Sequence[Column]) -> set[tuple[CellKind, str]]:
    """Collect the codes that these rows name."""
    named = [column for column in columns if column.rule.kind in CODES]
    return {
        (column.rule.kind, text)
        for row in rows
        for column in named
        for text in _texts(row.cells[column.place], column.rule)
    }


class Filler:
    """Fills inputs from groups of rows."""

    def __init__(self, mapping: SheetMapping, columns: Sequence[Column], at: Column | None) -> None:
        self._mapping = mapping
        self._columns = columns
        self._at = at
        self._zone = ZoneInfo(mapping.timezone)
        constants = [(parse_path(path), value) for path, value in mapping.constants.items()]
        self._constants = [(steps, value) for steps, value in constants if not _is_each(steps)]
        self._constants_of_each = [(steps, value) for steps, value in constants if _is_each(steps)]

    def fill(self, rows: Sequence[Row], known: Known) -> Filled:
        """One input of these rows, with what is wrong with them."""
        draft = _Draft(rows[0].no)
        for steps, value in self._constants:
            draft.put(steps, value, 0, rows[0].no, "")
        for nth, row in enumerate(rows):
            if row.error is not None:
                draft.refuse(row.no, "", row.error)
                continue
            for column in self._columns:
                self._put(draft, nth, row, column, known)
            for steps, value in self._constants_of_each:
                if draft.has_element(steps, nth):
                    draft.put(steps, value, nth, row.no, "")
        at = self._business_time(draft, rows)
        given = _closed(draft.given)
        return Filled(rows[0].no, tuple(row.no for row in rows), given, at, draft.sources, tuple(draft.errors))

    def _put(self, draft: "_Draft", nth: int, row: Row, column: Column, known: Known) -> None:
        try:
            value = self._value(row.cells[column.place], column, known)
            if value is not None:
                draft.put(column.steps, value, nth, row.no, column.header)
            elif column.rule.required and (nth == 0 or _is_each(column.steps)):
                raise ValueMissing()
        except (Invalid, CodeUnknown) as error:
            draft.refuse(row.no, column.header, error)

    def _value(self, cell: object, column: Column, known: Known) -> object:
        texts = _texts(cell, column.rule)
        if not texts:
            return None
        if column.rule.split is not None:
            return [self._one(text, text, column.rule, known) for text in texts]
        return self._one(cell, texts[0], column.rule, known)

    def _one(self, cell: object, text: str, rule: ColumnRule, known: Known) -> object:
        match rule.kind:
            case CellKind.TEXT:
                return text
            case CellKind.NUMBER:
                return _number(text)
            case CellKind.MONEY:
                return Money.parse(_number(text), self._mapping.currency).minor
            case CellKind.TIME:
                return self._time(cell, text).isoformat()
        if (rule.kind, text) not in known:
            raise CodeUnknown(kind=rule.kind.value, value=text[:80])
        return known[rule.kind, text]

    def _time(self, cell: object, text: str) -> datetime:
        when = cell if isinstance(cell, datetime) else _parsed(text, self._mapping.time_formats)
        return (when if when.tzinfo else when.replace(tzinfo=self._zone)).astimezone(UTC)

    def _business_time(self, draft: "_Draft", rows: Sequence[Row]) -> datetime | None:
        """The time of the group's first row."""
        if self._at is None or rows[0].error is not None:
            return None
        cell = rows[0].cells[self._at.place]
        try:
            if cell is None:
                raise ValueMissing()
            return self._time(cell, _text(cell))
        except Invalid as error:
            draft.refuse(rows[0].no, self._at.header, error)
            return None


class _Draft:
    """An input while its rows are read."""

    def __init__(self, row_no: int) -> None:
        self.given: dict[str, Any] = {}
        self.sources: dict[str, tuple[int, str]] = {}
        self.errors: list[RowError] = []
        self._element: dict[tuple[str, int], int] = {}  # which element of a list a row of the group has

    def refuse(self, row_no: int, header: str, error: AppError) -> None:
        self.errors.append(RowError(row_no, header, error.code, error.message("zh"), error.message("en")))

    def has_element(self, steps: Sequence[Step], nth: int) -> bool:
        """Whether a row of the group has begun an element of the list that the path leads into."""
        path = ""
        for field, index in steps:
            path = f"{path}.{field}".strip(".")
            if index == EACH:
                return (path, nth) in self._element
            path = path if index is None else f"{path}.{index}"
        return False

    def put(self, steps: Sequence[Step], value: object, nth: int, row_no: int, header: str) -> None:
        """Put a value at its place. Raises: RowsDisagree."""
        here: Any = self.given
        path = ""
        for depth, (field, index) in enumerate(steps):
            path = f"{path}.{field}".strip(".")
            last = depth == len(steps) - 1
            if index is None:
                if last:
                    self._set(here, field, value, path, row_no, header)
                else:
                    here = here.setdefault(field, {})
                continue
            elements = here.setdefault(field, {})  # by index; `_closed` makes a list of it
            element = self._nth(path, nth, elements) if index == EACH else index
            path = f"{path}.{element}"
            if last:
                self._set(elements, element, value, path, row_no, header)
            else:
                here = elements.setdefault(element, {})

    def _nth(self, path: str, nth: int, elements: dict[int, Any]) -> int:
        return self._element.setdefault((path, nth), len(elements))

    def _set(self, here: dict[Any, Any], key: object, value: object, path: str, row_no: int, header: str) -> None:
        if key in here and here[key] != value:
            raise RowsDisagree(first=str(here[key])[:80], value=str(value)[:80])
        if key not in here:
            here[key] = value
            self.sources[path] = (row_no, header)


def _closed(value: Any) -> Any:
    """Turn the elements by index into lists."""
    if not isinstance(value, dict):
        return value
    if value and all(isinstance(key, int) for key in value):
        return [_closed(value[index]) for index in sorted(value)]
    return {key: _closed(inner) for key, inner in value.items()}


def _is_each(steps: Sequence[Step]) -> bool:
    return any(step.element == EACH for step in steps)


def _texts(cell: object, rule: ColumnRule) -> list[str]:
    """The texts of a cell, translated; none when it is empty."""
    if cell is None:
        return []
    text = _text(cell)
    parts = [text] if rule.split is None else [part.strip() for part in _between(rule).split(text)]
    return [rule.values.get(part, part) for part in parts if part]


def _between(rule: ColumnRule) -> re.Pattern[str]:
    """What parts the elements of a cell: people write any of the usual marks where a rule names one of them.

    Amounts and times have marks of their own (1,234.50), and so may what is translated as a whole: there the rule's
    alone counts.
    """
    assert rule.split is not None
    has_own_marks = rule.kind not in CODES | {CellKind.TEXT} or any(set(each) & set(LIST_MARKS) for each in rule.values)
    if rule.split not in LIST_MARKS or has_own_marks:
        return re.compile(re.escape(rule.split))
    return re.compile(f"[{LIST_MARKS}]")


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat()
    return f"{Decimal(repr(cell)):f}" if isinstance(cell, float) else str(cell)


def _number(text: str) -> str:
    """A number without its signs: `￥1,234.50` is 1234.50. Raises: NotANumber."""
    plain = _SIGNS.sub("", unicodedata.normalize("NFKC", text))
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise NotANumber(value=text[:40]) from None
    if not number.is_finite() or abs(number.adjusted()) > 40:
        raise NotANumber(value=text[:40])
    return plain


def _parsed(text: str, formats: Sequence[str]) -> datetime:
    """Raises: DateUnreadable."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        for pattern in formats:
            try:
                return datetime.strptime(text, pattern)  # noqa: DTZ007 - the caller adds the mapping's time zone
            except ValueError:
                continue
    raise DateUnreadable(value=text[:40])


# --- which columns are used ----------------------------------------------------------------------------------------

PlaceOf = Callable[[str], int | None]
"""The place of a header, however it is spelled; None when the sheet has none."""


def columns_of(mapping: SheetMapping, place_of: PlaceOf) -> tuple[list[Column], Column | None, list[int]]:
    """The columns used, the one of the business time, and the places that rows are grouped by.

    A column is called as the sheet calls it: what is wrong with a cell names a header that people see there.
    """
    named = _as_named(mapping, place_of)
    columns = [
        Column(place, named[header], rule, parse_path(rule.to))
        for header, rule in mapping.rules().items()
        if (place := place_of(named[header])) is not None
    ]
    at_header = "" if mapping.at is None else named.get(mapping.at, mapping.at)
    at_place = place_of(at_header) if at_header else None
    at = None if at_place is None else Column(at_place, at_header, ColumnRule(to="at"), ())
    groups = [named.get(header, header) for header in mapping.group_by]
    return columns, at, [place for header in groups if (place := place_of(header)) is not None]


def missing_headers(mapping: SheetMapping, place_of: PlaceOf) -> list[str]:
    """Name the headers that the sheet lacks and the mapping cannot do without, in the language of those it has."""
    rules = mapping.rules()
    named = _as_named(mapping, place_of)
    needed = [header for header, rule in rules.items() if rule.required]
    needed += [*mapping.group_by, *([mapping.at] if mapping.at else [])]
    missing = [header for header in needed if place_of(named.get(header, header)) is None]
    if not missing and not any(place_of(header) is not None for header in named.values()):
        missing = list(rules)
    is_english = any(place_of(own) is not None and own != header for header, own in named.items())
    if is_english:
        missing = [rules[header].en or header if header in rules else header for header in missing]
    return list(dict.fromkeys(missing))


def _as_named(mapping: SheetMapping, place_of: PlaceOf) -> dict[str, str]:
    """How the sheet calls each column: by its English name where it has that and not the header."""
    return {
        header: rule.en if rule.en and place_of(header) is None and place_of(rule.en) is not None else header
        for header, rule in mapping.rules().items()
    }


def plain_mapping(action: str, fields: Sequence[str], headers: Sequence[str]) -> SheetMapping:
    """The mapping of a sheet whose headers are paths into the input; other columns are left alone."""
    paths = {header for header in headers if PATH.fullmatch(header) and parse_path(header)[0].field in fields}
    title = Text(zh="表头即字段名", en="headers are field names")
    return SheetMapping(
        name=PLAIN, title=title, action=action, columns={path: path for path in sorted(paths or fields)}
    )
