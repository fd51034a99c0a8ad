"""满减: an amount off from a threshold on, once or for each full threshold."""

from __future__ import annotations

from msgspec.structs import replace

from shangmai.kernel.money import MINOR_MAX
from shangmai.modules.pricing.contract import AmountOff, Basis, Measure, Missing, Threshold
from shangmai.modules.pricing.rules.benefits.work import ThresholdWork, lacking, measured, times_within
from shangmai.modules.pricing.rules.cart import Lines
from shangmai.modules.pricing.rules.state import State


class AmountOffWork(ThresholdWork):
    """`reach` is the amount off."""

    of_total = True
    __slots__ = ("benefit", "ladder", "looks_at_sum", "top")

    def prepare(self) -> None:
        benefit = self.promotion.benefit
        assert isinstance(benefit, AmountOff)
        self.benefit = benefit
        self.threshold = Threshold(measure=benefit.measure, basis=benefit.basis)
        # From here on no threshold is at stake.
        self.top = MINOR_MAX if benefit.every else benefit.tiers[-1].at
        self.by_count = benefit.measure is Measure.PIECES
        self.looks_at_sum = benefit.measure is not Measure.PIECES and benefit.basis is Basis.RUNNING
        self.ladder = [(tier.at, tier.off) for tier in benefit.tiers]

    def reach_of(self, have: int, points: int) -> int:
        if self.benefit.every:
            tier = self.benefit.tiers[0]
            return times_within(self.limits, have // max(tier.at, 1)) * tier.off
        reached = 0
        for at, off in self.ladder:
            if have >= at and off > reached:
                reached = off
        return reached

    def off_of(self, total: int, reach: int) -> int:
        return min(reach, total)

    def least_left(self, total: int, reach: int, off_max: int | None) -> int:
        """A tier that is reached needs at least its threshold: with 199 in the basket, 20 off 200 leave 180."""
        if not self.looks_at_sum:
            return super().least_left(total, reach, off_max)
        most = reach if off_max is None else off_max
        if total >= self.top:
            return max(total - min(reach, most), 0)
        least = total
        for at, off in self._ladder_at(total) if self.benefit.every else self.ladder:
            if off <= reach:
                left = (at if at > total else total) - (off if off < most else most)
                if left < least:
                    least = left
        return max(least, 0)

    def _ladder_at(self, total: int) -> list[tuple[int, int]]:
        """Give the thresholds at stake for a sum of `total` or more, each with the amount off."""
        at, off = self.ladder[0]
        at = max(at, 1)
        times = times_within(self.limits, total // at)
        return [(times * at, times * off), ((times + 1) * at, (times + 1) * off)]

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
