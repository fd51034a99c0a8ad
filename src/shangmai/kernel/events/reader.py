"""Running consumers, together and alone: one transaction a batch, retries one by one, parking, wake-ups."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from asyncpg import Connection, Record

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import LOST, WAKE_CHANNEL, Database, DatabaseAway
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import CONSUMERS, Consumer, Delivery, Lag, ParkedNotFound, ReplayFailed
from shangmai.kernel.events.convoy import Convoy, Step
from shangmai.kernel.events.handling import handle_each, handle_together, try_handle
from shangmai.kernel.tx import Tx

log = structlog.get_logger(__name__)

POLL_S: Final = 1.0
"""How long a lost wake-up can delay a handler."""
REST_SHARE: Final = 2
"""How long a lane rests, in times of what its last batch took: what is committed meanwhile goes together.

So an idle machine answers within milliseconds, and one that has all hands full works in larger batches.
"""
REST_MAX_S: Final = 0.1
"""The longest rest, that is what it can delay a handler where batches take so long."""
WAY_MAX_S: Final = 0.2
"""The longest that a lane with more to do makes way for those who are writing meanwhile."""
CONVOY_APART_S: Final = 0.1
"""So far apart the steps of the convoy begin at least, unless one is full: a step costs some eight statements and a
commit whatever it brings, and ten of them a second are soon enough for all who have not asked to go alone.
"""
AWAY_S: Final = 0.5
"""Pause before the next try when the database is away."""

_HandlePage = Callable[[Tx, Consumer, store.Page], Awaitable[None]]


def rest_s(took_s: float, apart_s: float, *, is_full: bool, is_woken: bool) -> float:
    """How long a lane rests behind a step that took so long and shall be so far from the next.

    One that was full goes on at once, to catch up; but if something was committed meanwhile others are at work, and
    share processors, memory and disk with it: then as long as the step took is theirs. So in a rush half of the time
    at most goes into what follows from it, and the other half comes when the rush is over.
    """
    if is_full:
        return min(took_s, WAY_MAX_S) if is_woken else 0.0
    return max(min(took_s * REST_SHARE, REST_MAX_S), apart_s - took_s)


class StillFails(Exception):
    """Undoes a replay."""

    def __init__(self, seq: int, reason: str) -> None:
        self.seq = seq
        self.reason = reason


class Reader:
    """Runs consumers of the event log in this process; any number of processes may run the same ones."""

    def __init__(self, db: Database, consumers: Sequence[Consumer] | None = None, *, poll_s: float = POLL_S) -> None:
        self.db = db
        self.poll_s = poll_s
        self.consumers = list(CONSUMERS.values()) if consumers is None else list(consumers)
        together = [consumer for consumer in self.consumers if consumer.travels]
        self.convoy = Convoy(db, together if len(together) > 1 else [])
        self.alone = [consumer for consumer in self.consumers if consumer not in self.convoy.members]
        self._stop = asyncio.Event()
        self._wakes: list[tuple[str, frozenset[str] | None, asyncio.Event]] = []
        self._riding: dict[str, Consumer] = {}
        self._carrying = asyncio.Lock()

    async def run(self) -> None:
        """Handle events as they are committed, until `stop`."""
        async with asyncio.TaskGroup() as group:
            if self.convoy.members:
                group.create_task(self._follow("convoy", self.convoy.events, self._go_together, CONVOY_APART_S))
            for consumer in self.alone:
                for lane in range(consumer.lanes):
                    go = partial(self._go_alone, consumer, lane)
                    group.create_task(self._follow(consumer.name, consumer.events, go, consumer.apart_s))
            group.create_task(self._listen())

    def stop(self) -> None:
        """Finish the batches in hand and return from `run`."""
        self._stop.set()
        self._wake()

    async def drain(self) -> int:
        """Handle everything that is committed and what follows from it; the number of events handled."""
        total = 0
        while handled := await self._pass():
            total += handled
        return total

    async def _pass(self) -> int:
        """Everybody once in the order of declaration, but that those who travel together are never left behind."""
        total = await self._travel_on()
        for consumer in self.alone:
            handled = 0
            for lane in range(consumer.lanes):
                while some := await self.step(consumer, lane):
                    handled += some
            total += handled + (await self._travel_on() if handled else 0)
        return total

    async def _travel_on(self) -> int:
        handled = 0
        while some := sum((await self.travel()).handled.values()):
            handled += some
        return handled

    async def travel(self) -> Step:
        """One step of the consumers that travel together. When that fails each of them goes a step by itself."""
        try:
            async with self._carrying:
                return await self._travel()
        except DatabaseAway:
            raise
        except Exception:
            log.exception("convoy failed; its consumers go by themselves for a step")
        handled: dict[str, int] = {}
        for member in self.convoy.members:
            try:
                handled[member.name] = await self.step(member, 0)
            except DatabaseAway:
                raise
            except Exception:
                log.exception("consumer could not go on; it tries again", consumer=member.name)
        return Step(handled, any(handled.get(member.name, 0) >= member.batch for member in self.convoy.members))

    async def _travel(self) -> Step:
        return await self.convoy.step(list(self._riding.values()))

    async def step(self, consumer: Consumer, lane: int) -> int:
        """Handle one batch of a lane; 0 when there was nothing or another process holds the lane."""
        try:
            return await self.db.run(lambda: self._batch(consumer, lane))
        except DatabaseAway:
            raise
        except Exception:
            log.exception("batch failed; its events are tried one by one", consumer=consumer.name, lane=lane)
            return await self.db.run(lambda: self._one_by_one(consumer, lane))

    async def _batch(self, consumer: Consumer, lane: int) -> int:
        async with self.db.transaction(durable=False, door="event") as tx:
            if not await store.try_lease(tx, consumer.name, lane):
                return 0
            before = await store.position(tx, consumer.name, lane)
            page = await store.next_page(tx, consumer, lane, before)
            if not page.events and page.behind == before:
                return 0
            await handle_together(tx, consumer, page)
            await store.move(tx, consumer.name, lane, page.behind)
            return len(page.events)

    async def _one_by_one(self, consumer: Consumer, lane: int) -> int:
        """The failed batch again, each event for itself."""
        async with self.db.transaction(durable=False, door="event") as tx:
            if not await store.try_lease(tx, consumer.name, lane):
                return 0
            before = await store.position(tx, consumer.name, lane)
            page = await store.next_page(tx, consumer, lane, before)
            await handle_each(tx, consumer, page)
            await store.move(tx, consumer.name, lane, page.behind)
            return len(page.events)

    async def replay(self, consumer_name: str, seq: int) -> int:
        """Handle a parked event and the others that are parked with its key, in order; the number handled.

        Raises: ParkedNotFound, ReplayFailed (nothing of this key is changed then, but for the attempt counted).
        """
        consumer = next((c for c in self.consumers if c.name == consumer_name), None)
        if consumer is None:
            raise ParkedNotFound(consumer=consumer_name, seq=seq)
        try:
            return await self.db.run(partial(self._replay, consumer, seq))
        except StillFails as still:
            await self.db.run(partial(self._count_attempt, consumer, still))
            raise ReplayFailed(consumer=consumer_name, seq=still.seq, reason=still.reason) from None

    async def _replay(self, consumer: Consumer, seq: int) -> int:
        async with self.db.transaction(door="event") as tx:
            await store.lease_of_parked(tx, consumer, seq)
            events = await store.parked_behind(tx, consumer.name, seq)
            if not events:
                raise ParkedNotFound(consumer=consumer.name, seq=seq)
            for event in events:
                reason = await try_handle(tx, consumer, event)
                if reason is not None:
                    raise StillFails(event.seq, reason)
                await store.unpark(tx, consumer.name, event.seq)
            return len(events)

    async def _count_attempt(self, consumer: Consumer, still: StillFails) -> None:
        async with self.db.transaction(door="event") as tx:
            await store.count_attempt(tx, consumer.name, still.seq, still.reason)

    async def hand_again(self, consumer: Consumer, names: Collection[str], after: int) -> int | None:
        """Hand a consumer a batch of the events of these names that it has passed; the `seq` to go on behind, or None.

        For one that works by data and has learned of an event since. It must know what it has done already, because it
        gets every event of the name. One that fails is parked, like any other.
        """
        try:
            return await self.db.run(partial(self._hand_again, consumer, names, after, handle_together))
        except DatabaseAway:
            raise
        except Exception:
            log.exception("batch failed; its events are tried one by one", consumer=consumer.name)
            return await self.db.run(partial(self._hand_again, consumer, names, after, handle_each))

    async def _hand_again(
        self, consumer: Consumer, names: Collection[str], after: int, handle: _HandlePage
    ) -> int | None:
        async with self.db.transaction(durable=False, door="event") as tx:
            await store.lease(tx, consumer)
            page, following = await store.passed_page(tx, consumer, names, after)
            await handle(tx, consumer, page)
            return following

    async def lags(self) -> list[Lag]:
        """The lag of every lane."""
        async with self.db.reading(SYSTEM) as tx:
            now = self.db.clock.now()
            return [await store.lag(tx, c, lane, now) for c in self.consumers for lane in range(c.lanes)]

    async def _go_together(self) -> bool:
        step = await self.travel()
        for name, _, wake in self._wakes:
            if name in step.called:
                wake.set()
        return step.is_full

    async def _go_alone(self, consumer: Consumer, lane: int) -> bool:
        if self._riding.pop(consumer.name, None):
            async with self._carrying:
                pass  # whoever carries it holds its lease
        handled = await self.step(consumer, lane)
        if not handled and consumer.rides and self.convoy.members:
            self._riding[consumer.name] = consumer
        return handled >= consumer.batch

    async def _follow(
        self, name: str, events: frozenset[str] | None, go: Callable[[], Awaitable[bool]], apart_s: float
    ) -> None:
        """Go a step whenever such an event is committed, and on after one that was full, as `go` tells."""
        wake = asyncio.Event()
        self._wakes.append((name, events, wake))
        while not self._stop.is_set():
            wake.clear()  # what is committed from here on wakes us once more
            started_s, is_full = self.db.clock.monotonic_s(), False
            try:
                is_full = await go()
            except DatabaseAway:
                await self._pause(wake, AWAY_S)
            except Exception:
                log.exception("consumer could not go on; it tries again", consumer=name)
            took_s = self.db.clock.monotonic_s() - started_s
            if rest := rest_s(took_s, apart_s, is_full=is_full, is_woken=wake.is_set()):
                await self._pause(self._stop, rest)
            if not is_full:
                await self._pause(wake, None if name in self._riding else self.poll_s)

    async def _pause(self, until: asyncio.Event, seconds: float | None) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(until.wait(), seconds)

    async def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                await self._hear()
            except LOST as error:
                log.warning("not listening; handlers poll meanwhile", reason=repr(error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), AWAY_S)

    async def _hear(self) -> None:
        conn: Connection[Record] = await asyncpg.connect(
            self.db.dsn, server_settings={"application_name": "shangmai-listen"}
        )
        gone = asyncio.Event()
        try:
            conn.add_termination_listener(lambda _: gone.set())
            await conn.add_listener(WAKE_CHANNEL, lambda _conn, _pid, _channel, names: self._wake(str(names)))
            self._wake()
            stop, lost = asyncio.create_task(self._stop.wait()), asyncio.create_task(gone.wait())
            await asyncio.wait({stop, lost}, return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            lost.cancel()
        finally:
            if not conn.is_closed():
                await conn.close()

    def _wake(self, told: str = "") -> None:
        """Wake the lanes that want events of these names, with an empty one or none all; the others poll."""
        names = set(told.split(","))
        for _, events, wake in self._wakes:
            if "" in names or events is None or not names.isdisjoint(events):
                wake.set()


async def find_event(tx: Tx, id_: UUID) -> Delivery | None:
    """The event of this id, for drilling from an effect to its cause."""
    return await store.find_event(tx, id_)
