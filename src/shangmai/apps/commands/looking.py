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


def prove(*, json: Annotated[bool, Parameter(help="以 JSON 输出。 Print JSON.", negative=())] = False) -> int:
    """重算全部账簿、各模块核对项与日志链；不符时退出码为 1。 Prove the books and the log; exit code 1 when broken."""

    async def command(given: Session) -> int:
        from shangmai.apps import proving

        report = await proving.prove(given.db)
        if json:
            print_json(proving.as_json(report))
        else:
            proving.show(report, given.settings.lang)
        return report.exit_code

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
