"""兑换券: the dearest pieces in scope cost the voucher's price."""

from __future__ import annotations

from collections.abc import Iterator

from shangmai.modules.pricing.contract import Exchange
from shangmai.modules.pricing.rules.benefits.runs import Run, runs_of, take
from shangmai.modules.pricing.rules.benefits.work import Work
from shangmai.modules.pricing.rules.cart import Lines
from shangmai.modules.pricing.rules.state import Amounts


class ExchangeWork(Work):
    by_pieces = True
    __slots__ = ("benefit",)

    def prepare(self) -> None:
        benefit = self.promotion.benefit
        assert isinstance(benefit, Exchange)
        self.benefit = benefit

    def off(self, amounts: Amounts, lines: Lines, reach: int) -> int:
        return sum((run.price - self.benefit.price_minor) * run.qty for run in self._taken(amounts, lines))

    def weights(self, amounts: Amounts, lines: Lines, reach: int) -> list[int]:
        saved = dict.fromkeys(lines, 0)
        for run in self._taken(amounts, lines):
            saved[run.line] += (run.price - self.benefit.price_minor) * run.qty
        return list(saved.values())

    def _taken(self, amounts: Amounts, lines: Lines) -> Iterator[Run]:
        for run in take(runs_of(self.cart, amounts, lines), self.benefit.pieces):
            if run.price > self.benefit.price_minor:
                yield run
