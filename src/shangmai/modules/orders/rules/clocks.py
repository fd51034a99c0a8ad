"""When something that takes so many minutes is due, where clocks may run in business hours only."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shangmai.modules.orders.contract.exceptions import BusinessHours


def due_at(start: datetime, minutes: int, hours: BusinessHours | None, timezone: str) -> datetime:
    """The moment when the clock, begun at `start`, has run for so many minutes.

    It runs on the days of `hours`, from their start until their end by the wall clock there. On a day when clocks there
    are set, it runs as many minutes as the wall clock says. Whole weeks are taken at once.
    """
    if hours is None:
        return start + timedelta(minutes=minutes)
    at = start.astimezone(ZoneInfo(timezone))
    a_week = (hours.end - hours.start) * len(set(hours.days))
    weeks = max(minutes - 1, 0) // a_week
    at += timedelta(weeks=weeks)
    left = timedelta(minutes=minutes - weeks * a_week)
    while True:
        opens, closes = _window(at, hours)
        begin = max(at, opens)
        if at.isoweekday() in hours.days and begin < closes:
            if left <= closes - begin:
                return (begin + left).astimezone(start.tzinfo)
            left -= closes - begin
        at = _midnight(at) + timedelta(days=1)


def _window(at: datetime, hours: BusinessHours) -> tuple[datetime, datetime]:
    day = _midnight(at)
    return day + timedelta(minutes=hours.start), day + timedelta(minutes=hours.end)


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
