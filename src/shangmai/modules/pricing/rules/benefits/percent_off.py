"""满折、满件折: a percentage off from an amount or a number of pieces on.

The percentage is taken of the goods together and rounded once, then shared, so that ten lines do not round ten times.
"""

from __future__ import annotations

from msgspec.structs import replace

from shangmai.modules.pricing.contract import Basis, Measure, Missing, PercentOff, Threshold
from shangmai.modules.pricing.rules.benefits.work import ThresholdWork, lacking, measured
from shangmai.modules.pricing.rules.cart import Lines
from shangmai.modules.pricing.rules.sharing import percent_of
from shangmai.modules.pricing.rules.state import State


class PercentOffWork(ThresholdWork):
    """`reach` is the percentage off, in basis points."""

    of_total = True
    clips = True
    __slots__ = ("benefit", "ladder", "looks_at_sum")

    def prepare(self) -> None:
        benefit = self.promotion.benefit
        assert isinstance(benefit, PercentOff)
        self.benefit = benefit
        self.threshold = Threshold(measure=benefit.measure, basis=benefit.basis)
        self.by_count = benefit.measure is Measure.PIECES
        self.looks_at_sum = benefit.measure is not Measure.PIECES and benefit.basis is Basis.RUNNING
        self.ladder = [(tier.at, tier.off) for tier in benefit.tiers]

    def reach_of(self, have: int, points: int) -> int:
        reached = 0
        for at, off in self.ladder:
            if have >= at and off > reached:
                reached = off
        return reached

    def off_of(self, total: int, reach: int) -> int:
        return percent_of(total, reach, self.cart.policy.percent_rounding)

    def least_left(self, total: int, reach: int, off_max: int | None) -> int:
        """A tier that is reached needs at least its threshold, as with amounts off."""
        if not self.looks_at_sum or total >= self.ladder[-1][0]:
            return super().least_left(total, reach, off_max)
        least = total
        for at, off in self.ladder:
            if off <= reach:
                left = super().least_left(at if at > total else total, off, off_max)
                if left < least:
                    least = left
        return least

    def missing(self, state: State, lines: Lines) -> Missing | None:
        have, reached = measured(state, lines, self.threshold), self.reach(state, lines)
        above = [tier for tier in self.benefit.tiers if tier.at > have and tier.off > reached]
        if not above:
            return None
        at, off_bp = min((tier.at, tier.off) for tier in above)
        lack = lacking(replace(self.threshold, at=at), have)
        return None if lack is None else replace(lack, off_bp=off_bp)
