"""Trying a posting rule before it is published: what it could name, and what it would have posted."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from shangmai.modules.ledger.contract import PublishRule
from shangmai.modules.organization.contract import CompanyId

TRIED_MAX = 200
"""So many of the newest events a rule is tried on."""
SHOWN_MAX = 20


class FieldKind(StrEnum):
    """What a field of an event holds. 数字、文字、是否、编号、其他。"""

    NUMBER = "number"
    TEXT = "text"
    FLAG = "flag"
    ID = "id"
    OTHER = "other"


class EventField(Struct, frozen=True, kw_only=True):
    """A field that a rule may name. 事件字段。"""

    name: str
    kind: FieldKind


class EventShape(Struct, frozen=True, kw_only=True):
    """An event that a rule may be of, with its fields. 可记账的事件。"""

    name: str
    fields: list[EventField]


class TryRule(Struct, frozen=True, kw_only=True):
    """A rule as it would be published, tried on a company's newest events of its kind."""

    company_id: CompanyId
    rule: PublishRule


class PostedLine(Struct, frozen=True, kw_only=True):
    """One debit and one credit of an amount; negative is red."""

    debit: str
    credit: str
    amount_minor: int


class WouldPost(Struct, frozen=True, kw_only=True):
    """What a rule would make of one event: its lines in minor units of `currency`, or why it cannot."""

    at: datetime
    key: str
    summary: str
    currency: str
    lines: list[PostedLine]
    problem: str


class RuleTried(Struct, frozen=True, kw_only=True):
    """Of the company's newest events: how many were looked at, met the conditions, and could not be posted."""

    looked: int
    met: int
    unfit: int
    shown: list[WouldPost]
