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
    __slots__ = ("benefit",)

    def prepare(self) -> None:
        benefit = self.promotion.benefit
        assert isinstance(benefit, PercentOff)
        self.benefit = benefit
        self.threshold = Threshold(measure=benefit.measure, basis=benefit.basis)
        self.by_count = benefit.measure is Measure.PIECES

    def reach_of(self, have: int, points: int) -> int:
        reached = 0
        for tier in self.benefit.tiers:
            if have >= tier.at and tier.off > reached:
                reached = tier.off
        return reached

    def off_of(self, total: int, reach: int) -> int:
        return percent_of(total, reach, self.cart.policy.percent_rounding)

    def least_left(self, total: int, reach: int, off_max: int | None) -> int:
        """A tier that is reached needs at least its threshold, as with amounts off."""
        if self.threshold.measure is Measure.PIECES or self.threshold.basis is not Basis.RUNNING:
            return super().least_left(total, reach, off_max)
        if total >= self.benefit.tiers[-1].at:
            return super().least_left(total, reach, off_max)
        bases = [(max(total, tier.at), tier.off) for tier in self.benefit.tiers if tier.off <= reach]
        return min([total, *[super(PercentOffWork, self).least_left(base, off, off_max) for base, off in bases]])

    def missing(self, state: State, lines: Lines) -> Missing | None:
        have, reached = measured(state, lines, self.threshold), self.reach(state, lines)
        above = [tier for tier in self.benefit.tiers if tier.at > have and tier.off > reached]
        if not above:
            return None
        at, off_bp = min((tier.at, tier.off) for tier in above)
        lack = lacking(replace(self.threshold, at=at), have)
        return None if lack is None else replace(lack, off_bp=off_bp)
