"""Exports to test with: rows in the shape of the Online Retail file, by hand and at random."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from shangmai.modules.migration.rules import Classified, classify, columns_from_rows, shipped_mapping

Row = dict[str, Any]

ONLINE_RETAIL = shipped_mapping("online-retail")


def row(
    number: str,
    code: str,
    quantity: int,
    price: str,
    at: str = "2010-03-01 09:00:00",
    customer: str | None = "17850",
    description: str = "",
    country: str = "United Kingdom",
) -> Row:
    values = (number, code, description, quantity, at, price, customer, country)
    return dict(zip(ONLINE_RETAIL.columns.required(), _in_order(*values), strict=True))


def _in_order(*values: Any) -> tuple[Any, ...]:
    number, code, description, quantity, at, price, customer, country = values
    return number, code, quantity, price, at, description, customer, country


def read(*rows: Row) -> Classified:
    return classify(columns_from_rows(rows, ONLINE_RETAIL))


TIMES = [f"2010-{month:02}-{day:02} {hour:02}:00:00" for month in (1, 2, 3, 4) for day in (1, 28) for hour in (0, 23)]
CODES = ["10001", "10002", "10002a", "POST", "M", "D", "S", "B", "ADJUST2", "GIFT_1", "AMAZONFEE", "TEST1", "??"]


def rows(
    *,
    codes: list[str] = CODES,
    numbers: int = 6,
    prices: tuple[str, ...] = ("0", "0.001", "0.335", "1.25", "2.5", "-3", "x"),
) -> st.SearchStrategy[list[Row]]:
    """Draw up to 40 rows that meet often: few invoices, codes, customers and times."""
    one = st.builds(
        row,
        number=st.sampled_from([f"{prefix}{n}" for prefix in ("", "C") for n in range(numbers)]),
        code=st.sampled_from(codes),
        quantity=st.integers(-7, 9),
        price=st.sampled_from(prices),
        at=st.sampled_from(TIMES),
        customer=st.sampled_from([None, "1", "2"]),
        description=st.sampled_from(["", "a cup", "damages", "?"]),
    )
    return st.lists(one, max_size=40)


def trades() -> st.SearchStrategy[list[Row]]:
    """Draw rows that are nearly all sales, returns and adjustments of two goods: one invoice a row, signs that fit."""

    def fit(n: int, one: Row) -> Row:
        canceled = one["Invoice"].startswith("C")
        quantity = abs(one["Quantity"]) or 1
        return one | {"Invoice": f"{'C' if canceled else ''}{n}", "Quantity": -quantity if canceled else quantity}

    drawn = rows(codes=["10001", "10002", "POST"], prices=("0.001", "0.335", "1.25", "2.5"))
    return drawn.map(lambda some: [fit(n, one) for n, one in enumerate(some)])
