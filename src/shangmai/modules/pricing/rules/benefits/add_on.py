"""加价购: from a threshold on, goods taken as add-ons cost their add-on price."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from shangmai.modules.pricing.contract import AddOn, Missing
from shangmai.modules.pricing.rules.benefits.runs import Run, runs_of
from shangmai.modules.pricing.rules.benefits.work import Work, lacking, measured
from shangmai.modules.pricing.rules.cart import Lines
from shangmai.modules.pricing.rules.state import Amounts, State


class AddOnWork(Work):
    """Other lines reach the threshold; the add-on lines bear the discount, the one that saves most first."""

    by_pieces = True
    __slots__ = ("benefit", "prices")

    def prepare(self) -> None:
        benefit = self.promotion.benefit
        assert isinstance(benefit, AddOn)
        self.benefit = benefit
        prices = {one.sku_id: one.price_minor for one in benefit.prices}
        self.prices = {
            i: prices[line.sku_id]
            for i, line in enumerate(self.cart.lines)
            if line.add_on_of == self.promotion.id and line.sku_id in prices
        }
        self.extra = sum(1 << i for i in self.prices)

    def acts(self, lines: Lines) -> Lines:
        return tuple(i for i in lines if i in self.prices)

    def takes(self, mask: int) -> int:
        return mask & self.extra

    def reach(self, state: State, lines: Lines) -> int:
        return int(bool(self.acts(lines)) and self._have(state, lines) >= self.benefit.threshold.at)

    def off(self, amounts: Amounts, lines: Lines, reach: int) -> int:
        return sum(self._saving(run) * run.qty for run in self._cheaper(amounts, lines))

    def weights(self, amounts: Amounts, lines: Lines, reach: int) -> list[int]:
        saved = dict.fromkeys(self.acts(lines), 0)
        for run in self._cheaper(amounts, lines):
            saved[run.line] += self._saving(run) * run.qty
        return list(saved.values())

    def missing(self, state: State, lines: Lines) -> Missing | None:
        lack = lacking(self.benefit.threshold, self._have(state, lines))
        taken = self.acts(lines)
        if lack is None or not taken:
            return lack
        saving = max(self._saving(run) for run in runs_of(self.cart, state.amounts, taken))
        return replace(lack, off_minor=max(saving, 0))

    def _have(self, state: State, lines: Lines) -> int:
        return measured(state, tuple(i for i in lines if i not in self.prices), self.benefit.threshold)

    def _saving(self, run: Run) -> int:
        return run.price - self.prices[run.line]

    def _cheaper(self, amounts: Amounts, lines: Lines) -> Iterator[Run]:
        left = self.benefit.pieces
        runs = runs_of(self.cart, amounts, self.acts(lines))
        for run in sorted(runs, key=lambda run: (-self._saving(run), run.line)):
            count = min(left, run.qty)
            if count and self._saving(run) > 0:
                yield run._replace(qty=count)
                left -= count
