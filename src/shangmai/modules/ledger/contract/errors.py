"""How the ledger refuses."""

from __future__ import annotations

from shangmai.kernel.errors import Conflict, Invalid, NotFound


class BooksNotOpen(Conflict):
    """Company {company_id} has no books yet; open them with ledger.open_books, then repeat or replay this."""

    zh = "公司 {company_id} 尚未建账；请先执行 ledger.open_books 建账，再重试或重放。"


class AccountNotFound(NotFound):
    """The chart of accounts has no {account}; choose another or add it with ledger.add_account."""

    zh = "会计科目中没有 {account}；请选择其他科目，或用 ledger.add_account 新增。"


class AccountExists(Conflict):
    """Account {account} exists already; choose the next free code."""

    zh = "科目 {account} 已存在，请使用下一个空闲编码。"


class EntryNotFound(NotFound):
    """There is no voucher {entry}; check the number and search again."""

    zh = "没有凭证 {entry}，请核对编号后重新查找。"


class EntryUnbalanced(Invalid):
    """Debits are {debit_minor} and credits {credit_minor}, in minor units; make them equal."""

    zh = "借方 {debit_minor}、贷方 {credit_minor}（最小货币单位）不相等，请调平后再提交。"


class EntryLineInvalid(Invalid):
    """Line {line} must have either a debit or a credit above zero; correct it and send it again."""

    zh = "第 {line} 行必须且只能填写借方或贷方金额之一，请更正后重新提交。"


class AccountOnBothSides(Invalid):
    """Account {account} stands on both sides of this voucher for the same party; net it and send it again."""

    zh = "科目 {account}（同一往来单位）同时出现在借贷两方，请轧差后重新提交。"


class EntryComesToNothing(Invalid):
    """At the rate {rate} this voucher comes to less than the smallest amount of {currency}; leave it out."""

    zh = "按汇率 {rate} 折算后，该凭证不足 {currency} 的最小单位，无需录入。"


class EntryAlreadyReversed(Conflict):
    """Voucher {number} was reversed already; nothing is left to do."""

    zh = "凭证 {number} 已经冲销，无需再次操作。"


class ReversalNotReversible(Conflict):
    """Voucher {number} is itself a reversal; post the voucher anew instead."""

    zh = "凭证 {number} 本身是冲销凭证；请重新录入凭证。"


class PeriodClosed(Conflict):
    """Period {period} is closed (through {closed_through}); date it later, or open it with ledger.unlock_period."""

    zh = "期间 {period} 已结账（截至 {closed_through}）；请改用以后的日期，或用 ledger.unlock_period 反结账。"


class PeriodInvalid(Invalid):
    """{period} is not a period; write year and month, as 202601."""

    zh = "{period} 不是会计期间；请按年月填写，例如 202601。"


class PeriodNotOver(Conflict):
    """Period {period} is not over yet; lock it after its last day."""

    zh = "期间 {period} 尚未结束，请在最后一天之后再结账。"


class EventsWaiting(Conflict):
    """{waiting} events up to period {period} are not posted yet; replay the parked ones of ledger.post, then lock."""

    zh = "截至期间 {period} 还有 {waiting} 个事件未记账；请等待处理或重放 ledger.post 的搁置事件后再结账。"


class RateNotFound(NotFound):
    """There is no rate {currency} → {quote} for {day} or the {days} days before; set it with ledger.set_rate."""

    zh = "没有 {day} 及之前 {days} 天内 {currency} → {quote} 的汇率；请用 ledger.set_rate 设置。"


class RateInvalid(Invalid):
    """{rate} cannot be the rate {currency} → {quote}; give a number above zero, and 1 within one currency."""

    zh = "{rate} 不能作为 {currency} → {quote} 的汇率；请输入大于零的数，同一币种之间为 1。"


class RuleInvalid(Invalid):
    """Rule {name} cannot be published: {reason}. Correct it and publish it again."""

    zh = "规则 {name} 无法发布：{reason}。请更正后重新发布。"


class RuleNotFound(NotFound):
    """There is no active rule {name}; list the rules and check its name and company."""

    zh = "没有生效中的规则 {name}；请查看规则列表，核对名称和公司。"


class RuleStartsTooEarly(Conflict):
    """Rule {name} cannot begin or end at {at}: its newest version begins at {since}. Choose a later time."""

    zh = "规则 {name} 不能在 {at} 开始或结束：其最新版本自 {since} 起生效，请选择更晚的时间。"


class EventUnfit(Invalid):
    """Event {event} does not fit rule {rule}: {reason}. Publish a corrected version of the rule, then replay it."""

    zh = "事件 {event} 不适用规则 {rule}：{reason}。请发布更正后的规则版本，再重放该事件。"
