"""What most commands need: the settings, the database at this release's schema, a runner."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec

from shangmai.apps import wiring
from shangmai.apps.environment import begin_process, load_settings
from shangmai.apps.installation import bring_up_to_date, is_current
from shangmai.apps.postgres import opened
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError, Conflict
from shangmai.kernel.months import ensure_ahead
from shangmai.kernel.settings import Settings

T = TypeVar("T")


class NotMigrated(Conflict):
    """The database has not this release's schema; run: shangmai migrate."""

    zh = "数据库结构不是本版本的，请先运行：shangmai migrate。"


class Session(msgspec.Struct):
    """One command's way to the installation; works beside a running `shangmai up`."""

    settings: Settings
    db: Database
    runner: Runner
    dsn: str


def run(command: Callable[[Session], Awaitable[T]]) -> T:
    """Run a command that works on the installation."""
    return asyncio.run(_run(command))


async def _run(command: Callable[[Session], Awaitable[T]]) -> T:
    async with session() as given:
        return await command(given)


@asynccontextmanager
async def session() -> AsyncIterator[Session]:
    """Open the installation; a private database that is new or old is brought up to date. Raises: NotMigrated."""
    settings = load_settings()
    begin_process(settings, log_level="warning", log_format="console")
    wiring.load()
    async with opened(settings) as dsn:
        if not await is_current(dsn):
            if settings.database_url is not None:
                raise NotMigrated()
            await bring_up_to_date(dsn)
        async with await Database.connect(dsn, size=4) as db:
            await ensure_ahead(db)
            yield Session(settings, db, Runner(db), dsn)


def print_json(value: object) -> None:
    """Print as JSON; indented for a person at a terminal."""
    encoded = msgspec.json.encode(value, enc_hook=str)
    print((msgspec.json.format(encoded, indent=2) if sys.stdout.isatty() else encoded).decode())


def refusal_as_wire(error: AppError, settings: Settings) -> dict[str, object]:
    return error.to_wire(settings.lang)
