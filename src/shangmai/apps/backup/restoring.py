"""Restoring: beside what is there, proven, and only then in its place."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg
from asyncpg import Connection, Record
from msgspec import Struct

from shangmai.apps.backup.archive import DUMP, FILES, KEY, Manifest, read_manifest, unpack
from shangmai.apps.backup.errors import (
    BackupTooNew,
    DatabaseInUse,
    DatabaseNotEmpty,
    RestoreIncomplete,
    ToolFailed,
)
from shangmai.apps.backup.taking import Sources, counts_of, fingerprint
from shangmai.apps.backup.tools import Tell, database_of, owner, run, silent, with_database
from shangmai.apps.installation import bring_up_to_date, newest_revision
from shangmai.apps.proving import Report, prove
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.settling import settle
from shangmai.kernel.months import ensure_ahead

JOBS_MAX: Final = 4
NAME_MAX: Final = 63

ROLE: Final = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shangmai_app') THEN
    CREATE ROLE shangmai_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
END $$;
DO $$ BEGIN
  EXECUTE format('GRANT shangmai_app TO %I', current_user);
END $$;"""
"""As the first migration makes it: roles belong to the server and are in no dump of a database."""


class Restored(Struct, frozen=True, kw_only=True):
    """What a restore has brought back. The events that wait go on to be handled where each handler had stopped.

    `kept_as` is where the database that was there before is now; `keys_missing` are fingerprints of master keys that
    the personal data needs and this installation lacks.
    """

    manifest: Manifest
    report: Report
    seconds: float
    kept_as: str | None
    keys_missing: list[str]
    files_added: int


class Drill(Struct, frozen=True, kw_only=True):
    """A restore into a scratch database that is gone again: what it proved, and how long coming back takes."""

    manifest: Manifest
    report: Report
    seconds: float


async def restore(dsn: str, path: Path, sources: Sources, *, replace: bool = False, tell: Tell = silent) -> Restored:
    """Put a backup in the place of the URL's database, which may be missing or empty, or is kept with `replace`.

    Raises: BackupUnreadable, BackupTooNew, DatabaseNotEmpty, DatabaseInUse, RestoreIncomplete, ToolFailed; then
    nothing has changed.
    """
    started = time.monotonic()
    database = database_of(dsn)
    _check_revision(read_manifest(path))
    async with _server(dsn) as server:
        kept_as = await _place_for_the_old(server, dsn, replace)
        async with _unpacked(path, tell) as (manifest, folder):
            name = _free_name(database, "restoring")
            async with _scratch(server, name):
                report = await _fill(with_database(dsn, name), folder / DUMP, manifest, tell)
                files_added = await asyncio.to_thread(_add_files, folder / FILES, sources.files)
                keys_missing = await asyncio.to_thread(_bring_key, folder / KEY, manifest, sources)
                await _swap(server, database, name, kept_as)
    return Restored(
        manifest=manifest,
        report=report,
        seconds=time.monotonic() - started,
        kept_as=kept_as,
        keys_missing=keys_missing,
        files_added=files_added,
    )


async def check(dsn: str, path: Path, *, tell: Tell = silent) -> Drill:
    """Restore a backup beside the URL's database, prove it, and drop it again. Raises: as `restore`."""
    started = time.monotonic()
    _check_revision(read_manifest(path))
    async with _server(dsn) as server, _unpacked(path, tell) as (manifest, folder):
        name = _free_name(database_of(dsn), "check")
        async with _scratch(server, name):
            report = await _fill(with_database(dsn, name), folder / DUMP, manifest, tell)
            seconds = time.monotonic() - started
    return Drill(manifest=manifest, report=report, seconds=seconds)


def _check_revision(manifest: Manifest) -> None:
    if manifest.revision > newest_revision():
        raise BackupTooNew(revision=manifest.revision, newest=newest_revision())


@asynccontextmanager
async def _unpacked(path: Path, tell: Tell) -> AsyncIterator[tuple[Manifest, Path]]:
    """The parts of a backup in a folder, beside it where that can be written (it has room), else where files go."""
    beside = path.parent if os.access(path.parent, os.W_OK) else None
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=beside, prefix=".restoring-"))
    try:
        yield await asyncio.to_thread(unpack, path, folder, tell), folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


# --- the database --------------------------------------------------------------------------------------------------


async def _fill(dsn: str, dump: Path, manifest: Manifest, tell: Tell) -> Report:
    """Load the dump into an empty database, settle its readers, bring it up to date and prove it."""
    jobs = f"--jobs={min(os.cpu_count() or 1, JOBS_MAX)}"
    async with owner(dsn) as conn:
        await conn.execute(ROLE)
        tell("pg_restore", 0)
        await _load(dsn, dump, "pre-data")
        await _load(dsn, dump, "data", jobs)
        await _check_counts(conn, manifest)
        tell("settle", 0)
        await settle(conn)  # before the indexes are made: it writes every row of the logs anew
        tell("indexes", 0)
        await _load(dsn, dump, "post-data", *([jobs] if await _sees_all(conn) else []))
    if manifest.revision != newest_revision():
        tell("migrate", 0)
        await bring_up_to_date(dsn)
    async with owner(dsn) as conn:
        await conn.execute("VACUUM (ANALYZE)")
    async with await Database.connect(dsn, size=2) as db:
        await ensure_ahead(db)
        tell("prove", 0)
        return await prove(db, looks=1)


async def _sees_all(conn: Connection[Record]) -> bool:
    """Whether row policies do not apply to this user at all.

    To everybody else a table with policies switched on, but not made yet, is empty. In order, foreign keys are checked
    before; several jobs at a time would do so whenever it happens.
    """
    return bool(await conn.fetchval("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"))


async def _load(dsn: str, dump: Path, section: str, *options: str) -> None:
    await run(
        "pg_restore",
        dsn,
        "--no-owner",
        "--exit-on-error",
        "--enable-row-security",
        f"--section={section}",
        *options,
        str(dump),
    )


async def _check_counts(conn: Connection[Record], manifest: Manifest) -> None:
    found = await counts_of(conn)
    for table, wanted in manifest.counts.items():
        if found.get(table, 0) != wanted:
            raise RestoreIncomplete(table=table, found=found.get(table, 0), wanted=wanted)


@asynccontextmanager
async def _server(dsn: str) -> AsyncIterator[Connection[Record]]:
    """A connection to another database of the server, from which ours can be made, renamed and dropped."""
    problem: Exception | None = None
    for database in ("postgres", "template1"):
        try:
            conn = await asyncpg.connect(with_database(dsn, database))
        except (asyncpg.InvalidCatalogNameError, asyncpg.InvalidAuthorizationSpecificationError) as refused:
            problem = refused
            continue
        try:
            yield conn
        finally:
            await conn.close()
        return
    raise ToolFailed(tool="restore", words=str(problem))


@asynccontextmanager
async def _scratch(server: Connection[Record], name: str) -> AsyncIterator[None]:
    """An empty database; dropped at the end, unless it has got another name by then."""
    await server.execute(f"CREATE DATABASE {_quoted(name)}")  # sql: a name cannot be a parameter; it is quoted
    try:
        yield
    finally:
        # sql: a name cannot be a parameter; it is quoted
        await server.execute(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")


async def _place_for_the_old(server: Connection[Record], dsn: str, replace: bool) -> str | None:
    """The name under which the present database is to be kept; None when there is nothing to keep.

    Raises: DatabaseNotEmpty, DatabaseInUse.
    """
    database = database_of(dsn)
    if not await _exists(server, database) or await _is_empty(dsn):
        return None
    kept_as = await _free_before(server, database)
    if not replace:
        raise DatabaseNotEmpty(database=database, kept_as=kept_as)
    await _check_idle(server, database)
    return kept_as


async def _exists(server: Connection[Record], database: str) -> bool:
    return bool(await server.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database))


async def _is_empty(dsn: str) -> bool:
    """Whether there are no tables, or ours in which nothing was ever done."""
    async with owner(dsn) as conn:
        tables = await conn.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        if not tables:
            return True
        if await conn.fetchval("SELECT to_regclass('public.action_log') IS NULL"):
            return False
        return not await conn.fetchval("SELECT EXISTS (SELECT FROM action_log)")


async def _free_before(server: Connection[Record], database: str) -> str:
    """`<database>_before`, or with a number where that is taken."""
    number = 1
    while True:
        name = f"{database[: NAME_MAX - 12]}_before{number if number > 1 else ''}"
        if not await _exists(server, name):
            return name
        number += 1


async def _check_idle(server: Connection[Record], database: str) -> None:
    users = await server.fetchval(
        "SELECT string_agg(DISTINCT coalesce(nullif(application_name, ''), usename), ', ') FROM pg_stat_activity"
        " WHERE datname = $1 AND backend_type = 'client backend'",
        database,
    )
    if users:
        raise DatabaseInUse(database=database, users=users)


async def _swap(server: Connection[Record], database: str, name: str, kept_as: str | None) -> None:
    """Give the new database the name, all or nothing. Raises: DatabaseInUse."""
    await _check_idle(server, database)
    old, new = _quoted(database), _quoted(name)
    aside = _quoted(kept_as or _free_name(database, "empty"))
    had_one = await _exists(server, database)
    try:
        async with server.transaction():
            if had_one:
                await server.execute(f"ALTER DATABASE {old} RENAME TO {aside}")  # sql: names are quoted
            await server.execute(f"ALTER DATABASE {new} RENAME TO {old}")  # sql: names are quoted
    except asyncpg.ObjectInUseError as error:
        raise DatabaseInUse(database=database, users=str(error)) from error
    if had_one and kept_as is None:
        await server.execute(f"DROP DATABASE {aside} WITH (FORCE)")  # sql: names are quoted


def _free_name(database: str, purpose: str) -> str:
    return f"{database[: NAME_MAX - 20]}_{purpose}_{secrets.token_hex(4)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# --- what is beside the database -----------------------------------------------------------------------------------


def _add_files(folder: Path, store: Path | None) -> int:
    """Bring the uploaded files that the store lacks. They are named by what they contain, so none is ever replaced."""
    if store is None or not folder.is_dir():
        return 0
    added = 0
    for source in folder.glob("??/??/*"):
        target = store / source.relative_to(folder)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
            shutil.copyfile(source, draft)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            draft.replace(target)
            added += 1
    return added


def _bring_key(packed: Path, manifest: Manifest, sources: Sources) -> list[str]:
    """Put the backup's key in place where there is none yet; fingerprints of the keys that are missing all the same."""
    target = sources.key_file
    had = set(map(fingerprint, sources.keys))
    if packed.exists() and target is not None and not sources.keys and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(packed.read_bytes())
            os.fsync(file.fileno())
        had = {fingerprint(base64.b64decode(line)) for line in packed.read_text("ascii").split()}
    return [key for key in manifest.keys if key not in had]
