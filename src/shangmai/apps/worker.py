"""The worker process: event handlers, the sealing of the action log, jobs and schedules."""

from __future__ import annotations

import argparse
import asyncio
from zoneinfo import ZoneInfo

import structlog

from shangmai.apps import heap, lifeline, manners, pulse, upkeep, wiring
from shangmai.apps.environment import begin_process, load_settings
from shangmai.apps.postgres import opened
from shangmai.apps.signals import on_signals
from shangmai.kernel.actions.chain import Sealer
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.jobs.worker import Jobs
from shangmai.kernel.settings import Settings

log = structlog.get_logger(__name__)


class Worker:
    """Everything that follows up what the doors let in; any number of processes may run one."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._reader = Reader(db)
        self._sealer = Sealer(db)
        self._jobs = Jobs(Runner(db), together_max=settings.worker_concurrency, timezone=ZoneInfo(settings.timezone))
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop`; a part that fails for good ends the process, and the launcher starts a new one."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._reader.run())
            group.create_task(self._sealer.run())
            group.create_task(self._jobs.run())
            group.create_task(pulse.keep_beating(self._db, "worker", self._stop))

    def stop(self) -> None:
        """Finish what is in hand and return from `run`."""
        log.info("worker stops")
        self._stop.set()
        self._reader.stop()
        self._sealer.stop()
        self._jobs.stop()


async def work(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT."""
    wiring.load()
    upkeep.declare()
    greet = manners.let_session_give_way
    async with opened(settings) as dsn, await Database.connect(dsn, size=settings.pool_size, greet=greet) as db:
        manners.give_way()  # after a server was started here, for that would inherit it
        await upkeep.adopt_rules(Runner(db))
        worker = Worker(db, settings)
        on_signals(worker.stop)
        heap.settle()
        log.info("worker runs")
        await worker.run()


def main() -> None:
    """Work for a launcher: `python -m shangmai.apps.worker --lifeline 6`."""
    import uvloop

    parser = argparse.ArgumentParser(prog="shangmai.apps.worker")
    parser.add_argument("--lifeline", type=int)
    given = parser.parse_args()
    lifeline.hold_on(given.lifeline)
    settings = load_settings()
    begin_process(settings)
    uvloop.run(work(settings))


if __name__ == "__main__":
    main()
