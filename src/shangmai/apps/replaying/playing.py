"""Playing the orders: the clock goes from quarter to quarter, and whoever has work does it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from itertools import takewhile
from typing import Any, Final

from shangmai.apps.replaying.carrier import Carriers
from shangmai.apps.replaying.following import Handling
from shangmai.apps.replaying.measuring import CARRIED, ON_FLOOR, PLACED, TO_WAVES, Played, measure, work_at_hand
from shangmai.apps.replaying.staff import Floor
from shangmai.apps.replaying.stage import Builder, Stage
from shangmai.apps.replaying.year import PastOrder
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.db.database import Database
from shangmai.kernel.months import ensure_ahead
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse import service as warehouse

STEP: Final = timedelta(minutes=15)
WATCH: Final = timedelta(hours=1)
"""How often the system looks for orders that stand still."""
SHIFT: Final = (8, 22)
"""From and until which hour of the file's clock people work on the floor; the carriers scan at any hour."""
PATIENCE: Final = timedelta(days=14)
"""How long after the last order it goes on, if not everything has come to its end before."""


class Player:
    """Plays orders on a stage, a `step` at a time. The clock of the database is its own."""

    def __init__(
        self, db: Database, builder: Builder, stage: Stage, clock: ManualClock, step: timedelta, events: Handling
    ) -> None:
        self._db, self._builder, self._stage, self._clock, self._step = db, builder, stage, clock, step
        self._events = events
        self._floors = [Floor(db, builder, house) for house in stage.houses]
        self._carriers = Carriers(builder)
        self._watch_at = clock.now()
        self._zone: tzinfo | None = None
        self._refused = Counter[str]()
        self._stages_s = dict.fromkeys((PLACED, TO_WAVES, ON_FLOOR, CARRIED), 0.0)

    async def play(self, orders: Sequence[PastOrder], progress: Callable[[int], None], stop: asyncio.Event) -> Played:
        """Play these orders in time, all or those until `stop`: until nothing is left that anybody here could do."""
        waiting, month = list(orders), ""
        end = orders[-1].at + PATIENCE
        self._zone = orders[0].at.tzinfo
        self._clock.set_to(orders[0].at)
        started = time.perf_counter()
        while self._clock.now() < end and (waiting or await self._is_going_on()):
            if stop.is_set() and waiting:
                orders, waiting, end = orders[: -len(waiting)], [], self._clock.now() + PATIENCE
            if month != (month := f"{self._clock.now():%Y-%m}"):
                await ensure_ahead(self._db)
            now = self._clock.now() + self._step
            due = _until(waiting, now)
            waiting = waiting[len(due) :]
            self._clock.set_to(now)
            with self._clocked(PLACED):
                await self._place(due)
            await self._keep(now)
            progress(len(orders) - len(waiting))
            if not due:
                await self._skip(waiting, now)
        await self._events.finish()
        seconds = time.perf_counter() - started
        return await measure(self._db, self._stage, orders, self._floors, dict(self._refused), seconds, self._stages_s)

    @contextmanager
    def _clocked(self, stage: str) -> Iterator[None]:
        """Count the real time of what is done meanwhile towards a stage."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._stages_s[stage] += time.perf_counter() - started

    async def _is_going_on(self) -> bool:
        return bool(self._carriers.next_at) or (await work_at_hand(self._db, self._clock.now())).is_any

    async def _place(self, due: Sequence[PastOrder]) -> None:
        """Place orders and pay them, each at its own time; what is refused is counted."""
        answers = await self._builder.answers(
            "orders.place", [self._wish(order) for order in due], [order.at for order in due]
        )
        self._refused.update(answer.error.code for answer in answers if answer.error is not None)
        owing = [
            (answer.value, past.at)
            for answer, past in zip(answers, due, strict=True)
            if answer.error is None and answer.value.total_minor
        ]
        paid = [
            {"order_id": order.id, "amount_minor": order.total_minor, "reference": f"PAY-{order.number}"}
            for order, _ in owing
        ]
        for answer in await self._builder.answers("orders.pay", paid, [at for _, at in owing]):
            answer.unwrap()

    def _wish(self, order: PastOrder) -> dict[str, Any]:
        return {
            "shop_id": self._stage.shop_id,
            "external_no": order.number,
            "receiver": order.receiver,
            "when_short": "wait",
            "lines": [
                {"sku_id": self._stage.skus[line.code], "qty": line.qty, "unit_price": line.price}
                for line in order.lines
            ],
        }

    async def _keep(self, now: datetime) -> None:
        """What the system does at set times, then the people on the floor, then the carriers.

        What follows of what the people and the carriers did is handled with the next step's events.
        """
        with self._clocked(TO_WAVES):
            if now >= self._watch_at:
                await self._builder.act("orders.watch_orders", limit=2000)
                self._watch_at = now + WATCH
            await self._events.drain()
            if (await work_at_hand(self._db, now)).due:
                await self._builder.act("orders.release_due_units", limit=5000)
                await self._events.drain()
            await asyncio.gather(*(self._wave(id_) for id_ in await self._waves_due()))
        if self._is_shift(now):
            with self._clocked(ON_FLOOR):
                worked = (floor.work(int(self._step.total_seconds())) for floor in self._floors)
                for parcels in await asyncio.gather(*worked):
                    self._carriers.take(parcels, now)
        with self._clocked(CARRIED):
            await self._carriers.scan(now)

    async def _waves_due(self) -> list[WarehouseId]:
        async with self._db.reading(SYSTEM) as tx:
            return await warehouse.waves_due(tx)

    async def _wave(self, id_: WarehouseId) -> None:
        await self._builder.act("warehouse.make_waves", warehouse_id=id_, release=True, due=True)

    async def _skip(self, waiting: Sequence[PastOrder], now: datetime) -> None:
        """Go straight to when something happens, where nobody has anything to do until then."""
        todo = await work_at_hand(self._db, now)
        if todo.to_release or (todo.released and self._is_shift(now)):
            return
        moments = [order.at for order in waiting[:1]]
        if self._carriers.next_at is not None:
            moments.append(self._carriers.next_at)
        if todo.released:
            moments.append(self._next_shift(now))
        if moments:
            self._clock.set_to(max(now, min(moments) - self._step))

    def _is_shift(self, at: datetime) -> bool:
        return SHIFT[0] <= at.astimezone(self._zone).hour < SHIFT[1]

    def _next_shift(self, at: datetime) -> datetime:
        here = at.astimezone(self._zone)
        start = here.replace(hour=SHIFT[0], minute=0, second=0, microsecond=0)
        return start if start > here else start + timedelta(days=1)


def _until(waiting: Sequence[PastOrder], now: datetime) -> list[PastOrder]:
    return list(takewhile(lambda order: order.at <= now, waiting))
