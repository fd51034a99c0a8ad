"""N 元 M 件: any M pieces for one price; groups are made from the dearest down, while it pays."""

from __future__ import annotations

from typing import NamedTuple

from shangmai.modules.pricing.contract import Missing, PriceForPieces
from shangmai.modules.pricing.rules.benefits.runs import Run, pieces_in, runs_of, take
from shangmai.modules.pricing.rules.benefits.work import Work, times_within
from shangmai.modules.pricing.rules.cart import Lines
from shangmai.modules.pricing.rules.state import Amounts, State


class _Groups(NamedTuple):
    off: int
    pieces: int


class PriceForPiecesWork(Work):
    """`reach` is how many groups there are at most."""

    by_pieces = True
    __slots__ = ("benefit",)

    def prepare(self) -> None:
        benefit = self.promotion.benefit
        assert isinstance(benefit, PriceForPieces)
        self.benefit = benefit
        self.by_count = True

    def reach(self, state: State, lines: Lines) -> int:
        return times_within(self.limits, pieces_in(self.cart, lines) // self.benefit.pieces)

    def off(self, amounts: Amounts, lines: Lines, reach: int) -> int:
        return self._groups(runs_of(self.cart, amounts, lines), reach).off

    def weights(self, amounts: Amounts, lines: Lines, reach: int) -> list[int]:
        runs = runs_of(self.cart, amounts, lines)
        worth = dict.fromkeys(lines, 0)
        for run in take(runs, self._groups(runs, reach).pieces):
            worth[run.line] += run.price * run.qty
        return list(worth.values())

    def missing(self, state: State, lines: Lines) -> Missing | None:
        have = pieces_in(self.cart, lines)
        need = self.benefit.pieces - have % self.benefit.pieces
        times = have // self.benefit.pieces
        return Missing(missing_pieces=need) if times_within(self.limits, times + 1) > times else None

    def _groups(self, runs: list[Run], groups_max: int) -> _Groups:
        """Make groups from the dearest pieces on, and stop at the first that is cheaper without."""
        size, price = self.benefit.pieces, self.benefit.price_minor
        off = groups = in_group = group_sum = 0
        for run in runs:
            left = run.qty
            while left and groups < groups_max:
                if in_group == 0 and left >= size:
                    alike = min(left // size, groups_max - groups)
                    if run.price * size <= price:
                        return _Groups(off, groups * size)
                    off += alike * (run.price * size - price)
                    groups, left = groups + alike, left - alike * size
                    continue
                taken = min(left, size - in_group)
                in_group, group_sum, left = in_group + taken, group_sum + taken * run.price, left - taken
                if in_group == size:
                    if group_sum <= price:
                        return _Groups(off, groups * size)
                    off, groups, in_group, group_sum = off + group_sum - price, groups + 1, 0, 0
        return _Groups(off, groups * size)
