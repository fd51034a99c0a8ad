"""Jobs are asked for within a transaction, tried until they succeed, and parked when they cannot."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import Conflict, Unavailable
from shangmai.kernel.ids import new_id
from shangmai.kernel.jobs import JobNotParked, ParkedJob, contract, enqueue, enqueue_many, list_parked, queue
from shangmai.kernel.jobs.contract import JOBS, FinalFailure, delay_s, is_final, job
from shangmai.kernel.jobs.worker import Jobs, ListeningDriver
from tests.jobs.waiting import until


class Ping(msgspec.Struct, frozen=True):
    to: UUID
    text: str = "ping"


calls: dict[UUID, list[str]] = {}
behaviours: dict[UUID, Callable[[int], Awaitable[None]]] = {}


@job("test.ping", attempts_max=3, timeout_s=60.0, backoff_s=0.05)
async def ping(runner: Runner, do: Ping) -> None:
    calls.setdefault(do.to, []).append(do.text)
    behaviour = behaviours.get(do.to)
    if behaviour is not None:
        await behaviour(len(calls[do.to]))


@job("test.ping_in_time", attempts_max=3, timeout_s=2.0, backoff_s=0.05)
async def ping_in_time(runner: Runner, do: Ping) -> None:
    await ping(runner, do)


@asynccontextmanager
async def working(runner: Runner, grace_s: float = 5) -> AsyncIterator[Jobs]:
    jobs = Jobs(runner, jobs=[JOBS["test.ping"], JOBS["test.ping_in_time"]], schedules=[], grace_s=grace_s)
    task = asyncio.create_task(jobs.run())
    try:
        yield jobs
    finally:
        jobs.stop()
        await task


async def waiting(db: Database) -> int:
    async with db.reading(SYSTEM) as tx:
        return sum((await queue.counts(tx)).values())


async def parked(db: Database) -> list[ParkedJob]:
    async with db.reading(SYSTEM) as tx:
        return await list_parked(tx)


class TestEnqueue:
    async def test_a_job_exists_only_if_its_transaction_commits(self, db: Database) -> None:
        async def ask_and_fail() -> None:
            async with db.transaction() as tx:
                await enqueue(tx, "test.ping", Ping(new_id()))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await ask_and_fail()
        assert await waiting(db) == 0
        async with db.transaction() as tx:
            assert await enqueue(tx, "test.ping", Ping(new_id())) is not None
        assert await waiting(db) == 1

    async def test_one_key_waits_once(self, db: Database) -> None:
        async with db.transaction() as tx:
            ids = await enqueue_many(tx, "test.ping", [Ping(new_id()) for _ in range(3)], dedupe_keys=["a", "b", "a"])
            assert len(ids) == 2
        async with db.transaction() as tx:
            assert await enqueue(tx, "test.ping", Ping(new_id()), dedupe_key="a") is None
        assert await waiting(db) == 2

    async def test_a_dry_run_reports_the_job_and_leaves_none(self, db: Database) -> None:
        to = new_id()
        async with db.transaction(dry_run=True) as tx:
            await enqueue(tx, "test.ping", Ping(to))
        assert tx.effects == [{"job": "test.ping", "payload": {"to": str(to), "text": "ping"}}]
        assert await waiting(db) == 0


class TestWork:
    async def test_a_job_is_done_once_and_gone(self, db: Database, runner: Runner) -> None:
        to = new_id()
        async with working(runner):
            async with db.transaction() as tx:
                await enqueue(tx, "test.ping", Ping(to, "hello"))
            await until(lambda: _is(waiting(db), 0))
        assert calls[to] == ["hello"]

    async def test_it_waits_until_its_time(self, db: Database, runner: Runner) -> None:
        soon, later = new_id(), new_id()
        async with db.transaction() as tx:
            await enqueue(tx, "test.ping", Ping(later), run_at=db.clock.now() + timedelta(hours=1))
            await enqueue(tx, "test.ping", Ping(soon), run_at=db.clock.now() + timedelta(seconds=0.3))
        async with working(runner):
            await until(lambda: _is(waiting(db), 1))
        assert calls[soon] == ["ping"]
        assert later not in calls

    async def test_a_failure_is_tried_again(self, db: Database, runner: Runner) -> None:
        to = new_id()
        behaviours[to] = _fails_until(3)
        async with db.transaction() as tx:
            await enqueue(tx, "test.ping", Ping(to))
        async with working(runner):
            await until(lambda: _is(waiting(db), 0))
        assert len(calls[to]) == 3

    async def test_after_its_last_attempt_it_is_parked_and_can_be_replayed(self, db: Database, runner: Runner) -> None:
        to = new_id()
        behaviours[to] = _fails_until(4)
        async with db.transaction() as tx:
            id_ = await enqueue(tx, "test.ping", Ping(to), dedupe_key="once")
        async with working(runner):
            await until(lambda: _has(parked(db)))
            (one,) = await parked(db)
            assert (one.id, one.name, one.key, one.attempts) == (id_, "test.ping", "once", 3)
            assert one.reason == "Unavailable: A service that this needs does not answer now; try again in a moment."
            assert msgspec.json.decode(one.payload, type=Ping) == Ping(to)
            async with db.transaction() as tx:  # while it is parked, its key is taken
                assert await enqueue(tx, "test.ping", Ping(to), dedupe_key="once") is None
            async with db.transaction() as tx:
                await queue.replay(tx, one.id)
            await until(lambda: _is(waiting(db), 0))
        assert len(calls[to]) == 4
        async with db.transaction() as tx:
            with pytest.raises(JobNotParked):
                await queue.replay(tx, one.id)

    async def test_a_refusal_is_final(self, db: Database, runner: Runner) -> None:
        to = new_id()
        behaviours[to] = _raises(Conflict())
        async with db.transaction() as tx:
            await enqueue(tx, "test.ping", Ping(to))
        async with working(runner):
            await until(lambda: _has(parked(db)))
        assert len(calls[to]) == 1
        async with db.transaction() as tx:
            await queue.discard(tx, (await list_parked(tx))[0].id)
        assert await waiting(db) == 0

    async def test_a_handler_that_takes_too_long_is_tried_again(self, db: Database, runner: Runner) -> None:
        to = new_id()
        behaviours[to] = _hangs_until(2)
        async with db.transaction() as tx:
            await enqueue(tx, "test.ping_in_time", Ping(to))
        async with working(runner):
            await until(lambda: _is(waiting(db), 0))
        assert len(calls[to]) == 2

    async def test_a_worker_that_stops_gives_its_jobs_back(self, db: Database, runner: Runner) -> None:
        to = new_id()
        behaviours[to] = _hangs_until(2)
        async with db.transaction() as tx:
            await enqueue(tx, "test.ping", Ping(to))
        async with working(runner, grace_s=0.05):
            await until(lambda: _is(_count(to), 1))
        assert await waiting(db) == 1
        async with working(runner):
            await until(lambda: _is(waiting(db), 0))
        assert len(calls[to]) == 2

    async def test_a_job_that_its_workers_do_not_survive_is_parked(self, db: Database, runner: Runner) -> None:
        to = new_id()
        async with db.transaction() as tx:
            id_ = await enqueue(tx, "test.ping", Ping(to))
            await tx.execute(
                "INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)"
                " SELECT $1, 'picked', 'test.ping', 0 FROM generate_series(1, 3)",
                id_,
            )
        async with working(runner):
            await until(lambda: _has(parked(db)))
        assert to not in calls

    async def test_a_worker_whose_heartbeat_comes_late_has_not_died(
        self, db: Database, runner: Runner, admin_conn: asyncpg.Connection
    ) -> None:
        to, told = new_id(), asyncio.Event()
        behaviours[to] = lambda _: _waits_for(told)
        async with db.transaction() as tx:
            id_ = await enqueue(tx, "test.ping", Ping(to))
        assert id_ is not None
        async with working(runner):
            await until(lambda: to in calls)
            await admin_conn.execute("UPDATE pgqueuer SET heartbeat = now() - interval '1 day'")
            await until(lambda: _is_heard_of(admin_conn))
            await until(lambda: _is(_deaths(db, id_), 0))
            told.set()
            await until(lambda: _is(waiting(db), 0))
        assert len(calls[to]) == 1

    async def test_work_goes_on_when_the_database_has_been_away(self, db: Database, runner: Runner, dsn: str) -> None:
        to = new_id()
        async with working(runner):
            await until(lambda: _has(_sessions(db)))
            async with db.transaction() as tx:
                await enqueue(tx, "test.ping", Ping(to), run_at=db.clock.now() + timedelta(seconds=1))
            await _end_sessions(dsn)
            await until(lambda: to in calls)

    async def test_nobody_waits_for_a_listener_that_could_not_listen(self, dsn: str) -> None:
        """The database may go away between the first session and listening."""
        pool = await asyncpg.create_pool(dsn, min_size=1, max_size=2)
        driver = ListeningDriver(pool)
        await pool.close()
        with pytest.raises(asyncpg.InterfaceError):
            await driver.add_listener("jobs", lambda _: None)
        assert driver.listens.is_set()


class TestBackoff:
    def test_it_doubles_with_jitter_up_to_a_limit(self) -> None:
        for attempts, most in ((1, 1), (2, 2), (5, 16), (30, contract.BACKOFF_MAX_S)):
            assert most / 2 <= delay_s(ValueError(), attempts) <= most

    def test_the_other_side_may_ask_for_more(self) -> None:
        assert delay_s(_http_error(429, {"Retry-After": "40"}), 1) == 40
        assert delay_s(_http_error(503, {"Retry-After": "999999"}), 1) == contract.BACKOFF_MAX_S

    @pytest.mark.parametrize(("status", "final"), [(400, True), (404, True), (422, True), (408, False), (429, False)])
    def test_a_4xx_answer_is_final(self, status: int, final: bool) -> None:
        assert is_final(_http_error(status)) is final

    def test_what_is_final(self) -> None:
        assert is_final(FinalFailure())
        assert is_final(Conflict())
        assert not is_final(Unavailable())
        assert not is_final(_http_error(500))
        assert not is_final(TimeoutError())


def _http_error(status: int, headers: dict[str, str] | None = None) -> httpx.HTTPStatusError:
    request = httpx.Request("POST", "https://example.com")
    return httpx.HTTPStatusError("", request=request, response=httpx.Response(status, headers=headers, request=request))


def _fails_until(success: int) -> Callable[[int], Awaitable[None]]:
    async def behave(n: int) -> None:
        if n < success:
            raise Unavailable()

    return behave


def _hangs_until(success: int) -> Callable[[int], Awaitable[None]]:
    async def behave(n: int) -> None:
        if n < success:
            await asyncio.sleep(60)

    return behave


def _raises(error: Exception) -> Callable[[int], Awaitable[None]]:
    async def behave(_: int) -> None:
        raise error

    return behave


async def _waits_for(told: asyncio.Event) -> None:
    await told.wait()


async def _is_heard_of(conn: asyncpg.Connection) -> bool:
    return bool(await conn.fetchval("SELECT bool_and(heartbeat > now() - interval '1 hour') FROM pgqueuer"))


async def _deaths(db: Database, id_: int) -> int:
    async with db.reading(SYSTEM) as tx:
        return await queue.deaths(tx, id_)


async def _is(value: Awaitable[int], expected: int) -> bool:
    return await value == expected


async def _has(value: Awaitable[Sequence[object]]) -> bool:
    return bool(await value)


async def _count(to: UUID) -> int:
    return len(calls.get(to, []))


async def _sessions(db: Database) -> list[object]:
    async with db.reading(SYSTEM) as tx:
        return list(
            await tx.fetch(
                "SELECT pid FROM pg_stat_activity"
                " WHERE application_name = 'shangmai-jobs' AND datname = current_database()"
            )
        )


async def _end_sessions(dsn: str) -> None:
    conn = await asyncpg.connect(dsn)
    await conn.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await conn.close()
