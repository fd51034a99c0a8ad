"""Vouchers before they are written: sides paired into lines, foreign amounts converted, periods and numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from shangmai.kernel.clock import business_day, month_period, timezone
from shangmai.kernel.money import MINOR_MAX, AmountOutOfRange, allocate, decimals_of, round_ratio
from shangmai.kernel.tx import Item
from shangmai.modules.ledger.contract import (
    NOBODY,
    Books,
    EntryId,
    VoucherLine,
)
from shangmai.modules.ledger.contract.errors import (
    AccountOnBothSides,
    EntryLineInvalid,
    EntryUnbalanced,
    RateInvalid,
)
from shangmai.modules.organization.contract import CompanyId

RATE_AGE_DAYS_MAX: Final = 31
"""How old a rate may be: the standard converts at the rate of the day or of the month's first day (第七十五条)."""
RATE_DECIMALS_MAX: Final = 12
_NUMBER = re.compile(r"记-(\d{6})-(\d{6}|[1-9]\d{6,})", re.ASCII)

AccountKey = tuple[str, UUID]
"""An account and whose share of it; NOBODY when it is no one's."""


class DraftLine(msgspec.Struct, frozen=True, gc=False):
    """One debit and one credit; both amounts are negative in red. `amount_minor` is in the company's currency."""

    debit: AccountKey
    credit: AccountKey
    original_minor: int
    amount_minor: int


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher that has yet to get its number. `at` may differ from the item's time when its period is closed."""

    company_id: CompanyId
    item: Item
    at: datetime
    summary: str
    currency: str
    rate: Decimal
    lines: list[DraftLine]
    rule: str | None = None
    rule_version: int | None = None
    reversal_of: EntryId | None = None


# --- lines ---------------------------------------------------------------------------------------------------------


def pair(lines: Sequence[VoucherLine]) -> list[DraftLine]:
    """Pair debits with credits in their order, splitting the larger one; the fewest lines that keep every amount.

    Raises: EntryLineInvalid, EntryUnbalanced, AccountOnBothSides.
    """
    debits, credits = _sides(lines)
    paired: list[DraftLine] = []
    debit_at = credit_at = 0
    while debit_at < len(debits):
        (debit, left), (credit, right) = debits[debit_at], credits[credit_at]
        amount = min(left, right)
        paired.append(DraftLine(debit, credit, amount, amount))
        debits[debit_at], credits[credit_at] = (debit, left - amount), (credit, right - amount)
        debit_at += left == amount
        credit_at += right == amount
    return paired


def _sides(lines: Sequence[VoucherLine]) -> tuple[list[tuple[AccountKey, int]], list[tuple[AccountKey, int]]]:
    for number, line in enumerate(lines, 1):
        if (line.debit_minor > 0) == (line.credit_minor > 0):
            raise EntryLineInvalid(line=number)
    debits = [(_key(line), line.debit_minor) for line in lines if line.debit_minor]
    credits = [(_key(line), line.credit_minor) for line in lines if line.credit_minor]
    debit_minor, credit_minor = sum(amount for _, amount in debits), sum(amount for _, amount in credits)
    if debit_minor != credit_minor:
        raise EntryUnbalanced(debit_minor=debit_minor, credit_minor=credit_minor)
    for account, _ in {key for key, _ in debits} & {key for key, _ in credits}:
        raise AccountOnBothSides(account=account)
    return debits, credits


def _key(line: VoucherLine) -> AccountKey:
    return line.account, line.party_id or NOBODY


def reversed_lines(lines: Iterable[DraftLine]) -> list[DraftLine]:
    """Write the same lines in red, and red ones in black."""
    return [DraftLine(line.debit, line.credit, -line.original_minor, -line.amount_minor) for line in lines]


# --- conversion ----------------------------------------------------------------------------------------------------


def check_rate(currency: str, quote: str, rate: Decimal) -> None:
    """Raises: RateInvalid, UnknownCurrency."""
    decimals_of(currency), decimals_of(quote)
    fits = rate.is_finite() and 0 < rate < 10**12 and rate == round(rate, RATE_DECIMALS_MAX)
    if not fits or (currency == quote and rate != 1):
        raise RateInvalid(currency=currency, quote=quote, rate=str(rate)[:40])


def convert(lines: Sequence[DraftLine], currency: str, quote: str, rate: Decimal) -> list[DraftLine]:
    """Give the lines their amounts in the company's currency.

    Lines that share their debit (or else their credit) are one sum: it is converted and rounded once, half away from
    zero, and split over them by largest remainder. So a customer's receivable is the converted total of the order,
    and no cent stays behind when it is paid. A line that comes to nothing is left out.
    """
    if currency == quote:
        return list(lines)
    numerator, denominator = rate.as_integer_ratio()
    numerator *= 10 ** decimals_of(quote)
    denominator *= 10 ** decimals_of(currency)
    amounts = [0] * len(lines)
    for members in _sums(lines):
        originals = [abs(lines[index].original_minor) for index in members]
        sign = 1 if lines[members[0]].original_minor > 0 else -1
        total = round_ratio(sum(originals) * numerator, denominator)
        if total > MINOR_MAX:
            raise AmountOutOfRange()
        shares = allocate(total, originals)
        for index, share in zip(members, shares, strict=True):
            amounts[index] = sign * share
    return [
        DraftLine(line.debit, line.credit, line.original_minor, amount)
        for line, amount in zip(lines, amounts, strict=True)
        if amount
    ]


def _sums(lines: Sequence[DraftLine]) -> Iterable[list[int]]:
    """Group the lines, by index, that are converted as one sum."""
    debits = Counter((line.debit, line.original_minor > 0) for line in lines)
    credits = Counter((line.credit, line.original_minor > 0) for line in lines)
    sums: dict[object, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        black = line.original_minor > 0
        if debits[line.debit, black] > 1:
            sums["debit", line.debit, black].append(index)
        elif credits[line.credit, black] > 1:
            sums["credit", line.credit, black].append(index)
        else:
            sums[index].append(index)
    return sums.values()


# --- periods and numbers -------------------------------------------------------------------------------------------


def day_of(at: datetime, books: Books) -> date:
    return business_day(at, timezone(books.timezone))


def period_of(at: datetime, books: Books) -> int:
    day = day_of(at, books)
    return day.year * 100 + day.month


def is_period(number: int) -> bool:
    return 1 <= number % 100 <= 12


def next_period(period: int) -> int:
    return period + 1 if period % 100 < 12 else period + 89


def previous_period(period: int) -> int:
    return period - 1 if period % 100 > 1 else period - 89


def is_closed(period: int, books: Books) -> bool:
    return books.closed_through is not None and period <= books.closed_through


def period_start(period: int, books: Books) -> datetime:
    return month_period(date(period // 100, period % 100, 1), timezone(books.timezone)).start


def posting_time(at: datetime, books: Books) -> datetime:
    """When something of that time is posted: then, or at the start of the first open period if its own is closed."""
    if books.closed_through is None or not is_closed(period_of(at, books), books):
        return at
    return period_start(next_period(books.closed_through), books)


def late_note(at: datetime, books: Books) -> str:
    """Say in the summary which day a voucher belongs to whose period was closed when it came."""
    return f"（业务日期 {day_of(at, books)}，当期已结账）"


def voucher_number(period: int, number: int) -> str:
    return f"记-{period}-{number:06}"


def parse_voucher_number(text: str) -> tuple[int, int] | None:
    """Read 记-YYYYMM-000123 into period and number; None for anything else."""
    match = _NUMBER.fullmatch(text.strip())
    return None if match is None else (int(match[1]), int(match[2]))
