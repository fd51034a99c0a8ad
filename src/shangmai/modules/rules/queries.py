"""The SQL of decision tables, their versions and what they decided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Record

from shangmai.kernel.db import facts
from shangmai.kernel.db.behind import Read
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.rules.contract import (
    Decided,
    Decision,
    DecisionTable,
    TableHead,
    TableId,
    TableVersion,
)

HEAD: Final = "t.id, t.company_id, t.subject, t.latest, t.published"
_table: Final = msgspec.json.Decoder(DecisionTable).decode
_encode: Final = msgspec.json.Encoder().encode


async def lock_or_make(tx: Tx, company_id: CompanyId, subject: str) -> TableHead:
    """A company's table for a subject, made if there was none, and held; it has version 0 then."""
    row = await tx.fetchrow(
        "INSERT INTO rule_tables AS t (id, company_id, subject, latest) VALUES ($1, $2, $3, 0)"
        f" ON CONFLICT (company_id, subject) DO UPDATE SET latest = t.latest RETURNING {HEAD}",  # sql: constant
        new_id(),
        company_id,
        subject,
    )
    assert row is not None
    return _head(row)


async def lock(tx: Tx, company_id: CompanyId, subject: str) -> TableHead | None:
    sql = f"SELECT {HEAD} FROM rule_tables t WHERE company_id = $1 AND subject = $2 FOR UPDATE"  # sql: constant
    row = await tx.fetchrow(sql, company_id, subject)
    return None if row is None else _head(row)


async def add_version(tx: Tx, head: TableHead, table: DecisionTable, note: str) -> TableHead:
    version = head.latest + 1
    await tx.execute(
        "INSERT INTO rule_versions (table_id, version, content, note, made_at, cause) VALUES ($1, $2, $3, $4, $5, $6)",
        head.id,
        version,
        table,
        note,
        tx.now,
        tx.cause,
    )
    await tx.execute("UPDATE rule_tables SET latest = $2 WHERE id = $1", head.id, version)
    return msgspec.structs.replace(head, latest=version)


async def put_in_force(tx: Tx, head: TableHead, version: int | None) -> TableHead:
    """Let a version decide, or none, and keep that it did so from now on."""
    await tx.execute("UPDATE rule_tables SET published = $2 WHERE id = $1", head.id, version)
    await tx.execute(
        "INSERT INTO rule_publications (table_id, version, at, cause) VALUES ($1, $2, $3, $4)",
        head.id,
        version,
        tx.now,
        tx.cause,
    )
    facts.changed(tx)
    return msgspec.structs.replace(head, published=version)


async def in_force_before(tx: Tx, head: TableHead) -> int | None:
    """The version that decided before the present one; None if no other ever did."""
    before: int | None = await tx.fetchval(
        "SELECT version FROM rule_publications WHERE table_id = $1 AND version IS NOT NULL AND version <> $2"
        " ORDER BY seq DESC LIMIT 1",
        head.id,
        head.published or 0,
    )
    return before


async def content(tx: Tx, table_id: TableId, version: int) -> DecisionTable | None:
    text = await tx.fetchval(
        "SELECT content::text FROM rule_versions WHERE table_id = $1 AND version = $2", table_id, version
    )
    return None if text is None else _table(text)


IN_FORCE: Final = Read(
    "SELECT subject, company_id, id, published FROM rule_tables"
    " JOIN unnest($1::text[], $2::uuid[]) AS k (subject, company_id) USING (subject, company_id)"
    " WHERE published IS NOT NULL",
    of=["rule_tables"],
)


async def in_force(tx: Tx, subject: str, companies: Collection[CompanyId]) -> dict[CompanyId, tuple[TableId, int]]:
    """Of these companies, the tables that decide on a subject now, with their versions."""
    found = await facts.recall(tx, "rules", _in_force, [(subject, company_id) for company_id in companies])
    return {company_id: table for (_, company_id), table in found.items()}


async def _in_force(
    tx: Tx, keys: Collection[tuple[str, CompanyId]]
) -> dict[tuple[str, CompanyId], tuple[TableId, int]]:
    subjects, companies = [subject for subject, _ in keys], [company_id for _, company_id in keys]
    rows = await tx.fetch_ahead(IN_FORCE, subjects, companies)
    return {(row["subject"], row["company_id"]): (row["id"], row["published"]) for row in rows}


async def page(tx: Tx, subject: str | None, after: tuple[str, UUID] | None, limit: int) -> list[TableHead]:
    rows = await tx.fetch(
        f"SELECT {HEAD} FROM rule_tables t WHERE ($1::text IS NULL OR subject = $1)"  # sql: constant
        " AND ($2::text IS NULL OR (subject, id) > ($2, $3::uuid)) ORDER BY subject, id LIMIT $4",
        subject,
        *(after or (None, None)),
        limit,
    )
    return [_head(row) for row in rows]


async def find(tx: Tx, table_id: TableId) -> TableHead | None:
    row = await tx.fetchrow(f"SELECT {HEAD} FROM rule_tables t WHERE id = $1", table_id)  # sql: constant
    return None if row is None else _head(row)


async def versions_of(tx: Tx, table_id: TableId) -> tuple[TableVersion, ...]:
    """All versions of a table, the newest first, each with when it was put in force."""
    rows = await tx.fetch(
        "SELECT v.version, v.content::text AS content, v.note, v.made_at,"
        " ARRAY (SELECT p.at FROM rule_publications p WHERE p.table_id = v.table_id AND p.version = v.version"
        " ORDER BY p.seq) AS published_at"
        " FROM rule_versions v WHERE v.table_id = $1 ORDER BY v.version DESC",
        table_id,
    )
    return tuple(
        TableVersion(
            version=row["version"],
            table=_table(row["content"]),
            note=row["note"],
            made_at=row["made_at"],
            published_at=tuple(row["published_at"]),
        )
        for row in rows
    )


async def insert_decisions(tx: Tx, decided: Sequence[Decided]) -> None:
    """Keep decisions; by one statement, for row-level security does not let COPY in."""
    await tx.execute(
        "INSERT INTO rule_decisions"
        " (about, company_id, subject, table_id, version, row_id, outcome, facts, at, cause)"
        " SELECT about, company_id, subject, table_id, version, row_id, outcome::json, facts::json, at, cause FROM"
        " unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::integer[], $6::text[], $7::text[], $8::text[],"
        " $9::timestamptz[], $10::uuid[])"
        " AS r (about, company_id, subject, table_id, version, row_id, outcome, facts, at, cause)",
        [each.about for each in decided],
        [each.company_id for each in decided],
        [each.subject for each in decided],
        [each.table_id for each in decided],
        [each.version for each in decided],
        [each.row for each in decided],
        [_encode(each.outcome).decode() for each in decided],
        [_encode(each.facts).decode() for each in decided],
        [each.item.now for each in decided],
        [each.item.cause for each in decided],
    )


async def decisions_about(tx: Tx, about: UUID) -> list[Decision]:
    """What tables decided about one thing, the oldest first."""
    rows = await tx.fetch(
        "SELECT about, subject, table_id, version, row_id, outcome::text AS outcome, facts::text AS facts, at"
        " FROM rule_decisions WHERE about = $1 ORDER BY at, seq",
        about,
    )
    return [_decision(row) for row in rows]


async def decisions_page(
    tx: Tx, subject: str, before: tuple[datetime, int] | None, limit: int
) -> list[tuple[int, Decision]]:
    """Decisions on a subject, the newest first, each with its number."""
    rows = await tx.fetch(
        "SELECT seq, about, subject, table_id, version, row_id, outcome::text AS outcome, facts::text AS facts, at"
        " FROM rule_decisions WHERE subject = $1 AND ($2::timestamptz IS NULL OR (at, seq) < ($2, $3::bigint))"
        " ORDER BY at DESC, seq DESC LIMIT $4",
        subject,
        *(before or (None, None)),
        limit,
    )
    return [(row["seq"], _decision(row)) for row in rows]


def _head(row: Record) -> TableHead:
    return TableHead(**dict(row))


def _decision(row: Record) -> Decision:
    told: dict[str, Any] = dict(row)
    told.pop("seq", None)
    return Decision(
        row=told.pop("row_id"),
        outcome=msgspec.json.decode(told.pop("outcome")),
        facts=msgspec.json.decode(told.pop("facts")),
        **told,
    )
