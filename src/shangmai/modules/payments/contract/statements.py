"""A provider's bill beside what is recorded here: what fits, what is missing on which side, what differs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.clock import Instant
from shangmai.kernel.errors import Conflict, Invalid, NotFound
from shangmai.kernel.events.contract import event
from shangmai.kernel.files import Sha256
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.payments.contract.accounts import ProviderName
from shangmai.modules.payments.contract.recording import PaymentKind

StatementId = NewType("StatementId", UUID)
StatementLineId = NewType("StatementLineId", UUID)

ENTRIES_MAX: Final = 20_000
"""Lines of a bill; a day of more is to be given in parts."""

Number = Annotated[str, Meta(min_length=1, max_length=64)]


class LineVerdict(StrEnum):
    """What a line of a bill comes to. Missing here: we have no such money; missing there: the bill has none of ours."""

    MATCHED = "matched"
    AMOUNT_DIFFERS = "amount_differs"
    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    REPEATED = "repeated"


class StatementEntry(Struct, frozen=True, kw_only=True):
    """A movement as a provider's bill has it. `transaction`: its number there; `own_number`: ours, in hexadecimal.

    `fee_minor`: what the provider keeps for it, below zero where it gives some back.
    """

    kind: PaymentKind
    transaction: Number
    own_number: Annotated[str, Meta(max_length=64)] = ""
    amount_minor: Annotated[int, Meta(ge=0, le=10**13)]
    fee_minor: Annotated[int, Meta(ge=-(10**13), le=10**13)] = 0
    at: Instant


class RecordStatement(Struct, frozen=True, kw_only=True):
    """A provider's bill for a period `[since, until)`, to be compared with what is recorded here. 登记支付渠道账单。"""

    company_id: CompanyId
    provider: ProviderName
    since: Instant
    until: Instant
    file_name: Annotated[str, Meta(min_length=1, max_length=200)]
    file_sha256: Sha256
    entries: Annotated[tuple[StatementEntry, ...], Meta(min_length=1, max_length=ENTRIES_MAX)]


class SettleStatementLine(Struct, frozen=True, kw_only=True):
    """Say how a line that did not fit was seen to. 对账差异已处理。"""

    line_id: StatementLineId
    note: Annotated[str, Meta(min_length=1, max_length=300, pattern=r"\S", description="What was done. 处理说明。")]


class RecheckStatement(Struct, frozen=True, kw_only=True):
    """Look again for the money of lines that was missing here. 重新核对缺失的流水。"""

    statement_id: StatementId


class PostFees(Struct, frozen=True, kw_only=True):
    """Post what the provider has kept by a bill. 渠道手续费入账。"""

    statement_id: StatementId


class ReverseFees(Struct, frozen=True, kw_only=True):
    """Take back the posting of a bill's fees. 冲回渠道手续费。"""

    statement_id: StatementId


class Statement(Struct, frozen=True, kw_only=True):
    """A provider's bill: its sums in minor units of the company's currency, how many lines fit, how many are open.

    `fees_posted_minor`: what of its fees stands in the ledger; None as long as nothing does.
    """

    id: StatementId
    company_id: CompanyId
    provider: str
    since: datetime
    until: datetime
    file_name: str
    currency: str
    paid_minor: int
    refunded_minor: int
    fee_minor: int
    lines: int
    matched: int
    open: int
    recorded_at: datetime
    fees_posted_at: datetime | None = None
    fees_posted_minor: int | None = None


class StatementLine(Struct, frozen=True, kw_only=True):
    """A line of a bill, or money of ours that the bill does not have (`missing_there`: `theirs_minor` is None then).

    `own_id`: our payment, or our refund at the provider. `settled_at`: since when a person or a later bill has it done.
    """

    id: StatementLineId
    statement_id: StatementId
    verdict: LineVerdict
    kind: PaymentKind
    transaction: str
    own_number: str
    at: datetime
    theirs_minor: int | None
    fee_minor: int
    ours_minor: int | None
    own_id: UUID | None
    order_id: UUID | None
    settled_at: datetime | None
    note: str


class Rechecked(Struct, frozen=True, kw_only=True):
    """How many lines were missing here and fit now, and how many are left open in all."""

    found: int
    open: int


@event("payments.statement_recorded.v1", key="statement_id")
class StatementRecorded(Struct, frozen=True, kw_only=True):
    """A provider's bill was compared with what is recorded here."""

    statement_id: StatementId
    company_id: CompanyId
    provider: str
    lines: int
    open: int


@event("payments.statement_line_settled.v1", key="line_id")
class StatementLineSettled(Struct, frozen=True, kw_only=True):
    """Somebody has seen to a line that did not fit."""

    line_id: StatementLineId
    statement_id: StatementId
    company_id: CompanyId


@event("payments.fees_charged.v1", key="statement_id")
class FeesCharged(Struct, frozen=True, kw_only=True):
    """What a provider has kept by a reconciled bill; `given_back_minor` where it gave back more than it kept."""

    statement_id: StatementId
    company_id: CompanyId
    provider: str
    file_name: str
    currency: str
    charged_minor: int
    given_back_minor: int


@event("payments.fees_reversed.v1", key="statement_id")
class FeesReversed(Struct, frozen=True, kw_only=True):
    """The posting of a bill's fees was taken back; the same figures as when they were posted."""

    statement_id: StatementId
    company_id: CompanyId
    provider: str
    file_name: str
    currency: str
    charged_minor: int
    given_back_minor: int


class StatementOpen(Conflict):
    """{open} lines of the bill do not fit and nobody has seen to them. See to them, then post its fees."""

    zh = "账单还有 {open} 笔差异未处理；请先处理，再将手续费入账。"


class FeesPosted(Conflict):
    """The fees of this bill stand in the ledger already; reverse them first to post them anew."""

    zh = "该账单的手续费已入账；如需重新入账，请先冲回。"


class FeesNotPosted(Conflict):
    """The fees of this bill are not in the ledger; there is nothing to reverse."""

    zh = "该账单的手续费尚未入账，无需冲回。"


class NoFees(Conflict):
    """The bill has no fee that another bill has not brought to the ledger already; there is nothing to post."""

    zh = "该账单没有尚未入账的手续费，无需入账。"


class FeesPeriodClosed(Conflict):
    """The bill is of {period}, and the books are closed through {closed_through}; open the period with
    ledger.unlock_period, post the fees, and close it again.
    """

    zh = "账单属于 {period} 期间，账簿已结账至 {closed_through}；请用 ledger.unlock_period 反结账，入账后再重新结账。"


class StatementUnknown(Invalid):
    """This is no transaction bill of WeChat Pay or Alipay, nor a sheet with number, kind, amount and time.

    Download the bill of transactions, unpack it, and upload the CSV.
    """

    zh = "无法识别该账单：请上传微信交易账单或支付宝业务明细（解压后的 CSV），或带“流水号、类型、金额、时间”列的表。"


class StatementRowUnreadable(Invalid):
    """Row {row} has '{value}' in {column}, which can't be read; nothing of the bill was taken. Mend it there."""

    zh = "第 {row} 行的“{column}”为“{value}”，无法读取；账单未登记任何内容，请更正后重新上传。"


class StatementEmpty(Invalid):
    """The bill has no line of a payment or refund; choose another day, or another file."""

    zh = "账单里没有任何支付或退款；请换一天或换一份文件。"


class StatementTooLong(Invalid):
    """A bill may have {max} lines; split it by time and give the parts one after another."""

    zh = "一份账单最多 {max} 行；请按时间拆分后分次上传。"


class PeriodEmpty(Invalid):
    """The period ends before it begins; give a later end."""

    zh = "账单期间的结束时间早于开始时间，请更正。"


class StatementNotFound(NotFound):
    """There is no statement {statement_id}; GET /api/v1/payments/statements lists them."""

    zh = "没有账单 {statement_id}，可在 GET /api/v1/payments/statements 查看。"


class StatementLineNotFound(NotFound):
    """There is no line {line_id} of a provider's bill; GET the lines of its statement."""

    zh = "没有账单明细 {line_id}，请查看账单的明细列表。"


class NothingToSettle(Conflict):
    """Line {line_id} fits already; there is nothing to see to."""

    zh = "账单明细 {line_id} 已相符，无需处理。"
