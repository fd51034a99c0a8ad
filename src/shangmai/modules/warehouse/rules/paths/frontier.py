"""What must be remembered of half a walk: of each crossing of the last aisle its degree, and which hang together.

A walk is a set of edges, each taken once or twice, in which every crossing has an even degree and all edges hang
together. Aisle by aisle, of all partial walks that look alike at the last aisle's crossings only the shortest can
become the best (Ratliff & Rosenthal, Operations Research 31(3), 1983, for two cross aisles; Pansart, Catusse &
Cambazard, Computers & Operations Research 100, 2018, for more). Which state follows on which does not depend on
lengths, so it is worked out once for each number of cross aisles and kept.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from itertools import product
from typing import Final, NamedTuple

NONE, ODD, EVEN = 0, 1, 2
"""A crossing's degree: nothing ends there, an odd number of edges, an even number above zero."""


class Way(IntEnum):
    """How the stretch of an aisle between two cross aisles is walked."""

    NOT = 0
    ONCE = 1
    TWICE = 2
    FROM_FRONT = 3
    FROM_BACK = 4
    BUT_A_GAP = 5


Crossing = tuple[int, int]
"""A crossing's degree and the number of the part it belongs to; parts are counted from the front, 0 is none."""
State = tuple[Crossing, ...]


class Sideways(NamedTuple):
    """Steps to the next aisle: how many times each cross aisle is walked, in all, and the state there."""

    times: tuple[int, ...]
    edges: int
    state: State


def nothing(cross: int) -> State:
    """The state before the first aisle."""
    return ((NONE, 0),) * cross


@cache
def along(state: State, n: int, way: Way) -> State:
    """The state once the stretch between cross aisles `n` and `n + 1` has been walked so."""
    one, two = state[n], state[n + 1]
    fresh = len(state) + 1
    match way:
        case Way.NOT:
            return state
        case Way.ONCE | Way.TWICE:
            one, two = _more(one, way, fresh), _more(two, way, fresh + 1)
            changed = (*state[:n], one, two, *state[n + 2 :])
            return _counted(tuple((d, one[1]) if part == two[1] else (d, part) for d, part in changed))
        case Way.FROM_FRONT:
            one = _more(one, 2, fresh)
        case Way.FROM_BACK:
            two = _more(two, 2, fresh)
        case Way.BUT_A_GAP:
            one, two = _more(one, 2, fresh), _more(two, 2, fresh + 1)
    return _counted((*state[:n], one, two, *state[n + 2 :]))


@cache
def sideways(state: State) -> tuple[Sideways, ...]:
    """Every way on to the next aisle that makes all degrees even and leaves no part behind."""
    choices: Final = {NONE: (0,), ODD: (1,), EVEN: (0, 2)}
    found = []
    for times in product(*(choices[degree] for degree, _ in state)):
        after = tuple((t, part) if t else (NONE, 0) for t, (_, part) in zip(times, state, strict=True))
        if {part for _, part in after} | {0} == {part for _, part in state} | {0}:
            found.append(Sideways(times, sum(times), _counted(after)))
    return tuple(found)


@cache
def is_walk(state: State) -> bool:
    """Whether what has been walked is one closed walk."""
    return all(degree != ODD for degree, _ in state) and len({part for _, part in state if part}) == 1


def _more(crossing: Crossing, edges: int, fresh: int) -> Crossing:
    degree, part = crossing
    return (EVEN if (degree + edges) % 2 == 0 else ODD), part or fresh


def _counted(state: State) -> State:
    """The same with its parts counted from the front, so that states that are alike are equal."""
    numbers = {0: 0}
    return tuple((degree, numbers.setdefault(part, len(numbers))) for degree, part in state)
