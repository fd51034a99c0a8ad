"""Work at set times, in the installation's timezone, in one process of several."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from pgqueuer.executors import ScheduleExecutorFactoryParameters
from pgqueuer.types import CronEntrypoint, CronExpression

from shangmai.apps import upkeep
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.db.database import Database
from shangmai.kernel.jobs import SCHEDULES
from shangmai.kernel.jobs.contract import ScheduleSpec
from shangmai.kernel.jobs.worker import Jobs, ZonedSchedule
from tests.jobs.waiting import until


async def test_two_processes_keep_a_schedule_once(db: Database, runner: Runner, admin_conn: asyncpg.Connection) -> None:
    """It is due when the test says so, and both look for it every second, as the other schedule makes them do."""
    kept: list[str] = []

    async def keep(_: Runner) -> None:
        kept.append("kept")

    async def look(_: Runner) -> None: ...

    in_half_a_year = f"0 0 1 {(db.clock.now().month + 5) % 12 + 1} *"
    specs = [ScheduleSpec("test.seldom", in_half_a_year, keep), ScheduleSpec("test.every_second", "* * * * * *", look)]
    both = [Jobs(runner, jobs=[], schedules=specs) for _ in range(2)]
    tasks = [asyncio.create_task(jobs.run()) for jobs in both]
    for times in range(1, 4):
        await until(lambda: _comes_due(admin_conn))
        await until(lambda times=times: len(kept) >= times)  # type: ignore[misc]
    for jobs in both:
        jobs.stop()
    await asyncio.gather(*tasks)
    assert kept == ["kept"] * 3


async def _comes_due(conn: asyncpg.Connection) -> bool:
    """Whether there is one now that is not being kept, and is due from here on."""
    sql = (
        "UPDATE pgqueuer_schedules SET next_run = now()"
        " WHERE entrypoint = 'test.seldom' AND status = 'queued' AND next_run > now()"
    )
    return await conn.execute(sql) == "UPDATE 1"


async def nothing(_: object) -> None: ...


def zoned(cron: str, clock: ManualClock) -> ZonedSchedule:
    parameters = ScheduleExecutorFactoryParameters(CronEntrypoint("x"), CronExpression(cron), nothing, False)
    return ZonedSchedule(parameters, ZoneInfo("Asia/Shanghai"), clock)


def test_days_begin_where_the_business_is() -> None:
    clock = ManualClock(datetime(2026, 1, 31, 17, 0, tzinfo=UTC))  # 01:00 on the 1st of February in Shanghai
    assert zoned("30 3 1 * *", clock).get_next() == datetime(2026, 1, 31, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["orders.exceptions", "orders.release_units", "warehouse.make_waves"])
def test_what_is_done_every_ten_seconds_is_in_every_minute(name: str) -> None:
    upkeep.declare()
    clock = ManualClock(datetime(2026, 1, 31, 17, 9, 31, tzinfo=UTC))
    schedule, times = zoned(SCHEDULES[name].cron, clock), list[datetime]()
    for _ in range(10):
        clock.set_to(schedule.get_next())
        times.append(clock.now())
    assert times[0] == datetime(2026, 1, 31, 17, 9, 40, tzinfo=UTC)
    assert {after - before for before, after in pairwise(times)} == {timedelta(seconds=10)}
