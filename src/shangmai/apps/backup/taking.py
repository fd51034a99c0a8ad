"""Taking a backup while everybody works: all of it is of one moment of the database."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from importlib.metadata import version
from pathlib import Path
from typing import Final

from asyncpg import Connection, Record
from msgspec import Struct

from shangmai.apps.backup.archive import DUMP, KEY, Manifest, Writer, published
from shangmai.apps.backup.tools import Tell, database_of, owner, run, silent
from shangmai.kernel.clock import SystemClock
from shangmai.kernel.settings import Settings

COMPRESSION: Final = "gzip:1"
"""The wheel's pg_dump knows gzip only; level 1 takes a third of the time of level 6 for a tenth more bytes."""

_TABLES: Final = """
SELECT c.relname AS name, format('SELECT count(*) FROM public.%I', c.relname) AS statement
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname"""


class Sources(Struct, frozen=True, kw_only=True):
    """What belongs to an installation besides its database: where files are kept, the master keys, the key file."""

    files_location: str
    keys: tuple[bytes, ...] = ()
    key_file: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> Sources:
        """What the settings name; makes no key where there is none yet, for a restore may bring it."""
        key_file = None if settings.secret_key else settings.home / "secret.key"
        has_key = key_file is None or key_file.exists()
        return cls(
            files_location=settings.files_location(),
            keys=settings.master_keys() if has_key else (),
            key_file=key_file,
        )

    @property
    def files(self) -> Path | None:
        """The folder of uploaded files; None when they are in a bucket, which keeps its own versions."""
        if self.files_location.startswith("s3://"):
            return None
        return Path(self.files_location.removeprefix("file://"))


class _Moment(Struct, frozen=True):
    """What the database held at the moment of the backup."""

    revision: str
    postgres: str
    counts: dict[str, int]
    chain_length: int
    chain_head: str | None


async def back_up(dsn: str, target: Path, sources: Sources, *, with_key: bool = False, tell: Tell = silent) -> Manifest:
    """Write a backup; the file appears when it is complete, in place of one of the same name. Raises: ToolFailed."""
    with published(target) as (draft, work):
        dump = work / DUMP
        async with owner(dsn) as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await conn.fetchval("SELECT pg_export_snapshot()")
            dumping = asyncio.create_task(_dump(dsn, dump, snapshot, tell))
            try:
                moment = await look(conn)
            finally:
                await asyncio.wait({dumping})
            await dumping
        return await asyncio.to_thread(_pack, draft, dump, moment, sources, database_of(dsn), with_key, tell)


async def _dump(dsn: str, dump: Path, snapshot: str, tell: Tell) -> None:
    """Rows are read as the owner whom every policy admits, so none is hidden from a role without BYPASSRLS."""
    await run(
        "pg_dump",
        dsn,
        "--format=custom",
        f"--compress={COMPRESSION}",
        "--enable-row-security",
        f"--snapshot={snapshot}",
        f"--file={dump}",
        watched=dump,
        tell=tell,
    )


async def look(conn: Connection[Record]) -> _Moment:
    """Count what the database holds now."""
    head = await conn.fetchrow("SELECT seq, hash FROM action_chain ORDER BY seq DESC LIMIT 1")
    return _Moment(
        revision=await conn.fetchval("SELECT version_num FROM alembic_version"),
        postgres=await conn.fetchval("SHOW server_version"),
        counts=await counts_of(conn),
        chain_length=head["seq"] if head else 0,
        chain_head=head["hash"].hex() if head else None,
    )


async def counts_of(conn: Connection[Record]) -> dict[str, int]:
    """The rows of every table."""
    return {
        table["name"]: await conn.fetchval(table["statement"])  # sql: the database itself has quoted the table's name
        for table in await conn.fetch(_TABLES)
    }


def _pack(
    draft: Path, dump: Path, moment: _Moment, sources: Sources, database: str, with_key: bool, tell: Tell
) -> Manifest:
    writer = Writer(draft, tell)
    packed = writer.add_file(DUMP, dump)
    dump.unlink()
    files = None if sources.files is None else writer.add_store(sources.files)
    if with_key:
        writer.add_bytes(KEY, b"".join(base64.b64encode(key) + b"\n" for key in sources.keys))
    manifest = Manifest(
        version=version("shangmai"),
        revision=moment.revision,
        taken_at=SystemClock().now(),
        postgres=moment.postgres,
        database=database,
        counts=moment.counts,
        chain_length=moment.chain_length,
        chain_head=moment.chain_head,
        dump=packed,
        files=files,
        files_location=sources.files_location,
        keys=[fingerprint(key) for key in sources.keys],
        with_key=with_key,
    )
    writer.finish(manifest)
    return manifest


def fingerprint(key: bytes) -> str:
    """Tells keys apart and tells nothing about them."""
    return hmac.new(key, b"shangmai backup", hashlib.sha256).hexdigest()[:16]
