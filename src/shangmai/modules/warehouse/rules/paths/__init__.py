"""In which order to walk to a list of stops: the shortest there is, or a good one with how much longer it can be."""

from __future__ import annotations

from collections.abc import Sequence

from shangmai.modules.warehouse.contract.paths import Layout, Path, PathMethod, Stop
from shangmai.modules.warehouse.rules.paths.exact import CROSS_EXACT_MAX, columns, shortest_walk
from shangmai.modules.warehouse.rules.paths.ground import walk_mm
from shangmai.modules.warehouse.rules.paths.improving import IMPROVED_MAX, bound, distances, improved, walked
from shangmai.modules.warehouse.rules.paths.sweeping import largest_gap, s_shape

__all__ = ["find_path", "largest_gap", "s_shape", "shortest_walk", "walk_mm"]


def find_path(layout: Layout, stops: Sequence[Stop]) -> Path:
    """The path to all stops: the shortest up to four cross aisles, else the best that was found, with a bound.

    Never longer than S-shape. Stops at one place stay together, as given. Raises: StopOutside.
    """
    for stop in stops:
        layout.check(stop)
    sweep = walk_mm(layout, stops, s_shape(stops))
    if len(layout.cross_mm) <= CROSS_EXACT_MAX:
        order, length = shortest_walk(layout, stops)
        return Path(order=tuple(order), length_mm=length, bound_mm=length, s_shape_mm=sweep, method=PathMethod.EXACT)
    return search_path(layout, stops)


def search_path(layout: Layout, stops: Sequence[Stop]) -> Path:
    """The shorter one of S-shape and largest gap, improved where there are at most `IMPROVED_MAX` places."""
    swept = {PathMethod.S_SHAPE: s_shape(stops), PathMethod.LARGEST_GAP: largest_gap(layout, stops)}
    lengths = {method: walk_mm(layout, stops, order) for method, order in swept.items()}
    method = min(lengths, key=lengths.__getitem__)
    order, length = swept[method], lengths[method]
    places = list(dict.fromkeys([layout.depot, *(stops[n] for n in order)]))
    lower = _reach(layout, places)
    if 1 < len(places) <= IMPROVED_MAX:
        far = distances(layout, places)
        walk = improved(far, range(len(places)))
        if walked(far, walk) < length:
            method, length = PathMethod.IMPROVED, walked(far, walk)
            order = _at(stops, [places[n] for n in walk])
        lower = max(lower, bound(far, length))
    return Path(
        order=tuple(order),
        length_mm=length,
        bound_mm=min(lower, length),
        s_shape_mm=lengths[PathMethod.S_SHAPE],
        method=method,
    )


def _at(stops: Sequence[Stop], places: Sequence[Stop]) -> list[int]:
    there: dict[Stop, list[int]] = {}
    for n, stop in enumerate(stops):
        there.setdefault(stop, []).append(n)
    return [n for place in places for n in there.get(place, ())]


def _reach(layout: Layout, places: Sequence[Stop]) -> int:
    """What every walk comes to at least: to the outermost aisles and back, and each stretch in its shortest way."""
    aisles = [place.aisle for place in places]
    if len(set(aisles)) == 1:
        offsets = [place.offset_mm for place in places]
        return 2 * (max(offsets) - min(offsets))
    sides = 2 * (max(aisles) - min(aisles)) * layout.pitch_mm
    stretches = (stretch for column in columns(layout, set(places)) for stretch in column)
    return sides + sum(min(length for _, length in stretch.ways) for stretch in stretches)
