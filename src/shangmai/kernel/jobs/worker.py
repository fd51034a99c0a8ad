"""Doing jobs and keeping schedules, on pgqueuer.

A job is held by heartbeats: when they stop for `HEARTBEAT_S`, because the worker died or lost the database, another
worker takes it. A job that its workers do not survive is parked after a few of them, instead of killing the next.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Container, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
import structlog
from asyncpg import Pool, Record
from croniter import croniter  # type: ignore[import-untyped]
from pgqueuer import AsyncpgPoolDriver, Job, Queries, QueueManager, RetryRequested, SchedulerManager
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.domain.errors import FailingListenerError
from pgqueuer.executors import ScheduleExecutor, ScheduleExecutorFactoryParameters
from pgqueuer.models import Schedule, TracebackRecord
from pgqueuer.types import JOB_STATUS, HealthCheckId, JobId

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.clock import SHANGHAI, Clock
from shangmai.kernel.db.database import APP_ROLE, LOST
from shangmai.kernel.jobs import queue
from shangmai.kernel.jobs.contract import JOBS, SCHEDULES, FinalFailure, JobSpec, ScheduleSpec, delay_s, is_final
from shangmai.kernel.jobs.schema import CHANNEL, settings
from shangmai.kernel.metrics import JOB_SECONDS, JOBS_RUN

log = structlog.get_logger(__name__)

HEARTBEAT_S: Final = 5.0
POLL_S: Final = 1.0
AWAY_S: Final = 1.0
GRACE_S: Final = 5.0
CLOSE_S: Final = 5.0
DEATHS_MAX: Final = 3


class Jobs:
    """Does jobs and keeps schedules in this process; any number of processes may."""

    def __init__(
        self,
        runner: Runner,
        *,
        together_max: int = 16,
        timezone: ZoneInfo = SHANGHAI,
        jobs: Sequence[JobSpec] | None = None,
        schedules: Sequence[ScheduleSpec] | None = None,
        grace_s: float = GRACE_S,
    ) -> None:
        self._runner = runner
        self._together_max = max(together_max, 2)
        self._timezone = timezone
        self._grace_s = grace_s
        self._jobs = list(JOBS.values()) if jobs is None else list(jobs)
        self._schedules = list(SCHEDULES.values()) if schedules is None else list(schedules)
        self._stop = asyncio.Event()
        self._shutdown = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until `stop`; when the database goes away, begin anew as soon as it is back."""
        while not self._stop.is_set():
            try:
                await self._work()
            except* (*LOST, FailingListenerError, asyncpg.PostgresError) as lost:
                log.warning("jobs pause until the database answers", reason=repr(lost.exceptions[0]))
                await self._pause(AWAY_S)

    def stop(self) -> None:
        """Take no more; what still runs after `grace_s` is given back to the queue."""
        self._stop.set()
        self._shutdown.set()
        asyncio.get_running_loop().call_later(self._grace_s, self._give_back)

    def _give_back(self) -> None:
        for task in self._running:
            task.cancel()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return

    async def _work(self) -> None:
        pool = await asyncpg.create_pool(
            self._runner.db.dsn,
            min_size=1,
            max_size=4,
            server_settings={"role": APP_ROLE, "application_name": "shangmai-jobs", "timezone": "UTC"},
        )
        assert pool is not None
        async with _closing(pool), asyncio.TaskGroup() as group:
            self._shutdown = asyncio.Event()
            if self._stop.is_set():
                return
            if self._jobs:
                group.create_task(self._end_together(self._do_jobs(pool)))
            if self._schedules:
                group.create_task(self._end_together(self._keep_schedules(pool)))
            await self._stop.wait() if not (self._jobs or self._schedules) else None

    async def _end_together(self, work: Coroutine[Any, Any, None]) -> None:
        """When one of the two ends, by `stop` or by an error, the other does too, without being cut short."""
        try:
            await work
        finally:
            self._shutdown.set()

    async def _do_jobs(self, pool: Pool[Record]) -> None:
        queries = _queries(pool)
        manager = QueueManager(queries, CHANNEL)
        queries.running = manager.job_context
        manager.shutdown = self._shutdown
        for spec in self._jobs:
            manager.entrypoint(
                spec.name, concurrency_limit=spec.together_max, accepts_context=False, on_failure="hold"
            )(self._executor(spec))
        await manager.run(
            dequeue_timeout=timedelta(seconds=POLL_S),
            batch_size=self._together_max // 2,
            max_concurrent_tasks=self._together_max // 2 * 2,
            shutdown_on_listener_failure=True,
            heartbeat_timeout=timedelta(seconds=HEARTBEAT_S),
        )

    async def _keep_schedules(self, pool: Pool[Record]) -> None:
        manager = SchedulerManager(_queries(pool))
        manager.shutdown = self._shutdown
        for spec in self._schedules:
            manager.schedule(spec.name, spec.cron, executor_factory=self._in_zone, accepts_context=False)(
                self._keeper(spec)
            )
        await manager.run()

    def _in_zone(self, parameters: ScheduleExecutorFactoryParameters) -> ScheduleExecutor:
        return ZonedSchedule(parameters, self._timezone, self._runner.db.clock)

    def _executor(self, spec: JobSpec) -> Callable[[Job], Coroutine[Any, Any, None]]:
        async def execute(job: Job) -> None:
            started = time.perf_counter()
            outcome = "ok"
            try:
                await self._attempt(spec, job)
            except RetryRequested:
                outcome = "retried"
                raise
            except Exception:
                outcome = "parked"
                raise
            finally:
                JOBS_RUN.labels(spec.name, outcome).inc()
                JOB_SECONDS.labels(spec.name).observe(time.perf_counter() - started)

        return execute

    async def _attempt(self, spec: JobSpec, job: Job) -> None:
        """Try once. Raises: RetryRequested, or what parks the job."""
        attempts = job.attempts + 1
        try:
            async with self._runner.db.reading(SYSTEM) as tx:
                if await queue.deaths(tx, job.id) >= DEATHS_MAX:
                    raise FinalFailure(f"{DEATHS_MAX} workers died while they did this job")
            payload = msgspec.json.decode(job.payload or b"{}", type=spec.payload)
            await self._run(spec.handler(self._runner, payload), spec.timeout_s)
        except _GivenBack:
            raise RetryRequested(timedelta(0), "the worker stopped") from None
        except Exception as error:
            if is_final(error) or isinstance(error, msgspec.MsgspecError) or attempts >= spec.attempts_max:
                raise
            log.warning("job failed; it is tried again", job=spec.name, attempt=attempts, reason=repr(error))
            raise RetryRequested(
                timedelta(seconds=delay_s(error, attempts, spec.backoff_s)), repr(error)[:500]
            ) from error

    def _keeper(self, spec: ScheduleSpec) -> Callable[[Schedule], Coroutine[Any, Any, None]]:
        async def keep(_: Schedule) -> None:
            try:
                await self._run(spec.handler(self._runner), None)
            except _GivenBack:
                log.info("schedule cut short; it runs again at its next time", schedule=spec.name)

        return keep

    async def _run(self, work: Any, timeout_s: float | None) -> None:
        """Run the handler in a task of its own, which `stop` can end without ending pgqueuer's bookkeeping of it."""
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._running.add(task)
        try:
            async with asyncio.timeout(timeout_s):
                await task
        except asyncio.CancelledError:
            if task.cancelled() and self._stop.is_set():
                raise _GivenBack from None
            raise
        finally:
            self._running.discard(task)


class _GivenBack(Exception):
    """The worker stops, and what it was doing is for the next one."""


class ZonedSchedule(ScheduleExecutor):
    """A schedule in the installation's timezone; pgqueuer itself reads cron expressions in UTC."""

    def __init__(self, parameters: ScheduleExecutorFactoryParameters, zone: ZoneInfo, clock: Clock) -> None:
        super().__init__(parameters)
        self._zone = zone
        self._clock = clock

    def get_next(self) -> datetime:
        now = self._clock.now().astimezone(self._zone)
        following: datetime = croniter(self.parameters.expression, now).get_next(datetime)
        return following.astimezone(UTC)


@asynccontextmanager
async def _closing(pool: Pool[Record]) -> AsyncIterator[None]:
    """Close a pool at the end; a connection that nobody gives back does not hold up the end."""
    try:
        yield
    finally:
        try:
            async with asyncio.timeout(CLOSE_S):
                await pool.close()
        except TimeoutError:
            pool.terminate()


class ListeningDriver(AsyncpgPoolDriver):
    """pgqueuer's driver, which tells when it listens, or could not."""

    def __init__(self, pool: Pool[Record]) -> None:
        super().__init__(pool)
        self.listens = asyncio.Event()

    async def add_listener(self, channel: str, callback: Callable[[str | bytes | bytearray], None]) -> None:
        try:
            await super().add_listener(channel, callback)
        finally:
            self.listens.set()  # also where it could not: who waits for it would wait for ever, and the worker with it


_TAKEN_ONCE: Final = """
DELETE FROM pgqueuer_log WHERE id IN (
  SELECT max(id) FROM pgqueuer_log WHERE job_id = ANY ($1::bigint[]) AND status = 'picked' GROUP BY job_id)"""


class LastingQueries(Queries):
    """pgqueuer's statements, but that a job which nothing can be noted of stays with this worker.

    Its heartbeat ends then, and the next worker takes it. pgqueuer would park it, though it failed for nothing that a
    person could mend; and it would forget one that was cut short because the database had gone.
    """

    running: Container[JobId] = ()
    """What this worker is doing."""

    async def dequeue(self, *args: Any, **kwargs: Any) -> list[Job]:
        """Take jobs. One of our own, whose heartbeat was late on a busy machine, comes again: but nobody has died."""
        taken = await super().dequeue(*args, **kwargs)
        ours = [job.id for job in taken if job.id in self.running]
        if ours:
            await self.driver.execute(_TAKEN_ONCE, ours)
        return taken

    async def notify_health_check(self, health_check_event_id: HealthCheckId) -> None:
        """Ask whether we are heard once we listen: pgqueuer asks at once, and would wait in vain where that takes."""
        assert isinstance(self.driver, ListeningDriver)
        await self.driver.listens.wait()
        await super().notify_health_check(health_check_event_id)

    async def retry_job(self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None) -> None:
        """Note that a job is to be tried again; where there is no database, leave it to its heartbeat."""
        try:
            await super().retry_job(job, delay, traceback_record)
        except LOST as lost:
            log.warning("job is taken again when its heartbeat has ended", job=job.entrypoint, reason=repr(lost))

    async def log_jobs(self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]) -> None:
        """Note what became of jobs. Nobody cancels ours, so one that was cut short is not over."""
        ended = [each for each in job_status if each[1] != "canceled"]
        if ended:
            await super().log_jobs(ended)


def _queries(pool: Pool[Record]) -> LastingQueries:
    names = settings()
    return LastingQueries(
        ListeningDriver(pool), QueryBuilderEnvironment(names), QueryQueueBuilder(names), QuerySchedulerBuilder(names)
    )
