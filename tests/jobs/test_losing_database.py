"""A job whose database goes away while it fails, or that is cut short, is done again; nothing parks or forgets it."""

from __future__ import annotations

import asyncio
import socket
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from pgqueuer import AsyncpgPoolDriver, Job
from pgqueuer.domain.types import QueueManagerId
from pgqueuer.ports.repository import EntrypointExecutionParameter

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.kernel.jobs import enqueue
from shangmai.kernel.jobs.worker import Jobs, _queries
from tests.jobs.test_queue import Ping, parked, waiting

SOON = timedelta(0)


async def taken(db: Database, dsn: str) -> Job:
    """A job that a worker has taken."""
    async with db.transaction() as tx:
        await enqueue(tx, "test.ping", Ping(new_id()))
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
        (job,) = await _queries(pool).dequeue(
            batch_size=1,
            entrypoints={"test.ping": EntrypointExecutionParameter(concurrency_limit=1)},
            queue_manager_id=QueueManagerId(uuid4()),
            global_concurrency_limit=None,
            heartbeat_timeout=timedelta(seconds=5),
        )
    return job


async def test_one_that_fails_where_no_database_can_note_it_is_not_parked(db: Database, dsn: str) -> None:
    job = await taken(db, dsn)
    with socket.socket() as taken_up:
        taken_up.bind(("127.0.0.1", 0))  # nobody listens there, nor can anybody meanwhile
        port = taken_up.getsockname()[1]
        async with asyncpg.create_pool(host="127.0.0.1", port=port, min_size=0, max_size=1) as nowhere:
            await _queries(nowhere).retry_job(job, SOON, None)
    assert await waiting(db) == 1
    assert await parked(db) == []


async def test_nobody_asks_to_be_heard_before_they_listen(
    db: Database, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where connecting takes long, the question would be lost, and a worker that misses its answer begins anew."""
    done: list[str] = []
    asked = asyncio.Event()
    listen, notify = AsyncpgPoolDriver.add_listener, AsyncpgPoolDriver.notify

    async def slowly(driver: AsyncpgPoolDriver, channel: str, callback: Any) -> None:
        await driver.fetch("SELECT pg_sleep(0.3)")
        await listen(driver, channel, callback)
        done.append("listens")

    async def noted(driver: AsyncpgPoolDriver, channel: str, payload: str) -> None:
        await notify(driver, channel, payload)
        done.append("asks")
        asked.set()

    monkeypatch.setattr(AsyncpgPoolDriver, "add_listener", slowly)
    monkeypatch.setattr(AsyncpgPoolDriver, "notify", noted)
    jobs = Jobs(Runner(db), schedules=[])
    working = asyncio.create_task(jobs.run())
    await asyncio.wait_for(asked.wait(), 60)
    jobs.stop()
    await working
    assert done[:2] == ["listens", "asks"]


async def test_one_that_was_cut_short_is_not_forgotten(db: Database, dsn: str) -> None:
    job = await taken(db, dsn)
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
        await _queries(pool).log_jobs([(job, "canceled", None)])
        assert await waiting(db) == 1
        await _queries(pool).log_jobs([(job, "canceled", None), (job, "successful", None)])
    assert await waiting(db) == 0
