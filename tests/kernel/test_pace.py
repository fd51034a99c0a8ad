"""So many times at once, then one every so many seconds: nobody gets more, and nobody waits for what others asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel import pace
from shangmai.kernel.pace import Pace, Paces, Turnstile

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def test_a_burst_then_one_at_a_time() -> None:
    paces, rate = Paces(), Pace(burst=3, every_s=10)
    assert [paces.wait_s("a", rate, NOW) for _ in range(5)] == [0, 0, 0, 10, 10]
    assert paces.wait_s("b", rate, NOW) == 0, "others do not wait"
    assert paces.wait_s("a", rate, NOW + timedelta(seconds=9)) == 1
    assert [paces.wait_s("a", rate, NOW + timedelta(seconds=10)) for _ in range(2)] == [0, 10]
    assert [paces.wait_s("a", rate, NOW + timedelta(days=1)) for _ in range(4)] == [0, 0, 0, 10]


def test_a_clock_set_back_keeps_nobody_out() -> None:
    paces, rate = Paces(), Pace(burst=2, every_s=10)
    assert [paces.wait_s("a", rate, NOW) for _ in range(3)] == [0, 0, 10]
    assert paces.wait_s("a", rate, NOW - timedelta(days=1)) <= 10


def test_what_is_remembered_is_bounded() -> None:
    paces = Paces()
    for n in range(pace.REMEMBERED_MAX + 10):
        paces.wait_s(n, Pace(1, 60), NOW)
    assert len(paces._rested) == pace.REMEMBERED_MAX


@given(
    st.integers(1, 20),
    st.integers(1, 60),
    st.lists(st.integers(0, 100), min_size=1, max_size=80),
)
def test_never_more_than_the_pace_and_waiting_helps(burst: int, every_s: int, gaps: list[int]) -> None:
    paces, rate, at, let_in = Paces(), Pace(burst, every_s), NOW, []
    for gap in gaps:
        at += timedelta(seconds=gap)
        wait = paces.wait_s("a", rate, at)
        if wait:
            at += timedelta(seconds=wait)
            assert paces.wait_s("a", rate, at) == 0, "who waits as told gets in"
        let_in.append(at)
    for n, first in enumerate(let_in):
        for m, last in enumerate(let_in[n:], 1):
            assert m <= burst + (last - first).total_seconds() / every_s + 1e-6


@given(st.sampled_from([0.125, 0.5, 1.0]), st.sampled_from([0.5, 4.0]), st.lists(st.integers(0, 40), max_size=80))
def test_a_crowd_goes_on_one_by_one_in_order_and_nobody_waits_too_long(
    every_s: float, most_s: float, gaps: list[int]
) -> None:
    turnstile, at_s, before_s = Turnstile(every_s, most_s), 100.0, 0.0
    for gap in gaps:
        at_s += gap / 16
        wait_s = turnstile.wait_s(at_s)
        assert 0 <= wait_s <= most_s
        assert at_s + wait_s >= before_s, "who came later goes on later"
        if wait_s < most_s:
            assert at_s + wait_s == max(at_s, before_s + every_s), "as soon as there is room"
        before_s = at_s + wait_s
