"""Publishing posting rules and retiring them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shangmai.kernel.actions.contract import action
from shangmai.kernel.events.contract import TYPES_BY_NAME
from shangmai.kernel.tx import Tx
from shangmai.modules.ledger.contract import (
    Books,
    PublishRule,
    RetireRule,
    Rule,
)
from shangmai.modules.ledger.contract.errors import (
    PeriodClosed,
    RuleInvalid,
    RuleNotFound,
    RuleStartsTooEarly,
)
from shangmai.modules.ledger.queries import books as books_table
from shangmai.modules.ledger.queries import rules
from shangmai.modules.ledger.rules import matching, publishing, vouchers
from shangmai.modules.ledger.service.posting import locked
from shangmai.modules.organization.contract import CompanyId


@action(
    "ledger.publish_rule",
    grant="ledger.publish_rule",
    scope=lambda do: {} if do.company_id is None else {"company": do.company_id},
    inverse="ledger.retire_rule",
    errors=[RuleInvalid, RuleStartsTooEarly, PeriodClosed],
)
async def publish_rule(tx: Tx, do: PublishRule) -> Rule:
    """Publish a rule, or the next version of one: the version before ends where this one begins.

    Events are posted by the version active at their business time; what was posted stays. A general rule (no company)
    needs a scope of all companies.
    Raises: RuleInvalid (with the fields), AccountNotFound, PeriodClosed (it begins in one), RuleStartsTooEarly.
    """
    since = do.active_from or tx.now
    await rules.lock_all(tx)
    books = await _books_concerned(tx, do.company_id)
    await check_rule(tx, do, books)
    check_begins_open(since, books)
    newest = await rules.find_newest(tx, do.company_id, do.name)
    if newest is not None:
        await _end(tx, newest, since)
    rule = Rule(
        company_id=do.company_id,
        name=do.name,
        version=1 if newest is None else newest.version + 1,
        event=do.event,
        when=do.when,
        lines=do.lines,
        summary=do.summary,
        active_from=since,
        active_to=None,
    )
    await rules.insert(tx, rule, tx.cause)
    return rule


@action(
    "ledger.retire_rule",
    grant="ledger.retire_rule",
    scope=lambda do: {} if do.company_id is None else {"company": do.company_id},
    errors=[RuleNotFound, RuleStartsTooEarly, PeriodClosed],
)
async def retire_rule(tx: Tx, do: RetireRule) -> Rule:
    """End a rule: events from then on are not posted by it. A company's own rule gives way to the general one again.

    Raises: RuleNotFound, RuleStartsTooEarly, PeriodClosed (it would end in one).
    """
    at = do.active_to or tx.now
    await rules.lock_all(tx)
    check_begins_open(at, await _books_concerned(tx, do.company_id))
    newest = await rules.find_newest(tx, do.company_id, do.name)
    if newest is None or newest.active_to is not None:
        raise RuleNotFound(name=do.name)
    return await _end(tx, newest, at)


async def _books_concerned(tx: Tx, company_id: CompanyId | None) -> list[Books]:
    """The books that a rule posts to, locked, so that their periods stand still. Raises: BooksNotOpen."""
    if company_id is None:
        return await books_table.lock_all_books(tx)
    return list((await locked(tx, {company_id})).values())


async def check_rule(tx: Tx, do: PublishRule, books: Sequence[Books]) -> None:
    """Raises: RuleInvalid, with all that is wrong with it for these books."""
    declared = TYPES_BY_NAME.get(do.event)
    faults = publishing.faults(do, None if declared is None else declared.struct)
    codes = await books_table.codes_of(tx, {of.company_id for of in books})
    for account in sorted(matching.accounts_of(do.lines)):
        if any(account not in codes[of.company_id] for of in books):
            faults.append(("lines", f"there is no account {account}; add it with ledger.add_account"))
    if faults:
        raise RuleInvalid(faults, name=do.name, reason="; ".join(f"{path}: {fault}" for path, fault in faults))


def check_begins_open(at: datetime, books: Sequence[Books]) -> None:
    """Raises: PeriodClosed, for the first of the books in which that time is closed."""
    for of in books:
        period = vouchers.period_of(at, of)
        if vouchers.is_closed(period, of):
            raise PeriodClosed(period=period, closed_through=of.closed_through)


async def _end(tx: Tx, rule: Rule, at: datetime) -> Rule:
    """End the newest version there, unless it has ended before. Raises: RuleStartsTooEarly."""
    if at <= rule.active_from or (rule.active_to is not None and at < rule.active_to):
        since = rule.active_to if rule.active_to is not None and at > rule.active_from else rule.active_from
        raise RuleStartsTooEarly(name=rule.name, at=at.isoformat(), since=since.isoformat())
    return rule if rule.active_to is not None else await rules.end(tx, rule, at)
