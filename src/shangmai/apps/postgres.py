"""Which PostgreSQL an installation uses: the one of DATABASE_URL, or a private one in its home."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import asyncpg

from shangmai.kernel.db.embedded import EmbeddedPostgres, Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from shangmai.kernel.settings import Settings

DATABASE: Final = "shangmai"
CONNECT_TIMEOUT_S: Final = 15.0


class Postgres:
    """This process's share in the database server; `open` before use, `close` after. The last one stops a private one.

    Starting and stopping block on locks and processes, so they run in a thread; only one at a time.
    """

    def __init__(self, settings: Settings) -> None:
        self._url = settings.database_url
        self._embedded = None if self._url else EmbeddedPostgres(settings.home)
        self._turn = asyncio.Lock()

    @property
    def is_embedded(self) -> bool:
        return self._embedded is not None

    async def open(self) -> str:
        """The URL of the database, which exists when this returns. Raises: EmbeddedPostgresError."""
        if self._embedded is None:
            assert self._url is not None
            return self._url
        async with self._turn:
            server = await asyncio.to_thread(self._embedded.start)
        await _make_database(server)
        return server.dsn(database=DATABASE)

    async def ensure_running(self) -> None:
        """Start a private server again that died; cheap when it did not."""
        if self._embedded is not None:
            async with self._turn:
                await asyncio.to_thread(self._embedded.ensure_running)

    async def close(self) -> None:
        if self._embedded is not None:
            async with self._turn:
                await asyncio.to_thread(self._embedded.stop)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[str]:
    """The database's URL, for as long as the block lasts."""
    postgres = Postgres(settings)
    try:
        yield await postgres.open()
    finally:
        await postgres.close()


async def _make_database(server: Server) -> None:
    admin = await asyncpg.connect(server.dsn(), timeout=CONNECT_TIMEOUT_S)
    try:
        if not await admin.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", DATABASE):
            await admin.execute(f"CREATE DATABASE {DATABASE}")
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        pass  # another process was faster
    finally:
        await admin.close()
