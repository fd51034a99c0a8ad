"""满减: an amount off from a threshold on, once or for each full threshold."""

from __future__ import annotations

from msgspec.structs import replace

from shangmai.modules.pricing.contract import AmountOff, Missing, Threshold
from shangmai.modules.pricing.rules.benefits.work import Work, lacking, measured, times_within
from shangmai.modules.pricing.rules.cart import Lines
from shangmai.modules.pricing.rules.state import State


class AmountOffWork(Work):
    """`reach` is the amount off."""

    of_total = True
    __slots__ = ("benefit", "threshold")

    def prepare(self) -> None:
        benefit = self.promotion.benefit
        assert isinstance(benefit, AmountOff)
        self.benefit = benefit
        self.threshold = Threshold(measure=benefit.measure, basis=benefit.basis)

    def reach(self, state: State, lines: Lines) -> int:
        have = measured(state, lines, self.threshold)
        if self.benefit.every:
            tier = self.benefit.tiers[0]
            return times_within(self.limits, have // max(tier.at, 1)) * tier.off
        return max([tier.off for tier in self.benefit.tiers if have >= tier.at], default=0)

    def off_of(self, total: int, reach: int) -> int:
        return min(reach, total)

    def missing(self, state: State, lines: Lines) -> Missing | None:
        have = measured(state, lines, self.threshold)
        reached = self.reach(state, lines)
        if self.benefit.every:
            tier = self.benefit.tiers[0]
            times = have // max(tier.at, 1)
            if times_within(self.limits, times + 1) <= times:
                return None
            at, off = (times + 1) * tier.at, reached + tier.off
        else:
            above = [tier for tier in self.benefit.tiers if tier.at > have and tier.off > reached]
            if not above:
                return None
            at, off = min((tier.at, tier.off) for tier in above)
        lack = lacking(replace(self.threshold, at=at), have)
        return None if lack is None else replace(lack, off_minor=off)
