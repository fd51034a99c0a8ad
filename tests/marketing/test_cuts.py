"""How much each help cuts: always the same sum, never more than there is, something for everybody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.modules.marketing.rules.bargains import cut


def cuts(total: int, helps: int, draws: list[int]) -> list[int]:
    """The cuts of all helps, one after the other."""
    made: list[int] = []
    for n, draw in zip(range(helps), draws, strict=True):
        made.append(cut(total - sum(made), helps - n, draw))
    return made


@given(st.data(), st.integers(1, 10**9), st.integers(1, 60))
def test_all_cuts_add_up_to_what_there_was_to_cut(data: st.DataObject, total: int, helps: int) -> None:
    draws = data.draw(st.lists(st.integers(0, 2**62 - 1), min_size=helps, max_size=helps))
    made = cuts(total, helps, draws)
    assert sum(made) == total
    assert all(each >= (1 if total >= helps else 0) for each in made)
    running = total
    for n, each in enumerate(made[:-1]):
        assert each <= max(2 * running // (helps - n), 1)
        running -= each


@pytest.mark.parametrize(
    ("total", "helps", "draws", "expected"),
    [
        (1000, 1, [7], [1000]),
        (1000, 4, [0, 0, 0, 0], [1, 1, 1, 997]),
        (1000, 4, [499, 249, 0, 0], [500, 250, 1, 249]),
        (4, 4, [9, 9, 9, 9], [1, 1, 1, 1]),
        (3, 3, [5, 5, 5], [1, 1, 1]),
        (2, 4, [0, 0, 0, 0], [0, 0, 1, 1]),
        (2, 4, [1, 1, 1, 1], [1, 0, 1, 0]),
    ],
)
def test_known_draws(total: int, helps: int, draws: list[int], expected: list[int]) -> None:
    assert cuts(total, helps, draws) == expected


def test_nobody_is_favoured() -> None:
    """Over all draws of a range the first of ten cuts as much as the average."""
    first = [cut(1000, 10, draw) for draw in range(200)]
    assert sum(first) / len(first) == pytest.approx(100, abs=1)
