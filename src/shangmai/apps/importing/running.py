"""The imports as functions: for the command line, for tests, for other programs."""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Final

from shangmai.apps.environment import load_settings
from shangmai.apps.importing.bar import Progress, Silent
from shangmai.apps.importing.following import drained, follower
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.files import FileStore, open_store
from shangmai.kernel.settings import Settings
from shangmai.modules.migration import service
from shangmai.modules.migration.contract import ImportReport, OrderMapping, SheetMapping, SheetReport, Usage

GC_THRESHOLDS: Final = (100_000, 50, 100)


async def import_orders(
    db: Database,
    runner: Runner,
    path: Path,
    mapping: str | OrderMapping,
    *,
    progress: Progress | None = None,
    actor: Actor = SYSTEM,
    files: FileStore | None = None,
    settings: Settings | None = None,
    follow: bool = True,
) -> ImportReport:
    """Import an order export by its mapping, its name or its JSON file; goes on where an earlier run stopped.

    A file that is imported already is answered with its report, and nothing changes. When this returns, everything it
    set off is worked off too: vouchers are posted, the log is sealed. With `follow`, a worker does that meanwhile.
    Raises: MappingNotFound, MappingInvalid, ColumnsMissing, NotPrepared, ImportBegunByAnother, ImportStopped.
    """
    settings, progress = settings or load_settings(), progress or Silent()
    meter = _Meter()
    async with db.reading(actor) as tx:
        chosen = mapping if isinstance(mapping, OrderMapping) else await service.get_order_mapping(tx, mapping)
    with _settled_heap() as settle:
        work = service.OrderImport(runner, actor, path, chosen)
        report = await work.open()
        if report is not None:
            return report
        settle()
        done = work.rows_done
        progress.begin(work.rows, done)
        async with AsyncExitStack() as stack:
            if follow:
                await stack.enter_async_context(follower(db, settings))
            await work.carry_out(progress.advance)
            progress.say("过账与封存 posting and sealing")
            await drained(db)
        usage = meter.usage(work.rows - done)
        return await work.close(files or open_store(settings.files_location()), usage)


async def import_sheet(
    db: Database,
    runner: Runner,
    action: str,
    path: Path,
    mapping: str | SheetMapping | None = None,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    actor: Actor = SYSTEM,
    files: FileStore | None = None,
    settings: Settings | None = None,
) -> SheetReport:
    """Run an action for every row (or group of rows) of a sheet; without a mapping the headers are field names.

    Raises: ActionNotFound, MappingNotFound, MappingInvalid, HeadersUnknown, ImportBegunByAnother, ImportStopped.
    """
    progress, meter = progress or Silent(), _Meter()
    async with db.reading(actor) as tx:
        chosen = await service.get_sheet_mapping(tx, mapping, action) if isinstance(mapping, str) else mapping
    work = service.SheetImport(runner, actor, path, action, chosen)
    report = None if dry_run else await work.begin()
    if report is not None:
        return report
    progress.begin(None, 0)
    await (work.rehearse if dry_run else work.carry_out)(progress.advance)
    store = files or open_store((settings or load_settings()).files_location())
    return await work.close(store, meter.usage(work.rows_done))


class _Meter:
    """Measures one import."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def usage(self, lines: int) -> Usage:
        seconds = time.monotonic() - self._began
        return Usage(
            lines=lines,
            seconds=round(seconds, 3),
            lines_per_s=round(lines / seconds),
            peak_rss_bytes=_peak_rss(resource.RUSAGE_SELF) + _peak_rss(resource.RUSAGE_CHILDREN),
        )


def _peak_rss(who: int) -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(who).ru_maxrss * unit


@contextmanager
def _settled_heap() -> Iterator[Callable[[], None]]:
    """Keep the garbage collector off what stays until the end.

    A file read and surveyed is millions of objects; looking at all of them again and again costs more than the import.
    The function given marks all that is there now as staying.
    """
    before = gc.get_threshold()
    gc.set_threshold(*GC_THRESHOLDS)

    def settle() -> None:
        gc.collect()
        gc.freeze()

    try:
        yield settle
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
