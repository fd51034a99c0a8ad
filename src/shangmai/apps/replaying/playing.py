"""Playing the orders: the clock goes from quarter to quarter, and whoever has work does it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from shangmai.apps.replaying.carrier import Carriers
from shangmai.apps.replaying.measuring import Played, measure, work_at_hand
from shangmai.apps.replaying.staff import Floor
from shangmai.apps.replaying.stage import Builder, Stage
from shangmai.apps.replaying.year import PastOrder
from shangmai.kernel.clock import SHANGHAI, ManualClock
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.months import ensure_ahead

STEP: Final = timedelta(minutes=15)
SHIFT: Final = (8, 22)
"""From and until which hour people work on the floor; the carriers scan at any hour."""
PATIENCE: Final = timedelta(days=14)
"""How long after the last order it goes on, if not everything has come to its end before."""
ZONE: Final[ZoneInfo] = SHANGHAI


class Player:
    """Plays orders on a stage. The clock of the database is its own."""

    def __init__(self, db: Database, builder: Builder, stage: Stage, clock: ManualClock) -> None:
        self._db, self._builder, self._stage, self._clock = db, builder, stage, clock
        self._reader = Reader(db)
        self._floors = [Floor(db, builder, house) for house in stage.houses]
        self._carriers = Carriers(builder)

    async def play(self, orders: Sequence[PastOrder], progress: Callable[[int], None]) -> Played:
        """Play all of these orders, in time, until nothing is left to be done, or nobody but a person could go on."""
        waiting, month = list(orders), ""
        end = orders[-1].at + PATIENCE
        self._clock.set_to(orders[0].at)
        started = time.perf_counter()
        while self._clock.now() < end and (waiting or self._carriers.next_at or (await work_at_hand(self._db)).is_any):
            if month != (month := f"{self._clock.now():%Y-%m}"):
                await ensure_ahead(self._db)
            now = self._clock.now() + STEP
            due = [order for order in waiting if order.at <= now]
            waiting = waiting[len(due) :]
            await self._place(due)
            self._clock.set_to(now)
            await self._keep(now)
            progress(len(orders) - len(waiting))
            if not due:
                await self._skip(waiting, now)
        await self._reader.drain()
        return await measure(self._db, self._stage, orders, self._floors, time.perf_counter() - started)

    async def _place(self, due: Sequence[PastOrder]) -> None:
        """Place and pay orders at their times, and let all that follows of it happen, up to the waves."""
        if not due:
            return
        self._clock.set_to(due[-1].at)
        placed = await self._builder.act_many("orders.place", [self._wish(order) for order in due])
        paid = [
            {"order_id": order.id, "amount_minor": order.total_minor, "reference": f"PAY-{order.number}"}
            for order in placed
            if order.total_minor
        ]
        await self._builder.act_many("orders.pay", paid)
        await self._reader.drain()

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
        """What the system does at set times, then the people on the floor, then the carriers."""
        await self._builder.act("orders.release_due_units", limit=5000)
        await self._builder.act("orders.watch_orders", limit=2000)
        await self._reader.drain()
        for house in self._stage.houses:
            await self._builder.act("warehouse.make_waves", warehouse_id=house.id, release=True, due=True)
        if _is_shift(now):
            for floor in self._floors:
                self._carriers.take(await floor.work(int(STEP.total_seconds())), now)
        await self._carriers.scan(now)
        await self._reader.drain()

    async def _skip(self, waiting: Sequence[PastOrder], now: datetime) -> None:
        """Go straight to when something happens, where nobody has anything to do until then."""
        todo = await work_at_hand(self._db)
        if todo.to_release or (todo.released and _is_shift(now)):
            return
        moments = [order.at for order in waiting[:1]]
        if self._carriers.next_at is not None:
            moments.append(self._carriers.next_at)
        if todo.released:
            moments.append(_next_shift(now))
        if moments:
            self._clock.set_to(max(now, min(moments) - STEP))


def _is_shift(at: datetime) -> bool:
    return SHIFT[0] <= at.astimezone(ZONE).hour < SHIFT[1]


def _next_shift(at: datetime) -> datetime:
    here = at.astimezone(ZONE)
    start = here.replace(hour=SHIFT[0], minute=0, second=0, microsecond=0)
    return start if start > here else start + timedelta(days=1)
