"""Time: the only place that asks the machine what time it is. Every instant is aware and UTC; periods are `[from, to)`.

A rule never asks: it is given `tx.now`. Days belong to a business in a timezone, so a day is always asked of one.
"""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct, field
from msgspec.structs import force_setattr

from shangmai.kernel.errors import Invalid

Instant = Annotated[datetime, Meta(tz=True)]

SHANGHAI = ZoneInfo("Asia/Shanghai")

CLOCKS_APART = timedelta(minutes=1)
"""How far two times may lie the wrong way round and still be of "now": two callers at once, two machines' clocks."""


class Clock(Protocol):
    def now(self) -> datetime: ...

    def monotonic_s(self) -> float:
        """Give seconds since no particular moment, for durations: never steps back when the wall clock does."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock for tests: it stands still until it is told to go on."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = to_utc(now)
        self._elapsed = timedelta(0)

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._elapsed.total_seconds()

    def advance(
        self, *, days: int = 0, hours: int = 0, minutes: int = 0, seconds: float = 0, milliseconds: int = 0
    ) -> datetime:
        step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=milliseconds)
        assert step >= timedelta(0), "time goes forward; a wall clock that was set back is set_to()"
        self._now += step
        self._elapsed += step
        return self._now

    def set_to(self, now: datetime) -> None:
        """Set the wall clock, also backwards, as an administrator or NTP may; the monotonic clock does not notice."""
        self._now = to_utc(now)


class NotAnInstant(Invalid):
    """'{text}' is not an instant; write it with its offset, as 2026-01-31T12:30:00Z or 2026-01-31T20:30:00+08:00."""

    zh = "“{text}”不是有效时间；请带上时区，例如 2026-01-31T12:30:00Z 或 2026-01-31T20:30:00+08:00。"


class UnknownTimezone(Invalid):
    """There is no timezone '{name}'; use a name from the IANA list, as Asia/Shanghai."""

    zh = "没有名为“{name}”的时区；请使用 IANA 名称，例如 Asia/Shanghai。"


class Period(Struct, frozen=True):
    """From `start` (in it) to `end` (no longer in it), without end when that is None; `from` and `to` on the wire."""

    start: Instant = field(name="from")
    end: Instant | None = field(default=None, name="to")

    def __post_init__(self) -> None:
        force_setattr(self, "start", to_utc(self.start))
        if self.end is None:
            return
        force_setattr(self, "end", to_utc(self.end))
        if self.end <= self.start:
            raise ValueError("a period must end after it starts")

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant and (self.end is None or instant < self.end)

    @property
    def length(self) -> timedelta | None:
        return None if self.end is None else self.end - self.start

    def overlaps(self, other: "Period") -> bool:
        return self.intersection(other) is not None

    def intersection(self, other: "Period") -> "Period | None":
        start = max(self.start, other.start)
        end = min((p.end for p in (self, other) if p.end is not None), default=None)
        return None if end is not None and end <= start else Period(start, end)


def to_utc(instant: datetime) -> datetime:
    """Convert to UTC. Raises: ValueError for a time without offset, of which nobody knows when it was."""
    if instant.tzinfo is UTC:
        return instant
    if instant.utcoffset() is None:
        raise ValueError(f"{instant} has no timezone")
    return instant.astimezone(UTC)


def parse_utc(text: str) -> datetime:
    """Read ISO 8601 with an offset or Z. Raises: NotAnInstant."""
    try:
        return to_utc(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        raise NotAnInstant(text=text[:40]) from None


def timezone(name: str) -> ZoneInfo:
    """Find a timezone by its IANA name. Raises: UnknownTimezone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a name like "../x" or "Asia" is not only unknown
        raise UnknownTimezone(name=name[:40]) from None


def business_day(instant: datetime, tz: ZoneInfo = SHANGHAI) -> date:
    return instant.astimezone(tz).date()


def day_period(day: date, tz: ZoneInfo = SHANGHAI) -> Period:
    """Give the instants of that day there: 24 hours, or 23 or 25 where the clocks change."""
    return Period(_midnight(day, tz), _midnight(day + timedelta(days=1), tz))


def month_period(day: date, tz: ZoneInfo = SHANGHAI) -> Period:
    """Give the instants of the month that `day` is in."""
    first = day.replace(day=1)
    return Period(_midnight(first, tz), _midnight((first + timedelta(days=31)).replace(day=1), tz))


def _midnight(day: date, tz: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=tz)
