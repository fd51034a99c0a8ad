"""How pieces lie in a carton: each in the first corner that takes it (T. G. Crainic, G. Perboli & R. Tadei, Extreme
Point-Based Heuristics for Three-Dimensional Bin Packing, INFORMS Journal on Computing 20(3), 2008).

What is found is right by construction: within the carton, no two in one place, each on the bottom or on others, nothing
above what is fragile. That nothing is found does not say that there is no way.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from typing import Final

from shangmai.modules.warehouse.contract.cartons import Carton, Lying, Piece

SUPPORT_PERCENT: Final = 70
"""How much of its bottom a piece must lie on."""
EFFORT: Final = 600
"""Pieces that are placed at random, in all, once the sensible ways have failed: many tries for a few pieces."""
SHUFFLED_MAX: Final = 40
"""Up to so many pieces they are: for more it takes long and finds little."""
Point = tuple[int, int, int]
Numbered = tuple[int, Piece]

CORNERS: Final[tuple[Callable[[Point], Point], ...]] = (
    lambda at: (at[2], at[1], at[0]),
    lambda at: (at[1], at[2], at[0]),
    lambda at: (at[0], at[2], at[1]),
)
"""Which corner is tried first: the lowest, the hindmost, the leftmost."""
Turn = Callable[[Lying], int]
ORDERS: Final[tuple[Callable[[Piece], tuple[int, ...]], ...]] = (
    lambda piece: (piece.volume_mm3, max(piece.sides)),
    lambda piece: (max(piece.sides), piece.volume_mm3),
    lambda piece: (piece.volume_mm3 // min(piece.sides), piece.volume_mm3),
    lambda piece: (min(piece.sides), piece.volume_mm3),
    lambda piece: (piece.height_mm, piece.volume_mm3),
)
"""What comes first, the largest first: by volume, by longest side, by largest face, by shortest side, by height."""


def pack(carton: Carton, pieces: Sequence[Numbered]) -> list[Lying] | None:
    """A way for all pieces into a carton, or None where none was found. Deterministic."""
    if not may_fit(carton, [piece for _, piece in pieces]):
        return None
    for order, corner, turn in _tries(pieces):
        lying = fill(carton.sides, order, corner, turn, whole=True)
        if len(lying) == len(pieces):
            return lying
    return None


def pack_most(carton: Carton, pieces: Sequence[Numbered]) -> list[Lying]:
    """A way for as many of the pieces into a carton as fit, large ones first, within the weight."""
    order, corner, turn = next(_tries(pieces))
    return fill(carton.sides, order, corner, turn, goods_max_g=carton.goods_max_g)


def may_fit(carton: Carton, pieces: Sequence[Piece]) -> bool:
    """False where pieces cannot be in a carton together, by weight, by room, or because one is too long."""
    if carton.goods_max_g is not None and sum(piece.weight_g for piece in pieces) > carton.goods_max_g:
        return False
    if sum(piece.volume_mm3 for piece in pieces) > carton.volume_mm3:
        return False
    return all(fits_alone(carton, piece) for piece in set(pieces))


def fits_alone(carton: Carton, piece: Piece) -> bool:
    """Whether a carton takes this piece and nothing else."""
    if carton.goods_max_g is not None and piece.weight_g > carton.goods_max_g:
        return False
    return any(all(one <= two for one, two in zip(way, carton.sides, strict=True)) for way in ways(piece))


def ways(piece: Piece) -> list[Point]:
    """How a piece may be turned: six ways, two if it must stand; those that look alike once."""
    length, width, height = piece.sides
    if piece.upright:
        return list(dict.fromkeys([(length, width, height), (width, length, height)]))
    turned: list[Point] = [(a, b, c) for a, b, c in permutations((length, width, height))]
    return list(dict.fromkeys(turned))


def fill(
    sides: Point,
    order: Sequence[Numbered],
    corner: Callable[[Point], Point],
    turn: Turn,
    *,
    goods_max_g: int | None = None,
    whole: bool = False,
) -> list[Lying]:
    """Put pieces in one after the other, each into the first corner that takes it, turned the best way.

    Those that no corner takes stay out. `corner`, `turn`: the lower, the better. `whole`: stop at the first that stays
    out.
    """
    there: list[Lying] = []
    closed: list[Lying] = []  # what is fragile
    corners: set[Point] = {(0, 0, 0)}
    weight = 0
    for n, piece in order:
        heavy = goods_max_g is not None and weight + piece.weight_g > goods_max_g
        lying = None if heavy else _place(sides, there, closed, sorted(corners, key=corner), n, piece, turn)
        if lying is None:
            if whole:
                return there
            continue
        weight += piece.weight_g
        corners.discard((lying.x, lying.y, lying.z))
        corners.update(_corners(there, lying))
        there.append(lying)
        if piece.fragile:
            closed.append(lying)
    return there


def _tries(pieces: Sequence[Numbered]) -> Iterator[tuple[list[Numbered], Callable[[Point], Point], Turn]]:
    """In which order to put pieces in, where and how turned; what is fragile last, for nothing may lie above it."""
    for corner in CORNERS if len(pieces) <= SHUFFLED_MAX else CORNERS[:1]:
        for key in ORDERS:
            order = sorted(pieces, key=lambda one: (one[1].fragile, *(-each for each in key(one[1]))))
            yield order, corner, _flat
    rnd = random.Random(len(pieces))
    for _ in range(EFFORT // len(pieces) if len(pieces) <= SHUFFLED_MAX else 0):
        shuffled = sorted(rnd.sample(list(pieces), len(pieces)), key=lambda one: one[1].fragile)
        yield shuffled, rnd.choice(CORNERS), lambda lying: rnd.randrange(1000)


def _flat(lying: Lying) -> int:
    return lying.dz * 100_000 + lying.dy


def _place(
    sides: Point,
    there: Sequence[Lying],
    closed: Sequence[Lying],
    corners: Sequence[Point],
    n: int,
    piece: Piece,
    turn: Turn,
) -> Lying | None:
    turned = ways(piece)
    for x, y, z in corners:
        free = [
            lying
            for way in turned
            if x + way[0] <= sides[0] and y + way[1] <= sides[1] and z + way[2] <= sides[2]
            if _is_free(lying := Lying(n, x, y, z, *way), there, closed, piece.fragile)
        ]
        if free:
            return min(free, key=turn)
    return None


def _is_free(one: Lying, there: Sequence[Lying], closed: Sequence[Lying], fragile: bool) -> bool:
    if any(overlaps(one, other) for other in there) or any(above(one, other) for other in closed):
        return False
    return not (fragile and any(above(other, one) for other in there)) and stands(one, there)


def overlaps(one: Lying, two: Lying) -> bool:
    """Whether two would be in one place."""
    return one.z < two.z + two.dz and two.z < one.z + one.dz and _over(one, two) > 0


def above(one: Lying, two: Lying) -> bool:
    """Whether a part of one is above a part of two."""
    return one.z >= two.z + two.dz and _over(one, two) > 0


def stands(one: Lying, there: Sequence[Lying]) -> bool:
    """Whether one lies on the bottom, or enough of it on others."""
    if one.z == 0:
        return True
    held = sum(_over(one, other) for other in there if other.z + other.dz == one.z)
    return held * 100 >= one.dx * one.dy * SUPPORT_PERCENT


def _over(one: Lying, two: Lying) -> int:
    """The area in which one and two are above each other."""
    wide = min(one.x + one.dx, two.x + two.dx) - max(one.x, two.x)
    deep = min(one.y + one.dy, two.y + two.dy) - max(one.y, two.y)
    return wide * deep if wide > 0 and deep > 0 else 0


def _corners(there: Sequence[Lying], new: Lying) -> Iterator[Point]:
    """The corners beside, behind and on top of a new piece, as they are and slid up to what lies before them."""
    x, y, z = new.x + new.dx, new.y + new.dy, new.z + new.dz
    yield (x, new.y, new.z)
    yield (new.x, y, new.z)
    yield (new.x, new.y, z)
    yield (x, _slid(there, (x, new.y, new.z), 1), new.z)
    yield (x, new.y, _slid(there, (x, new.y, new.z), 2))
    yield (_slid(there, (new.x, y, new.z), 0), y, new.z)
    yield (new.x, y, _slid(there, (new.x, y, new.z), 2))
    yield (_slid(there, (new.x, new.y, z), 0), new.y, z)
    yield (new.x, _slid(there, (new.x, new.y, z), 1), z)


def _slid(there: Sequence[Lying], at: Point, axis: int) -> int:
    """How far a point slides along an axis towards zero before it meets a piece."""
    end = 0
    for other in there:
        starts, spans = (other.x, other.y, other.z), (other.dx, other.dy, other.dz)
        rest = [n for n in range(3) if n != axis]
        if all(starts[n] <= at[n] < starts[n] + spans[n] for n in rest) and starts[axis] + spans[axis] <= at[axis]:
            end = max(end, starts[axis] + spans[axis])
    return end
