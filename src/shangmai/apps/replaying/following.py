"""Handling events where this process is the only one that writes: who listens to nothing new is not asked."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.events.contract import Consumer
from shangmai.kernel.events.reader import Reader

_NEWS: Final = "SELECT name, max(seq) AS seq FROM events WHERE seq > $1 GROUP BY name"


class Handling(Protocol):
    """Whoever handles events, here or in other processes."""

    async def drain(self) -> int:
        """Return when everything that is committed is handled, and what follows from it."""
        ...


class Follower(Reader):
    """A reader whose passes ask once what is new, and then those consumers that listen to it, all at the same time.

    The first pass asks all of them, so that what an earlier process left undone is done.
    """

    _seen: int | None = None

    async def _pass(self) -> int:
        if self._seen is None:
            self._seen = 0
            await self._news()
            return await super()._pass() or 1
        names = await self._news()
        told = [each for each in self.consumers if names and (each.events is None or each.events & names)]
        lanes = [self._catch_up(consumer, lane) for consumer in told for lane in range(consumer.lanes)]
        return sum(await asyncio.gather(*lanes))

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
