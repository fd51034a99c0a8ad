"""A real year, Online Retail II: 525,461 lines, every one with its class, every penny in its place.

The file is not part of the project: `SHANGMAI_REAL_DATA` names its folder, `../shared/data` is looked at by default.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from shangmai.modules.migration.contract import Grain, Side, UnmatchedReason
from shangmai.modules.migration.rules import Classified, Survey, classify, columns_from_arrow, columns_from_rows, survey
from tests.migration.exports import ONLINE_RETAIL

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(os.environ.get("SHANGMAI_REAL_DATA", ROOT / "../shared/data")) / "online_retail_2009_2010.parquet"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FILE.exists(), reason=f"no {FILE}: put Online Retail II there, or set SHANGMAI_REAL_DATA"),
]

# class, side: lines, pieces, pence
CLASSES = {
    ("sale.goods", "sale"): (509260, 5825568, 983874794),
    ("sale.free_goods", "free"): (417, 22088, 0),
    ("sale.freight", "sale"): (1620, 3171, 17251125),
    ("sale.freight", "free"): (3, 3, 0),
    ("sale.manual", "sale"): (559, 2830, 26261851),
    ("sale.manual", "free"): (1, 1, 0),
    ("sale.discount", "sale"): (5, 196, 39789),
    ("sale.voucher", "sale"): (46, 47, 107036),
    ("return.goods", "cancellation"): (9582, -209861, -24783181),
    ("return.freight", "cancellation"): (110, -163, -361690),
    ("return.manual", "cancellation"): (293, -1385, -27710171),
    ("return.discount", "cancellation"): (95, -1874, -818621),
    ("return.voucher", "cancellation"): (1, -1, -6956),
    ("stock.found", "free"): (1117, 155030, 0),
    ("stock.write_off", "free"): (2119, -361120, 0),
    ("stock.not_stocked", "free"): (27, -2485, 0),
    ("fee.bank", "sale"): (23, 23, 36924),
    ("fee.bank", "cancellation"): (42, -52, -2875623),
    ("fee.marketplace", "sale"): (2, 2, 2024804),
    ("fee.marketplace", "cancellation"): (7, -7, -5949112),
    ("ledger.adjustment", "sale"): (39, 39, 962898),
    ("ledger.adjustment", "cancellation"): (31, -31, -206269),
    ("ledger.bad_debt", "negative"): (3, 3, -13655202),
    ("ledger.sample", "sale"): (1, 1, 7380),
    ("ledger.sample", "cancellation"): (40, -40, -309021),
    ("test", "sale"): (10, 51, 22600),
    ("test", "cancellation"): (4, -5, -2250),
    ("test", "free"): (3, 11, 0),
    ("error", "cancellation"): (1, 1, 37357),
}


@pytest.fixture(scope="module")
def year() -> Classified:
    return classify(columns_from_arrow(pq.read_table(FILE), ONLINE_RETAIL))


@pytest.fixture(scope="module")
def surveyed(year: Classified) -> Survey:
    return survey(year)


def test_every_line_has_its_class(surveyed: Survey) -> None:
    found = {
        (total.klass.value, total.side.value): (total.lines, total.quantity, total.amount_minor)
        for total in surveyed.report.classes
    }
    assert found == CLASSES


def test_the_facts_of_the_file(year: Classified, surveyed: Survey) -> None:
    report, columns = surveyed.report, year.columns
    assert (report.rows, report.documents) == (525461, 28816)
    assert report.amount_on(*Side) == 953948462
    assert (report.amount_on(Side.SALE), report.invoices[Side.SALE]) == (1030589201, 20951)
    assert (report.amount_on(Side.CANCELLATION), report.invoices[Side.CANCELLATION]) == (-62985537, 4592)
    assert (report.amount_on(Side.NEGATIVE), report.lines_on(Side.NEGATIVE)) == (-13655202, 3)
    assert report.lines_on(Side.FREE) == 3687
    assert sum(quantity < 0 for quantity in columns.quantity) == 12326
    assert len(set(columns.customer_ref) - {None}) == 4383
    assert len(set(columns.country)) == 40
    assert len(set(columns.sku)) == 4632 - 152  # codes that differ from another one only in case or by a blank


def test_the_one_wrong_row(surveyed: Survey) -> None:
    (error,) = surveyed.report.errors
    assert (error.row_no, error.column, error.code) == (76800, "Quantity", "migration.PositiveInCancellation")


def test_documents(year: Classified) -> None:
    count = lines = 0
    last = (datetime.min.replace(tzinfo=UTC), 0)
    for document in year:
        count, lines = count + 1, lines + len(document.lines)
        position = (document.at, document.first_row_no)
        assert position > last
        last = position
    assert (count, lines) == (28816, 525461)


def test_returns_are_accounted_for_to_the_penny(surveyed: Survey) -> None:
    returns = surveyed.report.returns
    assert (returns.returns, returns.pieces, returns.matched_quantity) == (4495, 8632, 197493)
    assert (returns.refund_minor, returns.excess_pieces, returns.excess_minor) == (21893562, 319, 175610)
    assert (returns.credit_lines, returns.credit_minor) == (388, 28528792)
    assert {total.reason: (total.lines, total.quantity, total.amount_minor) for total in returns.unmatched} == {
        UnmatchedReason.NO_CUSTOMER: (209, 1267, 278680),
        UnmatchedReason.NEVER_BOUGHT: (1020, 6637, 1819137),
        UnmatchedReason.BOUGHT_LATER: (423, 3385, 650761),
        UnmatchedReason.MORE_THAN_BOUGHT: (118, 1243, 334077),
    }
    elsewhere = [total for total in surveyed.report.classes if total.side is Side.CANCELLATION]
    others_minor = sum(total.amount_minor for total in elsewhere if not total.klass.startswith("return."))
    assert returns.total_minor - others_minor == 62985537


def test_no_sold_line_gives_back_more_than_it_is(year: Classified, surveyed: Survey) -> None:
    back: Counter[int] = Counter()
    refunded: Counter[int] = Counter()
    for match in surveyed.matches.values():
        for piece in match.pieces:
            back[piece.sale_row_no - 1] += piece.quantity
            refunded[piece.sale_row_no - 1] += piece.refund_minor
    assert all(quantity <= year.columns.quantity[place] for place, quantity in back.items())
    assert all(minor <= year.amount_minor[place] for place, minor in refunded.items())


def test_the_stock_plan(surveyed: Survey) -> None:
    assert len(surveyed.receipts) == 34299
    assert sum(receipt.quantity for receipt in surveyed.receipts) == 5987114
    assert len(surveyed.unit_costs) == 4456


def test_reasons_of_adjustments(surveyed: Survey) -> None:
    assert {reason.value: counts for reason, counts in surveyed.report.adjust_reasons.items()} == {
        "damaged": (130, -19572),
        "missing": (43, -22678),
        "found": (5, 580),
        "counted": (15, -384),
        "sold_elsewhere": (29, -24473),
        "given_away": (10, -28803),
        "display": (6, -323),
        "miscoded": (37, -24896),
        "unclear": (46, -25471),
        "other": (15, -520),
        "unstated": (2900, -59550),
    }


def test_the_plain_way_in_reads_the_same(year: Classified) -> None:
    table = pq.read_table(FILE).slice(70000, 20000)
    plain = classify(columns_from_rows(table.to_pylist(), ONLINE_RETAIL))
    assert plain == classify(columns_from_arrow(table, ONLINE_RETAIL))


def test_a_year_takes_seconds() -> None:
    """About 3 s of processor time on a 2-core machine; the limit is wide, and only another growth meets it."""
    table = pq.read_table(FILE)
    start = time.process_time()
    survey(classify(columns_from_arrow(table, ONLINE_RETAIL)), Grain.DAY)
    assert time.process_time() - start < 10
