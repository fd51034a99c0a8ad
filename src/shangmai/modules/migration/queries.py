"""The SQL of saved mappings and import runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.migration.contract import ImportId, ImportRun, SavedMapping, StartImport

RUN = (
    "id, identity, action, mapping, file_name, file_sha256, actor_id, actor_name, position, started_at, finished_at,"
    " cause"
)


async def lock_mapping(tx: Tx, name: str) -> None:
    """Let one transaction at a time save a mapping of this name."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('import_mappings:' || $1, 0))", name)


async def find_mapping(tx: Tx, name: str) -> tuple[SavedMapping, str, Any] | None:
    """The newest version of a mapping: what it is, its kind, and its JSON."""
    row = await tx.fetchrow(
        "SELECT name, version, kind, mapping FROM import_mappings WHERE name = $1 ORDER BY version DESC LIMIT 1", name
    )
    return (
        None if row is None else (SavedMapping(name=row["name"], version=row["version"]), row["kind"], row["mapping"])
    )


async def mapping_names(tx: Tx) -> list[str]:
    return [row["name"] for row in await tx.fetch("SELECT DISTINCT name FROM import_mappings ORDER BY name")]


async def saved_mappings(tx: Tx, kind: str) -> list[Any]:
    """The newest version of each mapping of a kind, as JSON."""
    rows = await tx.fetch(
        "SELECT mapping FROM (SELECT DISTINCT ON (name) name, kind, mapping FROM import_mappings"
        " ORDER BY name, version DESC) newest WHERE kind = $1 ORDER BY name",
        kind,
    )
    return [row["mapping"] for row in rows]


async def insert_mapping(tx: Tx, saved: SavedMapping, kind: str, mapping: Any) -> None:
    await tx.execute(
        "INSERT INTO import_mappings (name, version, kind, mapping, saved_at, cause) VALUES ($1, $2, $3, $4, $5, $6)",
        saved.name,
        saved.version,
        kind,
        mapping,
        tx.now,
        tx.cause,
    )


async def insert_run(tx: Tx, id_: ImportId, do: StartImport) -> ImportRun | None:
    """A new run, or the one that there is of this identity; None when that is hidden from the actor."""
    await tx.execute(
        "INSERT INTO import_runs (id, identity, action, mapping, file_name, file_sha256, actor_id, actor_name,"
        " started_at, cause) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (identity) DO NOTHING",
        id_,
        do.identity,
        do.action,
        do.mapping,
        do.file_name,
        do.file_sha256,
        tx.actor.id,
        tx.actor.name,
        tx.now,
        tx.cause,
    )
    row = await tx.fetchrow("SELECT " + RUN + " FROM import_runs WHERE identity = $1", do.identity)
    return None if row is None else ImportRun(**row)


async def find_run(tx: Tx, id_: UUID) -> tuple[ImportRun, Any] | None:
    """A run and its report."""
    row = await tx.fetchrow("SELECT " + RUN + ", report FROM import_runs WHERE id = $1", id_)
    return None if row is None else (_run(row), row["report"])


async def finished_before(tx: Tx, identities: str, run: ImportRun) -> list[ImportRun]:
    """The other finished runs whose identities begin so."""
    rows = await tx.fetch(
        "SELECT " + RUN + " FROM import_runs WHERE starts_with(identity, $1) AND id <> $2 AND finished_at IS NOT NULL"
        " AND started_at < $3",
        identities,
        run.id,
        run.started_at,
    )
    return [ImportRun(**row) for row in rows]


async def set_position(tx: Tx, id_: ImportId, position: int) -> None:
    await tx.execute("UPDATE import_runs SET position = $2 WHERE id = $1", id_, position)


async def finish_run(tx: Tx, id_: ImportId, position: int, report: Any) -> None:
    await tx.execute(
        "UPDATE import_runs SET position = $2, report = $3, finished_at = $4 WHERE id = $1",
        id_,
        position,
        report,
        tx.now,
    )


async def page(tx: Tx, before: tuple[datetime, UUID] | None, limit: int) -> list[ImportRun]:
    """Runs, the newest first."""
    rows = await tx.fetch(
        "SELECT " + RUN + " FROM import_runs WHERE $1::timestamptz IS NULL OR (started_at, id) < ($1, $2::uuid)"
        " ORDER BY started_at DESC, id DESC LIMIT $3",
        *(before or (None, None)),
        limit,
    )
    return [_run(row) for row in rows]


def _run(row: Record) -> ImportRun:
    return ImportRun(**{name: row[name] for name in ImportRun.__struct_fields__})
