"""The mapping of an order export: how the file is written, what its codes are, what it leaves out.

A reader of these Structs sees every option with its default; docs/modules/migration.md explains them in both languages.
Each Struct checks itself when it is read, so a mistake is reported with its place in the JSON.
"""

import re
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct

from shangmai.kernel.errors import AppError
from shangmai.kernel.money import Currency, decimals_of
from shangmai.modules.migration.contract.lines import AdjustReason, Kind

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Pattern = Annotated[str, Meta(min_length=1, max_length=1000)]
AccountCode = Annotated[str, Meta(pattern="^[1-9][0-9]{3}([0-9]{2}){0,4}$")]
OwnCode = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,32}$")]


class Setting(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the mapping: fields by name, none that we do not know."""


class Text(Setting, frozen=True, kw_only=True):
    zh: Name
    en: Name


class FileFormat(Setting, frozen=True, kw_only=True):
    """How to open the file when it is text; a workbook or a Parquet file says it itself."""

    encoding: Name = "utf-8-sig"
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","

    def __post_init__(self) -> None:
        try:
            "订单".encode(self.encoding, "replace")
        except LookupError:
            raise ValueError(f"there is no encoding {self.encoding!r}") from None


class ColumnNames(Setting, frozen=True, kw_only=True):
    """The header of each column that we read. A row is one line of an order."""

    number: Name
    code: Name
    quantity: Name
    unit_price: Name
    at: Name
    description: Name | None = None
    customer: Name | None = None
    country: Name | None = None
    status: Name | None = None

    def required(self) -> list[str]:
        """List every header that the file must have."""
        named = (self.number, self.code, self.quantity, self.unit_price, self.at)
        return [*named, *filter(None, (self.description, self.customer, self.country, self.status))]


class Dates(Setting, frozen=True, kw_only=True):
    """How times are written (`strptime`; the first format that fits) and where the clock hung that wrote them."""

    formats: Annotated[tuple[Name, ...], Meta(min_length=1)]
    timezone: Name

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no time zone {self.timezone!r}; one is Asia/Shanghai") from None
        for pattern in self.formats:
            _check_date_format(pattern)


class Numbers(Setting, frozen=True, kw_only=True):
    """How numbers are written: the two separators, and signs such as ¥ that mean nothing here."""

    decimal: Annotated[str, Meta(min_length=1, max_length=1)] = "."
    thousands: Annotated[str, Meta(max_length=1)] = ","
    ignore: tuple[Name, ...] = ()

    def __post_init__(self) -> None:
        if self.decimal == self.thousands:
            raise ValueError("the decimal and the thousands separator must differ")


class Codes(Setting, frozen=True, kw_only=True):
    """Whether codes that differ only in case are one good. Blanks around a code never mean anything."""

    fold_case: bool = False
    otherwise: Kind | None = None  # of a code that no rule knows; None makes it an error


class Customers(Setting, frozen=True, kw_only=True):
    """Values of the customer column that mean nobody in particular; an empty cell always does."""

    nobody: tuple[Name, ...] = ()


class Cancellation(Setting, frozen=True, kw_only=True):
    """How a line that takes a sale back is recognised: by its invoice number, or by the status column.

    `written` says which sign its quantities have in the file. `-` is checked: a positive one there is an error.
    """

    number_prefix: Name | None = None
    statuses: tuple[Name, ...] = ()
    written: Annotated[str, Meta(pattern="^[+-]$")] = "-"

    def __post_init__(self) -> None:
        if (self.number_prefix is None) == (not self.statuses):
            raise ValueError("give either number_prefix or statuses")


class KindRule(Setting, frozen=True, kw_only=True):
    """Codes (as `codes` leaves them) that the pattern fits as a whole are of this kind; the first fitting rule wins."""

    code: Pattern
    kind: Kind
    note: Text | None = None

    def __post_init__(self) -> None:
        _check_pattern(self.code)


class ReasonRule(Setting, frozen=True, kw_only=True):
    """Descriptions of stock adjustments in which the pattern occurs have this reason; the first rule that fits wins."""

    description: Pattern
    reason: AdjustReason

    def __post_init__(self) -> None:
        _check_pattern(self.description)


class MatchOrder(StrEnum):
    """In which order a customer's earlier lines of a code take back what he returns."""

    OLDEST = "oldest"
    SAME_PRICE_THEN_OLDEST = "same_price_then_oldest"


class Returns(Setting, frozen=True, kw_only=True):
    match: MatchOrder = MatchOrder.OLDEST


class KindAccount(Setting, frozen=True, kw_only=True):
    """The account of a kind of money, and the one on the other side when it is not `accounts.money`."""

    account: AccountCode
    against: AccountCode | None = None
    note: Text | None = None


class Accounts(Setting, frozen=True, kw_only=True):
    """Where money goes in the books that no order stands behind. A kind that is left out has the account below.

    An amount in favour of us is a debit of `against` (or `money`) and a credit of the kind's account, one against us
    the other way round.
    """

    money: AccountCode = "1002"
    method: Annotated[str, Meta(pattern="^[a-z_]{1,20}$")] = "bank"  # by which customers pay and are refunded
    kinds: dict[Kind, KindAccount] = {}

    def of(self, kind: Kind) -> KindAccount:
        return self.kinds.get(kind) or USUAL_ACCOUNTS[kind]


# By 《小企业会计准则》. What comes back or is allowed lowers revenue; a bad debt is a non-operating expense (第十条).
# An import takes every invoice as paid at once, so what was written off is money that did not come: against `money`,
# for against 1122 receivables would go below zero.
USUAL_ACCOUNTS: Final = {
    Kind.GOODS: KindAccount(account="5001"),
    Kind.DISCOUNT: KindAccount(account="5001"),
    Kind.FREIGHT: KindAccount(account="5051"),
    Kind.VOUCHER: KindAccount(account="5051"),
    Kind.MANUAL: KindAccount(account="5051"),
    Kind.ADJUSTMENT: KindAccount(account="5051"),
    Kind.SAMPLE: KindAccount(account="5601"),
    Kind.MARKETPLACE_FEE: KindAccount(account="560102"),
    Kind.BANK_CHARGE: KindAccount(account="560302"),
    Kind.BAD_DEBT: KindAccount(account="571101"),
    Kind.TEST: KindAccount(account="5051"),  # tests are not imported
}
assert USUAL_ACCOUNTS.keys() == set(Kind)


class Assumptions(Setting, frozen=True, kw_only=True):
    """What the export does not contain and we have to assume. Reports that rest on it must say so."""

    unit_cost_share_of_median_price: Decimal
    unit_cost_if_never_sold: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        share, cost = self.unit_cost_share_of_median_price, self.unit_cost_if_never_sold
        if not share.is_finite() or not 0 <= share <= 1:
            raise ValueError("unit_cost_share_of_median_price is a share, from 0 to 1")
        if not cost.is_finite() or cost < 0:
            raise ValueError("unit_cost_if_never_sold is a cost, 0 or more")


class OrderMapping(Setting, frozen=True, kw_only=True):
    """Everything that is needed to take over one kind of order export."""

    name: Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,63}$")]
    title: Text
    file: FileFormat = FileFormat()
    columns: ColumnNames
    dates: Dates
    numbers: Numbers = Numbers()
    currency: Currency
    codes: Codes = Codes()
    customers: Customers = Customers()
    cancellation: Cancellation
    kinds: tuple[KindRule, ...]
    adjust_reasons: tuple[ReasonRule, ...] = ()
    returns: Returns = Returns()
    accounts: Accounts = Accounts()
    assumptions: Assumptions
    shop: OwnCode
    warehouse: OwnCode
    company: OwnCode | None = None  # of a shop that has yet to be made; none: a company with the shop's code

    def __post_init__(self) -> None:
        try:
            decimals_of(self.currency)
        except AppError as error:
            raise ValueError(error.message("en")) from None
        if self.cancellation.statuses and self.columns.status is None:
            raise ValueError("cancellation.statuses needs columns.status")
        if not self.kinds and self.codes.otherwise is None:
            raise ValueError("no code has a kind: give kinds, or codes.otherwise")


def _check_date_format(pattern: str) -> None:
    try:
        datetime.strptime(datetime(2026, 1, 31, 23, 59).strftime(pattern), pattern)  # noqa: DTZ001, DTZ007
    except ValueError as cause:
        raise ValueError(f"{pattern!r} is not a date format: {cause}") from None


def _check_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as cause:
        raise ValueError(f"{pattern!r} is not a pattern: {cause}") from None
