"""Accounts, vouchers, posting rules, periods and rates; what can be asked of the ledger and how it refuses."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.clock import Instant
from shangmai.kernel.events.contract import event
from shangmai.kernel.i18n import register_folder
from shangmai.kernel.money import Currency
from shangmai.modules.organization.contract import CompanyId

register_folder("ledger", Path(__file__).parents[1])

EntryId = NewType("EntryId", UUID)
NOBODY = UUID(int=0)
"""The party of an account side that names none."""
POSTING = "ledger.post"
"""The consumer that posts events; its one lane keeps vouchers in the order of what happened."""

Code = Annotated[str, Meta(pattern=r"^[1-9][0-9]{3}([0-9]{2}){0,4}$", description="account code, 2 digits a level")]
Period = Annotated[int, Meta(ge=190001, le=299912, description="accounting period YYYYMM in the company's timezone")]
Minor = Annotated[int, Meta(ge=0, le=10**15)]
Text = Annotated[str, Meta(min_length=1, max_length=200)]
Rate = Annotated[Decimal, Meta(description="units of the company's currency for one unit of the foreign currency")]
FieldName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
RuleName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.]{0,98}$")]
EventName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*\.[a-z0-9_.]+\.v[1-9][0-9]*$")]


class Kind(StrEnum):
    """The classes of accounts: 资产、负债、所有者权益、收入、费用."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


class Side(StrEnum):
    """借 and 贷."""

    DEBIT = "debit"
    CREDIT = "credit"


class Op(StrEnum):
    EQ = "eq"
    NE = "ne"
    IN = "in"
    NOT_IN = "not_in"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


class Origin(StrEnum):
    """Whose word a version of a rule is: the release's (内置) or the merchant's (商家)."""

    BUILT_IN = "built_in"
    MERCHANT = "merchant"


# --- nouns ---------------------------------------------------------------------------------------------------------


class Books(Struct, frozen=True, kw_only=True):
    """A company's set of books. All periods up to and including `closed_through` are closed; None: all are open."""

    company_id: CompanyId
    currency: str
    timezone: str
    closed_through: int | None
    opened_at: datetime


class Account(Struct, frozen=True, kw_only=True):
    """An account of a chart. `parent` is the next shorter code; balances are each account's own, not its children's."""

    code: str
    zh: str
    en: str
    kind: Kind
    normal_side: Side
    parent: str | None


class Condition(Struct, frozen=True, kw_only=True):
    """A test of one field of an event. A field that the event lacks counts as null, which no comparison admits."""

    field: FieldName
    op: Op
    value: str | int | bool | list[str | int] | None


class RuleSide(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account and the event's field that names whose share of it is meant (a customer, a supplier)."""

    account: Code
    party: FieldName | None = None


class RuleLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Post the event's `amount` field to these accounts, unless it is zero; `red` writes it in red (negative)."""

    debit: RuleSide
    credit: RuleSide
    amount: FieldName
    red: bool = False


class Rule(Struct, frozen=True, kw_only=True):
    """How an event becomes a voucher: one version, active in `[active_from, active_to)`.

    `company_id` None: for all companies; a company's own rule of the same name takes its place while it is active, and
    one without lines switches it off. `summary` may hold `{fields}` of the event. A release brings newer versions of
    what is built in, but never over a version that is the merchant's.
    """

    company_id: CompanyId | None
    name: str
    version: int
    event: str
    when: list[Condition]
    lines: list[RuleLine]
    summary: str
    active_from: datetime
    active_to: datetime | None
    origin: Origin = Origin.MERCHANT


class EntryLine(Struct, frozen=True, kw_only=True):
    """One debit and one credit of the same amount; negative is red. `original_minor` is in the entry's currency."""

    line: int
    debit_account: str
    debit_party: UUID | None
    credit_account: str
    credit_party: UUID | None
    amount_minor: int
    original_minor: int


class Entry(Struct, frozen=True, kw_only=True):
    """A voucher 凭证. `cause` is the event (with `rule`) or the action that made it.

    `currency` is the document's; it was converted to the company's at `rate`, kept for good.
    """

    id: EntryId
    company_id: CompanyId
    number: str
    period: int
    at: datetime
    cause: UUID
    rule: str | None
    rule_version: int | None
    summary: str
    currency: str
    rate: Decimal
    reversal_of: EntryId | None
    reversed_by: EntryId | None
    lines: list[EntryLine]


class EntryCause(Struct, frozen=True, kw_only=True):
    """What made a voucher: an event with its fields, or else an action; and who set it in motion, through which door.

    `order_id`, where the event is of an order: what to look at next.
    """

    event: str | None
    at: datetime
    fields: dict[str, Any]
    order_id: UUID | None
    action: str | None
    by: str
    door: str


class ResultLine(Struct, frozen=True, kw_only=True):
    """What an account of income or of expenses got from something: above zero it earned, below zero it cost."""

    account: str
    zh: str
    en: str
    kind: Kind
    amount_minor: int


class Posted(Struct, frozen=True, kw_only=True):
    """A voucher as just written."""

    entry_id: EntryId
    number: str
    period: int


class TrialLine(Struct, frozen=True, kw_only=True):
    """An account's own figures. Opening and closing are debits − credits; red amounts lower their side's turnover."""

    account: str
    zh: str
    en: str
    kind: Kind
    opening_minor: int
    debit_minor: int
    credit_minor: int
    closing_minor: int


class TrialBalance(Struct, frozen=True, kw_only=True):
    """试算平衡表: the accounts that moved so far. `total_minor`, the sum of the closing balances, is zero."""

    company_id: CompanyId
    period: int | None
    currency: str
    lines: list[TrialLine]
    debit_minor: int
    credit_minor: int
    total_minor: int


class AccountLine(Struct, frozen=True, kw_only=True):
    """A line of an account's detail 明细账: where it comes from, the other side, and the balance after it."""

    entry_id: EntryId
    number: str
    period: int
    line: int
    side: Side
    at: datetime
    summary: str
    cause: UUID
    rule: str | None
    party: UUID | None
    other_account: str
    other_party: UUID | None
    debit_minor: int
    credit_minor: int
    balance_minor: int


class ExchangeRate(Struct, frozen=True, kw_only=True):
    """What one unit of `currency` was worth in `quote` on a day, and who says so."""

    currency: Currency
    quote: Currency
    day: date
    rate: Rate
    source: Text


# --- inputs --------------------------------------------------------------------------------------------------------


class OpenBooks(Struct, frozen=True, kw_only=True):
    """Open a company's books."""

    company_id: CompanyId


class AddAccount(Struct, frozen=True, kw_only=True):
    """Add an account below an existing one: 100201 below 1002."""

    company_id: CompanyId
    code: Code
    zh: Text
    en: Text


class PublishRule(Struct, frozen=True, kw_only=True):
    """Publish a rule, or the next version of one. `active_from` None: from now on."""

    company_id: CompanyId | None = None
    name: RuleName
    event: EventName
    when: Annotated[list[Condition], Meta(max_length=20)] = []
    lines: Annotated[list[RuleLine], Meta(max_length=50)]
    summary: Text
    active_from: Instant | None = None


class RetireRule(Struct, frozen=True, kw_only=True):
    """End a rule. `active_to` None: now."""

    company_id: CompanyId | None = None
    name: RuleName
    active_to: Instant | None = None


class AdoptRules(Struct, frozen=True, kw_only=True):
    """Bring the built-in posting rules and accounts of every set of books up to this release.

    `catch_up` False: leave the events that had passed without a rule, because they were posted by hand.
    """

    catch_up: bool = True


class Adopted(Struct, frozen=True, kw_only=True):
    """Versions of rules that were added, codes of accounts that some books lacked, events that are caught up on."""

    rules: list[Rule]
    accounts: list[Code]
    catching_up: list[EventName]


class CatchUp(Struct, frozen=True, kw_only=True):
    """The job that posts, by these rules, events which had passed before there were any; `after` is where it stands."""

    rules: list[RuleName]
    events: list[EventName]
    after: int = 0


class VoucherLine(Struct, frozen=True, kw_only=True):
    """A side of a manual voucher: an amount in debit or in credit, in minor units of the voucher's currency."""

    account: Code
    party_id: UUID | None = None
    debit_minor: Minor = 0
    credit_minor: Minor = 0


class PostEntry(Struct, frozen=True, kw_only=True):
    """Post a manual voucher. In another currency than the company's it is converted at `rate`, or at the day's."""

    company_id: CompanyId
    summary: Text
    lines: Annotated[list[VoucherLine], Meta(min_length=2, max_length=500)]
    currency: Currency | None = None
    rate: Rate | None = None


class ReverseEntry(Struct, frozen=True, kw_only=True):
    """Reverse a voucher in red."""

    entry_id: EntryId
    reason: Text


class LockPeriod(Struct, frozen=True, kw_only=True):
    """Close a period and all before it."""

    company_id: CompanyId
    period: Period


class UnlockPeriod(Struct, frozen=True, kw_only=True):
    """Open a period again and all after it. `reason` stands in the action log."""

    company_id: CompanyId
    period: Period
    reason: Annotated[str, Meta(max_length=200, description="Why it is opened again. 反结账原因。")] = ""


# --- events --------------------------------------------------------------------------------------------------------


@event("ledger.period_locked.v1", key="company_id")
class PeriodLocked(Struct, frozen=True, kw_only=True):
    company_id: CompanyId
    period: int


@event("ledger.period_unlocked.v1", key="company_id")
class PeriodUnlocked(Struct, frozen=True, kw_only=True):
    company_id: CompanyId
    period: int
