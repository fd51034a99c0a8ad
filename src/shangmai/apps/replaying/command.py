"""The command `shangmai replay`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Final

import asyncpg
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy.engine import make_url

from shangmai.apps import wiring
from shangmai.apps.commands.session import print_json
from shangmai.apps.environment import begin_process, load_settings
from shangmai.apps.heap import settle
from shangmai.apps.installation import bring_up_to_date
from shangmai.apps.postgres import opened
from shangmai.apps.replaying.following import Follower, Handling
from shangmai.apps.replaying.measuring import Played
from shangmai.apps.replaying.playing import STEP, Player
from shangmai.apps.replaying.stage import Builder
from shangmai.apps.replaying.year import PastOrder, past_orders
from shangmai.apps.signals import on_signals
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import Invalid
from shangmai.kernel.months import ensure_ahead
from shangmai.modules.migration import service as migration

NAME: Final = "shangmai_replay"


class NoOrders(Invalid):
    """There is no order with goods in {file}; give an export of sales, and the mapping that reads it."""

    zh = "{file} 中没有含商品的订单；请提供销售导出文件及其映射。"


def replay(
    file: Annotated[Path, Parameter(help="订单导出文件。 An export of orders.")],
    *,
    mapping: Annotated[str, Parameter(help="映射名称或 .json 文件。 A mapping's name, or .json.")] = "online-retail",
    orders: Annotated[int, Parameter(help="最多重演多少单。 How many orders at most.")] = 1000,
    since: Annotated[date | None, Parameter(help="从哪一天的订单开始。 The day of the first orders.")] = None,
    step_minutes: Annotated[
        int,
        Parameter(
            help="时钟每步几分钟，大则快而粗。 Minutes that the clock goes on at once: more is faster, and coarser.",
            validator=Number(gte=1, lte=120),
        ),
    ] = 15,
) -> int:
    """用历史订单在三个仓上自动跑完全程。 Let a business run by itself on past orders, in a database of its own."""
    played = asyncio.run(_replay(file, mapping, orders, since, timedelta(minutes=step_minutes)))
    if sys.stdout.isatty():
        Console(highlight=False).print(table_of(played))
    else:
        print_json(played)
    return 0


async def _replay(file: Path, mapping: str, count: int, since: date | None, step: timedelta) -> Played:
    stop = asyncio.Event()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("重演 replaying", total=None)
        async with stage_database() as dsn:
            async with await Database.connect(dsn, size=1) as db, db.reading(SYSTEM) as tx:
                chosen = await migration.get_order_mapping(tx, mapping)
            past = await asyncio.to_thread(past_orders, file, chosen, count, since)
            if not past:
                raise NoOrders(file=str(file))
            bar.update(task, total=len(past))
            on_signals(stop.set)
            settle()
            return await play(dsn, past, lambda done: bar.update(task, completed=done), step, stop=stop)


async def play(
    dsn: str,
    past: list[PastOrder],
    progress: Callable[[int], None],
    step: timedelta = STEP,
    events: Handling | None = None,
    stop: asyncio.Event | None = None,
) -> Played:
    """Build a stage in this empty database, and play these orders on it, so much of time at once.

    Events are handled here, unless somebody else is named who does. When `stop` is set no more orders are placed, and
    what is under way comes to its end.
    """
    clock = ManualClock(past[0].at - timedelta(days=1))
    async with await Database.connect(dsn, size=6) as db:
        await ensure_ahead(db)  # of today, when all of it is written down
        db.clock = clock
        await ensure_ahead(db)
        builder = Builder(Runner(db))
        stage = await builder.build(past)
        player = Player(db, builder, stage, clock, step, events or Follower(db))
        return await player.play(past, progress, stop or asyncio.Event())


@asynccontextmanager
async def stage_database() -> AsyncIterator[str]:
    """An empty database of this release beside the installation's own; it is gone when this ends."""
    settings = load_settings()
    begin_process(settings, log_level="warning", log_format="console")
    wiring.load()
    async with opened(settings) as own:
        admin = await asyncpg.connect(own)
        try:
            await admin.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            await admin.execute(f"CREATE DATABASE {NAME}")
            await admin.execute(f"ALTER DATABASE {NAME} SET synchronous_commit = off")  # it does not outlive this
            dsn = _beside(own)
            await bring_up_to_date(dsn)
            yield dsn
            await admin.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
        finally:
            await admin.close()


def table_of(played: Played) -> Table:
    """What came of it, for a person."""
    table = Table(title="重演 · replay", show_header=False)
    for name, value in rows_of(played):
        table.add_row(name, value)
    return table


def rows_of(played: Played) -> list[tuple[str, str]]:
    """The figures, each with its words in both languages."""
    stops = ", ".join(f"{code} {count}" for code, count in (played.stops | played.refused).items()) or "-"
    return [
        ("订单 · orders", f"{played.orders:,}"),
        ("商品件数 · pieces", f"{played.pieces:,}"),
        ("全程无人工 · untouched by hand", f"{_percent(played.untouched, played.orders)} ({played.untouched:,})"),
        ("签收 · signed", f"{played.signed:,}"),
        ("拦下的原因 · what stopped the others", stops),
        ("付款→释放（中位、p90）· paid to released", _spans(played.to_released.median_min, played.to_released.p90_min)),
        ("付款→发货（中位、p90）· paid to shipped", _spans(played.to_shipped.median_min, played.to_shipped.p90_min)),
        ("库存准确率 · stock accuracy", _percent(played.stock_accurate, played.stock_looked_at)),
        ("包裹/单 · parcels an order", f"{played.parcels / max(played.untouched, 1):.2f}"),
        ("拣货任务、扫描 · pick tasks, scans", f"{played.tasks:,}, {played.scans:,}"),
        ("路径：系统 / 按编码 / 最短 · path: told / by code / shortest", _lengths(played)),
        ("寻源得分 vs 就近 · sourcing score against the nearest", _scores(played)),
        ("实际用时 · real time", f"{played.seconds:,.0f} s"),
        ("各环节用时 · stages: placed / to waves / floor / carriers", _stages(played)),
        ("付款→入波次 · from paid into waves", f"{played.ready_per_s:,.1f}/s"),
    ]


def _stages(played: Played) -> str:
    return " / ".join(f"{took:,.0f} s" for took in played.stages_s.values())


def _percent(part: int, whole: int) -> str:
    return f"{part * 100 / whole:.2f} %" if whole else "-"


def _spans(median_min: int, p90_min: int) -> str:
    return f"{median_min // 60} h {median_min % 60:02} min, {p90_min // 60} h {p90_min % 60:02} min"


def _lengths(played: Played) -> str:
    km = [f"{mm / 1e6:,.1f} km" for mm in (played.told_mm, played.by_code_mm, played.shortest_mm)]
    return " / ".join(km)


def _scores(played: Played) -> str:
    return f"{played.score:,} / {played.nearest_score:,} ({_percent(played.score, played.nearest_score)})"


def _beside(dsn: str) -> str:
    """The same server's database of the replay."""
    return make_url(dsn).set(database=NAME).render_as_string(hide_password=False)
