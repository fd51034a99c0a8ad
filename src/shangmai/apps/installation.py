"""Making a database ready for work: the schema, the partitions, the first data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg

import shangmai.migrations
from shangmai.apps import demo, pulse, wiring
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.db.database import Database
from shangmai.kernel.months import ensure_ahead

if TYPE_CHECKING:
    from shangmai.apps.progress import Progress
    from shangmai.kernel.settings import Settings

CONNECT_TIMEOUT_S: Final = 15.0


async def prepare(dsn: str, settings: Settings, progress: Progress) -> None:
    """Bring the schema and the partitions up to date; fill a demo on its first run."""
    if await is_current(dsn):
        progress.done("current")
    else:
        await bring_up_to_date(dsn)
        progress.done("migrated", revision=newest_revision())
    async with await Database.connect(dsn, size=settings.pool_size) as db:
        await ensure_ahead(db)
        progress.done("partitions")
        if settings.demo and not await is_seeded(db):
            progress.step("seeding")
            await seed(db)
            progress.done("seeded")


def newest_revision() -> str:
    """The newest migration of this release, by its file's name; Alembic itself takes half a second to import."""
    versions = Path(shangmai.migrations.__path__[0]) / "versions"
    return max(path.name for path in versions.glob("[0-9]*.py")).partition("_")[0]


async def is_current(dsn: str) -> bool:
    """Whether the database has this release's schema."""
    conn = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S)
    try:
        if await conn.fetchval("SELECT to_regclass('alembic_version') IS NULL"):
            return False
        return bool(await conn.fetchval("SELECT version_num FROM alembic_version") == newest_revision())
    finally:
        await conn.close()


async def bring_up_to_date(dsn: str) -> None:
    """Run the migrations that the database lacks."""
    from shangmai.kernel.db.migrate import migrate

    await migrate(dsn)


async def is_seeded(db: Database) -> bool:
    async with db.transaction() as tx:
        return await pulse.last(tx, "seeded") is not None


async def seed(db: Database) -> None:
    """Write the sample company; marked as done only at the end, so one that was cut short is gone on with."""
    wiring.load()
    await demo.seed(Runner(db))
    async with db.transaction(door="cli") as tx:
        await pulse.record(tx, "seeded", {})
