"""Until when the window shows what began and ended by time."""

from __future__ import annotations

from datetime import datetime

from shangmai.kernel.tx import Tx


async def lock_turned(tx: Tx) -> datetime:
    """Held until the transaction ends, so that those who turn the window go one after the other."""
    at: datetime = await tx.fetchval("SELECT at FROM storefront_turned FOR UPDATE")
    return at


async def read_turned(tx: Tx) -> datetime:
    at: datetime = await tx.fetchval("SELECT at FROM storefront_turned")
    return at


async def set_turned(tx: Tx, at: datetime) -> None:
    await tx.execute("UPDATE storefront_turned SET at = $1 WHERE at < $1", at)
