"""满额包邮: goods reach the threshold, the freight bears the discount."""

from __future__ import annotations

from msgspec.structs import replace

from shangmai.modules.pricing.contract import FreeShipping, Missing
from shangmai.modules.pricing.rules.benefits.work import ThresholdWork, lacking, measured
from shangmai.modules.pricing.rules.cart import Lines
from shangmai.modules.pricing.rules.state import Amounts, State


class FreeShippingWork(ThresholdWork):
    by_pieces = True
    __slots__ = ("benefit", "goes_there")

    def prepare(self) -> None:
        benefit = self.promotion.benefit
        assert isinstance(benefit, FreeShipping)
        self.benefit, self.threshold = benefit, benefit.threshold
        self.goes_there = set(benefit.not_to).isdisjoint(self.cart.basket.region)

    def acts(self, lines: Lines) -> Lines:
        return (self.cart.n,)

    def takes(self, mask: int) -> int:
        return 1 << self.cart.n

    def reach_of(self, have: int, points: int) -> int:
        return int(self.goes_there and have >= self.threshold.at)

    def off(self, amounts: Amounts, lines: Lines, reach: int) -> int:
        return self.off_freight(amounts[self.cart.n])

    def off_freight(self, freight: int) -> int:
        most = self.benefit.off_max_minor
        return freight if most is None else min(freight, most)

    def missing(self, state: State, lines: Lines) -> Missing | None:
        lack = lacking(self.benefit.threshold, measured(state, lines, self.benefit.threshold))
        return lack and replace(lack, freight=True)
