"""Sharing a discount among lines, to the minor unit, never past what a line can bear."""

from __future__ import annotations

from collections.abc import Sequence

from shangmai.kernel.money import allocate
from shangmai.modules.pricing.contract import Leftover, PercentRounding


def percent_of(amount: int, bp: int, rounding: PercentRounding) -> int:
    """Give `bp` basis points of an amount ≥ 0, rounded half up or down to a whole minor unit."""
    if rounding is PercentRounding.DOWN:
        return amount * bp // 10_000
    return (amount * bp * 2 + 10_000) // 20_000


def share(total: int, weights: Sequence[int], room: Sequence[int], leftover: Leftover) -> list[int]:
    """Split `total` by weight so that no share passes its `room`; what does not fit goes to the others by weight.

    A weight of zero gets nothing. `total` must fit: at most the room of all that have weight.
    """
    shares = split(total, weights, leftover)
    while any(part > most for part, most in zip(shares, room, strict=True)):
        full = [part >= most for part, most in zip(shares, room, strict=True)]
        rest = total - sum(most for most, is_full in zip(room, full, strict=True) if is_full)
        open_weights = [0 if is_full else weight for weight, is_full in zip(weights, full, strict=True)]
        assert rest == 0 or any(open_weights), "a discount must fit the lines that bear it"
        others = split(rest, open_weights, leftover) if rest else [0] * len(shares)
        shares = [most if is_full else part for most, is_full, part in zip(room, full, others, strict=True)]
    return shares


def split(total: int, weights: Sequence[int], leftover: Leftover) -> list[int]:
    """Split by weight; `leftover` says which get the units that rounding down leaves over."""
    if leftover is Leftover.REMAINDER:
        return allocate(total, weights)
    weight_sum = sum(weights)
    if not weight_sum:
        return allocate(total, weights)
    shares = [total * weight // weight_sum for weight in weights]
    for i in _in_line(weights, leftover)[: total - sum(shares)]:
        shares[i] += 1
    return shares


def _in_line(weights: Sequence[int], leftover: Leftover) -> list[int]:
    """Give the positions that have weight, in the order in which they get a unit more."""
    places = [i for i, weight in enumerate(weights) if weight]
    if leftover is Leftover.LAST:
        return places[::-1]
    return places if leftover is Leftover.FIRST else sorted(places, key=lambda i: -weights[i])
