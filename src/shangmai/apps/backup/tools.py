"""Running pg_dump and pg_restore, and connecting as the owner who may see every row."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg
from asyncpg import Connection, Record

from shangmai.apps.backup.errors import ToolFailed, ToolMissing
from shangmai.kernel.actors import DIMENSIONS
from shangmai.kernel.db.embedded import EmbeddedPostgresError, binary

CONNECT_TIMEOUT_S: Final = 15.0
LOOK_EVERY_S: Final = 0.3
WORDS_MAX: Final = 1500

Tell = Callable[[str, int], None]
"""Hears of progress: the step, and how many bytes of it are done."""


def silent(step: str, size: int) -> None:
    """Hear of progress and say nothing."""


@asynccontextmanager
async def owner(dsn: str) -> AsyncIterator[Connection[Record]]:
    """A connection as the URL's user whom every row policy admits, and who may take long."""
    conn: Connection[Record] = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S)
    try:
        await conn.execute("SET idle_in_transaction_session_timeout = 0")
        await conn.execute("SELECT set_config('app.' || name, '*', false) FROM unnest($1::text[]) AS name", DIMENSIONS)
        yield conn
    finally:
        await conn.close()


def database_of(dsn: str) -> str:
    return unquote(urlsplit(dsn).path.lstrip("/"))


def with_database(dsn: str, database: str) -> str:
    """The URL of another database of the same server; our own names need no escaping."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


async def run(name: str, dsn: str, *arguments: str, watched: Path | None = None, tell: Tell = silent) -> None:
    """Run a program on the database; tells how large the watched file has become. Raises: ToolFailed, ToolMissing."""
    program = await _find(name, dsn)
    url, environment = _without_password(dsn)
    process = await asyncio.create_subprocess_exec(
        str(program),
        *arguments,
        f"--dbname={url}",
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    words = asyncio.create_task(process.stderr.read())
    try:
        while not words.done():
            await asyncio.wait({words}, timeout=LOOK_EVERY_S)
            if watched is not None:
                tell(name, _size(watched))
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code != 0:
        raise ToolFailed(tool=name, words=words.result().decode(errors="replace").strip()[-WORDS_MAX:])


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _without_password(dsn: str) -> tuple[str, dict[str, str]]:
    """Keep the password out of the command line, where every user of the machine could read it."""
    parts = urlsplit(dsn)
    login, at, host = parts.netloc.rpartition("@")
    user, colon, password = login.partition(":")
    scopes = " ".join(f"-c app.{name}=*" for name in DIMENSIONS)
    environment = os.environ | {"PGOPTIONS": f"{os.environ.get('PGOPTIONS', '')} {scopes}".strip(), "LC_ALL": "C"}
    if colon:
        environment["PGPASSWORD"] = unquote(password)
    return urlunsplit(parts._replace(netloc=f"{user}{at}{host}")), environment


async def _find(name: str, dsn: str) -> Path:
    """The program, at least as new as the server: ours, or the one on PATH. Raises: ToolMissing."""
    async with owner(dsn) as conn:
        version = conn.get_server_version().major
    for program in _candidates(name):
        if await _version(program) >= version:
            return program
    raise ToolMissing(tool=name, version=version)


def _candidates(name: str) -> list[Path]:
    found = [Path(path) for path in (shutil.which(name),) if path]
    try:
        return [binary(name), *found]
    except EmbeddedPostgresError:
        return found


async def _version(program: Path) -> int:
    process = await asyncio.create_subprocess_exec(str(program), "--version", stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    number = re.search(rb"\) (\d+)", said)
    return int(number[1]) if number else 0
