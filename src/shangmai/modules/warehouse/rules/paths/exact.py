"""The shortest walk of all, aisle by aisle; what it takes grows in step with the aisles, whatever the stops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from shangmai.modules.warehouse.contract.paths import Layout, Stop
from shangmai.modules.warehouse.rules.paths.frontier import State, Way, along, is_walk, nothing, sideways

CROSS_EXACT_MAX: Final = 4
"""Up to so many cross aisles the states are few enough for every list of stops."""
REMEMBERED: Final = 512


class Stretch(NamedTuple):
    """The part of an aisle between two cross aisles: its ends and where in it there is a stop, from the front."""

    aisle: int
    n: int
    marks: tuple[int, ...]

    @property
    def ways(self) -> tuple[tuple[Way, int], ...]:
        """The ways to visit all stops in it, with how far one walks."""
        front, *there, back = self.marks
        length = back - front
        through = ((Way.ONCE, length), (Way.TWICE, 2 * length))
        if not there:
            return ((Way.NOT, 0), *through)
        ends = ((Way.FROM_FRONT, 2 * (there[-1] - front)), (Way.FROM_BACK, 2 * (back - there[0])))
        if len(there) == 1:
            return (*through, *ends)
        return (*through, *ends, (Way.BUT_A_GAP, 2 * (length - max(two - one for one, two in pairwise(there)))))


Choice = Way | tuple[int, ...]
Edge = tuple[Stop, Stop]


class Step(NamedTuple):
    """The shortest way to a state: how far, from which state, by which choice."""

    length_mm: int
    before: State
    choice: Choice


def shortest_walk(layout: Layout, stops: Sequence[Stop]) -> tuple[list[int], int]:
    """The order of stops on the shortest walk from the depot and back, and its length in millimetres.

    Of walks that are equally long always the same one. Time and space: aisles x cross aisles x states.
    """
    places = frozenset((layout.depot, *stops))
    if len({place.aisle for place in places}) == 1:
        return _up_and_down(layout.depot, stops)
    tour, length = _walk(layout, places)
    return _order(tour, stops), length


@lru_cache(maxsize=REMEMBERED)
def _walk(layout: Layout, places: frozenset[Stop]) -> tuple[tuple[Stop, ...], int]:
    """The walk itself through these places, one of them the depot, and its length.

    Remembered: a task's way is looked for when its wave is made, and again whenever it is shown, printed or measured.
    """
    aisles = list(columns(layout, places))
    steps = list(_steps(layout, aisles))
    end = min((step.length_mm, state) for state, step in steps[-1].items() if is_walk(state))
    edges = _edges(layout, aisles, _choices(steps, end[1]))
    return tuple(_tour(edges, layout.depot)), end[0]


def _up_and_down(depot: Stop, stops: Sequence[Stop]) -> tuple[list[int], int]:
    """The walk within the depot's own aisle: to the far end and back to the near one."""
    order = sorted(range(len(stops)), key=lambda n: (stops[n].offset_mm < depot.offset_mm, stops[n].offset_mm))
    offsets = [depot.offset_mm, *(stop.offset_mm for stop in stops)]
    return order, 2 * (max(offsets) - min(offsets))


def columns(layout: Layout, places: Set[Stop]) -> Iterator[list[Stretch]]:
    """The stretches of each aisle from the first to the last with a stop.

    A stop right at a crossing counts as in the stretch before it, at no distance from its end.
    """
    first, last = min(p.aisle for p in places), max(p.aisle for p in places)
    offsets: dict[int, list[int]] = {aisle: [] for aisle in range(first, last + 1)}
    for place in sorted(places, key=lambda p: p.offset_mm):
        offsets[place.aisle].append(place.offset_mm)
    blocks = list(pairwise(layout.cross_mm))
    for aisle, there in offsets.items():
        yield [
            Stretch(aisle, n, (front, *(at for at in there if front < at <= back or (n == 0 and at == front)), back))
            for n, (front, back) in enumerate(blocks)
        ]


def _steps(layout: Layout, aisles: Sequence[Sequence[Stretch]]) -> Iterator[dict[State, Step]]:
    """The shortest way to each state after each stretch and each change of aisle."""
    layer = {nothing(len(layout.cross_mm)): Step(0, (), ())}
    for column, stretches in enumerate(aisles):
        if column:
            layer = _aside(layer, layout.pitch_mm)
            yield layer
        for stretch in stretches:
            layer = _ahead(layer, stretch)
            yield layer


def _ahead(layer: dict[State, Step], stretch: Stretch) -> dict[State, Step]:
    found: dict[State, Step] = {}
    n, ways = stretch.n, stretch.ways
    for state, (length, _, _) in layer.items():
        for way, more in ways:
            after = along(state, n, way)
            known = found.get(after)
            if known is None or length + more < known[0]:
                found[after] = Step(length + more, state, way)
    return found


def _aside(layer: dict[State, Step], pitch_mm: int) -> dict[State, Step]:
    found: dict[State, Step] = {}
    for state, (length, _, _) in layer.items():
        for times, edges, after in sideways(state):
            total = length + edges * pitch_mm
            known = found.get(after)
            if known is None or total < known[0]:
                found[after] = Step(total, state, times)
    return found


def _choices(steps: Sequence[dict[State, Step]], state: State) -> list[Choice]:
    found: list[Choice] = []
    for layer in reversed(steps):
        step = layer[state]
        found.append(step.choice)
        state = step.before
    return found[::-1]


def _edges(layout: Layout, aisles: Sequence[Sequence[Stretch]], choices: Sequence[Choice]) -> list[Edge]:
    """The edges of the walk, one that is walked twice named twice."""
    edges: list[Edge] = []
    left = iter(choices)
    for column, stretches in enumerate(aisles):
        aisle = stretches[0].aisle
        if column:
            times = next(left)
            assert isinstance(times, tuple)
            for cross, count in zip(layout.cross_mm, times, strict=True):
                edges += [(Stop(aisle - 1, cross), Stop(aisle, cross))] * count
        for stretch in stretches:
            way = next(left)
            assert isinstance(way, Way)
            edges += _walked(stretch, way)
    return edges


def _walked(stretch: Stretch, way: Way) -> list[Edge]:
    pieces = list(pairwise(stretch.marks))
    match way:
        case Way.NOT:
            pieces = []
        case Way.FROM_FRONT:
            pieces = pieces[:-1]
        case Way.FROM_BACK:
            pieces = pieces[1:]
        case Way.BUT_A_GAP:
            gap = max(range(1, len(pieces) - 1), key=lambda n: pieces[n][1] - pieces[n][0])
            del pieces[gap]
    times = 1 if way is Way.ONCE else 2
    return [(Stop(stretch.aisle, one), Stop(stretch.aisle, two)) for one, two in pieces if one != two] * times


def _tour(edges: Sequence[Edge], start: Stop) -> list[Stop]:
    """A walk from the start over every edge once and back (Hierholzer)."""
    beside: dict[Stop, list[int]] = {}
    for n, (one, two) in enumerate(edges):
        beside.setdefault(one, []).append(n)
        beside.setdefault(two, []).append(n)
    used = [False] * len(edges)
    stack, tour = [start], []
    while stack:
        here = stack[-1]
        ways = beside.get(here, [])
        while ways and used[ways[-1]]:
            ways.pop()
        if ways:
            n = ways.pop()
            used[n] = True
            one, two = edges[n]
            stack.append(two if one == here else one)
        else:
            tour.append(stack.pop())
    return tour


def _order(tour: Sequence[Stop], stops: Sequence[Stop]) -> list[int]:
    """Stops in the order in which a tour first comes by them; those at one place as they were given."""
    waiting: dict[Stop, list[int]] = {}
    for n, stop in enumerate(stops):
        waiting.setdefault(stop, []).append(n)
    return [n for place in tour for n in waiting.pop(place, ())]
