"""Who is calling, for every request: a look into a dict, and the database only when that does not know."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from asyncpg import Connection, Record
from msgspec import Struct

from shangmai.kernel.actors import Actor
from shangmai.kernel.clock import Clock
from shangmai.kernel.db.database import LOST, Database
from shangmai.kernel.errors import Unauthenticated
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import CHANNEL
from shangmai.modules.identity.contract.errors import ApiKeyRefused, SessionEnded
from shangmai.modules.identity.rules.sessions import CACHED_S, DEAF_CACHED_S, check_csrf, csrf_token
from shangmai.modules.identity.service.access import Access, find_by_key, find_by_session

log = structlog.get_logger(__name__)

ENTRIES_MAX: Final = 20_000
RETRY_S: Final = 0.5

TOKEN_CHARS_MAX: Final = 200

Find = Callable[[Tx, str], Awaitable[Access | None]]


class Known(Struct, frozen=True):
    """An actor as last read, and until when that is believed."""

    actor: Actor
    whose: UUID
    csrf: str
    fresh_until_s: float
    ends_at: datetime | None

    def is_fresh(self, clock: Clock) -> bool:
        return clock.monotonic_s() < self.fresh_until_s and (self.ends_at is None or clock.now() < self.ends_at)


class Authenticator:
    """Tells who is calling, from memory for a few seconds after it was read.

    `run` listens for changes of access, which come with the commit that makes them; while it does not, what was read
    is believed for a shorter time. `others` find whom modules above let sign in (customers), by their tokens' prefix.
    """

    def __init__(self, others: Mapping[str, Find] | None = None) -> None:
        self._sessions = _Memory(find_by_session, SessionEnded)
        self._keys = _Memory(find_by_key, ApiKeyRefused)
        self._others = {f"{prefix}_": _Memory(find, SessionEnded) for prefix, find in (others or {}).items()}
        self.hears = False
        self._stop = asyncio.Event()

    async def authenticate(
        self, db: Database, *, bearer: str | None, cookie: str | None, csrf: str | None, method: str
    ) -> Actor:
        """Tell who is calling; an API key or a customer's token in the Authorization header goes before a cookie.

        Raises: Unauthenticated, ApiKeyRefused, SessionEnded, CsrfTokenWrong.
        """
        if bearer is not None:
            return (await self._memory_for(bearer, self._keys).get(db, bearer)).actor
        if cookie is None:
            raise Unauthenticated()
        known = await self._memory_for(cookie, self._sessions).get(db, cookie)
        check_csrf(known.csrf, csrf, method)
        return known.actor

    async def run(self, db: Database) -> None:
        """Listen for changes of access until `stop`."""
        while not self._stop.is_set():
            try:
                await self._hear(db)
            except LOST as error:
                log.warning("not hearing of changes of access; they are looked up more often", reason=repr(error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), RETRY_S)

    def stop(self) -> None:
        """Return from `run`."""
        self._stop.set()

    async def _hear(self, db: Database) -> None:
        conn: Connection[Record] = await asyncpg.connect(
            db.dsn, server_settings={"application_name": "shangmai-identity"}
        )
        gone = asyncio.Event()
        try:
            conn.add_termination_listener(lambda _: gone.set())
            await conn.add_listener(CHANNEL, lambda _conn, _pid, _channel, whose: self._forget(whose))
            self._begin_anew(hears=True)
            stop, lost = asyncio.create_task(self._stop.wait()), asyncio.create_task(gone.wait())
            await asyncio.wait({stop, lost}, return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            lost.cancel()
        finally:
            self._begin_anew(hears=False)
            if not conn.is_closed():
                await conn.close()

    def _begin_anew(self, *, hears: bool) -> None:
        """Forget everything: of what changed before, nothing may have been heard."""
        self.hears = hears
        for memory in self._memories():
            memory.trusted_s = CACHED_S if hears else DEAF_CACHED_S
            memory.forget("*")

    def _forget(self, whose: object) -> None:
        for memory in self._memories():
            memory.forget(str(whose))

    def _memories(self) -> Iterator[_Memory]:
        yield from (self._sessions, self._keys, *self._others.values())

    def _memory_for(self, token: str, usual: _Memory) -> _Memory:
        return next((memory for prefix, memory in self._others.items() if token.startswith(prefix)), usual)


class _Memory:
    """What was read of tokens of one kind. Many requests that miss the same token read it once."""

    def __init__(self, find: Find, refused: type[Unauthenticated]) -> None:
        self.trusted_s = DEAF_CACHED_S
        self._find = find
        self._refused = refused
        self._known: dict[str, Known] = {}
        self._reading: dict[str, asyncio.Task[Known]] = {}
        self._changes = 0

    async def get(self, db: Database, token: str) -> Known:
        """Raises: SessionEnded or ApiKeyRefused, whichever kind this is."""
        known = self._known.get(token)
        if known is not None and known.is_fresh(db.clock):
            return known
        if len(token) > TOKEN_CHARS_MAX:
            raise self._refused()
        return await asyncio.shield(self._reading.get(token) or self._begin(db, token))

    def forget(self, whose: str) -> None:
        """Forget a user's access, or everybody's; what is being read now is neither kept nor shared."""
        self._changes += 1
        self._reading = {}
        if whose == "*":
            self._known = {}
        else:
            self._known = {token: known for token, known in self._known.items() if str(known.whose) != whose}

    def _begin(self, db: Database, token: str) -> asyncio.Task[Known]:
        task = self._reading[token] = asyncio.create_task(self._read(db, token))
        task.add_done_callback(lambda _: self._done(token, task))
        return task

    def _done(self, token: str, task: asyncio.Task[Known]) -> None:
        if self._reading.get(token) is task:
            del self._reading[token]

    async def _read(self, db: Database, token: str) -> Known:
        changes, began_s = self._changes, db.clock.monotonic_s()
        found = await db.run(lambda: self._look(db, token))
        if found is None:
            self._known.pop(token, None)
            raise self._refused()
        known = Known(found.actor, found.whose, csrf_token(token), began_s + self.trusted_s, found.ends_at)
        if changes == self._changes:
            self._make_room(db)
            self._known[token] = known
        return known

    async def _look(self, db: Database, token: str) -> Access | None:
        async with db.transaction(door="login", durable=False) as tx:
            return await self._find(tx, token)

    def _make_room(self, db: Database) -> None:
        if len(self._known) >= ENTRIES_MAX:
            self._known = {token: known for token, known in self._known.items() if known.is_fresh(db.clock)}
        if len(self._known) >= ENTRIES_MAX:
            self._known = {}
