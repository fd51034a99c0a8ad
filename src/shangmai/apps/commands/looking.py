"""prove, events, jobs, openapi, settings."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from shangmai.apps.commands.session import Session, print_json, run
from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actors import SYSTEM

events = App(name="events", help="事件：延迟、搁置、重放。 Events: lag, parked, replay, drain.")
jobs = App(name="jobs", help="任务：搁置、重放、丢弃。 Jobs: parked, replay, discard.")

Limit = Annotated[int, Parameter(help="最多条数。 How many at most.")]


def prove() -> int:
    """重算全部账簿、各模块核对项与日志链。 Re-add all books, run every proof, verify the chain."""

    async def command(given: Session) -> int:
        from shangmai.apps.proving import prove as prove_all

        report = await prove_all(given.db)
        for proof in report.proofs:
            print(f"{'✓' if proof.holds else '✗'} {proof.what}")
            for line in proof.against:
                print(f"    {line}")
        chain = report.chain
        print(f"{'✓' if chain.intact else '✗'} action log: {chain.sealed} rows sealed, {chain.unsealed} not yet")
        print(
            f"    head {chain.head}" if chain.intact else f"    row {chain.broken_at}: {chain.problem} ({chain.log_id})"
        )
        if report.waiting or report.parked:
            print(f"· events: {report.waiting} waiting, {report.parked} parked (shangmai events lag)")
        print("核对通过 · Everything holds." if report.holds else "核对不通过 · Something does not hold.")
        return 0 if report.holds else 1

    return run(command)


@events.command
def lag() -> int:
    """各消费者还有多少事件未处理。 How far every consumer is behind."""

    async def command(given: Session) -> int:
        from shangmai.kernel.events.reader import Reader

        for one in await Reader(given.db).lags():
            print(
                f"{one.consumer:<40} lane {one.lane:>2}  waiting {one.waiting:>7}  oldest {one.oldest_s:>8.1f} s"
                f"  parked {one.parked:>5}"
            )
        return 0

    return run(command)


@events.command(name="parked")
def parked_events(*, consumer: str | None = None, limit: Limit = 100) -> int:
    """列出搁置的事件。 List the events that could not be handled."""

    async def command(given: Session) -> int:
        from shangmai.kernel.events.store import list_parked

        async with given.db.reading(SYSTEM) as tx:
            print_json(await list_parked(tx, consumer, limit))
        return 0

    return run(command)


@events.command(name="replay")
def replay_event(consumer: str, seq: int) -> int:
    """重放一个搁置的事件及其后续。 Handle a parked event again, and those that wait behind it."""

    async def command(given: Session) -> int:
        from shangmai.kernel.events.reader import Reader

        print_json({"handled": await Reader(given.db).replay(consumer, seq)})
        return 0

    return run(command)


@events.command
def drain() -> int:
    """立即处理全部待处理事件（无需后台进程）。 Handle everything that waits, without a worker."""

    async def command(given: Session) -> int:
        from shangmai.kernel.actions.chain import Sealer
        from shangmai.kernel.events.reader import Reader

        print_json({"handled": await Reader(given.db).drain(), "sealed": await Sealer(given.db).drain()})
        return 0

    return run(command)


@jobs.command(name="parked")
def parked_jobs(*, name: str | None = None, limit: Limit = 100) -> int:
    """列出搁置的任务及原因。 List the jobs that were given up, and why."""

    async def command(given: Session) -> int:
        from shangmai.kernel.jobs import list_parked

        async with given.db.reading(SYSTEM) as tx:
            print_json(await list_parked(tx, name, limit))
        return 0

    return run(command)


@jobs.command
def waiting() -> int:
    """等待、执行中、搁置的任务数。 How many jobs wait, run and are parked."""

    async def command(given: Session) -> int:
        from shangmai.kernel.jobs import queue

        async with given.db.reading(SYSTEM) as tx:
            print_json(await queue.counts(tx))
        return 0

    return run(command)


@jobs.command(name="replay")
def replay_job(id: int) -> int:
    """重试一个搁置的任务。 Let a parked job be tried again."""
    return _desk("jobs.replay", {"id": id})


@jobs.command(name="discard")
def discard_job(id: int, *, reason: str) -> int:
    """丢弃一个搁置的任务。 Drop a parked job for good."""
    return _desk("jobs.discard", {"id": id, "reason": reason})


def _desk(name: str, given_input: dict[str, object]) -> int:
    async def command(given: Session) -> int:
        from shangmai.kernel.actions.inputs import read_input
        from shangmai.kernel.actions.runner import find_action

        do = read_input(find_action(name), given_input, given.settings.lang)
        answer = await given.runner.run(Call(action=name, input=do, actor=SYSTEM, door="cli"))
        print_json(answer.unwrap())
        return 0

    return run(command)


def openapi() -> int:
    """打印 OpenAPI 文档。 Print the OpenAPI document."""
    from shangmai.apps import site, status, wiring

    wiring.load()
    print_json(site.document([*status.routes, *wiring.routes()]))
    return 0


def settings() -> int:
    """列出设置项（环境变量）、默认值与含义。 List the settings: variables, defaults, meanings."""
    from shangmai.kernel.settings import describe

    for one in describe():
        print(f"{one.variable:<30} {one.meaning}" + (f" [{one.default}]" if one.default else ""))
    return 0
