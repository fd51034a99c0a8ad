"""What a process keeps for good is what it begins with."""

from __future__ import annotations

import gc

from shangmai.apps import heap


def test_what_came_later_is_not_taken_for_staying() -> None:
    """Tests start many applications in one process: what is left of each must be able to go."""
    heap.settle()
    kept = gc.get_freeze_count()
    later = [[n] for n in range(10_000)]
    heap.settle()
    assert kept >= gc.get_freeze_count() > 0
    assert len(later) == 10_000
