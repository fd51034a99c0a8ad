"""Matching returns: never more than was bought, never more than was paid, and every penny of the return told."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given

from shangmai.modules.migration.contract import MatchOrder, ReturnMatch, Returns
from shangmai.modules.migration.rules import Classified, survey
from tests.migration.exports import ONLINE_RETAIL, Row, read, row, rows, trades

SOLD_AT = "2010-01-01 09:00:00"
AGAIN_AT = "2010-02-01 09:00:00"
BACK_AT = "2010-03-01 09:00:00"


def sold(number: str, quantity: int, price: str, at: str = SOLD_AT, code: str = "10001", customer: str = "1") -> Row:
    return row(number, code, quantity, price, at, customer)


def back(quantity: int, price: str, at: str = BACK_AT, code: str = "10001", customer: str | None = "1") -> Row:
    return row("C9", code, -quantity, price, at, customer)


def match(*drawn: Row, order: MatchOrder = MatchOrder.OLDEST) -> ReturnMatch:
    (found,) = survey(in_order(read(*drawn), order)).matches.values()
    return found


def in_order(classified: Classified, order: MatchOrder) -> Classified:
    mapping = msgspec.structs.replace(ONLINE_RETAIL, returns=Returns(match=order))
    return msgspec.structs.replace(classified, columns=msgspec.structs.replace(classified.columns, mapping=mapping))


def pieces(found: ReturnMatch) -> list[tuple[str, int, int, int]]:
    return [(piece.sale_number, piece.quantity, piece.refund_minor, piece.excess_minor) for piece in found.pieces]


def unmatched(found: ReturnMatch) -> list[tuple[str, int, int]]:
    return [(rest.reason.value, rest.quantity, rest.amount_minor) for rest in found.unmatched]


class TestMatching:
    def test_oldest_first_spread_over_orders(self) -> None:
        found = match(sold("1", 2, "3.00"), sold("2", 5, "3.00", AGAIN_AT), back(4, "3.00"))
        assert pieces(found) == [("1", 2, 600, 0), ("2", 2, 600, 0)]
        assert unmatched(found) == []

    def test_what_is_not_there_is_unmatched(self) -> None:
        found = match(sold("1", 2, "3.00"), back(5, "3.00"))
        assert pieces(found) == [("1", 2, 600, 0)]
        assert unmatched(found) == [("returned_more_than_bought", 3, 900)]

    def test_two_lines_of_one_code_in_an_invoice_are_two_places(self) -> None:
        found = match(sold("1", 1, "3.00"), sold("1", 1, "2.00"), back(2, "3.00"))
        assert [piece.sale_row_no for piece in found.pieces] == [1, 2]
        assert pieces(found) == [("1", 1, 300, 0), ("1", 1, 200, 100)]

    def test_a_code_in_other_case_is_the_same_good(self) -> None:
        found = match(sold("1", 1, "6.77", code="85123a"), back(1, "6.77", code="85123A"))
        assert pieces(found) == [("1", 1, 677, 0)]

    def test_same_instant_counts_when_it_stands_before(self) -> None:
        assert pieces(match(sold("1", 1, "3"), back(1, "3", SOLD_AT))) == [("1", 1, 300, 0)]
        assert unmatched(match(back(1, "3", SOLD_AT), sold("1", 1, "3"))) == [("bought_later", 1, 300)]

    @pytest.mark.parametrize(
        ("drawn", "reason"),
        [
            ([sold("1", 1, "3"), back(1, "3", customer=None)], "no_customer"),
            ([sold("1", 1, "3", customer="2"), back(1, "3")], "never_bought"),
            ([sold("1", 1, "3", code="10002"), back(1, "3")], "never_bought"),
            ([sold("1", 1, "3", "2010-03-01 09:00:01"), back(1, "3")], "bought_later"),
        ],
    )
    def test_reason(self, drawn: list[Row], reason: str) -> None:
        assert unmatched(match(*drawn)) == [(reason, 1, 300)]

    def test_freight_comes_back_like_goods_and_manual_entries_are_credits(self) -> None:
        found = match(
            row("1", "POST", 1, "18", SOLD_AT, "1"),
            row("1", "M", 1, "5", SOLD_AT, "1"),
            row("C9", "POST", -1, "18", BACK_AT, "1"),
            row("C9", "M", -1, "5", BACK_AT, "1"),
        )
        assert pieces(found) == [("1", 1, 1800, 0)]
        assert [(line.row_no, line.amount_minor) for line in found.credits] == [(4, 500)]

    def test_lines_of_the_same_price_may_come_first(self) -> None:
        drawn = [sold("1", 1, "2.00"), sold("2", 1, "3.00", AGAIN_AT), back(1, "3.00")]
        assert pieces(match(*drawn)) == [("1", 1, 200, 100)]
        assert pieces(match(*drawn, order=MatchOrder.SAME_PRICE_THEN_OLDEST)) == [("2", 1, 300, 0)]


class TestMoney:
    def test_a_lower_price_refunds_less(self) -> None:
        found = match(sold("1", 2, "3.00"), back(2, "2.50"))
        (piece,) = found.pieces
        assert (piece.claimed_minor, piece.paid_minor, piece.refund_minor, piece.excess_minor) == (500, 600, 500, 0)

    def test_a_higher_price_is_excess(self) -> None:
        assert pieces(match(sold("1", 1, "0.001", code="PADS"), back(1, "36.60", code="PADS"))) == [("1", 1, 0, 3660)]

    def test_shares_of_an_odd_amount_end_exactly_at_it(self) -> None:
        found = match(sold("1", 3, "0.335"), back(1, "0.335"), back(1, "0.335"), back(1, "0.335"))
        assert [piece.paid_minor for piece in found.pieces] == [34, 33, 34]
        assert [(piece.refund_minor, piece.excess_minor) for piece in found.pieces] == [(34, 0), (33, 1), (34, 0)]

    def test_the_claim_is_split_over_pieces_and_rest(self) -> None:
        found = match(sold("1", 1, "0.335"), back(3, "0.335"))
        assert pieces(found) == [("1", 1, 34, 0)]
        assert unmatched(found) == [("returned_more_than_bought", 2, 67)]

    def test_giving_a_discount_back_can_cost_the_customer(self) -> None:
        found = match(row("C9", "D", -1, "-2", BACK_AT, "1"))
        assert [line.amount_minor for line in found.credits] == [-200]


@pytest.mark.parametrize("order", MatchOrder)
@given(drawn=rows() | trades())
def test_nothing_comes_back_twice_and_no_money_is_lost(drawn: list[Row], order: MatchOrder) -> None:
    classified = in_order(read(*drawn), order)
    columns = classified.columns
    returned: Counter[int] = Counter()
    refunded: Counter[int] = Counter()
    told: Counter[int] = Counter()
    came: Counter[int] = Counter()
    for found in survey(classified).matches.values():
        for piece in found.pieces:
            sale, ret = piece.sale_row_no - 1, piece.return_row_no - 1
            assert columns.sku[sale] == columns.sku[ret] == piece.sku
            assert (columns.at[sale], sale) < (columns.at[ret], ret) or columns.number[sale] in shared(columns.number)
            assert piece.quantity > 0
            assert min(piece.refund_minor, piece.excess_minor, piece.paid_minor) >= 0
            returned[sale] += piece.quantity
            refunded[sale] += piece.refund_minor
            told[ret] += piece.refund_minor + piece.excess_minor
            came[ret] += piece.quantity
        for rest in found.unmatched:
            told[rest.return_row_no - 1] += rest.amount_minor
            came[rest.return_row_no - 1] += rest.quantity
        for line in found.credits:
            told[line.row_no - 1] += line.amount_minor
            came[line.row_no - 1] += line.quantity
    assert all(quantity <= columns.quantity[place] for place, quantity in returned.items())
    assert all(minor <= classified.amount_minor[place] for place, minor in refunded.items())
    back_rows = {place for place, klass in enumerate(classified.klass) if klass.startswith("return.")}
    assert came.keys() == back_rows
    assert all(told[place] == -classified.amount_minor[place] for place in back_rows)
    assert all(came[place] == -columns.quantity[place] for place in back_rows)


def shared(numbers: list[str]) -> set[str]:
    """Numbers of several rows: their document may be older than the row."""
    return {number for number, times in Counter(numbers).items() if times > 1}


@given(trades())
def test_matching_agrees_with_a_plain_search(drawn: list[Row]) -> None:
    """The plain search: for each returned piece, the first sold piece not given back yet."""
    classified = read(*drawn)
    columns = classified.columns
    order = sorted(range(len(drawn)), key=lambda place: (columns.at[place], place))
    shelf: dict[tuple[str | None, str], list[int]] = {}
    expected: Counter[tuple[int, int]] = Counter()
    for place in order:
        key = (columns.customer_ref[place], columns.sku[place])
        if key[0] is None:
            continue
        if columns.quantity[place] > 0:
            shelf.setdefault(key, []).extend([place + 1] * columns.quantity[place])
        for _ in range(-columns.quantity[place]):
            if shelf.get(key):
                expected[place + 1, shelf[key].pop(0)] += 1
    matches = survey(classified).matches.values()
    found = {(piece.return_row_no, piece.sale_row_no): piece.quantity for each in matches for piece in each.pieces}
    assert found == dict(expected)


@given(rows())
def test_the_same_file_gives_the_same_matches(drawn: list[Row]) -> None:
    assert survey(read(*drawn)) == survey(read(*drawn))
