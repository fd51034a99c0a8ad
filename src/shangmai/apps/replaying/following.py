"""Handling events where this process alone writes: who listens to nothing new is not asked, who has time waits."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final, Protocol

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.events.contract import Consumer
from shangmai.kernel.events.reader import Reader

PATIENT_FROM_S: Final = 0.5
"""Consumers whose batches may be so far apart work for reports and pages: nothing on an order's way waits for them."""
PATIENCE: Final = timedelta(hours=12)
"""So much of the played time they let come together."""
_NEWS: Final = "SELECT name, max(seq) AS seq FROM events WHERE seq > $1 GROUP BY name"


class Handling(Protocol):
    """Whoever handles events, here or in other processes."""

    async def drain(self) -> int:
        """Return when everything that an order's way waits for is handled, and what follows from it."""
        ...

    async def finish(self) -> int:
        """Return when everything that is committed is handled, and what follows from it."""
        ...


class Follower(Reader):
    """A reader whose passes ask once what is new, and then those who listen to it, all at the same time.

    The first pass asks all of them, so that what an earlier process left undone is done. Those that have time are asked
    twice a day, and when all is at its end.
    """

    _seen: int | None = None
    _asked_at: datetime | None = None

    async def finish(self) -> int:
        handled = await self.drain()
        while some := await super()._pass():
            handled += some
        return handled

    async def _pass(self) -> int:
        if self._seen is None:
            self._seen = 0
            await self._news()
            return await super()._pass() or 1
        names = await self._news()
        now = self.db.clock.now()
        told = [each for each in self.alone if each.apart_s < PATIENT_FROM_S and _listens(each, names)]
        if self._asked_at is None or now - self._asked_at >= PATIENCE:
            self._asked_at = now
            told += [each for each in self.alone if each.apart_s >= PATIENT_FROM_S]
        lanes = [self._catch_up(consumer, lane) for consumer in told for lane in range(consumer.lanes)]
        if names & self.convoy.events:
            lanes.append(self._catch_up_together())
        return sum(await asyncio.gather(*lanes))

    async def _catch_up_together(self) -> int:
        handled = 0
        while True:
            step = await self.travel()
            handled += sum(step.handled.values())
            if not step.is_full:
                return handled

    async def _catch_up(self, consumer: Consumer, lane: int) -> int:
        handled = 0
        while some := await self.step(consumer, lane):
            handled += some
            if some < consumer.batch:
                break
        return handled

    async def _news(self) -> frozenset[str]:
        """The names of events that were written since this was asked last."""
        assert self._seen is not None
        async with self.db.reading(SYSTEM) as tx:
            rows = await tx.fetch(_NEWS, self._seen)
        self._seen = max((row["seq"] for row in rows), default=self._seen)
        return frozenset(row["name"] for row in rows)


def _listens(consumer: Consumer, names: frozenset[str]) -> bool:
    return bool(names) and (consumer.events is None or bool(consumer.events & names))
