"""Whether a promotion runs at an instant, and when that changes: its period, and within it the windows of the week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from shangmai.kernel.clock import timezone
from shangmai.modules.pricing.contract import When


def is_on(when: When, now: datetime) -> bool:
    if now not in when.period:
        return False
    if not when.windows:
        return True
    local = now.astimezone(timezone(when.timezone))
    minute = local.hour * 60 + local.minute
    day = local.isoweekday()
    return any(day in window.days and window.start_minute <= minute < window.end_minute for window in when.windows)


def next_turn(when: When, after: datetime) -> datetime | None:
    """The first instant behind `after` at which the promotion may begin or end; None when nothing is left to come."""
    bounds = [bound for bound in (when.period.start, when.period.end) if bound is not None and bound > after]
    inside = (turn for turn in _turns_of_windows(when, after) if turn > after and turn in when.period)
    return min([*bounds, *inside], default=None)


def _turns_of_windows(when: When, after: datetime) -> Iterator[datetime]:
    """Beginnings and ends of the windows in the week behind an instant, and in that behind the period's beginning."""
    zone = timezone(when.timezone)
    first = max(after, when.period.start).astimezone(zone).date() - timedelta(days=1)
    for day in (first + timedelta(days=n) for n in range(10)):
        midnight = datetime.combine(day, time(), zone)
        for window in when.windows:
            if day.isoweekday() in window.days:
                yield midnight + timedelta(minutes=window.start_minute)
                yield midnight + timedelta(minutes=window.end_minute)
