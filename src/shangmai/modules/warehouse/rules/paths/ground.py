"""How far it is from stop to stop, walking along aisles and cross aisles."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from shangmai.modules.warehouse.contract.paths import Layout, Stop


def distance_mm(layout: Layout, one: Stop, two: Stop) -> int:
    """The shortest way between two stops: within the aisle, or over the cross aisle that is best for both."""
    if one.aisle == two.aisle:
        return abs(one.offset_mm - two.offset_mm)
    low, high = sorted((one.offset_mm, two.offset_mm))
    detour = min(max(cross - high, low - cross, 0) for cross in layout.cross_mm)
    return abs(one.aisle - two.aisle) * layout.pitch_mm + high - low + 2 * detour


def walk_mm(layout: Layout, stops: Sequence[Stop], order: Sequence[int]) -> int:
    """The length of the walk from the depot to stops in this order and back."""
    walk = [layout.depot, *(stops[n] for n in order), layout.depot]
    return sum(distance_mm(layout, one, two) for one, two in pairwise(walk))
