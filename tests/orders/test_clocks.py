"""Clocks that run in business hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.modules.orders.contract.exceptions import BusinessHours
from shangmai.modules.orders.rules.clocks import due_at

SHANGHAI = "Asia/Shanghai"
OFFICE = BusinessHours()
moments = st.integers(0, 10 * 365 * 86_400).map(lambda s: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
days = st.sets(st.integers(1, 7), min_size=1).map(lambda chosen: tuple(sorted(chosen)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(
    ("begins", "minutes", "due"),
    [
        ("2026-11-27T10:00", 60, "2026-11-27T11:00"),
        ("2026-11-27T17:30", 60, "2026-11-30T09:30"),
        ("2026-11-28T12:00", 30, "2026-11-30T09:30"),
        ("2026-11-27T08:00", 540, "2026-11-27T18:00"),
        ("2026-11-27T18:00", 1, "2026-11-30T09:01"),
    ],
)
def test_evenings_and_weekends_do_not_count(begins: str, minutes: int, due: str) -> None:
    assert due_at(at(begins), minutes, OFFICE, SHANGHAI) == at(due)


@given(moments, st.integers(1, 20_000))
def test_without_business_hours_a_clock_runs_all_the_time(start: datetime, minutes: int) -> None:
    assert due_at(start, minutes, None, SHANGHAI) == start + timedelta(minutes=minutes)


@given(moments, st.integers(1, 100_000), st.integers(1, 3_000), days, st.integers(0, 1380), st.integers(1, 60))
def test_minutes_add_up(start: datetime, some: int, more: int, on: tuple[int, ...], opens: int, long: int) -> None:
    hours = BusinessHours(days=on, start=opens, end=opens + long)
    due = due_at(start, some + more, hours, SHANGHAI)
    assert due == due_at(due_at(start, some, hours, SHANGHAI), more, hours, SHANGHAI)
    assert due >= start + timedelta(minutes=some + more)


@given(moments, st.integers(1, 3_000), days)
def test_what_is_due_is_due_while_it_is_open(start: datetime, minutes: int, on: tuple[int, ...]) -> None:
    due = due_at(start, minutes, BusinessHours(days=on), SHANGHAI).astimezone(at("2026-01-01T00:00").tzinfo)
    assert due.isoweekday() in on
    assert 9 * 60 < due.hour * 60 + due.minute + due.second / 60 + due.microsecond / 6e7 <= 18 * 60
