"""The report accounts for the whole file, and what the file lacks is assumed as the mapping says."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import given

from shangmai.modules.migration.contract import Report, Side
from shangmai.modules.migration.rules import assumed_unit_costs, survey
from tests.migration.exports import Row, read, row, rows


@given(rows())
def test_the_report_adds_up_to_the_file(drawn: list[Row]) -> None:
    classified = read(*drawn)
    report = survey(classified).report
    assert report.rows == report.lines_on(*Side) == len(drawn)
    assert report.amount_on(*Side) == sum(classified.amount_minor)
    assert len({(total.klass, total.side) for total in report.classes}) == len(report.classes)
    canceled = sum(
        minor for minor, side in zip(classified.amount_minor, classified.side, strict=True) if side == "cancellation"
    )
    assert report.amount_on(Side.CANCELLATION) == canceled
    assert report.documents == len({(number, number[0] == "C") for number in readable_numbers(drawn)})
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


def readable_numbers(drawn: list[Row]) -> list[str]:
    return [one["Invoice"] for one in drawn if one["Price"] != "x"]


def test_assumed_costs_are_a_share_of_the_median_price() -> None:
    classified = read(
        *(row("1", "10001", 1, price) for price in ("1.00", "3.00", "2.50", "9.99")),
        row("1", "10001", 1, "0"),
        row("C1", "10001", -1, "99"),
        row("2", "10002", -3, "0", customer=None),
        row("3", "POST", 1, "18"),
    )
    assert assumed_unit_costs(classified) == {"10001": Decimal("1.25"), "10002": Decimal(0)}


def test_reasons_of_adjustments_are_counted() -> None:
    report = survey(
        read(
            row("1", "10001", -3, "0", customer=None, description="damages"),
            row("2", "10001", -4, "0", customer=None, description="Wet"),
            row("3", "10001", 5, "0", customer=None),
        )
    ).report
    assert {reason.value: counts for reason, counts in report.adjust_reasons.items() if counts[0]} == {
        "damaged": (2, -7),
        "unstated": (1, 5),
    }
