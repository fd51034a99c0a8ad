"""Rounding policies side by side: the same baskets, every choice, answers by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.modules.pricing.contract import (
    AmountOff,
    Layer,
    Leftover,
    PercentOff,
    PercentRounding,
    Policy,
    TaxOn,
    Tier,
)
from shangmai.modules.pricing.rules.sharing import percent_of, share
from tests.pricing.rules.making import basket, line, paid, price, promo


class TestLeftover:
    @pytest.mark.parametrize(
        ("leftover", "expected"),
        [
            (Leftover.REMAINDER, [666, 667, 667]),
            (Leftover.FIRST, [666, 667, 667]),
            (Leftover.LAST, [667, 667, 666]),
            (Leftover.LARGEST, [666, 667, 667]),
        ],
    )
    def test_ten_yuan_off_three_equal_lines(self, leftover, expected):
        """10.00 off 3 × 10.00: 3.33 each, and one fen over."""
        of = basket(*(line(n, 1, 1_000) for n in (1, 2, 3)))
        ten = promo(1, Layer.ORDER, AmountOff(tiers=(Tier(0, 1_000),)))
        assert paid(of, ten, policy=Policy(leftover=leftover)) == expected

    @pytest.mark.parametrize(
        ("leftover", "expected"),
        [
            (Leftover.REMAINDER, [11, 6, 83]),
            (Leftover.FIRST, [12, 6, 82]),
            (Leftover.LAST, [11, 6, 83]),
            (Leftover.LARGEST, [12, 5, 83]),
        ],
    )
    def test_where_remainders_differ(self, leftover, expected):
        """100 by 200, 100 and 1,460 of 1,760: 11.36, 5.68 and 82.95, so two are over."""
        weights = [200, 100, 1_460]
        assert share(100, weights, weights, leftover) == expected


class TestPercent:
    @pytest.mark.parametrize(
        ("amount", "bp", "half_up", "down"),
        [(5, 1_000, 1, 0), (4, 1_000, 0, 0), (995, 1_500, 149, 149), (999, 1_500, 150, 149)],
    )
    def test_half_up_and_down(self, amount, bp, half_up, down):
        assert percent_of(amount, bp, PercentRounding.HALF_UP) == half_up
        assert percent_of(amount, bp, PercentRounding.DOWN) == down

    def test_the_policy_decides(self):
        of = basket(line(1, 1, 5))
        tenth = promo(1, Layer.ORDER, PercentOff(tiers=(Tier(0, 1_000),)))
        assert paid(of, tenth) == [4]
        assert paid(of, tenth, policy=Policy(percent_rounding=PercentRounding.DOWN)) == [5]


class TestTax:
    """13 % of 3 × 0.99 and 1 × 0.99. In the price: 2.97 → 0.3417, 0.99 → 0.1139. On top: 0.3861 and 0.1287."""

    @pytest.mark.parametrize(
        ("tax_on", "included", "expected"),
        [
            (TaxOn.UNIT, True, [33, 11]),
            (TaxOn.ROW, True, [34, 11]),
            (TaxOn.TOTAL, True, [35, 11]),
            (TaxOn.UNIT, False, [39, 13]),
            (TaxOn.ROW, False, [39, 13]),
            (TaxOn.TOTAL, False, [38, 13]),
        ],
    )
    def test_unit_row_total(self, tax_on, included, expected):
        of = basket(line(1, 3, 99, tax_rate_bp=1_300), line(2, 1, 99, tax_rate_bp=1_300))
        answer = price(of, [], Policy(tax_on=tax_on, tax_included=included))
        assert [one.tax_minor for one in answer.lines] == expected
        assert answer.totals.payable_minor == 396 + (0 if included else sum(expected))


@given(
    total=st.integers(0, 10_000),
    lines=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=8),
    leftover=st.sampled_from(Leftover),
)
def test_shares_add_up_and_stay_within_room(total, lines, leftover):
    weights, room = [weight for weight, _ in lines], [most for _, most in lines]
    total = min(total, sum(most for weight, most in lines if weight))
    if total == 0 or not any(weights):
        return
    shares = share(total, weights, room, leftover)
    assert sum(shares) == total
    assert all(0 <= part <= most for part, most in zip(shares, room, strict=True))
    assert all(part == 0 for part, weight in zip(shares, weights, strict=True) if not weight)
