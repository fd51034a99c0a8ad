"""up, demo, migrate, seed."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from shangmai.apps import installation, upkeep, wiring
from shangmai.apps.commands import session
from shangmai.apps.environment import begin_process, load_settings, port_is_chosen
from shangmai.apps.listening import PortInUse
from shangmai.apps.postgres import opened
from shangmai.apps.signals import on_signals
from shangmai.apps.supervisor import AlreadyRunning, NotReady, Supervisor
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import EmbeddedPostgresError
from shangmai.kernel.months import ensure_ahead
from shangmai.kernel.settings import Settings

Port = Annotated[int | None, Parameter(help="端口，默认 8765。 Port, 8765 by default.")]
Host = Annotated[str | None, Parameter(help="监听地址。 Address to listen on.")]
Home = Annotated[Path | None, Parameter(help="数据目录，默认 ./var。 Folder for all data, ./var by default.")]
Processes = Annotated[int | None, Parameter(help="接口进程数。 How many API processes.")]


def up(*, port: Port = None, host: Host = None, home: Home = None, processes: Processes = None) -> int:
    """启动全部，Ctrl-C 停止。 Start database, schema, API and worker; Ctrl-C stops them."""
    return _up(_chosen(port=port, host=host, home=home, api_processes=processes), port is not None)


def demo(*, port: Port = None, host: Host = None, home: Home = None, processes: Processes = None) -> int:
    """以示例公司启动，数据在 ./var/demo。 Start with a sample company, in a folder of its own."""
    settings = _chosen(port=port, host=host, home=home, api_processes=processes, demo=True)
    if home is None and settings.database_url is None:
        settings = msgspec.structs.replace(settings, home=settings.home / "demo")
    return _up(settings, port is not None)


def migrate() -> int:
    """更新数据库结构与内置记账规则。 Bring the database to this release's schema and built-in posting rules."""
    settings = load_settings()
    begin_process(settings, log_format="console")
    asyncio.run(_migrate(settings))
    print(f"✓ {installation.newest_revision()}")
    return 0


def seed() -> int:
    """写入示例数据；已有的数据保持不变。 Write the sample data; what is there is left as it is."""
    session.run(lambda given: installation.seed(given.db))
    return 0


async def _migrate(settings: Settings) -> None:
    wiring.load()
    async with opened(settings) as dsn:
        await installation.bring_up_to_date(dsn)
        async with await Database.connect(dsn, size=1) as db:
            await ensure_ahead(db)
            await upkeep.adopt_rules(Runner(db))


def _chosen(**options: object) -> Settings:
    """The settings with what the command line says in place of the environment."""
    given = {name: value for name, value in options.items() if value is not None}
    if isinstance(home := given.get("home"), Path):
        given["home"] = home.expanduser().absolute()
    return msgspec.structs.replace(load_settings(), **given)


def _up(settings: Settings, port_on_command_line: bool) -> int:
    begin_process(settings, log_format="console" if sys.stderr.isatty() else None)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # what it does is a line of ours
    try:
        asyncio.run(_supervise(settings, port_on_command_line or port_is_chosen()))
    except (AlreadyRunning, PortInUse, NotReady, EmbeddedPostgresError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


async def _supervise(settings: Settings, port_chosen: bool) -> None:
    supervisor = Supervisor(settings, port_is_chosen=port_chosen)
    on_signals(supervisor.stop, once=False)
    await supervisor.run()
