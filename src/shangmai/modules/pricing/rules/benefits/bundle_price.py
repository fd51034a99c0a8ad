"""打包一口价: a set of SKUs for one price, as often as the basket holds the set and it pays."""

from __future__ import annotations

from shangmai.modules.pricing.contract import BundlePrice, Missing
from shangmai.modules.pricing.rules.benefits.runs import Run, pieces_in, runs_of, sum_of, take
from shangmai.modules.pricing.rules.benefits.work import Work, times_within
from shangmai.modules.pricing.rules.cart import Lines
from shangmai.modules.pricing.rules.state import Amounts, State


class BundlePriceWork(Work):
    """`reach` is how many sets the basket holds."""

    by_pieces = True
    __slots__ = ("benefit",)

    def prepare(self) -> None:
        benefit = self.promotion.benefit
        assert isinstance(benefit, BundlePrice)
        self.benefit = benefit
        self.by_count = True

    def reach(self, state: State, lines: Lines) -> int:
        by_item = self._lines_by_item(lines)
        whole = min(
            pieces_in(self.cart, part) // item.qty for item, part in zip(self.benefit.items, by_item, strict=True)
        )
        return times_within(self.limits, whole)

    def off(self, amounts: Amounts, lines: Lines, reach: int) -> int:
        runs = self._runs_by_item(amounts, lines)
        sets = self._sets(runs, reach)
        return self._worth(runs, sets) - sets * self.benefit.price_minor

    def weights(self, amounts: Amounts, lines: Lines, reach: int) -> list[int]:
        runs = self._runs_by_item(amounts, lines)
        sets = self._sets(runs, reach)
        worth = dict.fromkeys(lines, 0)
        for item, of_item in zip(self.benefit.items, runs, strict=True):
            for run in take(of_item, sets * item.qty):
                worth[run.line] += run.price * run.qty
        return list(worth.values())

    def missing(self, state: State, lines: Lines) -> Missing | None:
        have = [pieces_in(self.cart, part) for part in self._lines_by_item(lines)]
        if self.reach(state, lines):
            return None
        lack = sum(max(0, item.qty - count) for item, count in zip(self.benefit.items, have, strict=True))
        return Missing(missing_pieces=lack) if lack else None

    def _sets(self, runs: list[list[Run]], sets_max: int) -> int:
        """Count the sets that pay: the k-th is never worth more than the one before, so halving finds the last."""
        low, high = 0, sets_max
        while low < high:
            middle = (low + high + 1) // 2
            if self._worth(runs, middle) - self._worth(runs, middle - 1) > self.benefit.price_minor:
                low = middle
            else:
                high = middle - 1
        return low

    def _worth(self, runs: list[list[Run]], sets: int) -> int:
        return sum(sum_of(of_item, sets * item.qty) for item, of_item in zip(self.benefit.items, runs, strict=True))

    def _runs_by_item(self, amounts: Amounts, lines: Lines) -> list[list[Run]]:
        return [runs_of(self.cart, amounts, part) for part in self._lines_by_item(lines)]

    def _lines_by_item(self, lines: Lines) -> list[Lines]:
        of = self.cart.lines
        return [tuple(i for i in lines if of[i].sku_id == item.sku_id) for item in self.benefit.items]
