"""How processes show others that they live: a row each, written every few seconds."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog

from shangmai.kernel.db.database import Database, DatabaseAway
from shangmai.kernel.tx import Tx

log = structlog.get_logger(__name__)

EVERY_S: Final = 2.0
ALIVE_S: Final = 15.0
"""A worker not heard of for so long does not count; a long batch may delay a beat for a few seconds."""
FORGOTTEN_AFTER: Final = timedelta(days=1)


class Pulse(msgspec.Struct, frozen=True):
    name: str
    at: datetime
    detail: dict[str, Any]


async def keep_beating(db: Database, kind: str, stop: asyncio.Event) -> None:
    """Show that this process lives until `stop`, then take its row away."""
    name = f"{kind}:{os.uname().nodename}:{os.getpid()}"
    while not stop.is_set():
        try:
            await db.run(lambda: _beat(db, name))
        except DatabaseAway as error:
            log.warning("no pulse", reason=str(error))
        try:
            await asyncio.wait_for(stop.wait(), EVERY_S)
        except TimeoutError:
            continue
    await _leave(db, name)


async def _beat(db: Database, name: str) -> None:
    async with db.transaction(durable=False) as tx:
        await record(tx, name, {})
        await tx.execute("DELETE FROM pulses WHERE name LIKE '%:%' AND at < $1", tx.now - FORGOTTEN_AFTER)


async def _leave(db: Database, name: str) -> None:
    try:
        async with db.transaction(durable=False) as tx:
            await tx.execute("DELETE FROM pulses WHERE name = $1", name)
    except Exception as error:  # the database may be gone already; the row grows old by itself
        log.info("pulse left behind", reason=repr(error))


async def record(tx: Tx, name: str, detail: dict[str, Any]) -> None:
    """Write down that something happened now, in place of when it happened before."""
    await tx.execute(
        "INSERT INTO pulses (name, at, detail) VALUES ($1, $2, $3)"
        " ON CONFLICT (name) DO UPDATE SET at = excluded.at, detail = excluded.detail",
        name,
        tx.now,
        detail,
    )


async def last(tx: Tx, prefix: str) -> Pulse | None:
    """The newest sign of life of this kind."""
    row = await tx.fetchrow(
        "SELECT name, at, detail FROM pulses WHERE starts_with(name, $1) ORDER BY at DESC LIMIT 1", prefix
    )
    return None if row is None else Pulse(row["name"], row["at"], row["detail"])
