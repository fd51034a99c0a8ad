"""Whether this installation lives, may be sent work, and how it is doing: healthz, readyz, metrics, about."""

from __future__ import annotations

import asyncio
import os
from importlib.metadata import version
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.datastructures import State
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from shangmai.apps import oversight, pulse
from shangmai.apps.backup import desk as backups
from shangmai.apps.demo import LOGINS, DemoLogin
from shangmai.apps.installation import newest_revision
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.contract import Lag, Parked
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.events.store import list_parked as list_parked_events
from shangmai.kernel.http.paging import LIMIT_MAX, Limit
from shangmai.kernel.jobs import ParkedJob, list_parked, queue
from shangmai.kernel.metrics import (
    BOOK_DIVERGENCES,
    EVENT_LAG,
    EVENT_LAG_SECONDS,
    EVENTS_PARKED,
    JOBS_WAITING,
    POOL_CONNECTIONS,
)
from shangmai.kernel.settings import Settings
from shangmai.kernel.tx import Tx

VERSION: Final = version("shangmai")
PING_TIMEOUT_S: Final = 2.0
GAUGES_TIMEOUT_S: Final = 5.0
PUBLIC: Final = {"public": True}


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """This process answers, and whether the database does. 进程与数据库是否应答。"""

    status: str
    version: str
    pid: int
    uptime_s: float
    database: str
    database_ms: float | None


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether work may be sent here: the schema is this release's, and a worker follows up what is done."""

    ready: bool
    migrated: bool
    worker_seen_s_ago: float | None


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is running here, for the pages. 系统信息。"""

    name: str
    version: str
    demo: bool
    demo_logins: list[DemoLogin]


@get("/healthz", opt=PUBLIC)
async def read_health(state: State, db: Database) -> Response[Health]:
    """Tell whether the process and its database answer; 503 when the database does not."""
    started = db.clock.monotonic_s()
    answers = await _answers(db)
    now = db.clock.monotonic_s()
    health = Health(
        status="ok" if answers else "database away",
        version=VERSION,
        pid=os.getpid(),
        uptime_s=round(now - state.started_s, 1),
        database="ok" if answers else "away",
        database_ms=round((now - started) * 1000, 1) if answers else None,
    )
    return Response(health, status_code=200 if answers else 503)


async def _answers(db: Database) -> bool:
    try:
        async with asyncio.timeout(PING_TIMEOUT_S):
            return bool(await db.pool.fetchval("SELECT true"))
    except Exception:  # whatever it is, the database does not answer
        return False


@get("/readyz", opt=PUBLIC | {"also": (503,)})
async def read_readiness(db: Database) -> Response[Readiness]:
    """Tell whether work may be sent here; 503 when it may not."""
    try:
        async with asyncio.timeout(PING_TIMEOUT_S):
            readiness = await _readiness(db)
    except Exception:  # without the database nothing is ready
        readiness = Readiness(ready=False, migrated=False, worker_seen_s_ago=None)
    return Response(readiness, status_code=200 if readiness.ready else 503)


async def _readiness(db: Database) -> Readiness:
    async with db.reading(SYSTEM) as tx:
        migrated = await tx.fetchval("SELECT version_num FROM alembic_version") == newest_revision()
        beat = await pulse.last(tx, "worker:") if migrated else None
    seen_s_ago = None if beat is None else max((db.clock.now() - beat.at).total_seconds(), 0.0)
    ready = migrated and seen_s_ago is not None and seen_s_ago < pulse.ALIVE_S
    return Readiness(ready=ready, migrated=migrated, worker_seen_s_ago=seen_s_ago)


@get("/metrics", opt=PUBLIC, include_in_schema=False)
async def read_metrics(db: Database) -> Response[bytes]:
    """Give the metrics of all processes on this machine, for Prometheus."""
    await _set_gauges(db)
    return Response(await asyncio.to_thread(_metrics), media_type=CONTENT_TYPE_LATEST)


def _metrics() -> bytes:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together)


async def _set_gauges(db: Database) -> None:
    """Look up what is true of the installation, not of a process. A database that is away has no figures."""
    size, idle = db.pool.get_size(), db.pool.get_idle_size()
    POOL_CONNECTIONS.labels("idle").set(idle)
    POOL_CONNECTIONS.labels("busy").set(size - idle)
    try:
        async with asyncio.timeout(GAUGES_TIMEOUT_S):
            for lag in await Reader(db).lags():
                EVENT_LAG.labels(lag.consumer, lag.lane).set(lag.waiting)
                EVENT_LAG_SECONDS.labels(lag.consumer, lag.lane).set(lag.oldest_s)
                EVENTS_PARKED.labels(lag.consumer).set(lag.parked)
            async with db.reading(SYSTEM) as tx:
                waiting, proof = await queue.counts(tx), await pulse.last(tx, "proof")
    except Exception:  # the figures of this process are worth having all the same
        return
    for status, count in waiting.items():
        JOBS_WAITING.labels(status).set(count)
    for what, divergences in (proof.detail if proof else {}).items():
        BOOK_DIVERGENCES.labels(what).set(divergences)


@get("/api/v1/about", opt=PUBLIC)
async def read_about(state: State) -> About:
    """Tell what is running here; in a demo also whom to sign in as."""
    settings: Settings = state.settings
    return About(name="商脉 Shangmai", version=VERSION, demo=settings.demo, demo_logins=LOGINS if settings.demo else [])


@get("/api/v1/events/lag", opt={"grant": "events.read"})
async def list_lags(db: Database) -> list[Lag]:
    """List how far every consumer of the event log is behind."""
    return await Reader(db).lags()


@get("/api/v1/events/parked", opt={"grant": "events.read"})
async def list_events_parked(tx: Tx, consumer: str | None = None, limit: Limit = LIMIT_MAX) -> list[Parked]:
    """List the events that a consumer could not handle, and those that wait behind them."""
    return await list_parked_events(tx, consumer, limit)


@get("/api/v1/jobs/parked", opt={"grant": "jobs.read"})
async def list_jobs_parked(tx: Tx, name: str | None = None, limit: Limit = LIMIT_MAX) -> list[ParkedJob]:
    """List the jobs that are not tried again by themselves, newest first."""
    return await list_parked(tx, name, limit)


routes: Final[list[Any]] = [
    read_health,
    read_readiness,
    read_metrics,
    read_about,
    list_lags,
    list_events_parked,
    list_jobs_parked,
    *oversight.routes,
    *backups.routes,
]
