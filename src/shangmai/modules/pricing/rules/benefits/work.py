"""A benefit at work on a cart: what it takes off, and which lines bear it.

What the search relies on, for every kind, and `tests/pricing/rules/test_monotony.py` checks:

- more to pay never earns less: `reach` and `off` do not fall when amounts rise or lines are added;
- nor does it pay to pay more: with a fixed `reach`, what is left to pay does not rise when amounts fall.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from shangmai.modules.pricing.contract import Basis, Measure, Missing, Threshold
from shangmai.modules.pricing.contract.promotion import Limits, Promotion
from shangmai.modules.pricing.rules.cart import Cart, Lines
from shangmai.modules.pricing.rules.state import Amounts, State


class Work:
    """One promotion's benefit on one cart; a class for each kind. `extra`: lines beyond its scope that it acts on.

    `by_count`: `reach` does not look at amounts.
    `of_total`: `off` looks at nothing but the sum of the lines. `by_pieces`: which lines bear it depends on which
    pieces take part. `clips`: what a line cannot bear is lost, not moved to others (a percentage is of its own line).
    """

    of_total: ClassVar[bool] = False
    by_pieces: ClassVar[bool] = False
    clips: ClassVar[bool] = False

    __slots__ = ("by_count", "cart", "extra", "limits", "promotion")

    def __init__(self, cart: Cart, promotion: Promotion) -> None:
        self.cart, self.promotion, self.limits = cart, promotion, promotion.limits
        self.extra = 0
        self.by_count = False
        self.prepare()

    def prepare(self) -> None:
        """Work out once what the kind needs on this cart."""

    def acts(self, lines: Lines) -> Lines:
        """Give the positions that bear the discount, of the lines that count for it."""
        return lines

    def takes(self, mask: int) -> int:
        """Give the lines that it takes for itself, as bits, of those that count for it."""
        return mask

    def reach(self, state: State, lines: Lines) -> int:
        """Tell how far the benefit is reached: nothing (0), or what `off` needs to know of it."""
        return 1

    def off_of(self, total: int, reach: int) -> int:
        """Give the discount on a sum, for a kind that is `of_total`."""
        raise AssertionError(f"{type(self).__name__} is not worked out on a sum, so it has no discount on one")

    def ceiling_of(self, total: int, reach: int) -> int:
        """Give at least `off_of`, smooth enough for the search: total − ceiling does not rise when the total falls."""
        return self.off_of(total, reach)

    def least_left(self, total: int, reach: int, off_max: int | None) -> int:
        """Give a bound below what is left to pay of any sum that is `total` or more, and reaches no further than this.

        Falls when `total` falls, and by no more than that.
        """
        return total - _limited(self.ceiling_of(total, reach), off_max)

    def off(self, amounts: Amounts, lines: Lines, reach: int) -> int:
        """Give the discount in minor units, before limits and floors."""
        return self.off_of(self.cart.sum_of(amounts, lines), reach)

    def most(self, amounts: Amounts, lines: Lines, reach: int) -> int:
        """Give at least what `off` comes to on any of these lines, at these amounts or lower ones."""
        return self.off(amounts, lines, reach)

    def weights(self, amounts: Amounts, lines: Lines, reach: int) -> list[int]:
        """Give by what measure each line of `acts` bears it."""
        return [amounts[i] for i in self.acts(lines)]

    def missing(self, state: State, lines: Lines) -> Missing | None:
        """Tell what would reach the next tier; None where there is none."""
        return None


class ThresholdWork(Work):
    """A benefit that looks at nothing but one figure of its lines to tell how far it is reached."""

    __slots__ = ("threshold",)

    threshold: Threshold

    def reach(self, state: State, lines: Lines) -> int:
        return self.reach_of(measured(state, lines, self.threshold), state.points_left)

    def reach_of(self, have: int, points: int) -> int:
        """Tell how far the benefit is reached with so much of what the threshold measures, and so many points left."""
        raise AssertionError(f"{type(self).__name__} must say how far it is reached")


def _limited(off: int, off_max: int | None) -> int:
    return off if off_max is None else min(off, off_max)


def measured(state: State, lines: Lines, threshold: Threshold) -> int:
    if threshold.measure is Measure.PIECES:
        qty = state.cart.qty
        return sum([qty[i] for i in lines])
    if state.lumped and threshold.basis is Basis.RUNNING:
        return state.amounts[0]
    return state.cart.sum_of(state.amounts_by(threshold.basis), lines)


def lacking(threshold: Threshold, have: int) -> Missing | None:
    """Say how much is missing, in the threshold's measure; the caller adds what it earns."""
    if have >= threshold.at:
        return None
    if threshold.measure is Measure.PIECES:
        return Missing(missing_pieces=threshold.at - have)
    return Missing(missing_minor=threshold.at - have)


def times_within(limits: Limits, times: int) -> int:
    return times if limits.times_per_order is None else min(times, limits.times_per_order)


def unit_of(cart: Cart, amounts: Sequence[int], line: int) -> int:
    """Give the present price of a piece of a line, rounded down."""
    return amounts[line] // cart.qty[line]
