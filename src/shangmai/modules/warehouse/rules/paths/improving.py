"""Good walks where there are too many cross aisles for the best: 2-opt and or-opt, with a bound (Held & Karp).

Sources: G. A. Croes, Operations Research 6(6), 1958; I. Or, thesis, Northwestern University, 1976;
M. Held & R. M. Karp, Mathematical Programming 1, 1971.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from shangmai.modules.warehouse.contract.paths import Layout, Stop
from shangmai.modules.warehouse.rules.paths.ground import distance_mm

Far = list[list[int]]
"""Millimetres between places; place 0 is the depot."""
IMPROVED_MAX: Final = 200
"""Up to so many places walks are improved; what that takes grows with their square."""
KICKS: Final = 30
"""How often a walk that cannot be improved is changed in three places at random and improved again."""
ROUNDS: Final = 60
"""Rounds of the bound: each is one spanning tree."""
PART_MAX: Final = 3
"""Up to so many places in a row are moved together."""


def distances(layout: Layout, places: Sequence[Stop]) -> Far:
    return [[distance_mm(layout, one, two) for two in places] for one in places]


def improved(far: Far, walk: Sequence[int]) -> list[int]:
    """A walk at most as long: the best after local search, kicks and local search again. Deterministic."""
    rnd = random.Random(len(walk))
    best = _local(far, list(walk))
    length = walked(far, best)
    for _ in range(KICKS if len(best) > 7 else 0):
        one, two, three = sorted(rnd.sample(range(1, len(best)), 3))
        other = _local(far, best[:one] + best[two:three] + best[one:two] + best[three:])
        if (longer := walked(far, other)) < length:
            best, length = other, longer
    start = best.index(0)
    return best[start:] + best[:start]


def walked(far: Far, walk: Sequence[int]) -> int:
    return sum(far[one][two] for one, two in zip(walk, [*walk[1:], walk[0]], strict=True))


def _local(far: Far, walk: list[int]) -> list[int]:
    while _turned(far, walk) or _moved(far, walk):
        pass
    return walk


def _turned(far: Far, walk: list[int]) -> bool:
    """Turn round one part of the walk wherever that makes it shorter; whether it did."""
    size, found = len(walk), False
    for i in range(size - 2):
        before, first = walk[i], walk[i + 1]
        for j in range(i + 2, size):
            last, after = walk[j], walk[(j + 1) % size]
            if far[before][last] + far[first][after] < far[before][first] + far[last][after]:
                walk[i + 1 : j + 1] = walk[j:i:-1]
                first, found = walk[i + 1], True
    return found


def _moved(far: Far, walk: list[int]) -> bool:
    """Move up to three places in a row to where they cost least, either way round; whether one was moved."""
    for length in range(1, PART_MAX + 1):
        for start in range(len(walk)):
            if _move(far, walk, start, length):
                return True
    return False


def _move(far: Far, walk: list[int], start: int, length: int) -> bool:
    if len(walk) < length + 3:
        return False
    turned = walk[start:] + walk[:start]
    part, rest = turned[:length], turned[length:]
    head, tail = part[0], part[-1]
    here = far[rest[-1]][head] + far[tail][rest[0]] - far[rest[-1]][rest[0]]
    for n in range(len(rest) - 1):
        one, two = rest[n], rest[n + 1]
        straight = far[one][head] + far[tail][two]
        around = far[one][tail] + far[head][two]
        if min(straight, around) - far[one][two] < here:
            walk[:] = rest[: n + 1] + (part if straight <= around else part[::-1]) + rest[n + 1 :]
            return True
    return False


def bound(far: Far, length: int) -> int:
    """No walk is shorter than this: the cheapest 1-tree under prices on places that are raised where it branches.

    `length`: of a known walk; it scales the steps.
    """
    size = len(far)
    if size < 3:
        return 2 * far[0][-1]
    prices, best = [0] * size, 0
    for turn in range(ROUNDS):
        total, degrees = _one_tree(far, prices)
        lower = total - 2 * sum(prices)
        best = max(best, lower)
        off = sum((degree - 2) ** 2 for degree in degrees)
        if not off or best >= length:
            break
        step = max((length - lower) * (ROUNDS - turn) // (ROUNDS * off), 1)
        prices = [price + step * (degree - 2) for price, degree in zip(prices, degrees, strict=True)]
    return min(best, length)


def _one_tree(far: Far, prices: Sequence[int]) -> tuple[int, list[int]]:
    """The cheapest tree over all places but the depot, and the depot's two cheapest edges: its length, its degrees."""
    size = len(far)
    degrees = [0] * size
    near = [far[1][n] + prices[1] + prices[n] for n in range(size)]
    source = [1] * size
    left = set(range(2, size))
    total = 0
    while left:
        n = min(left, key=near.__getitem__)
        left.remove(n)
        total += near[n]
        degrees[n] += 1
        degrees[source[n]] += 1
        row, price = far[n], prices[n]
        for other in left:
            cost = row[other] + price + prices[other]
            if cost < near[other]:
                near[other], source[other] = cost, n
    for n in sorted(range(1, size), key=lambda n: far[0][n] + prices[0] + prices[n])[:2]:
        total += far[0][n] + prices[0] + prices[n]
        degrees[0] += 1
        degrees[n] += 1
    return total, degrees
