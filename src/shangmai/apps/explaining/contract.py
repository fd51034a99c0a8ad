"""What an explanation is made of, and what it says when there is nothing to explain."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.errors import Invalid, NotFound
from shangmai.modules.ledger.contract import Entry
from shangmai.modules.members.contract.points import PointsBalance, PointsLine
from shangmai.modules.orders.contract import OrderDetail, TraceEntry
from shangmai.modules.payments.contract import Payment


class Cause(Struct, frozen=True, kw_only=True):
    """Why something moved: the action at the root and who asked for it; `via` are the events between, nearest first."""

    action: str
    by: str
    door: str
    origin: str | None
    at: datetime | None
    via: list[str]
    log_id: UUID | None


# --- a SKU ---------------------------------------------------------------------------------------------------------


class Flow(Struct, frozen=True, kw_only=True):
    """All that came into a place from somewhere, or left it for there (then negative), in one way."""

    kind: str
    other: str
    times: int
    pieces: int


class Place(Struct, frozen=True, kw_only=True):
    """One account of stock: available = on hand − held − safety + virtual, on hand = the sum of its flows."""

    account: int
    warehouse: str
    bucket: str
    lot: str
    on_hand: int
    held: int
    safety: int
    virtual: int
    available: int
    value_minor: int
    average: Decimal | None
    flows: list[Flow]

    @property
    def agrees(self) -> bool:
        return self.on_hand == sum(flow.pieces for flow in self.flows)


class OpenHold(Struct, frozen=True, kw_only=True):
    """Pieces set aside, and for whom."""

    document: str
    status: str
    line: int
    warehouse: str
    pieces: int
    of: int
    since: datetime
    expires_at: datetime | None


class Movement(Struct, frozen=True, kw_only=True):
    """A transfer as its place saw it: `pieces` is what it added; a hold adds nothing and holds."""

    at: datetime
    kind: str
    warehouse: str
    bucket: str
    other: str
    pieces: int
    held: int
    document: str
    line: int
    cause: Cause


class SkuExplained(Struct, frozen=True, kw_only=True):
    code: str
    name: str
    currency: str
    places: list[Place]
    holds: list[OpenHold]
    movements: list[Movement]


# --- an order ------------------------------------------------------------------------------------------------------


class Step(Struct, frozen=True, kw_only=True):
    """A step of an order's trace with the whole of its cause."""

    entry: TraceEntry
    cause: Cause


class OrderExplained(Struct, frozen=True, kw_only=True):
    shop: str
    detail: OrderDetail
    codes: dict[str, str]
    payments: list[Payment]
    vouchers: list[Entry]
    trace: list[Step]


# --- an account ----------------------------------------------------------------------------------------------------


class RuleSum(Struct, frozen=True, kw_only=True):
    """What one posting rule has put into an account; the rule is None for vouchers written by hand."""

    rule: str | None
    lines: int
    debit_minor: int
    credit_minor: int


class PeriodSum(Struct, frozen=True, kw_only=True):
    period: int
    debit_minor: int
    credit_minor: int
    balance_minor: int


class AccountEntry(Struct, frozen=True, kw_only=True):
    """A line of the account: its voucher, the other side, and why."""

    at: datetime
    number: str
    summary: str
    rule: str | None
    other_account: str
    debit_minor: int
    credit_minor: int
    cause: Cause


class AccountExplained(Struct, frozen=True, kw_only=True):
    """balance = Σ debits − Σ credits, by rule and by period alike."""

    company: str
    code: str
    zh: str
    en: str
    currency: str
    balance_minor: int
    rules: list[RuleSum]
    periods: list[PeriodSum]
    children: dict[str, int]
    entries: list[AccountEntry]

    @property
    def agrees(self) -> bool:
        return self.balance_minor == sum(rule.debit_minor - rule.credit_minor for rule in self.rules)


# --- points --------------------------------------------------------------------------------------------------------


class PointsEntry(Struct, frozen=True, kw_only=True):
    """A line of the statement, with its document's number, or the reason of an adjustment, and why."""

    line: PointsLine
    document: str
    cause: Cause


class PointsExplained(Struct, frozen=True, kw_only=True):
    """What a member has, and the latest lines; `posted` is the balance after the newest of them."""

    member: UUID
    ref: str | None
    balance: PointsBalance
    posted: int
    entries: list[PointsEntry]

    @property
    def over(self) -> int:
        """Points whose last day is over and that have not left the book yet."""
        return self.posted - self.balance.available - self.balance.held


# --- nothing to explain --------------------------------------------------------------------------------------------


class SkuUnknown(NotFound):
    """There is no SKU {code}. Did you mean: {nearest}"""

    zh = "没有商品编码 {code}。相近的有：{nearest}"


class OrderUnknown(NotFound):
    """There is no order {code}. Did you mean: {nearest}"""

    zh = "没有订单 {code}。相近的有：{nearest}"


class AccountUnknown(NotFound):
    """Company {company} has no account {code}. Did you mean: {nearest}"""

    zh = "公司 {company} 没有科目 {code}。相近的有：{nearest}"


class MemberUnknown(NotFound):
    """There is no member {member}; name one by reference or id (GET /api/v1/customers)."""

    zh = "没有会员 {member}；请用外部编号或 ID（GET /api/v1/customers）指定。"


class WhichMember(Invalid):
    """Several shops have a member of this reference; name one by id: {ids}."""

    zh = "多家店铺有此外部编号的会员，请用 ID 指定：{ids}。"


class CompanyUnknown(NotFound):
    """There is no company {code}. Did you mean: {nearest}"""

    zh = "没有公司 {code}。相近的有：{nearest}"


class WhichCompany(Invalid):
    """Several companies have books; say which with --company: {companies}."""

    zh = "有多家公司的账簿，请用 --company 指定：{companies}。"
