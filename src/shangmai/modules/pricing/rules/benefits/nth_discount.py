"""第 N 件半价 and 买 X 送 Y: of every `size` pieces from the dearest down, the last `get` are cheaper."""

from __future__ import annotations

from collections.abc import Iterator

from shangmai.modules.pricing.contract import BuyXGetY, Missing, NthDiscount, Selection
from shangmai.modules.pricing.rules.benefits.runs import Run, pieces_in, runs_of, take
from shangmai.modules.pricing.rules.benefits.work import Work, times_within, unit_of
from shangmai.modules.pricing.rules.cart import Lines
from shangmai.modules.pricing.rules.sharing import percent_of
from shangmai.modules.pricing.rules.state import Amounts, State


class NthDiscountWork(Work):
    """`reach` is 1 when there is a full group. All pieces of the groups bear the discount, by their prices."""

    by_pieces = True
    __slots__ = ("get", "off_bp", "same_sku", "size")

    def prepare(self) -> None:
        benefit = self.promotion.benefit
        assert isinstance(benefit, NthDiscount)
        self.size, self.get, self.off_bp, self.same_sku = benefit.nth, 1, benefit.off_bp, benefit.same_sku
        self.by_count = True

    def reach(self, state: State, lines: Lines) -> int:
        return int(any(self._groups(part) for part in self._parts(lines)))

    def off(self, amounts: Amounts, lines: Lines, reach: int) -> int:
        return sum(self._off(runs_of(self.cart, amounts, part), self._groups(part)) for part in self._parts(lines))

    def weights(self, amounts: Amounts, lines: Lines, reach: int) -> list[int]:
        worth = dict.fromkeys(lines, 0)
        for part in self._parts(lines):
            for run in take(runs_of(self.cart, amounts, part), self._groups(part) * self.size):
                worth[run.line] += run.price * run.qty
        return list(worth.values())

    def missing(self, state: State, lines: Lines) -> Missing | None:
        wanting = [part for part in self._parts(lines) if self._room(part)]
        if not wanting:
            return None
        part = min(wanting, key=lambda part: self.size - pieces_in(self.cart, part) % self.size)
        unit = min(unit_of(self.cart, state.amounts, i) for i in part)
        return Missing(
            missing_pieces=self.size - pieces_in(self.cart, part) % self.size,
            off_minor=self.get * percent_of(unit, self.off_bp, self.cart.policy.percent_rounding),
        )

    def _parts(self, lines: Lines) -> list[Lines]:
        """Split the lines into what is counted together."""
        if not self.same_sku:
            return [lines]
        by_sku: dict[int, list[int]] = {}
        for i in lines:
            by_sku.setdefault(self.cart.lines[i].sku_id.int, []).append(i)
        return [tuple(part) for part in by_sku.values()]

    def _groups(self, lines: Lines) -> int:
        return times_within(self.limits, pieces_in(self.cart, lines) // self.size)

    def _room(self, lines: Lines) -> bool:
        times = pieces_in(self.cart, lines) // self.size
        return times_within(self.limits, times + 1) > times

    def _off(self, runs: list[Run], groups: int) -> int:
        rounding = self.cart.policy.percent_rounding
        return sum(count * percent_of(price, self.off_bp, rounding) for price, count in self._cheaper(runs, groups))

    def _cheaper(self, runs: list[Run], groups: int) -> Iterator[tuple[int, int]]:
        """Yield price and number of the pieces that are cheaper: of each run, those at the end of a group."""
        start = 0
        for run in take(runs, groups * self.size):
            end = start + run.qty
            yield run.price, self._before(end) - self._before(start)
            start = end

    def _before(self, place: int) -> int:
        """Count the cheaper pieces among the first `place`."""
        groups, rest = divmod(place, self.size)
        return groups * self.get + max(0, rest - (self.size - self.get))


class BuyXGetYWork(NthDiscountWork):
    """With goods of its own to give (`of`), `reach` is how many pieces are cheaper: the cheapest of those lines."""

    __slots__ = ("benefit", "given")

    def prepare(self) -> None:
        benefit = self.promotion.benefit
        assert isinstance(benefit, BuyXGetY)
        self.benefit = benefit
        self.size, self.get, self.off_bp, self.same_sku = benefit.buy + benefit.get, benefit.get, benefit.off_bp, False
        self.given = benefit.of != Selection()
        self.extra = self.cart.mask_of(benefit.of) & self.cart.plain if self.given else 0

    def reach(self, state: State, lines: Lines) -> int:
        if not self.given:
            return super().reach(state, lines)
        bought, given = self._apart(lines)
        times = times_within(self.limits, pieces_in(self.cart, bought) // self.benefit.buy)
        return min(times * self.get, pieces_in(self.cart, given))

    def off(self, amounts: Amounts, lines: Lines, reach: int) -> int:
        if not self.given:
            return super().off(amounts, lines, reach)
        return self._off_first(runs_of(self.cart, amounts, self._apart(lines)[1])[::-1], reach)

    def most(self, amounts: Amounts, lines: Lines, reach: int) -> int:
        """Give the discount on the dearest pieces: without some of the lines, these may be the cheapest left."""
        if not self.given:
            return super().off(amounts, lines, reach)
        return self._off_first(runs_of(self.cart, amounts, self._apart(lines)[1]), reach)

    def weights(self, amounts: Amounts, lines: Lines, reach: int) -> list[int]:
        if not self.given:
            return super().weights(amounts, lines, reach)
        bought, given = self._apart(lines)
        worth = dict.fromkeys(lines, 0)
        pieces_bought = -(-reach // self.get) * self.benefit.buy
        for run in take(runs_of(self.cart, amounts, bought), pieces_bought):
            worth[run.line] += run.price * run.qty
        for run in take(runs_of(self.cart, amounts, given)[::-1], reach):
            worth[run.line] += run.price * run.qty
        return list(worth.values())

    def missing(self, state: State, lines: Lines) -> Missing | None:
        if not self.given:
            return super().missing(state, lines)
        bought, given = self._apart(lines)
        count = pieces_in(self.cart, bought)
        times = count // self.benefit.buy
        if times_within(self.limits, times + 1) <= times or times * self.get >= pieces_in(self.cart, given) > 0:
            return None
        return Missing(missing_pieces=self.benefit.buy - count % self.benefit.buy)

    def _off_first(self, runs: list[Run], count: int) -> int:
        rounding = self.cart.policy.percent_rounding
        return sum(run.qty * percent_of(run.price, self.off_bp, rounding) for run in take(runs, count))

    def _apart(self, lines: Lines) -> tuple[Lines, Lines]:
        """Part what is bought from what is given."""
        return tuple(i for i in lines if not self.extra >> i & 1), tuple(i for i in lines if self.extra >> i & 1)
