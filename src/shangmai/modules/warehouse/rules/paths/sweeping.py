"""Paths that people know by heart: S-shape and largest gap (R. W. Hall, IIE Transactions 25(4), 1993).

Between the last stop of one aisle and the first of the next the shortest way is taken, so these walks are never longer
than the textbook's, which go to an aisle's very end.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from shangmai.modules.warehouse.contract.paths import Layout, Stop

Aisles = dict[int, list[int]]


def s_shape(stops: Sequence[Stop]) -> list[int]:
    """Walk the aisles that have stops from side to side, one up, the next down."""
    order: list[int] = []
    for turn, (_, there) in enumerate(sorted(by_aisle(stops).items())):
        order += reversed(there) if turn % 2 else there
    return order


def largest_gap(layout: Layout, stops: Sequence[Stop]) -> list[int]:
    """Up the first aisle, along the back, down the last, along the front; between them each aisle up to its widest gap.

    What lies beyond the gap is visited from the back on the way there, what lies before it from the front on the way
    back.
    """
    aisles = sorted(by_aisle(stops).items())
    if not aisles:
        return []
    order = list(aisles[0][1])
    split = [_at_gap(layout, stops, there) for _, there in aisles[1:-1]]
    for _, beyond in split:
        order += reversed(beyond)
    if len(aisles) > 1:
        order += reversed(aisles[-1][1])
    for before, _ in reversed(split):
        order += before
    return order


def by_aisle(stops: Sequence[Stop]) -> Aisles:
    """The places of stops in the list, by aisle, from the front."""
    found: Aisles = {}
    for n in sorted(range(len(stops)), key=lambda n: stops[n].offset_mm):
        found.setdefault(stops[n].aisle, []).append(n)
    return found


def _at_gap(layout: Layout, stops: Sequence[Stop], there: list[int]) -> tuple[list[int], list[int]]:
    marks = [layout.cross_mm[0], *(stops[n].offset_mm for n in there), layout.cross_mm[-1]]
    gaps = [two - one for one, two in pairwise(marks)]
    widest = gaps.index(max(gaps))
    return there[:widest], there[widest:]
