"""Money: nothing appears or vanishes. Each rule has a table a person can check and a property that holds for all."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.money import (
    MINOR_MAX,
    MINOR_MIN,
    AmountOutOfRange,
    CurrencyMismatch,
    Money,
    NotAnAmount,
    Rounding,
    TooManyDecimals,
    UnknownCurrency,
    allocate,
    decimals_of,
    line_amount,
    round_ratio,
)

MINORS = st.integers(-(10**14), 10**14)
RATES = st.decimals(-1000, 1000, places=8)
WEIGHTS = st.lists(st.integers(0, 9) | st.integers(0, 10**9), min_size=1, max_size=30)
NO_AMOUNTS = [
    ".",
    "-",
    "1e3",
    "nan",
    "Infinity",
    "1,23",
    "12,34.5",
    ",123",
    "1234,567",
    "1.2.3",
    "¥1",
    "--1",
    "٣",
    "1_000",
]
CURRENCIES = st.sampled_from(["CNY", "JPY", "KWD", "CLF", "GBP"])


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


class TestArithmetic:
    def test_exact_values(self) -> None:
        assert cny(100) + cny(23) == cny(123)
        assert cny(100) - cny(230) == cny(-130)
        assert -cny(5) == cny(-5)
        assert abs(cny(-5)) == cny(5)
        assert cny(5) * 3 == 3 * cny(5) == cny(15)
        assert [bool(cny(n)) for n in (-1, 0, 1)] == [True, False, True]
        assert Money.zero("JPY") == Money(0, "JPY")

    def test_order(self) -> None:
        assert cny(1) < cny(2) <= cny(2)
        assert cny(2) > cny(1) >= cny(1)
        assert not cny(2) < cny(2)
        assert not cny(2) > cny(2)
        assert not cny(3) <= cny(2)
        assert not cny(1) >= cny(2)
        assert max(cny(1), cny(3), cny(2)) == cny(3)

    def test_one_amount_in_two_currencies_is_not_equal(self) -> None:
        assert Money(1, "CNY") != Money(1, "USD")
        assert len({Money(1, "CNY"), Money(1, "CNY"), Money(1, "USD")}) == 2

    @pytest.mark.parametrize("operator", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
    def test_two_currencies_never_meet(self, operator: str) -> None:
        with pytest.raises(CurrencyMismatch) as refused:
            getattr(cny(1), operator)(Money(1, "USD"))
        assert refused.value.data == {"left": "CNY", "right": "USD"}

    def test_total(self) -> None:
        assert Money.total([cny(1), cny(2), cny(-4)], "CNY") == cny(-1)
        assert Money.total([], "CNY") == cny(0)
        with pytest.raises(CurrencyMismatch):
            Money.total([cny(1), Money(1, "USD")], "CNY")

    def test_a_rate_is_not_multiplied_silently(self) -> None:
        with pytest.raises(TypeError):
            cny(1) * Decimal("1.5")  # type: ignore[operator]

    def test_an_amount_fits_the_books(self) -> None:
        assert Money(MINOR_MAX, "CNY") * 1 == Money(MINOR_MAX, "CNY")
        assert Money(MINOR_MIN, "CNY") * 1 == Money(MINOR_MIN, "CNY")
        with pytest.raises(AmountOutOfRange):
            Money(MINOR_MAX, "CNY") * 2

    @given(MINORS, MINORS)
    def test_adding_and_taking_away_again_changes_nothing(self, a: int, b: int) -> None:
        assert cny(a) + cny(b) - cny(b) == cny(a)
        assert cny(a) - cny(b) == -(cny(b) - cny(a))
        assert (cny(a) < cny(b)) == (a < b)


class TestRounding:
    @pytest.mark.parametrize(
        ("numerator", "denominator", "half_away", "half_even"),
        [
            (5, 10, 1, 0),
            (15, 10, 2, 2),
            (25, 10, 3, 2),
            (-5, 10, -1, 0),
            (-25, 10, -3, -2),
            (24, 10, 2, 2),
            (26, 10, 3, 3),
            (-26, 10, -3, -3),
            (0, 7, 0, 0),
            (14, 7, 2, 2),
        ],
    )
    def test_table(self, numerator: int, denominator: int, half_away: int, half_even: int) -> None:
        assert round_ratio(numerator, denominator) == half_away
        assert round_ratio(numerator, denominator, Rounding.HALF_AWAY) == half_away
        assert round_ratio(numerator, denominator, Rounding.HALF_EVEN) == half_even

    @given(st.integers(), st.integers(1, 10**20))
    def test_half_even_is_what_the_standard_library_does(self, numerator: int, denominator: int) -> None:
        assert round_ratio(numerator, denominator, Rounding.HALF_EVEN) == round(Fraction(numerator, denominator))

    @given(st.integers(), st.integers(1, 10**20), st.sampled_from(Rounding))
    def test_is_the_nearest_and_symmetric(self, numerator: int, denominator: int, rounding: Rounding) -> None:
        rounded = round_ratio(numerator, denominator, rounding)
        assert abs(rounded - Fraction(numerator, denominator)) <= Fraction(1, 2)
        assert round_ratio(-numerator, denominator, rounding) == -rounded

    @given(st.integers())
    def test_exact_halves_go_away_from_zero_or_to_even(self, whole: int) -> None:
        away = whole + 1 if whole >= 0 else whole
        assert round_ratio(2 * whole + 1, 2, Rounding.HALF_AWAY) == away
        assert round_ratio(2 * whole + 1, 2, Rounding.HALF_EVEN) % 2 == 0


class TestScale:
    @pytest.mark.parametrize(
        ("minor", "factor", "scaled"),
        [
            (1000, Decimal("0.0635"), 64),
            (-1000, Decimal("0.0635"), -64),
            (1001, Decimal("0.5"), 501),
            (999, 3, 2997),
            (999, Decimal(0), 0),
            (999, Decimal("0E-100"), 0),
        ],
    )
    def test_table(self, minor: int, factor: int | Decimal, scaled: int) -> None:
        assert cny(minor).scale(factor) == cny(scaled)

    def test_half_even(self) -> None:
        assert cny(1001).scale(Decimal("0.5"), Rounding.HALF_EVEN) == cny(500)

    @given(MINORS, RATES, st.sampled_from(Rounding))
    def test_rounds_once_from_the_exact_product(self, minor: int, factor: Decimal, rounding: Rounding) -> None:
        exact = minor * Fraction(factor)
        scaled = cny(minor).scale(factor, rounding).minor
        assert abs(scaled - exact) <= Fraction(1, 2)
        assert cny(-minor).scale(factor, rounding).minor == -scaled

    def test_more_digits_than_a_decimal_context_has_round_once(self) -> None:
        assert cny(10**17).scale(Decimal("0.000000000000000004999999999999999999")) == cny(0)
        assert cny(10**17).scale(Decimal("0.000000000000000005")) == cny(1)

    def test_the_longest_amount_and_rate_are_read(self) -> None:
        assert Money.parse("0" * 39 + "1", "CNY") == cny(100)
        assert cny(0).scale(Decimal("1E+40")) == cny(0)

    @pytest.mark.parametrize(
        "factor", ["1E+41", "1E-41", "1E+999999999", "1E-999999999", "NaN", "Infinity", "-Infinity", "sNaN"]
    )
    def test_an_absurd_rate_is_refused_at_once(self, factor: str) -> None:
        with pytest.raises(AmountOutOfRange):
            cny(1).scale(Decimal(factor))


class TestLineAmount:
    @pytest.mark.parametrize(
        ("qty", "price", "currency", "minor"),
        [
            (3, "12.345", "CNY", 3704),  # 37.035
            (1, "0.005", "CNY", 1),
            (1, "0.0049999999", "CNY", 0),
            (-1, "0.005", "CNY", -1),
            (1, "-0.005", "CNY", -1),
            (7, "100", "JPY", 700),
            (3, "0.5", "JPY", 2),
            (2, "1.2345", "KWD", 2469),
            (0, "9.99", "CNY", 0),
        ],
    )
    def test_table(self, qty: int, price: str, currency: str, minor: int) -> None:
        assert line_amount(qty, Decimal(price), currency) == Money(minor, currency)

    @given(st.integers(-(10**6), 10**6), st.decimals(-(10**6), 10**6, places=6), CURRENCIES)
    def test_rounds_the_line_once_and_half_away_from_zero(self, qty: int, price: Decimal, currency: str) -> None:
        exact = qty * Fraction(price) * 10 ** decimals_of(currency)
        amount = line_amount(qty, price, currency)
        assert abs(amount.minor - exact) <= Fraction(1, 2)
        assert abs(amount.minor) >= abs(exact) or abs(amount.minor - exact) < Fraction(1, 2)
        assert line_amount(-qty, price, currency) == -amount

    def test_what_the_books_cannot_hold_is_refused(self) -> None:
        with pytest.raises(AmountOutOfRange):
            line_amount(10**12, Decimal(10**12), "CNY")

    def test_an_unknown_currency_is_refused(self) -> None:
        with pytest.raises(UnknownCurrency) as refused:
            line_amount(1, Decimal(1), "RMB")
        assert refused.value.data == {"currency": "RMB"}


class TestAllocate:
    @pytest.mark.parametrize(
        ("total", "weights", "shares"),
        [
            (100, [1, 1, 1], [34, 33, 33]),
            (-100, [1, 1, 1], [-34, -33, -33]),
            (2, [1, 1, 1], [1, 1, 0]),
            (10, [333, 212, 17], [6, 4, 0]),
            (10, [60, 25, 15], [6, 3, 1]),  # 6, 2.5 and 1.5: the whole 6 takes nothing though it weighs most
            (10, [54, 27, 19], [5, 3, 2]),  # 5.4, 2.7 and 1.9
            (1, [1, 3], [0, 1]),
            (2, [1, 3], [0, 2]),  # 0.5 and 1.5: the larger weight takes the tie
            (2, [3, 1], [2, 0]),
            (100, [0, 5, 0], [0, 100, 0]),
            (0, [1, 2], [0, 0]),
            (3, [0, 0], [2, 1]),  # freight of two gifts
            (0, [], []),
            (5, [7], [5]),
            (100, [Decimal("0.5"), Decimal("1.5")], [25, 75]),
            (10, [Decimal("0.333"), 1], [2, 8]),  # 2.498 and 7.502
        ],
    )
    def test_table(self, total: int, weights: list[int | Decimal], shares: list[int]) -> None:
        assert allocate(total, weights) == shares

    @given(MINORS, WEIGHTS)
    def test_shares_add_up_to_the_total(self, total: int, weights: list[int]) -> None:
        assert sum(allocate(total, weights)) == total

    @given(MINORS, WEIGHTS.filter(any))
    def test_each_share_is_less_than_one_unit_off(self, total: int, weights: list[int]) -> None:
        for share, weight in zip(allocate(total, weights), weights, strict=True):
            assert abs(share - Fraction(total * weight, sum(weights))) < 1

    @given(st.integers(0, 10**14), WEIGHTS.filter(any))
    def test_what_is_rounded_up_had_the_larger_remainders(self, total: int, weights: list[int]) -> None:
        exact = [divmod(total * weight, sum(weights)) for weight in weights]
        shares = allocate(total, weights)
        up = [rest for (whole, rest), share in zip(exact, shares, strict=True) if share > whole]
        down = [rest for (whole, rest), share in zip(exact, shares, strict=True) if share == whole]
        assert len(up) + len(down) == len(weights)
        assert min(up, default=sum(weights)) >= max(down, default=0)

    @given(MINORS, WEIGHTS)
    def test_a_negative_total_mirrors_the_positive_one(self, total: int, weights: list[int]) -> None:
        assert allocate(-total, weights) == [-share for share in allocate(total, weights)]

    @given(MINORS, WEIGHTS.filter(any))
    def test_a_weight_of_zero_gets_nothing(self, total: int, weights: list[int]) -> None:
        assert all(share == 0 for share, w in zip(allocate(total, weights), weights, strict=True) if w == 0)

    @given(MINORS, WEIGHTS, st.randoms())
    def test_reordering_moves_units_only_among_equal_weights(self, total: int, weights: list[int], random) -> None:
        shuffled = random.sample(weights, len(weights))
        before = Counter(zip(weights, allocate(total, weights), strict=True))
        assert Counter(zip(shuffled, allocate(total, shuffled), strict=True)) == before

    @given(st.integers(0, 10**14), WEIGHTS)
    def test_of_equal_weights_the_earlier_gets_the_unit_and_at_most_one_more(
        self, total: int, weights: list[int]
    ) -> None:
        shares = allocate(total, weights)
        for weight in set(weights):
            equals = [share for share, w in zip(shares, weights, strict=True) if w == weight]
            assert equals == sorted(equals, reverse=True)
            assert max(equals) - min(equals) <= 1

    @given(MINORS, st.lists(st.decimals(0, 1000, places=4), min_size=1, max_size=8))
    def test_decimal_weights_are_proportions_as_whole_ones_are(self, total: int, weights: list[Decimal]) -> None:
        assert allocate(total, weights) == allocate(total, [int(weight * 10_000) for weight in weights])

    def test_a_negative_weight_is_refused(self) -> None:
        with pytest.raises(ValueError, match="not negative"):
            allocate(1, [2, -1])

    def test_a_total_can_be_split_among_nobody_only_when_it_is_nothing(self) -> None:
        with pytest.raises(ValueError, match="among nobody"):
            allocate(1, [])

    def test_of_money(self) -> None:
        assert cny(100).allocate([2, 1]) == [cny(67), cny(33)]


class TestParse:
    @pytest.mark.parametrize(
        ("text", "currency", "minor"),
        [
            ("12.34", "GBP", 1234),
            ("12.340", "GBP", 1234),
            ("1,234.5", "GBP", 123450),
            ("1,234,567", "JPY", 1234567),
            ("100.00", "JPY", 100),
            ("1.234", "KWD", 1234),
            (" -12 ", "CNY", -1200),
            ("+.5", "CNY", 50),
            ("5.", "CNY", 500),
            ("１２．３４", "CNY", 1234),
            ("１，２３４", "CNY", 123400),
            ("0", "CNY", 0),
        ],
    )
    def test_table(self, text: str, currency: str, minor: int) -> None:
        assert Money.parse(text, currency) == Money(minor, currency)

    @pytest.mark.parametrize("text", ["", " ", "0" * 41, *NO_AMOUNTS])
    def test_what_is_no_amount_is_refused(self, text: str) -> None:
        with pytest.raises(NotAnAmount) as refused:
            Money.parse(text, "CNY")
        assert refused.value.data == {"text": text[:40]}

    def test_decimals_are_never_dropped_silently(self) -> None:
        with pytest.raises(TooManyDecimals) as refused:
            Money.parse("12.345", "GBP")
        assert refused.value.data == {"currency": "GBP", "decimals": 2, "text": "12.345"}
        assert str(refused.value) == "GBP has 2 decimals, and 12.345 has more; round it first."

    def test_decimals_are_rounded_when_asked(self) -> None:
        assert Money.parse("12.345", "GBP", Rounding.HALF_AWAY) == Money(1235, "GBP")
        assert Money.parse("12.345", "GBP", Rounding.HALF_EVEN) == Money(1234, "GBP")

    def test_what_the_books_cannot_hold_is_refused(self) -> None:
        assert Money.parse("92233720368547758.07", "CNY") == Money(MINOR_MAX, "CNY")
        with pytest.raises(AmountOutOfRange):
            Money.parse("92233720368547758.08", "CNY")

    @given(st.integers(MINOR_MIN, MINOR_MAX), CURRENCIES)
    def test_reads_what_is_written(self, minor: int, currency: str) -> None:
        money = Money(minor, currency)
        assert Money.parse(f"{money.major():f}", currency) == money
        assert Money.parse(f"{money.major():,f}", currency) == money


class TestWritten:
    @pytest.mark.parametrize(
        ("money", "zh", "en", "plain"),
        [
            (Money(123450, "CNY"), "¥1,234.50", "CN¥1,234.50", "1234.50 CNY"),
            (Money(-5, "CNY"), "-¥0.05", "-CN¥0.05", "-0.05 CNY"),
            (Money(0, "CNY"), "¥0.00", "CN¥0.00", "0.00 CNY"),
            (Money(1234567, "JPY"), "JP¥1,234,567", "¥1,234,567", "1234567 JPY"),
            (Money(100, "USD"), "US$1.00", "$1.00", "1.00 USD"),
            (Money(1234, "KWD"), "KWD\u00a01.234", "KWD\u00a01.234", "1.234 KWD"),
            (Money(10**15, "GBP"), "£10,000,000,000,000.00", "£10,000,000,000,000.00", "10000000000000.00 GBP"),
        ],
    )
    def test_table(self, money: Money, zh: str, en: str, plain: str) -> None:
        assert money.format("zh-CN") == zh
        assert money.format("en") == en
        assert str(money) == plain

    def test_major_is_exact(self) -> None:
        assert cny(1235).major() == Decimal("12.35")
        assert Money(MINOR_MIN, "CNY").major() == Decimal("-92233720368547758.08")


class TestCurrencies:
    @pytest.mark.parametrize(
        ("currency", "decimals"), [("CNY", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("BHD", 3), ("CLF", 4), ("EUR", 2)]
    )
    def test_decimals(self, currency: str, decimals: int) -> None:
        assert decimals_of(currency) == decimals

    @pytest.mark.parametrize("currency", ["RMB", "cny", "", "XXXXXXXXXXXX"])
    def test_an_unknown_one_is_refused(self, currency: str) -> None:
        with pytest.raises(UnknownCurrency):
            decimals_of(currency)


class TestOnTheWire:
    def test_both_ways(self) -> None:
        assert msgspec.json.encode(cny(1250)) == b'{"minor":1250,"currency":"CNY"}'
        assert msgspec.json.decode(b'{"minor":1250,"currency":"CNY"}', type=Money) == cny(1250)

    @pytest.mark.parametrize(
        "body",
        [
            b'{"minor":12.5,"currency":"CNY"}',
            b'{"minor":"12","currency":"CNY"}',
            b'{"minor":9223372036854775808,"currency":"CNY"}',
            b'{"minor":1,"currency":"cny"}',
            b'{"minor":1,"currency":"CNYX"}',
            b'{"minor":1,"currency":"CNY\\n"}',
            b'{"minor":1}',
        ],
    )
    def test_a_wrong_one_is_refused(self, body: bytes) -> None:
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(body, type=Money)
