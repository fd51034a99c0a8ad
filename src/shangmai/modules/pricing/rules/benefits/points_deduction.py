"""积分抵现: points pay part of the order, in whole steps."""

from __future__ import annotations

from msgspec.structs import replace

from shangmai.modules.pricing.contract import Missing, PointsDeduction
from shangmai.modules.pricing.rules.benefits.work import ThresholdWork, lacking, measured
from shangmai.modules.pricing.rules.cart import Lines
from shangmai.modules.pricing.rules.state import State


class PointsDeductionWork(ThresholdWork):
    """`reach` is how many steps the buyer has and wants to use."""

    of_total = True
    __slots__ = ("benefit",)

    def prepare(self) -> None:
        benefit = self.promotion.benefit
        assert isinstance(benefit, PointsDeduction)
        self.benefit, self.threshold = benefit, benefit.threshold

    def reach_of(self, have: int, points: int) -> int:
        if have < self.threshold.at:
            return 0
        wanted = self.cart.basket.points_wanted
        return (points if wanted is None else min(wanted, points)) // self.benefit.step

    def off_of(self, total: int, reach: int) -> int:
        return min(reach, self._most(total) // self.benefit.worth_minor) * self.benefit.worth_minor

    def ceiling_of(self, total: int, reach: int) -> int:
        return min(reach * self.benefit.worth_minor, self._most(total))

    def points_for(self, off: int) -> int:
        """Give the points that pay this: whole steps, so the last one may be cut short by a limit."""
        return -(-off // self.benefit.worth_minor) * self.benefit.step

    def missing(self, state: State, lines: Lines) -> Missing | None:
        lack = lacking(self.benefit.threshold, measured(state, lines, self.benefit.threshold))
        return lack and replace(lack, off_minor=self.benefit.worth_minor)

    def _most(self, total: int) -> int:
        return total * self.benefit.share_max_bp // 10_000
