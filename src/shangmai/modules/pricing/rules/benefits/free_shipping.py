"""满额包邮: goods reach the threshold, the freight bears the discount."""

from __future__ import annotations

from msgspec.structs import replace

from shangmai.modules.pricing.contract import FreeShipping, Missing
from shangmai.modules.pricing.rules.benefits.work import Work, lacking, measured
from shangmai.modules.pricing.rules.cart import Lines
from shangmai.modules.pricing.rules.state import Amounts, State


class FreeShippingWork(Work):
    by_pieces = True
    __slots__ = ("benefit", "goes_there")

    def prepare(self) -> None:
        benefit = self.promotion.benefit
        assert isinstance(benefit, FreeShipping)
        self.benefit = benefit
        self.goes_there = set(benefit.not_to).isdisjoint(self.cart.basket.region)

    def acts(self, lines: Lines) -> Lines:
        return (self.cart.n,)

    def takes(self, mask: int) -> int:
        return 1 << self.cart.n

    def reach(self, state: State, lines: Lines) -> int:
        return int(self.goes_there and measured(state, lines, self.benefit.threshold) >= self.benefit.threshold.at)

    def off(self, amounts: Amounts, lines: Lines, reach: int) -> int:
        most = self.benefit.off_max_minor
        freight = amounts[self.cart.n]
        return freight if most is None else min(freight, most)

    def missing(self, state: State, lines: Lines) -> Missing | None:
        lack = lacking(self.benefit.threshold, measured(state, lines, self.benefit.threshold))
        return lack and replace(lack, freight=True)
