"""The pool and its transactions.

A transaction starts with one message that carries BEGIN and the actor's scope, so the scope costs no round trip of
its own. The application role owns nothing and row-level security is forced on every table that carries a scope
column: a forgotten filter returns nothing, never everything.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Final, TypeVar

import asyncpg
import msgspec
import structlog
from asyncpg import Connection, Record

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.clock import Clock, SystemClock
from shangmai.kernel.db.ahead import AHEAD, Ahead
from shangmai.kernel.db.presuming import PresumedWrong, presuming_of
from shangmai.kernel.errors import Unavailable
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx, is_lost

log = structlog.get_logger(__name__)

APP_ROLE: Final = "shangmai_app"
WAKE_CHANNEL: Final = "shangmai_events"
NOTIFY: Final = f"SELECT pg_notify('{WAKE_CHANNEL}', $1)"
OF_WAKER: Final = {"application_name": "shangmai-wake", "synchronous_commit": "off"}
"""A wake-up says nothing that is not in the log: it need not be on disk before it is heard."""
PAYLOAD_CHARS_MAX: Final = 7000
"""PostgreSQL sends 8,000 bytes at most; a longer list of names wakes everybody."""
EVERYTHING_NEW: Final = ("",)
"""In place of names: whatever it is."""
ATTEMPTS_MAX: Final = 8
RETRIED: Final = (
    asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError, PresumedWrong,
)  # fmt: skip
T = TypeVar("T")


class DatabaseAway(Unavailable):
    """The database did not answer. Nothing is known to be saved; repeat the call with the same idempotency key."""

    zh = "数据库暂时没有应答。请用同一个幂等键重试，不会重复生效。"


LOST: Final = (
    DatabaseAway,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    OSError,
)
"""What connecting, or listening on a connection, can fail with while there is no database."""
GONE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
"""Of these, what the server or the driver says of a connection in use."""


Greet = Callable[[Any], Awaitable[None]]
"""What is done with each new connection (asyncpg's)."""


class AppConnection(asyncpg.Connection):
    """A pooled connection without the reset round trip: every setting that we make is local to its transaction."""

    def get_reset_query(self) -> str:
        return ""


class Remembered:
    """What a process has read of a database, for as long as the database cannot have lost it.

    Handlers of events commit without waiting for the disk, and what they have made is seen at once. A server that dies
    then comes up without it, and gives ids away a second time: whoever still went by what it had read would post to
    somebody else's account.
    """

    def __init__(self) -> None:
        self.facts: dict[Any, Any] = {}
        self._started_at: datetime | None = None

    async def meet(self, conn: Connection[Record]) -> None:
        """A connection is new: if its server has started anew, or when it is lost, all is forgotten."""
        started_at = await conn.fetchval("SELECT pg_postmaster_start_time()")
        if started_at != self._started_at:
            self.forget()
        self._started_at = started_at
        conn.add_termination_listener(lambda _: self.forget())

    def forget(self) -> None:
        """Begin a new dict: transactions that have begun go on with the old one."""
        self.facts = {}


class Database:
    """One PostgreSQL reached under the application role."""

    def __init__(self, pool: asyncpg.Pool[Record], dsn: str, clock: Clock, remembered: Remembered) -> None:
        self.pool = pool
        self.dsn = dsn
        self.clock = clock
        self.lasting: dict[str, Any] = {}
        """What this process does for this database, by name, whatever becomes of the connections."""
        self._remembered = remembered
        self._wake = Waker(dsn)

    @property
    def memory(self) -> dict[Any, Any]:
        """What this process remembers of this database: forgotten when it may have lost what was not on disk yet."""
        return self._remembered.facts

    @classmethod
    async def connect(
        cls, dsn: str, *, size: int = 10, clock: Clock | None = None, greet: Greet | None = None
    ) -> Database:
        """Open a pool of up to `size` connections that act as the application role; each new one is greeted."""
        remembered = Remembered()

        async def begin(conn: Connection[Record]) -> None:
            await set_codecs(conn)
            await remembered.meet(conn)
            if greet is not None:
                await greet(conn)

        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=size,
            connection_class=AppConnection,
            init=begin,
            server_settings={"role": APP_ROLE, "application_name": "shangmai", "timezone": "UTC"},
            max_inactive_connection_lifetime=0,
        )
        assert pool is not None
        return cls(pool, dsn, clock or SystemClock(), remembered)

    async def close(self) -> None:
        await self._wake.close()
        await self.pool.close()

    async def __aenter__(self) -> Database:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection[Record]]:
        """A pooled connection outside of any transaction. Raises: DatabaseAway when none is to be had or it is lost.

        An `OSError` of the body says nothing about the connection: the body may have missed a file of its own.
        """
        try:
            conn: Any = await self.pool.acquire()
        except LOST as error:
            raise DatabaseAway() from error
        try:
            yield conn
        except Exception as error:
            if isinstance(error, GONE) or is_lost(conn):
                raise DatabaseAway() from error
            raise
        finally:
            await self._give_back(conn)

    async def _give_back(self, conn: Any) -> None:
        """The pool has ended a connection that it cannot make ready again; why the body ended is what must be told."""
        try:
            await self.pool.release(conn)
        except Exception as error:
            log.warning("a connection was given up", reason=repr(error))

    @asynccontextmanager
    async def transaction(
        self,
        actor: Actor = SYSTEM,
        *,
        items: Sequence[Item] = (),
        door: str = "system",
        dry_run: bool = False,
        durable: bool = True,
    ) -> AsyncIterator[Tx]:
        """One transaction under the actor's scope; rolled back when the body raises or it is a dry run.

        `durable=False` answers before the commit has reached the disk. It is for work whose input is itself in the
        database (event handlers, sealing): after a crash the cursor is back too, and the work is done again.
        """
        async with self.connection() as conn:
            origins = items or (Item(actor, new_id(), self.clock.now()),)
            tx = Tx(conn, origins, door=door, dry_run=dry_run, memory=self.memory, sees_all=actor.sees_all)
            try:
                await conn.execute(_begin(actor, durable))
                yield tx
                assert not tx.emitted, "events were emitted and never appended to the log (events.store.append)"
                await tx.catch_up()
                if dry_run:
                    await conn.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what COMMIT would have noticed
            except BaseException:
                await _roll_back(conn)
                raise
            await _end(conn, "ROLLBACK" if dry_run else "COMMIT")
        if tx.written and not dry_run:
            self._wake.poke(tx.written)

    @asynccontextmanager
    async def reading(self, actor: Actor) -> AsyncIterator[Tx]:
        """A read-only transaction that sees one moment of the database under the actor's scope."""
        async with self.connection() as conn:
            try:
                await conn.execute(_begin_reading(actor))
                item = Item(actor, new_id(), self.clock.now())
                yield Tx(conn, (item,), door="read", memory=self.memory, sees_all=actor.sees_all)
            finally:
                await _roll_back(conn)

    async def run(self, body: Callable[[], Awaitable[T]]) -> T:
        """Run a body that opens its own transaction; again in a new one after a serialization failure or deadlock.

        Again, too, where it would have waited for a lock out of order (`ahead.py`).
        """
        ahead = Ahead()
        outer = AHEAD.set(ahead)
        try:
            return await self._attempts(body, ahead)
        finally:
            AHEAD.reset(outer)

    async def _attempts(self, body: Callable[[], Awaitable[T]], ahead: Ahead) -> T:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            ahead.waits = attempt > ATTEMPTS_MAX // 2
            try:
                return await body()
            except RETRIED as error:
                if attempt == ATTEMPTS_MAX:
                    raise
                log.info("transaction retried", attempt=attempt, reason=type(error).__name__)
                ahead.presumes = False
                if isinstance(error, PresumedWrong):
                    presuming_of(self.memory).was_wrong()
                else:
                    await asyncio.sleep(random.uniform(0, 0.004 * 2**attempt))
        raise AssertionError("unreachable")

    def wake(self) -> None:
        """Tell the event handlers of every process that something was committed."""
        self._wake.poke(EVERYTHING_NEW)


class Waker:
    """Sends NOTIFY after commits, outside their transactions, at most one at a time, with the names of the events.

    A NOTIFY inside a transaction makes every commit of the server wait for one lock; here a burst of commits shares
    one. A crash between commit and NOTIFY costs only the wait until the handlers' next poll.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._conn: Connection[Record] | None = None
        self._task: asyncio.Task[None] | None = None
        self._names: set[str] = set()

    def poke(self, names: Collection[str]) -> None:
        self._names.update(names)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send())

    async def _send(self) -> None:
        while self._names:
            payload, self._names = _payload(self._names), set()
            try:
                await self._tell(payload)
            except LOST as error:
                log.warning("wake-up not sent; handlers will notice at their next poll", reason=repr(error))
                return

    async def _tell(self, payload: str) -> None:
        """Over the connection kept; over a new one when that is lost, which it may say only now."""
        if self._conn is not None and not self._conn.is_closed():
            with suppress(*LOST):
                await self._conn.execute(NOTIFY, payload)
                return
        self._conn = await asyncpg.connect(self._dsn, server_settings=OF_WAKER)
        await self._conn.execute(NOTIFY, payload)

    async def close(self) -> None:
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        if self._conn is not None and not self._conn.is_closed():
            await self._conn.close()


def _payload(names: set[str]) -> str:
    told = ",".join(sorted(names))
    return told if len(told) <= PAYLOAD_CHARS_MAX else ""


def _begin(actor: Actor, durable: bool) -> str:
    return "BEGIN;" + actor.scope_sql + ("" if durable else "SET LOCAL synchronous_commit = off;")


def _begin_reading(actor: Actor) -> str:
    return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;" + actor.scope_sql


async def _end(conn: Connection[Record], statement: str) -> None:
    """PostgreSQL answers COMMIT with ROLLBACK, and no error, when a statement had failed and the body went on."""
    told = await conn.execute(statement)
    if told != statement:
        raise asyncpg.InFailedSQLTransactionError("a statement had failed, so nothing was committed")


async def _roll_back(conn: Connection[Record]) -> None:
    """End the transaction, or else the connection.

    Raises nothing of its own: an error here would take the place of a cancellation, and who was canceled would go on.
    """
    if is_lost(conn):
        return
    try:
        await conn.execute("ROLLBACK")
    except BaseException as error:
        conn.terminate()
        if not isinstance(error, Exception):
            raise
        log.warning("a transaction ended with its connection", reason=repr(error))


async def set_codecs(conn: Connection[Record]) -> None:
    """Give JSON columns as decoded values; take them as values, or as bytes that are JSON already."""
    for name, encode, decode in (("json", _json, msgspec.json.decode), ("jsonb", _jsonb, _from_jsonb)):
        await conn.set_type_codec(name, schema="pg_catalog", encoder=encode, decoder=decode, format="binary")


def _json(value: Any) -> bytes:
    return value if isinstance(value, bytes) else msgspec.json.encode(value)


def _jsonb(value: Any) -> bytes:
    return b"\x01" + _json(value)  # the version of the binary form


def _from_jsonb(stored: bytes) -> Any:
    return msgspec.json.decode(memoryview(stored)[1:])
