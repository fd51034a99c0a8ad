"""Hearing of what has happened, and a steady stream of paid orders until it has happened to all of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from shangmai.kernel.db.database import Database
from shangmai.kernel.events.contract import TYPES_BY_STRUCT, Consumer
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.tx import Tx

if TYPE_CHECKING:
    from bench.fulfil import Shop

TICK_S: Final = 0.05


class Sink:
    """Notes when a handler is told of each of these events; `ids_of` says what an event is about."""

    def __init__(self, struct: type, ids_of: Callable[[Any], Iterable[UUID]]) -> None:
        self.at: dict[UUID, float] = {}
        self._grew = asyncio.Event()
        self._ids_of = ids_of
        self._consumer = Consumer("bench.sink", self._handle, frozenset({TYPES_BY_STRUCT[struct].name}), 500, 1, False)

    async def reach(self, count: int) -> None:
        """Wait until so many have been told of."""
        while len(self.at) < count:
            self._grew.clear()
            await self._grew.wait()

    @asynccontextmanager
    async def hearing(self, db: Database) -> AsyncIterator[Sink]:
        """Listen while inside."""
        reader = Reader(db, [self._consumer])
        task = asyncio.create_task(reader.run())
        try:
            yield self
        finally:
            reader.stop()
            await task

    async def lags(self, shop: Shop, rate: int, seconds: float) -> tuple[float, list[float]]:
        """Place and pay orders at a steady rate: how many a second it came to, and how long each waited, in seconds."""
        before = len(self.at)
        paid_at: dict[UUID, float] = {}
        started = time.perf_counter()
        for tick in range(1, int(seconds / TICK_S) + 1):
            orders = await shop.pay_some(round(rate * TICK_S))
            now = time.perf_counter()
            paid_at |= {order.id: now for order in orders}
            await asyncio.sleep(max(started + tick * TICK_S - now, 0))
        took = time.perf_counter() - started
        await asyncio.wait_for(self.reach(before + len(paid_at)), 300)
        units = await shop.units(list(paid_at))
        return len(paid_at) / took, [self.at[unit_id] - paid_at[order_id] for unit_id, order_id in units]

    async def _handle(self, tx: Tx, events: list[Any]) -> None:
        now = time.perf_counter()
        self.at |= {id_: now for event in events for id_ in self._ids_of(event)}
        self._grew.set()
