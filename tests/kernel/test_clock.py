"""Instants are UTC, periods hold their start and not their end, and a day is asked of a timezone."""

import time
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel import clock
from shangmai.kernel.clock import (
    SHANGHAI,
    Clock,
    ManualClock,
    NotAnInstant,
    Period,
    SystemClock,
    UnknownTimezone,
    business_day,
    day_period,
    month_period,
    parse_utc,
    to_utc,
)

BEIJING = timezone(timedelta(hours=8))
LONDON = ZoneInfo("Europe/London")
INSTANTS = st.integers(946_684_800_000_000, 4_102_444_800_000_000).map(  # 2000 to 2100
    lambda microseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def period(start: int, end: int | None) -> Period:
    return Period(utc(2026, 1, start), None if end is None else utc(2026, 1, end))


class TestClocks:
    def test_the_systems_is_the_time(self) -> None:
        before = datetime.now(UTC)
        now = SystemClock().now()
        assert before <= now <= datetime.now(UTC)
        assert now.tzinfo is UTC

    def test_the_systems_monotonic_is_seconds(self) -> None:
        before = time.monotonic()
        assert before <= SystemClock().monotonic_s() <= time.monotonic()

    def test_the_manual_one_stands_still(self) -> None:
        manual: Clock = ManualClock(datetime(2026, 1, 1, 8, tzinfo=BEIJING))
        assert manual.now() == manual.now() == utc(2026, 1, 1)
        assert manual.now().tzinfo is UTC
        assert manual.monotonic_s() == 0

    def test_the_manual_one_advances(self) -> None:
        manual = ManualClock(utc(2026, 1, 1))
        assert manual.advance(days=1, hours=2, minutes=3, seconds=4, milliseconds=5) == utc(2026, 1, 2, 2, 3, 4, 5000)
        assert manual.now() == utc(2026, 1, 2, 2, 3, 4, 5000)
        assert manual.monotonic_s() == 86_400 + 7_384.005

    def test_setting_the_wall_clock_back_leaves_the_monotonic_one(self) -> None:
        manual = ManualClock(utc(2026, 1, 2))
        manual.advance(seconds=5)
        manual.set_to(utc(2026, 1, 1))
        assert (manual.now(), manual.monotonic_s()) == (utc(2026, 1, 1), 5)

    def test_the_manual_one_begins_with_2026_and_can_advance_by_nothing(self) -> None:
        assert ManualClock().advance() == utc(2026, 1, 1)

    def test_time_does_not_advance_backwards(self) -> None:
        with pytest.raises(AssertionError):
            ManualClock().advance(seconds=-1)


class TestInstants:
    @pytest.mark.parametrize(
        ("text", "instant"),
        [
            ("2026-01-31T12:30:00Z", utc(2026, 1, 31, 12, 30)),
            ("2026-01-31T20:30:00+08:00", utc(2026, 1, 31, 12, 30)),
            (" 2026-01-31 20:30:00.5+0800 ", utc(2026, 1, 31, 12, 30, 0, 500_000)),
        ],
    )
    def test_are_read(self, text: str, instant: datetime) -> None:
        assert parse_utc(text) == instant
        assert parse_utc(text).tzinfo is UTC

    @pytest.mark.parametrize("text", ["", "2026-01-31T12:30:00", "2026-01-31", "noon", "2026-13-01T00:00:00Z"])
    def test_without_offset_or_sense_are_refused(self, text: str) -> None:
        with pytest.raises(NotAnInstant) as refused:
            parse_utc(text)
        assert refused.value.data == {"text": text}

    def test_out_of_the_calendar_is_refused(self) -> None:
        with pytest.raises(NotAnInstant):
            parse_utc("0001-01-01T00:00:00+08:00")

    def test_a_naive_time_has_no_utc(self) -> None:
        with pytest.raises(ValueError, match="has no timezone"):
            to_utc(datetime(2026, 1, 1))  # noqa: DTZ001


class TestPeriod:
    def test_holds_its_start_and_not_its_end(self) -> None:
        assert utc(2026, 1, 1) in period(1, 2)
        assert utc(2026, 1, 2) - timedelta(microseconds=1) in period(1, 2)
        assert utc(2026, 1, 2) not in period(1, 2)
        assert utc(2026, 1, 1) - timedelta(microseconds=1) not in period(1, 2)

    def test_without_end_holds_all_that_follows(self) -> None:
        assert utc(9999, 1, 1) in period(1, None)
        assert utc(2025, 1, 1) not in period(1, None)

    def test_length(self) -> None:
        assert period(1, 3).length == timedelta(days=2)
        assert period(1, None).length is None

    def test_is_a_value(self) -> None:
        assert {period(1, 2), period(1, 2), period(1, None)} == {period(1, None), period(1, 2)}

    @pytest.mark.parametrize("end", [1, 2])
    def test_ends_after_it_starts(self, end: int) -> None:
        with pytest.raises(ValueError, match="must end after it starts"):
            period(2, end)

    def test_is_utc_whatever_it_was_given(self) -> None:
        given = Period(datetime(2026, 1, 1, 8, tzinfo=BEIJING), datetime(2026, 1, 2, 8, tzinfo=BEIJING))
        assert given == period(1, 2)
        assert given.end is not None
        assert given.start.tzinfo is given.end.tzinfo is UTC

    @pytest.mark.parametrize(
        ("one", "other", "common"),
        [
            (period(1, 3), period(2, 4), period(2, 3)),
            (period(1, 9), period(2, 4), period(2, 4)),
            (period(1, 2), period(2, 3), None),
            (period(1, 2), period(3, 4), None),
            (period(1, None), period(3, 4), period(3, 4)),
            (period(3, None), period(1, 3), None),
            (period(1, None), period(3, None), period(3, None)),
        ],
    )
    def test_intersection_both_ways(self, one: Period, other: Period, common: Period | None) -> None:
        assert one.intersection(other) == other.intersection(one) == common
        assert one.overlaps(other) == other.overlaps(one) == (common is not None)

    @given(st.tuples(INSTANTS, INSTANTS, INSTANTS, INSTANTS).filter(lambda t: t[0] < t[1] and t[2] < t[3]), INSTANTS)
    def test_an_intersection_holds_what_both_hold(
        self, ends: tuple[datetime, datetime, datetime, datetime], instant: datetime
    ) -> None:
        one, other = Period(*ends[:2]), Period(*ends[2:])
        common = one.intersection(other)
        assert (common is not None and instant in common) == (instant in one and instant in other)

    def test_on_the_wire(self) -> None:
        assert msgspec.json.encode(period(1, 2)) == b'{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}'
        assert msgspec.json.decode(b'{"from":"2026-01-01T08:00:00+08:00"}', type=Period) == period(1, None)

    @pytest.mark.parametrize(
        "body",
        [
            b'{"from":"2026-01-01T00:00:00"}',
            b'{"from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"}',
            b"{}",
        ],
    )
    def test_a_wrong_one_is_refused_on_the_wire(self, body: bytes) -> None:
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(body, type=Period)


class TestBusinessDay:
    @pytest.mark.parametrize(
        ("instant", "day"),
        [
            (utc(2025, 12, 31, 15, 59, 59), date(2025, 12, 31)),
            (utc(2025, 12, 31, 16), date(2026, 1, 1)),
        ],
    )
    def test_begins_at_midnight_in_shanghai(self, instant: datetime, day: date) -> None:
        assert business_day(instant) == day

    def test_of_another_timezone(self) -> None:
        assert business_day(utc(2025, 12, 31, 16), LONDON) == date(2025, 12, 31)

    def test_period_of_a_day(self) -> None:
        assert day_period(date(2026, 1, 1)) == Period(utc(2025, 12, 31, 16), utc(2026, 1, 1, 16))

    def test_a_day_on_which_the_clocks_change_is_longer_or_shorter(self) -> None:
        assert day_period(date(2026, 3, 29), LONDON).length == timedelta(hours=23)
        assert day_period(date(2026, 10, 25), LONDON).length == timedelta(hours=25)

    @pytest.mark.parametrize("day", [date(2026, 2, 1), date(2026, 2, 14), date(2026, 2, 28)])
    def test_period_of_a_month(self, day: date) -> None:
        assert month_period(day) == Period(utc(2026, 1, 31, 16), utc(2026, 2, 28, 16))

    def test_period_of_december_ends_with_the_year(self) -> None:
        assert month_period(date(2026, 12, 31)).end == utc(2026, 12, 31, 16)

    @given(INSTANTS, st.sampled_from([SHANGHAI, LONDON]))
    def test_an_instant_is_in_the_period_of_its_day_and_month(self, instant: datetime, tz: ZoneInfo) -> None:
        day = business_day(instant, tz)
        assert instant in day_period(day, tz)
        assert instant in month_period(day, tz)
        assert instant not in day_period(day + timedelta(days=1), tz)


class TestTimezone:
    def test_is_found_by_name(self) -> None:
        assert clock.timezone("Asia/Shanghai") is SHANGHAI

    @pytest.mark.parametrize("name", ["Asia/Shangai", "", "../../etc/passwd", "/etc/passwd", "Asia", "a\0b"])
    def test_an_unknown_one_is_refused(self, name: str) -> None:
        with pytest.raises(UnknownTimezone) as refused:
            clock.timezone(name)
        assert refused.value.data == {"name": name}
