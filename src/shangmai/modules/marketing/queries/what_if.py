"""The SQL on what-if runs."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record
from msgspec import Struct, convert, to_builtins

from shangmai.kernel.tx import Tx
from shangmai.modules.marketing.contract import RunStatus, Tally, WhatIfId
from shangmai.modules.marketing.rules.usage import Usage
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract import Policy, Promotion

RUN: Final = (
    "id, shop_id, currency, since, until, status, asked, counted, done, total, last_at, last_id, started_at,"
    " finished_at, asked_by"
)


class Trial(Struct, frozen=True, kw_only=True):
    """A campaign as it is tried: its promotions, as they were when the run began."""

    name: str
    promotions: tuple[Promotion, ...]


class Asked(Struct, frozen=True, kw_only=True):
    """What a run compares, frozen when it began: the promotions published then, the policy, the campaigns."""

    published: tuple[Promotion, ...]
    policy: Policy
    trials: tuple[Trial, ...]


class Counted(Struct, kw_only=True):
    """What a run has counted so far: orders whose price is as recorded; a tally and a usage for each campaign."""

    as_recorded: int = 0
    tallies: list[Tally]
    usages: list[Usage]


class Run(Struct, frozen=True, kw_only=True):
    """A row: where it is (`last_at`, `last_id`: the last order counted), and what it has."""

    id: WhatIfId
    shop_id: ShopId
    currency: str
    since: datetime
    until: datetime
    status: RunStatus
    asked: Asked
    counted: Counted
    done: int
    total: int
    last_at: datetime | None
    last_id: UUID | None
    started_at: datetime
    finished_at: datetime | None
    asked_by: UUID | None


async def insert(tx: Tx, run: Run) -> None:
    await tx.execute(
        "INSERT INTO what_if_runs (id, shop_id, currency, since, until, status, asked, counted, done, total,"
        " started_at, cause, asked_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $12)",
        run.id,
        run.shop_id,
        run.currency,
        run.since,
        run.until,
        run.status.value,
        to_builtins(run.asked),
        to_builtins(run.counted),
        run.total,
        run.started_at,
        tx.cause,
        run.asked_by,
    )


async def find(tx: Tx, id_: UUID) -> Run | None:
    row = await tx.fetchrow("SELECT " + RUN + " FROM what_if_runs WHERE id = $1", id_)
    return None if row is None else _run(row)


async def page(tx: Tx, before: tuple[datetime, UUID] | None, limit: int) -> list[Run]:
    """Runs, the newest first."""
    rows = await tx.fetch(
        "SELECT " + RUN + " FROM what_if_runs WHERE $1::timestamptz IS NULL OR (started_at, id) < ($1, $2::uuid)"
        " ORDER BY started_at DESC, id DESC LIMIT $3",
        *(before or (None, None)),
        limit,
    )
    return [_run(row) for row in rows]


async def advance(tx: Tx, run: Run, done_before: int) -> bool:
    """Note how far a run has come; False when another process has gone on from there, or somebody has stopped it."""
    moved = await tx.fetchval(
        "UPDATE what_if_runs SET counted = $2, done = $3, last_at = $4, last_id = $5, status = $6, finished_at = $7"
        " WHERE id = $1 AND done = $8 AND status = 'running' RETURNING true",
        run.id,
        to_builtins(run.counted),
        run.done,
        run.last_at,
        run.last_id,
        run.status.value,
        run.finished_at,
        done_before,
    )
    return bool(moved)


async def stop(tx: Tx, id_: WhatIfId) -> None:
    await tx.execute(
        "UPDATE what_if_runs SET status = 'stopped', finished_at = $2 WHERE id = $1 AND status = 'running'", id_, tx.now
    )


def _run(row: Record) -> Run:
    return convert(dict(row), Run)
