"""Built-in rules and accounts reach the books that were opened before them."""

from __future__ import annotations

import structlog

from shangmai.kernel.actions.contract import action
from shangmai.kernel.jobs import enqueue
from shangmai.kernel.tx import Tx
from shangmai.modules.ledger.contract import Adopted, AdoptRules, CatchUp, Rule
from shangmai.modules.ledger.queries import books as books_table
from shangmai.modules.ledger.queries import rules
from shangmai.modules.ledger.rules import chart
from shangmai.modules.ledger.rules.adopting import versions_to_add

log = structlog.get_logger(__name__)


async def is_behind(tx: Tx) -> bool:
    """Whether the books lack a rule or an account of this release. Without any books, nothing is lacking."""
    if not await books_table.are_any(tx):
        return False
    lacks_rule = versions_to_add(await rules.general(tx), chart.DEFAULT_RULES, tx.now)
    return bool(lacks_rule or await books_table.lacking_accounts(tx, chart.CODES))


@action("ledger.adopt_rules", grant="ledger.publish_rule")
async def adopt_rules(tx: Tx, do: AdoptRules) -> Adopted:
    """Bring the built-in posting rules and accounts of all books up to this release; a worker does so when it starts.

    A rule that the merchant changed or retired stays as it is. A rule that is new is active from the beginning, and
    events that had passed without it are posted by a job that follows: in their own period, or, when that is closed,
    in the first open one. One that cannot be posted is parked. Doing it again changes nothing.
    """
    return await adopt(tx, catch_up=do.catch_up)


async def adopt(tx: Tx, *, catch_up: bool = True) -> Adopted:
    """Add what is lacking; the first books of all bring nothing to catch up on, because events without books wait."""
    await rules.lock_all(tx)
    kept = await rules.general(tx)
    added = versions_to_add(kept, chart.DEFAULT_RULES, tx.now)
    for rule in added:
        if rule.name in kept:
            await rules.end(tx, kept[rule.name], rule.active_from)
        await rules.insert(tx, rule, tx.cause)
    accounts = await _add_accounts(tx)
    fresh = [rule for rule in added if rule.name not in kept] if kept and catch_up else []
    passed = sorted({rule.event for rule in fresh})
    if fresh:
        await enqueue(tx, "ledger.catch_up", CatchUp(rules=[rule.name for rule in fresh], events=passed))
    _tell(added, accounts, passed)
    return Adopted(rules=added, accounts=accounts, catching_up=passed)


async def _add_accounts(tx: Tx) -> list[str]:
    lacking = await books_table.lacking_accounts(tx, chart.CODES)
    codes = set().union(*lacking.values())
    await books_table.insert_accounts(
        tx, sorted(lacking), [account for account in chart.CHART if account.code in codes]
    )
    return sorted(codes)


def _tell(added: list[Rule], accounts: list[str], passed: list[str]) -> None:
    if added or accounts:
        versions = {rule.name: rule.version for rule in added}
        log.info("built-in posting rules adopted", rules=versions, accounts=accounts, catching_up=passed)
