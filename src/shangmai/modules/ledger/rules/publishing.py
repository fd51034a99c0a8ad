"""What must be right about a rule before it may be published."""

from __future__ import annotations

import re
import typing
from typing import Final

import msgspec

from shangmai.modules.ledger.contract import (
    Condition,
    Op,
    PublishRule,
    RuleLine,
)
from shangmai.modules.ledger.rules.matching import GAP

LISTS: Final = {Op.IN, Op.NOT_IN}
COMPARISONS: Final = {Op.GT, Op.GE, Op.LT, Op.LE}


def faults(do: PublishRule, struct: type[msgspec.Struct] | None) -> list[tuple[str, str]]:
    """What is wrong with the rule, by place; `struct` is the event's, None when no module declares it."""
    found = [fault for n, condition in enumerate(do.when) for fault in _value_faults(f"when.{n}", condition)]
    found += [fault for n, line in enumerate(do.lines) for fault in _side_faults(f"lines.{n}", line)]
    if re.search(r"[{}]", GAP.sub("", do.summary)):
        found.append(("summary", "braces hold the name of a field, as {number}"))
    return found + ([] if struct is None else _field_faults(do, struct))


def _value_faults(path: str, condition: Condition) -> list[tuple[str, str]]:
    value, op = condition.value, condition.op
    if op in LISTS and not isinstance(value, list):
        return [(f"{path}.value", f"{op} needs a list")]
    if op in COMPARISONS and (not isinstance(value, int) or isinstance(value, bool)):
        return [(f"{path}.value", f"{op} needs a whole number")]
    if op not in LISTS and isinstance(value, list):
        return [(f"{path}.value", f"{op} needs one value")]
    return []


def _side_faults(path: str, line: RuleLine) -> list[tuple[str, str]]:
    return [(path, "debit and credit are the same account")] if line.debit == line.credit else []


def _field_faults(do: PublishRule, struct: type[msgspec.Struct]) -> list[tuple[str, str]]:
    fields = typing.get_type_hints(struct)
    found = [("event", f"{do.event} does not say which company it is of")] if "company_id" not in fields else []
    found += [(path, f"{do.event} has no field {name}") for path, name in _named(do) if name not in fields]
    for n, line in enumerate(do.lines):
        if line.amount in fields and fields[line.amount] is not int:
            found.append((f"lines.{n}.amount", f"{line.amount} is not an amount in minor units"))
    return found


def _named(do: PublishRule) -> list[tuple[str, str]]:
    named = [(f"when.{n}.field", condition.field) for n, condition in enumerate(do.when)]
    for n, line in enumerate(do.lines):
        named.append((f"lines.{n}.amount", line.amount))
        named += [(f"lines.{n}.debit.party", line.debit.party)] if line.debit.party else []
        named += [(f"lines.{n}.credit.party", line.credit.party)] if line.credit.party else []
    return named + [("summary", name) for name in GAP.findall(do.summary)]
