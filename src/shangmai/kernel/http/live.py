"""Telling pages what has just changed, so that they need not ask again and again (server-sent events).

A process listens once, however many pages are open: commits tell the names of their events (NOTIFY), the events that
came meanwhile are read together, and each page gets the names and keys of those that its reader may see the module of.
A key is an id and says nothing; what became of it is read where it always is, under the reader's scope.

The last messages are kept: who comes back within them goes on where it was (`Last-Event-ID`); anyone else, also one
who reads too slowly, is told `again`, that is to look at everything once more. So nothing needs to be stored. All are
told so when the connection was lost: a database that died may lack what they have seen, and counts its log anew.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Final

import asyncpg
import msgspec
import structlog
from asyncpg import Connection, Record

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import LOST, WAKE_CHANNEL, Database
from shangmai.kernel.errors import AppError
from shangmai.kernel.events.tail import Position, Tail, now_position
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx

log = structlog.get_logger(__name__)

GATHER_S: Final = 0.2
"""How long changes gather before pages are told: many pages then read once."""
RETRY_S: Final = 0.5
TICK_S: Final = 1.0
"""How soon a stream notices that the process ends."""
BEAT_TICKS: Final = 20
"""After how many quiet ticks a page hears that it is still connected, and its session is looked at again."""
PAGE: Final = 2_000
"""More events than this at once are told by their names alone."""
KEYS_MAX: Final = 40
KEPT: Final = 500
QUEUED_MAX: Final = 100
PAGES_MAX: Final = 2_000
"""Pages of one process."""
AGAIN: Final = b"event: again\ndata: {}\n\n"

Still = Callable[[], Awaitable[Actor]]
"""Who reads, asked again; raises when they may not any more."""
Topics = dict[str, list[str] | None]
"""Names of events with the keys they are of; None where there are too many to name."""


class Message(msgspec.Struct, frozen=True):
    """What changed together."""

    n: int
    topics: Topics


class Follower:
    """A page that is told; `queue` holds what it has not read yet."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Message] = asyncio.Queue()
        self.lost = False

    def put(self, message: Message) -> None:
        """Queue a message; one who does not read is told to look at everything instead."""
        if self.queue.qsize() >= QUEUED_MAX:
            self.lost = True
            while not self.queue.empty():
                self.queue.get_nowait()
        self.queue.put_nowait(message)


class Live:
    """What this process tells the pages that are open on it. `grant_of` says who may hear of an event, by its name."""

    def __init__(self, grant_of: Callable[[str], str]) -> None:
        self.run_id = new_id().hex[-12:]
        self.is_ending = False
        self._grant_of = grant_of
        self._tail = Tail("events", "l.seq, l.name, l.key")
        self._kept: deque[Message] = deque(maxlen=KEPT)
        self._n = 0
        self._followers: set[Follower] = set()
        self._woken = asyncio.Event()
        self._at: Position | None = None
        self._was_deaf = False

    @property
    def followers(self) -> int:
        """How many pages are told."""
        return len(self._followers)

    async def follow(self, db: Database, actor: Actor, after: str | None, still: Still) -> AsyncGenerator[bytes, None]:
        """The stream of one page, from behind the message `after`; it ends when `still` refuses.

        Begins with where it stands, so that a page that saw nothing yet can come back too. Whatever is committed after
        that is told.
        """
        follower = Follower()
        missed = self._behind(after)
        self._followers.add(follower)  # from here on the place in the log is kept
        try:
            await self._begin(db)
            yield b"retry: 2000\n\n"
            if missed is None and after is not None:
                yield AGAIN
            for message in missed or [Message(self._n, {})]:
                yield self._said(message, actor)
            ticks = 0
            while not self.is_ending:
                try:
                    message = await asyncio.wait_for(follower.queue.get(), TICK_S)
                except TimeoutError:
                    ticks += 1
                    if ticks % BEAT_TICKS == 0:
                        actor = await still()
                        yield b": beat\n\n"
                    continue
                if follower.lost:
                    follower.lost = False
                    yield AGAIN
                if text := self._said(message, actor):
                    yield text
        except AppError:
            return  # the session has ended; whoever comes back is asked to sign in
        finally:
            self._followers.discard(follower)

    def _behind(self, after: str | None) -> list[Message] | None:
        """The messages behind the one of this id; None when it is none of those kept."""
        run_id, _, n = (after or "").partition("-")
        if run_id != self.run_id or not n.isdigit() or int(n) > self._n:
            return None
        missed = [message for message in self._kept if message.n > int(n)]
        return missed if len(missed) == self._n - int(n) else None

    def _said(self, message: Message, actor: Actor) -> bytes:
        """The message as this reader gets it; nothing when it is all about what others see."""
        seen = {name: keys for name, keys in message.topics.items() if actor.may(self._grant_of(name))}
        if message.topics and not seen:
            return b""
        data = msgspec.json.encode(seen)
        return b"id: %b-%d\nevent: changed\ndata: %b\n\n" % (self.run_id.encode(), message.n, data)

    def tell(self, topics: Topics) -> None:
        """Tell every page."""
        self._n += 1
        message = Message(self._n, topics)
        self._kept.append(message)
        for follower in self._followers:
            follower.put(message)

    def _let_look_again(self) -> None:
        """Every page, also one that comes back, looks at everything once more."""
        self._kept.clear()
        self._n += 1
        for follower in self._followers:
            follower.lost = True
            follower.put(Message(self._n, {}))

    async def run(self, db: Database) -> None:
        """Listen for commits and tell what they changed, until canceled."""
        telling = asyncio.create_task(self._tell_on(db))
        try:
            while True:
                try:
                    await self._hear(db)
                except LOST as error:
                    log.warning("not hearing of commits; pages are told later", reason=repr(error))
                await asyncio.sleep(RETRY_S)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            self.is_ending = True

    async def _hear(self, db: Database) -> None:
        conn: Connection[Record] = await asyncpg.connect(db.dsn, server_settings={"application_name": "shangmai-live"})
        gone = asyncio.Event()
        try:
            conn.add_termination_listener(lambda _: gone.set())
            await conn.add_listener(WAKE_CHANNEL, lambda *_: self._woken.set())
            self._woken.set()
            await gone.wait()
        finally:
            self._was_deaf = True
            with suppress(*LOST):
                await conn.close()

    async def _tell_on(self, db: Database) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            if not self._followers:
                self._at = None  # nobody is there: begin anew with the first who comes
                self._let_look_again()  # who was there before has missed what is not read now
                continue
            try:
                await self._read(db)
            except LOST as error:
                log.warning("changes not read; they are told a little later", reason=repr(error))
                self._woken.set()
                await asyncio.sleep(RETRY_S)
            await asyncio.sleep(GATHER_S)

    async def _begin(self, db: Database) -> None:
        """Know where the log stands, before the first page is told."""
        if self._at is None:
            async with db.reading(SYSTEM) as tx:
                await self._stand(tx)

    async def _stand(self, tx: Tx) -> None:
        """Take the log's end for our place, unless somebody was sooner: their page may have been told already."""
        at = await now_position(tx)
        if self._at is None:
            self._at = at

    async def _read(self, db: Database) -> None:
        async with db.reading(SYSTEM) as tx:
            if self._was_deaf:
                self._at = await now_position(tx)
                self._was_deaf = False
                self._let_look_again()
                return
            if self._at is None:
                await self._stand(tx)
                return
            rows, behind = await self._tail.page(tx, self._at, PAGE)
            if len(rows) >= PAGE:
                behind = await now_position(tx)
        self._at = behind
        topics: Topics = {}
        for row in rows:
            keys = topics.setdefault(row["name"], [])
            if keys is not None and row["key"] not in keys:
                keys.append(row["key"])
                if len(keys) > KEYS_MAX:
                    topics[row["name"]] = None
        if len(rows) >= PAGE:
            topics = dict.fromkeys(topics) | {"": None}
        if topics:
            self.tell(topics)
