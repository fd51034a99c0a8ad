"""One cell of an export to one value of ours: exact decimals, whole pieces, UTC times, trimmed texts.

Cells come as text (CSV), as numbers and times (workbooks, Parquet) or empty; a float counts as the shortest decimal
that is written the same (2.55 is 2.55). What cannot be read is returned, not raised, as the error that says why.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from shangmai.kernel.errors import Invalid
from shangmai.kernel.money import decimals_of
from shangmai.modules.migration.contract import (
    DateUnreadable,
    NotANumber,
    NotWhole,
    OrderMapping,
    OutOfRange,
    ValueMissing,
)

# Their product fits a bigint: 10^8 pieces × 10^10 minor units.
QUANTITY_MAX = 10**8
PRICE_MINOR_MAX = 10**10
PRICE_DECIMALS_MAX = 12


def text_of(cell: object) -> str:
    """Give the cell as trimmed text; a whole number of a workbook has no decimals (13085.0 is 13085)."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def required(cell: object) -> str | Invalid:
    return text_of(cell) or ValueMissing()


def code_reader(mapping: OrderMapping) -> Callable[[object], str | Invalid]:
    def read_code(cell: object) -> str | Invalid:
        code = text_of(cell)
        return (code.upper() if mapping.codes.fold_case else code) or ValueMissing()

    return read_code


def customer_reader(mapping: OrderMapping) -> Callable[[object], str | None]:
    nobody = {"", *mapping.customers.nobody}

    def read_customer(cell: object) -> str | None:
        text = text_of(cell)
        return None if text in nobody else text

    return read_customer


def time_reader(mapping: OrderMapping) -> Callable[[object], datetime | Invalid]:
    """Read local time as UTC. Of an hour that the clock shows twice, the first is meant."""
    zone = ZoneInfo(mapping.dates.timezone)

    def read_time(cell: object) -> datetime | Invalid:
        when = cell if isinstance(cell, datetime) else _parse_time(text_of(cell), mapping.dates.formats)
        if not isinstance(when, datetime):
            return when
        try:
            return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)
        except OverflowError:
            return DateUnreadable(value=str(cell)[:40])

    return read_time


def quantity_reader(mapping: OrderMapping) -> Callable[[object], int | Invalid]:
    read_number = number_reader(mapping)

    def read_quantity(cell: object) -> int | Invalid:
        number = read_number(cell)
        if isinstance(number, Invalid):
            return number
        if abs(number) > QUANTITY_MAX:
            return OutOfRange(value=str(cell)[:40])
        return int(number) if number == int(number) else NotWhole(value=str(cell)[:40])

    return read_quantity


def price_reader(mapping: OrderMapping) -> Callable[[object], Decimal | Invalid]:
    read_number = number_reader(mapping)
    price_max = Decimal(PRICE_MINOR_MAX).scaleb(-decimals_of(mapping.currency))

    def read_price(cell: object) -> Decimal | Invalid:
        number = read_number(cell)
        if isinstance(number, Invalid):
            return number
        fits = abs(number) <= price_max and number == round(number, PRICE_DECIMALS_MAX)
        return number if fits else OutOfRange(value=str(cell)[:40])

    return read_price


def number_reader(mapping: OrderMapping) -> Callable[[object], Decimal | Invalid]:
    style = mapping.numbers
    thousands, decimal = re.escape(style.thousands), re.escape(style.decimal)
    grouped = rf"[0-9]{{1,3}}(?:{thousands}[0-9]{{3}})+|" if thousands else ""
    written = re.compile(rf"[+-]?(?:{grouped}[0-9]+)(?:{decimal}[0-9]+)?")

    def read_number(cell: object) -> Decimal | Invalid:
        if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
            return _exact(cell)
        text = text_of(cell)
        if not text:
            return ValueMissing()
        plain = text
        for sign in style.ignore:
            plain = plain.replace(sign, "").strip()
        if len(plain) > 40 or not written.fullmatch(plain):
            return NotANumber(value=text[:40])
        return Decimal((plain.replace(style.thousands, "") if style.thousands else plain).replace(style.decimal, "."))

    return read_number


def _exact(cell: float | Decimal) -> Decimal | Invalid:
    """Give a number of a workbook or a Parquet file as a decimal; NaN is how those write an empty cell."""
    number = Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
    if number.is_nan():
        return ValueMissing()
    if number and (number.is_infinite() or abs(number.adjusted()) > 40):
        return OutOfRange(value=str(cell)[:40])
    return number


def _parse_time(text: str, formats: tuple[str, ...]) -> datetime | Invalid:
    if not text:
        return ValueMissing()
    for pattern in formats:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the caller adds the mapping's time zone
        except ValueError:
            continue
    return DateUnreadable(value=text[:40])
