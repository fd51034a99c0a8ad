"""What becomes of a line, and which lines make a document."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given

from shangmai.kernel.money import line_amount
from shangmai.modules.migration.contract import (
    AdjustIntent,
    AdjustReason,
    Kind,
    LedgerIntent,
    LineClass,
    ReturnIntent,
    SaleIntent,
    Side,
)
from shangmai.modules.migration.rules import Classified, intents_of, reason_finder
from tests.migration.exports import ONLINE_RETAIL, Row, read, row, rows


@pytest.mark.parametrize(
    ("number", "code", "quantity", "price", "customer", "expected"),
    [
        ("1", "85123A", 6, "2.55", "1", "sale.goods sale"),
        ("1", "85123A", 6, "2.55", None, "sale.goods sale"),
        ("1", "PADS", 1, "0.001", "1", "sale.goods sale"),
        ("1", "85123A", 6, "0", "1", "sale.free_goods free"),
        ("1", "POST", 1, "18", "1", "sale.freight sale"),
        ("1", "POST", 1, "0", "1", "sale.freight free"),
        ("1", "m", 1, "3", None, "sale.manual sale"),
        ("1", "D", 1, "3", "1", "sale.discount sale"),
        ("1", "D", 1, "-3", "1", "sale.discount negative"),
        ("1", "gift_0001_10", 1, "8.51", None, "sale.voucher sale"),
        ("C1", "85123A", -6, "2.55", "1", "return.goods cancellation"),
        ("C1", "85123A", -6, "0", "1", "return.goods cancellation"),
        ("C1", "POST", -1, "18", "1", "return.freight cancellation"),
        ("C1", "M", -1, "18", "1", "return.manual cancellation"),
        ("C1", "D", -1, "18", "1", "return.discount cancellation"),
        ("C1", "gift_0001_10", -1, "18", None, "return.voucher cancellation"),
        ("1", "85123A", 24, "0", None, "stock.found free"),
        ("1", "85123A", -24, "0", None, "stock.write_off free"),
        ("1", "85123A", -24, "0", "1", "stock.write_off free"),
        ("1", "POST", 1000, "0", None, "stock.not_stocked free"),
        ("1", "C3", -4999, "0", None, "stock.not_stocked free"),
        ("1", "BANK CHARGES", 1, "15", "1", "fee.bank sale"),
        ("C1", "BANK CHARGES", -1, "15", None, "fee.bank cancellation"),
        ("C1", "AMAZONFEE", -1, "15", None, "fee.marketplace cancellation"),
        ("1", "ADJUST", 1, "15", "1", "ledger.adjustment sale"),
        ("C1", "ADJUST2", -1, "15", "1", "ledger.adjustment cancellation"),
        ("A1", "B", 1, "-53594.36", None, "ledger.bad_debt negative"),
        ("C1", "S", -1, "73.8", None, "ledger.sample cancellation"),
        ("1", "TEST001", 5, "4.5", "1", "test sale"),
        ("1", "TEST001", 5, "0", "1", "test free"),
        ("C1", "TEST001", -5, "4.5", "1", "test cancellation"),
        ("C1", "M", 1, "373.57", None, "error cancellation PositiveInCancellation"),
        ("1", "85123A", -1, "2.55", "1", "error negative NegativeOutsideCancellation"),
        ("1", "85123A", 1, "-2.55", "1", "error negative PriceNegative"),
        ("C1", "85123A", -1, "-2.55", "1", "error cancellation PriceNegative"),
        ("1", "85123A", 0, "2.55", "1", "error negative QuantityZero"),
        ("1", "CRUK", 1, "2.55", "1", "error sale UnknownCode"),
        ("1", "85123A", 1, "x", "1", "error unreadable NotANumber"),
    ],
)
def test_class_of_a_line(
    number: str, code: str, quantity: int, price: str, customer: str | None, expected: str
) -> None:
    classified = read(row(number, code, quantity, price, customer=customer))
    codes = [error.code.removeprefix("migration.") for error in classified.errors]
    assert " ".join([classified.klass[0], classified.side[0], *codes]) == expected


class TestFreeGoods:
    """Without a price and a customer, a positive quantity is found stock, unless the invoice is a sale."""

    def test_beside_a_line_with_a_price_goods_are_free(self) -> None:
        classified = read(
            row("1", "10001", 1, "2.5", customer=None), row("1", "10002", 3, "0", customer=None, description="checked")
        )
        assert classified.klass == [LineClass.SALE_GOODS, LineClass.SALE_FREE_GOODS]

    def test_a_good_called_by_a_name_it_was_sold_under_is_free(self) -> None:
        classified = read(
            row("1", "10001", 1, "2.5", description="SILK FAN "),
            row("2", "10001", 120, "0", customer=None, description="SILK FAN"),
            row("3", "10001", 120, "0", customer=None, description="found"),
            row("4", "10002", 120, "0", customer=None, description="SILK FAN"),
            row("5", "10001", -120, "0", customer=None, description="SILK FAN"),
        )
        assert classified.klass == ["sale.goods", "sale.free_goods", "stock.found", "stock.found", "stock.write_off"]


class TestDocuments:
    def test_lines_of_an_invoice_may_stand_apart_and_keep_their_order(self) -> None:
        later, earlier = "2010-03-01 09:01:00", "2010-03-01 09:00:00"
        classified = read(
            row("2", "10001", 1, "2.5", at=later),
            row("1", "10001", 1, "2.5", at=later),
            row("2", "10001", 4, "2.5", at=later),
            row("1", "10002", 2, "2.5", at=earlier),
        )
        first, second = classified
        assert (first.number, first.at, first.first_row_no) == ("1", datetime(2010, 3, 1, 9, 0, tzinfo=UTC), 2)
        assert [(line.row_no, line.line_no, line.sku) for line in first.lines] == [(2, 1, "10001"), (4, 2, "10002")]
        assert (second.number, second.at) == ("2", datetime(2010, 3, 1, 9, 1, tzinfo=UTC))
        assert [(line.row_no, line.line_no, line.quantity) for line in second.lines] == [(1, 1, 1), (3, 2, 4)]

    def test_documents_of_one_instant_come_in_the_order_of_the_file(self) -> None:
        classified = read(*(row(number, "10001", 1, "2.5") for number in "3142"))
        assert [document.number for document in classified] == ["3", "1", "4", "2"]

    def test_customer_and_country_are_the_first_given(self) -> None:
        (document,) = read(
            row("1", "10001", 1, "2", customer=None, country=""),
            row("1", "10001", 1, "2", customer="7", country="EIRE"),
        )
        assert (document.customer_ref, document.country) == ("7", "EIRE")

    def test_a_line_of_another_customer_is_an_error(self) -> None:
        classified = read(row("1", "10001", 1, "2", customer="7"), row("1", "10001", 1, "2", customer="8"))
        assert classified.klass == ["sale.goods", "error"]
        (error,) = classified.errors
        assert (error.row_no, error.column, error.code) == (2, "Customer ID", "migration.OtherCustomer")
        assert error.en == ("The invoice belongs to customer 7, this row to 8; correct one of them in the source.")

    def test_an_unreadable_row_is_left_out_and_the_others_stay(self) -> None:
        classified = read(row("1", "10001", 1, "x"), row("1", "10001", 1, "2"), row("2", "10001", 1, "x"))
        (document,) = classified
        assert [line.row_no for line in document.lines] == [2]
        assert classified.side == ["unreadable", "sale", "unreadable"]
        assert classified.amount_minor == [0, 200, 0]
        assert [error.row_no for error in classified.errors] == [1, 3]


class TestAmounts:
    @pytest.mark.parametrize(
        ("quantity", "price", "amount_minor"),
        [(1, "0.001", 0), (5, "0.001", 1), (-5, "0.001", -1), (3, "0.335", 101), (-1, "0.335", -34), (7, "2.55", 1785)],
    )
    def test_rounded_half_away_from_zero(self, quantity: int, price: str, amount_minor: int) -> None:
        number = "1" if quantity > 0 else "C1"
        assert read(row(number, "10001", quantity, price)).amount_minor == [amount_minor]

    @given(rows())
    def test_every_line_is_quantity_times_price(self, drawn: list[Row]) -> None:
        for document in read(*drawn):
            for line in document.lines:
                assert line.amount_minor == line_amount(line.quantity, line.unit_price, "GBP").minor


class TestIntents:
    def test_each_line_goes_one_way(self) -> None:
        intents = intents_in(
            read(
                row("1", "10001", 2, "2.5"),
                row("1", "10001", 1, "2.5"),
                row("1", "BANK CHARGES", 1, "15", description="Bank Charges"),
                row("1", "10002", 1, "0"),
                row("1", "TEST001", 1, "4.5"),
                row("2", "10003", -4, "0", customer=None, description="damages"),
                row("2", "POST", 4, "0", customer=None),
                row("C3", "10001", -1, "2.5"),
                row("C3", "M", -1, "1.1"),
                row("C3", "10002", 1, "2.5"),
                row("A4", "B", 1, "-9.99", customer=None, description="Adjust bad debt"),
            )
        )
        sale, charge, damage, back, debt = intents
        assert isinstance(sale, SaleIntent)
        assert [(line.row_no, line.line_no, line.sku, line.quantity) for line in sale.lines] == [
            (1, 1, "10001", 2),
            (2, 2, "10001", 1),
            (4, 4, "10002", 1),
        ]
        assert isinstance(charge, LedgerIntent)
        assert (charge.kind, charge.amount_minor, charge.note) == (Kind.BANK_CHARGE, 1500, "Bank Charges")
        assert isinstance(damage, AdjustIntent)
        assert (damage.sku, damage.delta, damage.reason) == ("10003", -4, AdjustReason.DAMAGED)
        assert isinstance(back, ReturnIntent)
        assert [(line.row_no, line.quantity, line.unit_price, line.amount_minor) for line in back.lines] == [
            (8, 1, Decimal("2.5"), 250),
            (9, 1, Decimal("1.1"), 110),
        ]
        assert isinstance(debt, LedgerIntent)
        assert (debt.kind, debt.amount_minor, debt.customer_ref) == (Kind.BAD_DEBT, -999, None)

    @given(rows())
    def test_no_line_goes_two_ways_and_money_stays(self, drawn: list[Row]) -> None:
        classified = read(*drawn)
        gone = dict.fromkeys(range(1, len(drawn) + 1), 0)
        for intent in intents_in(classified):
            for row_no, amount_minor in row_amounts(intent):
                gone[row_no] += 1
                assert amount_minor == classified.amount_minor[row_no - 1]
        for row_no, times in gone.items():
            klass = classified.klass[row_no - 1]
            assert times == (0 if klass in {"test", "error", "stock.not_stocked"} else 1)


@given(rows())
def test_every_row_has_one_class_and_errors_are_exactly_the_listed_rows(drawn: list[Row]) -> None:
    classified = read(*drawn)
    assert len(classified.klass) == len(classified.side) == len(drawn)
    assert sorted({error.row_no for error in classified.errors}) == [
        place + 1 for place, klass in enumerate(classified.klass) if klass is LineClass.ERROR
    ]
    placed = sorted(place for invoice in classified.invoices for place in invoice.places)
    assert placed == [place for place, side in enumerate(classified.side) if side is not Side.UNREADABLE]


def intents_in(classified: Classified) -> list[object]:
    reason_of = reason_finder(ONLINE_RETAIL)
    return [intent for document in classified for intent in intents_of(document, reason_of)]


def row_amounts(intent: object) -> list[tuple[int, int]]:
    match intent:
        case SaleIntent():
            return [(line.row_no, line.amount_minor) for line in intent.lines]
        case ReturnIntent():
            return [(line.row_no, -line.amount_minor) for line in intent.lines]
        case AdjustIntent():
            return [(intent.row_no, 0)]
        case LedgerIntent():
            return [(intent.row_no, intent.amount_minor)]
        case _:
            raise AssertionError(intent)
