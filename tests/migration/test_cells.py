"""One cell: numbers, times and codes as text and as a workbook or a Parquet file gives them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.errors import Invalid
from shangmai.modules.migration.contract import (
    Codes,
    Dates,
    DateUnreadable,
    NotANumber,
    NotWhole,
    Numbers,
    OutOfRange,
    ValueMissing,
)
from shangmai.modules.migration.rules import cells
from tests.migration.exports import ONLINE_RETAIL

EUROPE = msgspec.structs.replace(ONLINE_RETAIL, numbers=Numbers(decimal=",", thousands=".", ignore=("€", "EUR")))
PLAIN = msgspec.structs.replace(ONLINE_RETAIL, numbers=Numbers(thousands=""))
NAN = Decimal("NaN").__float__()
INFINITY = Decimal("Infinity").__float__()


@pytest.mark.parametrize(
    ("cell", "price"),
    [
        ("2.55", Decimal("2.55")),
        (" 1,234.5 ", Decimal("1234.5")),
        ("-53594.36", Decimal("-53594.36")),
        (2.55, Decimal("2.55")),
        (0.001, Decimal("0.001")),
        (1e-05, Decimal("0.00001")),
        (25111.09, Decimal("25111.09")),
        (3, Decimal(3)),
        (Decimal("0.335"), Decimal("0.335")),
        ("1,23", NotANumber),
        ("12,34.5", NotANumber),
        ("1.2.3", NotANumber),
        ("£2", NotANumber),
        ("1e5", NotANumber),
        ("NaN", NotANumber),
        ("٣", NotANumber),
        (True, NotANumber),
        ("9" * 50, NotANumber),
        ("", ValueMissing),
        (None, ValueMissing),
        (NAN, ValueMissing),
        (INFINITY, OutOfRange),
        (1e300, OutOfRange),
        ("100000000.01", OutOfRange),
        ("0.0000000000001", OutOfRange),
    ],
)
def test_price(cell: Any, price: Any) -> None:
    assert_read(cells.price_reader(ONLINE_RETAIL)(cell), price)


@pytest.mark.parametrize(
    ("cell", "price"),
    [("€ 1.234,50", Decimal("1234.50")), ("12 EUR", Decimal(12)), ("1.5", NotANumber), ("0,5", Decimal("0.5"))],
)
def test_price_as_written_elsewhere(cell: Any, price: Any) -> None:
    assert_read(cells.price_reader(EUROPE)(cell), price)


def test_without_a_thousands_separator_none_is_read() -> None:
    assert_read(cells.price_reader(PLAIN)("1,234"), NotANumber)
    assert_read(cells.price_reader(PLAIN)("1234.5"), Decimal("1234.5"))


@pytest.mark.parametrize(
    ("cell", "quantity"),
    [
        ("-9600", -9600),
        (6.0, 6),
        ("6.0", 6),
        ("1,000", 1000),
        (0, 0),
        ("1.5", NotWhole),
        (0.5, NotWhole),
        ("100000001", OutOfRange),
        (10**400, OutOfRange),
        ("six", NotANumber),
        (None, ValueMissing),
    ],
)
def test_quantity(cell: Any, quantity: Any) -> None:
    assert_read(cells.quantity_reader(ONLINE_RETAIL)(cell), quantity)


@given(st.floats(0.001, 10**6).map(lambda price: round(price, 3)))
def test_a_float_is_the_decimal_it_shows(price: Any) -> None:
    assert cells.price_reader(ONLINE_RETAIL)(price) == Decimal(repr(price))


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("2010-01-15 12:00:00", datetime(2010, 1, 15, 12, tzinfo=UTC)),
        ("2010-07-15 12:00:00", datetime(2010, 7, 15, 11, tzinfo=UTC)),
        ("2010-10-31 01:30:00", datetime(2010, 10, 31, 0, 30, tzinfo=UTC)),  # the clock shows it twice: the first
        (datetime(2010, 7, 15, 12), datetime(2010, 7, 15, 11, tzinfo=UTC)),  # noqa: DTZ001
        (datetime(2010, 7, 15, 12, tzinfo=timezone(timedelta(hours=8))), datetime(2010, 7, 15, 4, tzinfo=UTC)),
        ("15/01/2010", datetime(2010, 1, 15, tzinfo=UTC)),
        ("2010-02-30 12:00:00", DateUnreadable),
        (20100115, DateUnreadable),
        (date(2010, 1, 15), DateUnreadable),
        ("0001-01-01 00:00:00", datetime(1, 1, 1, 0, 1, 15, tzinfo=UTC)),
        ("", ValueMissing),
        (None, ValueMissing),
    ],
)
def test_time(cell: Any, at: Any) -> None:
    dates = Dates(formats=("%Y-%m-%d %H:%M:%S", "%d/%m/%Y"), timezone="Europe/London")
    assert_read(cells.time_reader(msgspec.structs.replace(ONLINE_RETAIL, dates=dates))(cell), at)


def test_time_before_time_is_an_error() -> None:
    dates = Dates(formats=("%Y-%m-%d",), timezone="Asia/Shanghai")
    assert_read(cells.time_reader(msgspec.structs.replace(ONLINE_RETAIL, dates=dates))("0001-01-01"), DateUnreadable)


@pytest.mark.parametrize(
    ("cell", "code"),
    [("85123a", "85123A"), ("47503J ", "47503J"), (85123, "85123"), (85123.0, "85123"), (" ", ValueMissing)],
)
def test_code(cell: Any, code: Any) -> None:
    assert_read(cells.code_reader(ONLINE_RETAIL)(cell), code)


def test_code_keeps_its_case_where_case_means_something() -> None:
    assert cells.code_reader(msgspec.structs.replace(ONLINE_RETAIL, codes=Codes()))("85123a") == "85123a"


@pytest.mark.parametrize(("cell", "customer"), [(13085.0, "13085"), ("13085", "13085"), (NAN, None), (None, None)])
def test_customer(cell: Any, customer: str | None) -> None:
    assert cells.customer_reader(ONLINE_RETAIL)(cell) == customer


def assert_read(result: Any, expected: Any) -> None:
    if isinstance(expected, type):
        assert issubclass(expected, Invalid)
        assert isinstance(result, expected)
        assert result.message("en")
        assert result.message("zh")
    else:
        assert result == expected
        assert type(result) is type(expected)
