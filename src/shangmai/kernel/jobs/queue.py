"""The SQL on pgqueuer's tables that is not pgqueuer's own.

Enqueuing is ours for three reasons: `run_at` is a time and not an interval, a parked job counts as one that waits when
keys are compared, and importing pgqueuer takes most of a second that an API process need not spend.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from asyncpg import Record, UniqueViolationError

from shangmai.kernel.jobs.contract import JOBS, JobAlreadyWaiting, JobNotParked, ParkedJob
from shangmai.kernel.tx import Tx

KEEP_LOG_DAYS: Final = 30

_ENQUEUE = """
WITH asked AS (
  SELECT payload, key, n FROM unnest($2::bytea[], $3::text[]) WITH ORDINALITY AS a (payload, key, n)),
queued AS (
  INSERT INTO pgqueuer (priority, entrypoint, payload, execute_after, dedupe_key, status)
  SELECT 0, $1, payload, coalesce($4, now()), key, 'queued' FROM asked
  WHERE NOT EXISTS (SELECT FROM pgqueuer p WHERE p.dedupe_key = asked.key AND p.status = 'failed') ORDER BY n
  ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL DO NOTHING
  RETURNING id, entrypoint, priority),
logged AS (
  INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
  SELECT id, 'queued', entrypoint, priority FROM queued)
SELECT id FROM queued ORDER BY id"""

_PARKED = """
SELECT j.id, j.entrypoint AS name, j.dedupe_key AS key, j.attempts + 1 AS attempts, j.payload, j.updated AS parked_at,
       coalesce(l.traceback ->> 'exception_type' || ': ' || (l.traceback ->> 'exception_message'), '') AS reason
FROM pgqueuer j LEFT JOIN LATERAL (
  SELECT traceback FROM pgqueuer_log WHERE job_id = j.id AND status = 'failed' ORDER BY created DESC, id DESC LIMIT 1
) l ON true
WHERE j.status = 'failed' AND ($1::text IS NULL OR j.entrypoint = $1) ORDER BY j.updated DESC, j.id DESC LIMIT $2"""

_REPLAY = """
WITH replayed AS (
  UPDATE pgqueuer SET status = 'queued', execute_after = now(), updated = now(), attempts = 0, queue_manager_id = NULL
  WHERE id = $1 AND status = 'failed' RETURNING id, entrypoint, priority)
INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
SELECT id, 'queued', entrypoint, priority FROM replayed RETURNING job_id"""

_DISCARD = """
WITH discarded AS (DELETE FROM pgqueuer WHERE id = $1 AND status = 'failed' RETURNING id, entrypoint, priority)
INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
SELECT id, 'deleted', entrypoint, priority FROM discarded RETURNING job_id"""

_DROP_PARKED = """
WITH dropped AS (DELETE FROM pgqueuer WHERE dedupe_key = $1 AND status = 'failed' RETURNING id, entrypoint, priority)
INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
SELECT id, 'deleted', entrypoint, priority FROM dropped RETURNING job_id"""

_DEATHS = """
SELECT count(*) - 1 FROM pgqueuer_log WHERE job_id = $1 AND status = 'picked' AND id >
  coalesce((SELECT max(id) FROM pgqueuer_log WHERE job_id = $1 AND status = 'queued'), 0)"""


async def enqueue(
    tx: Tx, name: str, payload: msgspec.Struct, *, dedupe_key: str | None = None, run_at: datetime | None = None
) -> int | None:
    """Ask for a job when this transaction commits; None when one with the same key waits, runs or is parked."""
    ids = await enqueue_many(tx, name, [payload], dedupe_keys=[dedupe_key], run_at=run_at)
    return ids[0] if ids else None


async def enqueue_many(
    tx: Tx,
    name: str,
    payloads: Sequence[msgspec.Struct],
    *,
    dedupe_keys: Sequence[str | None] | None = None,
    run_at: datetime | None = None,
) -> list[int]:
    """Ask for several jobs of one name; the ids of those that are new."""
    spec = JOBS[name]
    assert all(isinstance(payload, spec.payload) for payload in payloads), f"{name} takes {spec.payload.__name__}"
    keys = list(dedupe_keys) if dedupe_keys is not None else [None] * len(payloads)
    assert len(keys) == len(payloads), "one key for each payload"
    if tx.dry_run:
        tx.effects += [{"job": name, "payload": msgspec.to_builtins(payload)} for payload in payloads]
    rows = await tx.fetch(_ENQUEUE, name, [msgspec.json.encode(payload) for payload in payloads], keys, run_at)
    return [row["id"] for row in rows]


async def list_parked(tx: Tx, name: str | None = None, limit: int = 100) -> list[ParkedJob]:
    """The parked jobs, newest first."""
    return [_parked(row) for row in await tx.fetch(_PARKED, name, limit)]


def _parked(row: Record) -> ParkedJob:
    given = dict(row)
    return ParkedJob(**given | {"payload": msgspec.Raw(given["payload"] or b"null"), "reason": given["reason"][:2000]})


async def replay(tx: Tx, id: int) -> None:
    """Let a parked job be tried again from its first attempt. Raises: JobNotParked, JobAlreadyWaiting."""
    try:
        async with tx.savepoint():
            replayed = await tx.fetchval(_REPLAY, id)
    except UniqueViolationError:
        raise JobAlreadyWaiting(id=id) from None
    if replayed is None:
        raise JobNotParked(id=id)


async def discard(tx: Tx, id: int) -> None:
    """Drop a parked job for good. Raises: JobNotParked."""
    if await tx.fetchval(_DISCARD, id) is None:
        raise JobNotParked(id=id)


async def drop_parked(tx: Tx, dedupe_key: str) -> int:
    """Drop what is parked under a key, for a new job that does the same from the beginning; how many there were."""
    return len(await tx.fetch(_DROP_PARKED, dedupe_key))


async def deaths(tx: Tx, id: int) -> int:
    """How many workers have died, or lost the database, while they did this attempt of the job."""
    died: int = await tx.fetchval(_DEATHS, id)
    return max(died, 0)


async def counts(tx: Tx) -> dict[str, int]:
    """How many jobs wait, run and are parked."""
    rows = await tx.fetch("SELECT status::text, count(*) AS n FROM pgqueuer GROUP BY status")
    return {"queued": 0, "picked": 0, "failed": 0} | {row["status"]: row["n"] for row in rows}


async def tidy(tx: Tx) -> None:
    """Drop the log of jobs that ended long ago; that of a parked one is kept."""
    await tx.execute(
        "DELETE FROM pgqueuer_log l WHERE created < now() - make_interval(days => $1)"
        " AND NOT EXISTS (SELECT FROM pgqueuer j WHERE j.id = l.job_id)",
        KEEP_LOG_DAYS,
    )
    await tx.execute("DELETE FROM pgqueuer_statistics WHERE created < now() - make_interval(days => $1)", KEEP_LOG_DAYS)
