"""For which of a request's lines pieces of lots were picked: pure. A line is an order's, by its number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

Place: TypeAlias = tuple[UUID, int]
"""Order and line."""


def to_lines(qty: int, wanted: Sequence[tuple[Place, int]], traced: Mapping[Place, int]) -> list[tuple[Place, int]]:
    """Give pieces to lines in their order, each no more than it wants beyond what is traced to it already."""
    given: list[tuple[Place, int]] = []
    for place, most in wanted:
        some = min(qty, max(most - traced.get(place, 0), 0))
        if some:
            given.append((place, some))
            qty -= some
    return given


def from_lines(qty: int, wanted: Mapping[Place, int], traced: Mapping[Place, int]) -> list[tuple[Place, int]]:
    """Take pieces back: from lines that have more than they want first, then from the last ones."""
    taken: dict[Place, int] = {}
    for keeps_wanted in (True, False):
        for place in sorted(traced, reverse=True):
            has = traced[place] - taken.get(place, 0)
            some = min(qty, max(has - wanted.get(place, 0), 0) if keeps_wanted else has)
            if some > 0:
                taken[place] = taken.get(place, 0) + some
                qty -= some
    return sorted(taken.items())
