"""Which rules an event meets, and the voucher lines that they make of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeGuard
from uuid import UUID

from shangmai.modules.ledger.contract import (
    NOBODY,
    Condition,
    Op,
    Rule,
    RuleLine,
    RuleSide,
)
from shangmai.modules.ledger.contract.errors import (
    EventUnfit,
)
from shangmai.modules.ledger.rules.vouchers import AccountKey, DraftLine
from shangmai.modules.organization.contract import CompanyId

Fields = Mapping[str, Any]
AMOUNT_MAX: Final = 10**18
GAP: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def holds(condition: Condition, fields: Fields) -> bool:
    """Whether an event's fields pass the test. Only numbers are compared, and only with numbers."""
    value, wanted = fields.get(condition.field), condition.value
    match condition.op:
        case Op.EQ:
            return _same(value, wanted)
        case Op.NE:
            return not _same(value, wanted)
        case Op.IN:
            return isinstance(wanted, list) and any(_same(value, each) for each in wanted)
        case Op.NOT_IN:
            return isinstance(wanted, list) and not any(_same(value, each) for each in wanted)
    return _is_number(value) and _is_number(wanted) and _compares(condition.op, value, wanted)


def _compares(op: Op, value: int, wanted: int) -> bool:
    match op:
        case Op.GT:
            return value > wanted
        case Op.GE:
            return value >= wanted
        case Op.LT:
            return value < wanted
        case _:
            return value <= wanted


def _same(value: Any, wanted: Any) -> bool:
    """Equality that keeps true apart from 1."""
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _is_number(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def applicable(rules: Sequence[Rule], company_id: CompanyId, event: str, at: datetime) -> list[Rule]:
    """The rules for an event of a company at a time; its own take the place of the general ones of the same name."""
    active = [r for r in rules if r.event == event and r.company_id in (None, company_id) and is_active(r, at)]
    own = {rule.name for rule in active if rule.company_id is not None}
    return [rule for rule in active if rule.company_id is not None or rule.name not in own]


def is_active(rule: Rule, at: datetime) -> bool:
    return rule.active_from <= at and (rule.active_to is None or at < rule.active_to)


def lines_of(rule: Rule, fields: Fields) -> list[DraftLine]:
    """The lines that a rule makes of an event, none if its conditions do not hold. Raises: EventUnfit."""
    if not all(holds(condition, fields) for condition in rule.when):
        return []
    lines = []
    for line in rule.lines:
        amount = _amount(rule, line.amount, fields)
        if amount:
            debit, credit = _key(rule, line.debit, fields), _key(rule, line.credit, fields)
            if debit == credit:
                raise _unfit(rule, f"{line.debit.account} stands on both sides")
            signed = -amount if line.red else amount
            lines.append(DraftLine(debit, credit, signed, signed))
    return lines


def summary_of(rule: Rule, fields: Fields) -> str:
    return GAP.sub(lambda gap: _plain(fields.get(gap[1])), rule.summary)


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _amount(rule: Rule, name: str, fields: Fields) -> int:
    amount = fields.get(name)
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 <= amount <= AMOUNT_MAX:
        raise _unfit(rule, f"{name} is {str(amount)[:40]}, not an amount in minor units")
    return amount


def _key(rule: Rule, side: RuleSide, fields: Fields) -> AccountKey:
    party = fields.get(side.party) if side.party else None
    if party is None:
        return side.account, NOBODY
    try:
        return side.account, UUID(party)
    except (ValueError, AttributeError, TypeError):
        raise _unfit(rule, f"{side.party} is {str(party)[:40]}, not an id") from None


def _unfit(rule: Rule, reason: str) -> EventUnfit:
    return EventUnfit(event=rule.event, rule=rule.name, reason=reason)


def accounts_of(lines: Iterable[RuleLine]) -> set[str]:
    return {side.account for line in lines for side in (line.debit, line.credit)}
