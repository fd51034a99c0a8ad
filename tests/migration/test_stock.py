"""The stock plan: nothing ever goes below zero, and not a piece more is received than that takes."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.modules.migration.contract import Bucket, Grain, Kind, Movement, MovementReason, Receipt
from shangmai.modules.migration.rules import stock_plan, survey
from tests.migration.exports import Row, read, row, rows

ZONE = "Europe/London"
SHIPPED, FOUND = MovementReason.SHIPPED, MovementReason.FOUND


def moved(delta: int, at: datetime, sku: str = "A", bucket: Bucket = Bucket.SELLABLE) -> Movement:
    return Movement(sku, at, delta, bucket, FOUND if delta > 0 else SHIPPED)


def at(month: int, day: int = 1, hour: int = 12) -> datetime:
    return datetime(2010, month, day, hour, tzinfo=UTC)


def received(receipts: list[Receipt]) -> list[tuple[str, int, int]]:
    return [(receipt.sku, receipt.month.month, receipt.quantity) for receipt in receipts]


class TestPlan:
    def test_each_month_receives_what_it_will_be_short_of(self) -> None:
        plan = stock_plan([moved(-5, at(1)), moved(-2, at(1, 2)), moved(4, at(1, 3)), moved(-6, at(3))], ZONE)
        assert received(plan) == [("A", 1, 7), ("A", 3, 2)]

    def test_a_receipt_comes_at_the_first_instant_of_the_local_month(self) -> None:
        (receipt,) = stock_plan([moved(-1, datetime(2010, 5, 31, 23, tzinfo=UTC))], ZONE)
        assert (receipt.month, receipt.at) == (date(2010, 6, 1), datetime(2010, 5, 31, 23, tzinfo=UTC))

    def test_stock_that_only_comes_needs_no_receipt(self) -> None:
        assert stock_plan([moved(5, at(1)), moved(-5, at(2))], ZONE) == []

    def test_quarantine_is_not_counted_on(self) -> None:
        assert received(stock_plan([moved(5, at(1), bucket=Bucket.QUARANTINE), moved(-5, at(2))], ZONE)) == [
            ("A", 2, 5)
        ]

    @pytest.mark.parametrize(("grain", "quantity"), [(Grain.INSTANT, 5), (Grain.DAY, 8), (Grain.MONTH, 9)])
    def test_within_a_grain_what_comes_in_comes_too_late(self, grain: Grain, quantity: int) -> None:
        movements = [moved(-5, at(1, 1)), moved(3, at(1, 1, 13)), moved(-3, at(1, 1, 14)), moved(1, at(1, 1, 14))]
        plan = stock_plan([*movements, moved(-1, at(1, 2))], ZONE, grain)
        assert received(plan) == [("A", 1, quantity)]

    def test_movements_of_a_file(self) -> None:
        found = survey(
            read(
                row("1", "10001", 5, "2", "2010-01-10 09:00:00", "1"),
                row("1", "POST", 5, "2", "2010-01-10 09:00:00", "1"),
                row("C2", "10001", -2, "2", "2010-01-20 09:00:00", "1"),  # back into stock
                row("C3", "10001", -9, "2", "2010-01-21 09:00:00", "2"),  # never bought: quarantine
                row("4", "10001", -1, "0", "2010-02-01 09:00:00", None),
                row("5", "10001", 3, "0", "2010-02-02 09:00:00", None),
                row("6", "10001", 8, "0", "2010-02-03 09:00:00", "1"),
                row("7", "TEST001", 8, "1", "2010-02-03 09:00:00", "1"),
            )
        )
        assert received(found.receipts) == [("10001", 1, 5), ("10001", 2, 4)]


MOVEMENTS = st.lists(
    st.builds(
        moved,
        delta=st.integers(-9, 9).filter(bool),
        at=st.builds(at, st.integers(1, 4), st.sampled_from([1, 2, 28]), st.sampled_from([0, 12, 23])),
        sku=st.sampled_from("AB"),
    ),
    max_size=40,
).map(lambda movements: sorted(movements, key=lambda movement: movement.at))


@given(MOVEMENTS, st.sampled_from(Grain))
def test_stock_is_never_below_zero_and_not_a_piece_too_many(movements: list[Movement], grain: Grain) -> None:
    plan = stock_plan(movements, "UTC", grain)
    assert lowest(movements, plan, grain) >= 0
    for place, receipt in enumerate(plan):
        assert receipt.quantity > 0
        less = Receipt(receipt.sku, receipt.month, receipt.at, receipt.quantity - 1)
        assert lowest(movements, [*plan[:place], less, *plan[place + 1 :]], grain) == -1
    assert totals(plan) == totals_without_receipts(movements, grain)


@given(rows())
def test_no_file_is_ever_short(drawn: list[Row]) -> None:
    found = survey(read(*drawn))
    balance: defaultdict[str, int] = defaultdict(int)
    for _, _, sku, delta in sorted([*file_movements(drawn), *((r.at, 0, r.sku, r.quantity) for r in found.receipts)]):
        balance[sku] += delta
        assert balance[sku] >= 0


def file_movements(drawn: list[Row]) -> list[tuple[datetime, int, str, int]]:
    """What goes out, straight from the rows: an upper bound, for nothing that comes back or is found is counted."""
    classified = read(*drawn)
    out = {"sale.goods", "sale.free_goods", "stock.write_off"}
    return [
        (invoice.at, 1, classified.columns.sku[place], -abs(classified.columns.quantity[place]))
        for invoice in classified.invoices
        for place in invoice.places
        if classified.klass[place] in out
    ] + returned_and_found(drawn)


def returned_and_found(drawn: list[Row]) -> list[tuple[datetime, int, str, int]]:
    classified = read(*drawn)
    columns = classified.columns
    started = {place: invoice.at for invoice in classified.invoices for place in invoice.places}
    matched = [piece for each in survey(classified).matches.values() for piece in each.pieces]
    goods = [piece for piece in matched if classified.kind[piece.return_row_no - 1] is Kind.GOODS]
    back = [(started[piece.return_row_no - 1], 2, piece.sku, piece.quantity) for piece in goods]
    found = [place for place, klass in enumerate(classified.klass) if klass == "stock.found"]
    return back + [(started[place], 2, columns.sku[place], columns.quantity[place]) for place in found]


def lowest(movements: list[Movement], plan: list[Receipt], grain: Grain) -> int:
    """Walk through it the plain way: receipts, then in each span what goes out, then what comes in."""
    steps: list[tuple[Any, int, str, int]] = [(span(r.at, grain), -1, r.sku, r.quantity) for r in plan]
    steps += [(span(m.at, grain), int(m.delta > 0), m.sku, m.delta) for m in movements]
    balance: Counter[str] = Counter()
    low = 0
    for _, _, sku, delta in sorted(steps):
        balance[sku] += delta
        low = min(low, balance[sku])
    return low


def totals(plan: list[Receipt]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for receipt in plan:
        total[receipt.sku] += receipt.quantity
    return dict(total)


def totals_without_receipts(movements: list[Movement], grain: Grain) -> dict[str, int]:
    short = {sku: -lowest([m for m in movements if m.sku == sku], [], grain) for sku in {m.sku for m in movements}}
    return {sku: quantity for sku, quantity in short.items() if quantity}


def span(when: datetime, grain: Grain) -> str:
    return when.isoformat()[: {Grain.INSTANT: 19, Grain.DAY: 10, Grain.MONTH: 7}[grain]]
