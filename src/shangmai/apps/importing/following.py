"""What an import sets off is worked off while it runs: by a worker that runs already, or by one started for it.

A lane of events is held by one process at a time, so any number of followers is safe.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from msgspec.structs import replace

from shangmai.apps import pulse
from shangmai.apps.environment import as_environment
from shangmai.kernel.actions.chain import Sealer
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.settings import Settings

log = structlog.get_logger(__name__)

STOP_TIMEOUT_S: Final = 15.0
LOOK_AGAIN_S: Final = 0.1


@asynccontextmanager
async def follower(db: Database, settings: Settings) -> AsyncIterator[None]:
    """Have a worker while the block runs; one that is there already is enough. It ends with this process, however."""
    if await _is_followed(db):
        yield
        return
    ours, theirs = os.pipe()  # nobody writes: the worker stops when our end closes
    own = replace(settings, database_url=db.dsn, pool_size=4, worker_concurrency=1, log_level="warning")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "shangmai.apps.worker", "--lifeline", str(ours)),
        stdin=asyncio.subprocess.DEVNULL,
        pass_fds=(ours,),
        env=as_environment(own),
    )
    os.close(ours)
    try:
        yield
    finally:
        os.close(theirs)
        try:
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            log.warning("the worker did not stop in time")
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def drained(db: Database) -> None:
    """Return when every event is handled or parked and every row of the action log is sealed."""
    reader, sealer = Reader(db), Sealer(db)
    while True:
        await reader.drain()
        if not any(lag.waiting for lag in await reader.lags()):
            break
        await asyncio.sleep(LOOK_AGAIN_S)  # another process holds the lane
    await sealer.drain()


async def _is_followed(db: Database) -> bool:
    async with db.transaction() as tx:
        beat = await pulse.last(tx, "worker:")
        return beat is not None and (tx.now - beat.at).total_seconds() < pulse.ALIVE_S
