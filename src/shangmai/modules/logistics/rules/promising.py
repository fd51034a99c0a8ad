"""On which day an order will be there."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shangmai.kernel.clock import business_day
from shangmai.modules.logistics.contract.choosing import CourierOption
from shangmai.modules.logistics.contract.promising import Cutoff, DeliveryPromise
from shangmai.modules.logistics.contract.watching import Lane
from shangmai.modules.logistics.rules.watching import SAMPLES_MIN


def leaves_at(cutoff: Cutoff, at: datetime, tz: ZoneInfo) -> datetime | None:
    """When what is ordered at this moment leaves: at the next cut-off of a day on which the warehouse sends.

    An order at the cut-off itself still leaves; one a moment later on the next such day.
    """
    today = business_day(at, tz)
    days = (today + timedelta(days=ahead) for ahead in range(8))
    moments = (_cut(day, cutoff, tz) for day in days if day.isoweekday() in cutoff.weekdays)
    return next((moment for moment in moments if moment >= at), None)


def _cut(day: date, cutoff: Cutoff, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(cutoff.cutoff), tz)


def hours_of(option: CourierOption, lane: Lane | None) -> int | None:
    """What a carrier takes on a lane: nine in ten of its parcels at most, else as its price card says."""
    return lane.p90_h if lane is not None and lane.parcels >= SAMPLES_MIN else option.promised_h


def promise(cutoff: Cutoff, carrier: str, hours: int | None, at: datetime, tz: ZoneInfo) -> DeliveryPromise | None:
    """The day on which an order will be there; None where that can't be said."""
    leaving = leaves_at(cutoff, at, tz)
    if leaving is None or hours is None:
        return None
    arriving = business_day(leaving + timedelta(hours=hours), tz)
    return DeliveryPromise(carrier=carrier, leaves_at=leaving, arrives_on=arriving, hours=hours)


def said(promise: DeliveryPromise, lang: str) -> str:
    """The promise as shoppers read it: 今天 16:00 前付款 is told as a date, for a page may be looked at tomorrow."""
    leaves, day = promise.leaves_at, promise.arrives_on
    if lang == "zh-CN":
        return f"{leaves.month}月{leaves.day}日 {leaves:%H:%M} 前付款，预计 {day.month}月{day.day}日 送达"
    return f"Paid by {leaves:%d %b %H:%M}, with you on {day:%d %b}"
