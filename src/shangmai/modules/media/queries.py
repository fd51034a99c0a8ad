"""The SQL on media_files."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.media.contract import KeepMedia, MediaFile
from shangmai.modules.media.rules import Seen


async def insert(tx: Tx, do: KeepMedia, seen: Seen, by: UUID) -> None:
    """Write what was seen, as somebody's; what is there already stays."""
    await tx.execute(
        "INSERT INTO media_files (sha256, media_type, size, width, height, name, at, by, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (sha256) DO NOTHING",
        do.sha256,
        seen.media_type,
        do.size,
        seen.width,
        seen.height,
        do.name,
        tx.now,
        by,
        tx.cause,
    )


async def find(tx: Tx, sha256: str) -> MediaFile | None:
    row = await tx.fetchrow(
        "SELECT sha256, media_type, size, width, height, name, at FROM media_files WHERE sha256 = $1", sha256
    )
    return None if row is None else _file(row)


def _file(row: Record) -> MediaFile:
    return MediaFile(**row, url=f"/api/v1/media/{row['sha256']}")


async def kept_since(tx: Tx, by: UUID, since: datetime) -> int:
    """How many files somebody has uploaded since then."""
    found: int = await tx.fetchval("SELECT count(*) FROM media_files WHERE by = $1 AND at > $2", by, since)
    return found
