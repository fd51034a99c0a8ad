"""Trying posting rules on what has happened; nothing is posted."""

from __future__ import annotations

import types
import typing
from typing import Any, Final
from uuid import UUID

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.events.contract import TYPES_BY_NAME, Delivery
from shangmai.kernel.events.store import list_recent
from shangmai.kernel.tx import Tx
from shangmai.modules.ledger.contract import Books, PublishRule, Rule
from shangmai.modules.ledger.contract.errors import EventUnfit
from shangmai.modules.ledger.contract.trying import (
    SHOWN_MAX,
    TRIED_MAX,
    EventField,
    EventShape,
    FieldKind,
    PostedLine,
    RuleTried,
    TryRule,
    WouldPost,
)
from shangmai.modules.ledger.rules import matching
from shangmai.modules.ledger.rules.vouchers import DraftLine
from shangmai.modules.ledger.service.reading import get_books
from shangmai.modules.ledger.service.rules import check_rule

COMPANY: Final = "company_id"


def event_shapes() -> list[EventShape]:
    """The events that say which company they are of, by name, with their fields."""
    shapes = []
    for name, kind in sorted(TYPES_BY_NAME.items()):
        hints = typing.get_type_hints(kind.struct)
        if COMPANY in hints:
            fields = [EventField(name=field, kind=_kind_of(hint)) for field, hint in hints.items()]
            shapes.append(EventShape(name=name, fields=fields))
    return shapes


def _kind_of(hint: Any) -> FieldKind:
    plain = getattr(hint, "__supertype__", hint)
    if typing.get_origin(plain) in (typing.Union, types.UnionType):
        some = [each for each in typing.get_args(plain) if each is not type(None)]
        return _kind_of(some[0]) if len(some) == 1 else FieldKind.OTHER
    if not isinstance(plain, type):
        return FieldKind.OTHER
    if issubclass(plain, bool):
        return FieldKind.FLAG
    if issubclass(plain, int):
        return FieldKind.NUMBER
    if issubclass(plain, UUID):
        return FieldKind.ID
    return FieldKind.TEXT if issubclass(plain, str) else FieldKind.OTHER


async def try_rule(tx: Tx, do: TryRule) -> RuleTried:
    """Say what a rule would have made of a company's newest events.

    Raises: OutOfScope, BooksNotOpen, RuleInvalid as when it is published.
    """
    if not tx.actor.sees("company", do.company_id):
        raise OutOfScope(dimension="company")
    books = await get_books(tx, do.company_id)
    await check_rule(tx, do.rule, [books])
    recent = await list_recent(tx, do.rule.event, TRIED_MAX)
    own = [event for event in recent if event.fields.get(COMPANY) == str(do.company_id)]
    rule = _as_published(tx, do.rule)
    tried = [outcome for event in own if (outcome := _outcome(rule, event, books)) is not None]
    return RuleTried(
        looked=len(own),
        met=len(tried),
        unfit=sum(bool(each.problem) for each in tried),
        shown=tried[:SHOWN_MAX],
    )


def _as_published(tx: Tx, do: PublishRule) -> Rule:
    return Rule(
        company_id=do.company_id,
        name=do.name,
        version=1,
        event=do.event,
        when=do.when,
        lines=do.lines,
        summary=do.summary,
        active_from=do.active_from or tx.now,
        active_to=None,
    )


def _outcome(rule: Rule, event: Delivery, books: Books) -> WouldPost | None:
    """None where the conditions do not hold, or nothing would be posted."""
    fields, problem = event.fields, ""
    lines: list[DraftLine] = []
    try:
        lines = matching.lines_of(rule, fields)
    except EventUnfit as unfit:
        problem = str(unfit.data["reason"])
    if not lines and not problem:
        return None
    return WouldPost(
        at=event.at,
        key=event.key,
        summary=matching.summary_of(rule, fields),
        currency=fields.get("currency") or books.currency,
        lines=[
            PostedLine(debit=line.debit[0], credit=line.credit[0], amount_minor=line.original_minor) for line in lines
        ],
        problem=problem,
    )
