"""The carriers: they scan what they were given, over days; some parcels go back, a few are lost."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from shangmai.apps.replaying.staff import Parcel
from shangmai.apps.replaying.stage import Builder
from shangmai.apps.replaying.year import draw

LOST_PER_MILLE: Final = 2
RETURNED_PER_MILLE: Final = 8
DELIVERED: Final = (("picked_up", 4), ("in_transit", 20), ("out_for_delivery", 44), ("signed", 48))
RETURNED: Final = (("picked_up", 4), ("in_transit", 20), ("refused", 48), ("returning", 60), ("returned", 110))
LOST: Final = (("picked_up", 4), ("in_transit", 20), ("lost", 200))
"""What is scanned, and how many hours after the parcel was handed over."""


class Carriers:
    """Scans that are yet to come, the next in front."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._due: list[tuple[datetime, str, str, str]] = []

    def take(self, parcels: Iterable[Parcel], at: datetime) -> None:
        """Take parcels over at this time."""
        for parcel in parcels:
            n = draw(parcel.waybill) % 1000
            way = LOST if n < LOST_PER_MILLE else RETURNED if n < LOST_PER_MILLE + RETURNED_PER_MILLE else DELIVERED
            for kind, hours in way:
                heapq.heappush(self._due, (at + timedelta(hours=hours), parcel.carrier, parcel.waybill, kind))

    @property
    def next_at(self) -> datetime | None:
        return self._due[0][0] if self._due else None

    async def scan(self, now: datetime) -> int:
        """Tell the scans that were made until now; how many."""
        told = []
        while self._due and self._due[0][0] <= now:
            at, carrier, waybill, kind = heapq.heappop(self._due)
            scans = [{"at": at.isoformat(), "kind": kind}]
            told.append({"carrier": carrier, "waybill": waybill, "scans": scans, "source": "replay"})
        await self._builder.act_many("logistics.record_scans", told)
        return len(told)
