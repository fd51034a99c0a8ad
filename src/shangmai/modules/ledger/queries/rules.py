"""Posting rules: versions with the time in which each is active."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.ledger.contract import Rule
from shangmai.modules.organization.contract import CompanyId

COLUMNS = 'company_id, name, version, event, "when", lines, summary, active_from, active_to, origin'


def _rule(row: Record) -> Rule:
    return msgspec.convert(dict(row), Rule)


async def of_events(tx: Tx, events: Collection[str]) -> list[Rule]:
    """Every version of every rule for these events, in order of name."""
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM ledger_rules WHERE event = ANY ($1::text[]) ORDER BY name, version", list(events)
    )
    return [_rule(row) for row in rows]


async def watched_events(tx: Tx) -> set[str]:
    rows = await tx.fetch("SELECT DISTINCT event FROM ledger_rules")
    return {row["event"] for row in rows}


async def list_rules(tx: Tx, company_id: CompanyId) -> list[Rule]:
    """A company's own rules and the general ones, every version."""
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM ledger_rules WHERE company_id = $1 OR company_id IS NULL"
        " ORDER BY name, company_id NULLS FIRST, version",
        company_id,
    )
    return [_rule(row) for row in rows]


async def general(tx: Tx) -> dict[str, Rule]:
    """The newest general version of each rule, by name."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (name) " + COLUMNS + " FROM ledger_rules WHERE company_id IS NULL"
        " ORDER BY name, version DESC"
    )
    return {row["name"]: _rule(row) for row in rows}


async def lock_all(tx: Tx) -> None:
    """Let one transaction at a time publish or retire."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('ledger.rules', 0))")


async def find_newest(tx: Tx, company_id: CompanyId | None, name: str) -> Rule | None:
    row = await tx.fetchrow(
        "SELECT " + COLUMNS + " FROM ledger_rules WHERE company_id IS NOT DISTINCT FROM $1 AND name = $2"
        " ORDER BY version DESC LIMIT 1",
        company_id,
        name,
    )
    return None if row is None else _rule(row)


async def insert(tx: Tx, rule: Rule, cause: UUID) -> None:
    await tx.execute(
        'INSERT INTO ledger_rules (company_id, name, version, event, "when", lines, summary, active_from, origin,'
        " cause) VALUES ($1, $2, $3, $4, $5::text::json, $6::text::json, $7, $8, $9, $10)",
        rule.company_id,
        rule.name,
        rule.version,
        rule.event,
        _json(rule.when),
        _json(rule.lines),
        rule.summary,
        rule.active_from,
        rule.origin.value,
        cause,
    )


async def end(tx: Tx, rule: Rule, at: datetime) -> Rule:
    row = await tx.fetchrow(
        "UPDATE ledger_rules SET active_to = $4 WHERE company_id IS NOT DISTINCT FROM $1 AND name = $2"
        " AND version = $3 RETURNING " + COLUMNS,
        rule.company_id,
        rule.name,
        rule.version,
        at,
    )
    assert row is not None, "the rule was read in this transaction, and none is ever deleted"
    return _rule(row)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
