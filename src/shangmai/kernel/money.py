"""Money: whole minor units and a currency. Nothing is created or lost by rounding, and nothing is ever a float.

Invariants: parts add up to the whole (`allocate`); every rounding is named; two currencies never meet in a sum; an
amount fits a PostgreSQL bigint. Rates and unit prices are `Decimal`, in major units (12.345 = twelve yuan, 34.5 fen).
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Invalid

# The length too: Python's $ also matches before a newline at the end, and \Z is no pattern to a browser.
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", max_length=3, description="ISO 4217 code")]

MINOR_MAX = 2**63 - 1
MINOR_MIN = -(2**63)


class Rounding(Enum):
    """Where exactly half a minor unit goes: away from zero, as in a shop, or to the even neighbour, as in a bank."""

    HALF_AWAY = "half_away"
    HALF_EVEN = "half_even"


class CurrencyMismatch(Invalid):
    """{left} and {right} cannot be added or compared; convert one of them first."""

    zh = "{left} 与 {right} 不能相加或比较，请先换算为同一币种。"


class UnknownCurrency(Invalid):
    """There is no currency '{currency}'; use an ISO 4217 code, as CNY."""

    zh = "没有“{currency}”这种货币；请使用 ISO 4217 代码，例如 CNY。"


class NotAnAmount(Invalid):
    """'{text}' is not an amount; write it as 1234.50 or 1,234.50."""

    zh = "“{text}”不是金额；请写成 1234.50 或 1,234.50。"


class TooManyDecimals(Invalid):
    """{currency} has {decimals} decimals, and {text} has more; round it first."""

    zh = "{currency} 只有 {decimals} 位小数，{text} 超出；请先取整。"


class AmountOutOfRange(Invalid):
    """This amount or rate is larger than the books can hold; check the quantity and the price."""

    zh = "金额或比率超出账簿可记录的范围，请检查数量和单价。"


class Money(Struct, frozen=True):
    minor: Annotated[int, Meta(ge=MINOR_MIN, le=MINOR_MAX)]
    currency: Currency

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(0, currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """Add up any number of amounts, also none. Raises: CurrencyMismatch."""
        sum_minor = 0
        for amount in amounts:
            if amount.currency != currency:
                raise CurrencyMismatch(left=currency, right=amount.currency)
            sum_minor += amount.minor
        return cls(sum_minor, currency)

    @classmethod
    def parse(cls, text: str, currency: str, rounding: Rounding | None = None) -> "Money":
        """Read an amount in major units as people and statements write it: `1,234.50`, full-width digits, a sign.

        Decimals that the currency does not have are refused, unless `rounding` says what becomes of them.
        Raises: NotAnAmount, TooManyDecimals, UnknownCurrency, AmountOutOfRange.
        """
        numerator, denominator = _minor_ratio(_read_decimal(text), currency)
        if rounding is None and numerator % denominator:
            raise TooManyDecimals(currency=currency, decimals=decimals_of(currency), text=text.strip())
        return cls(_in_range(round_ratio(numerator, denominator, rounding or Rounding.HALF_AWAY)), currency)

    def __add__(self, other: "Money") -> "Money":
        self._check_same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._check_same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        return Money(abs(self.minor), self.currency)

    def __mul__(self, times: int) -> "Money":
        """Multiply exactly; a factor that may need rounding goes through `scale`, which says how."""
        if not isinstance(times, int):
            return NotImplemented
        return Money(_in_range(self.minor * times), self.currency)

    __rmul__ = __mul__

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: "Money") -> bool:
        self._check_same_currency(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._check_same_currency(other)
        return self.minor <= other.minor

    def __gt__(self, other: "Money") -> bool:
        self._check_same_currency(other)
        return self.minor > other.minor

    def __ge__(self, other: "Money") -> bool:
        self._check_same_currency(other)
        return self.minor >= other.minor

    def scale(self, factor: int | Decimal, rounding: Rounding = Rounding.HALF_AWAY) -> "Money":
        """Multiply by a rate or a count and round once, however many decimals the rate has."""
        numerator, denominator = _ratio(factor)
        return Money(_in_range(round_ratio(self.minor * numerator, denominator, rounding)), self.currency)

    def allocate(self, weights: Sequence[int | Decimal]) -> list["Money"]:
        """Split by weight without losing a minor unit; see `allocate`."""
        return [Money(share, self.currency) for share in allocate(self.minor, weights)]

    def major(self) -> Decimal:
        """Give the exact amount in major units, for sheets and other systems: 1235 CNY → Decimal('12.35')."""
        return Decimal(f"{self.minor}E-{decimals_of(self.currency)}")

    def format(self, lang: str) -> str:
        """Write it for a person, with the symbol customary there: ¥1,234.50 (zh), CN¥1,234.50 (en)."""
        symbols = _SYMBOLS_ZH if lang[:2].lower() == "zh" else _SYMBOLS_EN
        symbol = symbols.get(self.currency, f"{self.currency}\u00a0")
        return f"{'-' if self.minor < 0 else ''}{symbol}{abs(self.major()):,f}"

    def __str__(self) -> str:
        return f"{self.major():f} {self.currency}"

    def _check_same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)


def decimals_of(currency: str) -> int:
    """Tell how many decimals the currency has. Raises: UnknownCurrency."""
    try:
        return _DECIMALS[currency]
    except KeyError:
        raise UnknownCurrency(currency=currency[:8]) from None


def line_amount(qty: int, unit_price: Decimal, currency: str) -> Money:
    """Give `qty × unit_price` (major units) in minor units, rounded once, half away from zero."""
    numerator, denominator = _minor_ratio(unit_price, currency)
    return Money(_in_range(round_ratio(qty * numerator, denominator)), currency)


def round_ratio(numerator: int, denominator: int, rounding: Rounding = Rounding.HALF_AWAY) -> int:
    """Give `numerator / denominator` as a whole number. Exact for any size; the denominator is positive."""
    assert denominator > 0, "a denominator is positive"
    whole, rest = divmod(abs(numerator), denominator)
    if rest * 2 > denominator or (rest * 2 == denominator and (rounding is Rounding.HALF_AWAY or whole % 2 == 1)):
        whole += 1
    return -whole if numerator < 0 else whole


def allocate(total_minor: int, weights: Sequence[int | Decimal]) -> list[int]:
    """Split a total by weight so that the shares add up to it exactly (largest remainder, Hamilton's method).

    Each share is its exact part rounded up or down, so off by less than one unit. Units left over go to the largest
    remainders, then to the larger weight, then to the earlier place: items of equal weight differ by one unit at most,
    and reordering the items moves units only among those of equal weight. A negative total mirrors the positive one.
    A weight of zero gets nothing, unless all are zero: then all count as equal. Growing the total by one may shrink a
    share (the Alabama paradox), so a share is fixed when it is promised, not computed anew.
    Raises: ValueError for a negative weight, or nobody to give a total to.
    """
    parts = _whole_weights(weights)
    if not parts:
        if total_minor:
            raise ValueError("an amount cannot be split among nobody")
        return []
    shares = _largest_remainder(abs(total_minor), parts)
    return shares if total_minor >= 0 else [-share for share in shares]


def _largest_remainder(total: int, weights: list[int]) -> list[int]:
    weight_sum = sum(weights)
    shares = [total * weight // weight_sum for weight in weights]
    left_over = total - sum(shares)
    if left_over:
        # The remainder, then the weight, which is no more than the sum: as one number, which compares faster than two.
        ranks = [total * weight % weight_sum * weight_sum + weight for weight in weights]
        order = sorted(range(len(weights)), key=ranks.__getitem__, reverse=True)  # a stable sort: then by place
        for i in order[:left_over]:
            shares[i] += 1
    return shares


def _whole_weights(weights: Sequence[int | Decimal]) -> list[int]:
    """Bring the weights to whole numbers in the same proportion; all zero becomes all one."""
    if not any(weights):
        return [1] * len(weights)
    if min(weights) < 0:
        raise ValueError("a weight is not negative")
    if set(map(type, weights)) == {int}:  # almost always; the way below takes three times as long
        return [*weights]  # type: ignore[list-item]  # seen to be whole numbers
    ratios = [_ratio(weight) for weight in weights]
    common = math.lcm(*(denominator for _, denominator in ratios))
    return [numerator * (common // denominator) for numerator, denominator in ratios]


def _read_decimal(text: str) -> Decimal:
    plain = unicodedata.normalize("NFKC", text).strip()
    if len(plain) > 40 or not _AMOUNT.fullmatch(plain):
        raise NotAnAmount(text=text[:40])
    return Decimal(plain.replace(",", ""))


def _minor_ratio(major: Decimal, currency: str) -> tuple[int, int]:
    """Give an amount in major units as a fraction of minor units."""
    numerator, denominator = _ratio(major)
    return numerator * 10 ** decimals_of(currency), denominator


def _ratio(factor: int | Decimal) -> tuple[int, int]:
    if isinstance(factor, int):
        return factor, 1
    if not factor.is_finite() or (factor and abs(factor.adjusted()) > 40):
        raise AmountOutOfRange()  # 1E+999999999 is ten bytes to send and would take a gigabyte to multiply
    return factor.as_integer_ratio()


def _in_range(minor: int) -> int:
    if not MINOR_MIN <= minor <= MINOR_MAX:
        raise AmountOutOfRange()
    return minor


_AMOUNT = re.compile(r"[+-]?(?=\.?[0-9])(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)(?:\.[0-9]*)?")

# ISO 4217 list one, 2026-01-01, with the minor units it gives. CLF and UYW are units of account with four.
_CODES_BY_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC "
    "CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD "
    "KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO "
    "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL "
    "THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DECIMALS = {code: decimals for decimals, codes in _CODES_BY_DECIMALS.items() for code in codes.split()}

# Unicode CLDR 46, common symbols of the locales zh and en; a currency not named here is written with its code.
_SYMBOLS_BOTH = {"EUR": "€", "GBP": "£", "HKD": "HK$", "TWD": "NT$", "INR": "₹", "VND": "₫", "ILS": "₪", "BRL": "R$"}
_SYMBOLS_ZH = _SYMBOLS_BOTH | {"CNY": "¥", "USD": "US$", "JPY": "JP¥", "KRW": "￦", "AUD": "AU$", "CAD": "CA$"}
_SYMBOLS_EN = _SYMBOLS_BOTH | {"CNY": "CN¥", "USD": "$", "JPY": "¥", "KRW": "₩", "AUD": "A$", "CAD": "CA$"}
