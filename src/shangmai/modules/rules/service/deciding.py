"""Asking the tables that are in force, and keeping what they decided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.rules import queries
from shangmai.modules.rules.contract import (
    SUBJECTS,
    Decided,
    Decision,
    DecisionTable,
    Subject,
    SubjectUnknown,
    TableId,
    VersionNotFound,
)
from shangmai.modules.rules.rules.tables import Ruling

MEMORY: Final = ("rules", "rulings")


class InForce(Struct, frozen=True):
    """The table that decides for a company now."""

    table_id: TableId
    version: int
    ruling: Ruling


def subject(name: str) -> Subject:
    """A subject that a module has declared. Raises: SubjectUnknown."""
    found = SUBJECTS.get(name)
    if found is None:
        raise SubjectUnknown(subject=name)
    return found


async def in_force(tx: Tx, name: str, companies: Collection[CompanyId]) -> dict[CompanyId, InForce]:
    """The tables that decide on a subject for these companies, as of this transaction; those without one are left out.

    One small read; a version that this process has not seen yet is read and compiled, once.
    """
    found = await queries.in_force(tx, name, companies)
    return {
        company_id: InForce(table_id, version, await ruling(tx, name, table_id, version))
        for company_id, (table_id, version) in found.items()
    }


async def ruling(tx: Tx, name: str, table_id: TableId, version: int) -> Ruling:
    """A saved version of a table, ready to be asked. Raises: VersionNotFound."""
    known: dict[tuple[TableId, int], Ruling] = tx.memory.setdefault(MEMORY, {})
    made = known.get((table_id, version))
    if made is None:
        made = Ruling(subject(name), await _content(tx, name, table_id, version))
        if not tx.dry_run:  # a version saved in a dry run never comes to be
            known[table_id, version] = made
    return made


async def _content(tx: Tx, name: str, table_id: TableId, version: int) -> DecisionTable:
    content = await queries.content(tx, table_id, version)
    if content is None:
        head = await queries.find(tx, table_id)
        raise VersionNotFound(subject=name, version=version, latest=0 if head is None else head.latest)
    return content


async def record(tx: Tx, decided: Sequence[Decided]) -> None:
    """Keep what was decided, with the version, the row and the facts."""
    await queries.insert_decisions(tx, decided)


async def decisions_about(tx: Tx, about: UUID) -> list[Decision]:
    """What tables decided about one thing, the oldest first."""
    return await queries.decisions_about(tx, about)


async def list_decisions(
    tx: Tx, name: str, before: tuple[datetime, int] | None, limit: int
) -> list[tuple[int, Decision]]:
    """Decisions on a subject, the newest first, each with its number. Raises: SubjectUnknown."""
    return await queries.decisions_page(tx, subject(name).name, before, limit)
