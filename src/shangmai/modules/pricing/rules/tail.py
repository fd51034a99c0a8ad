"""The last turns of a combination, where everything is of all goods and looks at their sum alone: worked out exactly.

What these turns can make of a sum depends on nothing but that sum and a handful of figures beside it (`At`), so it is
worked out on whole numbers, once for each sum, and not again for every combination of prices and range promotions that
leaves this sum. The same rules as `applying.py`, which the trace goes by in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from shangmai.modules.pricing.contract import LAYERS, Basis, Layer, Measure
from shangmai.modules.pricing.rules.benefits.free_shipping import FreeShippingWork
from shangmai.modules.pricing.rules.benefits.gift import GiftWork
from shangmai.modules.pricing.rules.benefits.points_deduction import PointsDeductionWork
from shangmai.modules.pricing.rules.benefits.work import ThresholdWork
from shangmai.modules.pricing.rules.candidates import Candidate
from shangmai.modules.pricing.rules.cart import Cart
from shangmai.modules.pricing.rules.state import State

_COUPON_NO = LAYERS.index(Layer.COUPON)


class At(NamedTuple):
    """Where a combination stands: what is left of the goods and of the freight, the goods after the price layer and
    after the platform layer (−1: that is not over), points left, and the promotions chosen, as bits.
    """

    goods: int
    freight: int
    priced: int
    discounted: int
    points: int
    chosen: int


class Low(NamedTuple):
    """A bound below what is left to pay. `left_out`: who is not in it; `taken`: who is. `is_exact`: taking these turns
    leaves just this, and no other choice leaves less.
    """

    to_pay: int
    left_out: int
    taken: int
    is_exact: bool


class Kind(Enum):
    """What a turn takes off: money off the goods, the same for points, nothing, or money off the freight."""

    MONEY = 0
    POINTS = 1
    GIFT = 2
    FREIGHT = 3


class Turn:
    """A promotion of the tail. `fixed`: what its threshold measures, where that does not hang on the turns before."""

    __slots__ = (
        "basis", "bit", "clique", "fixed", "is_block", "is_late", "is_of_sum", "kind", "off_max", "rivals", "work",
    )  # fmt: skip

    def __init__(self, cart: Cart, one: Candidate, clique: int, is_block: bool) -> None:
        assert isinstance(one.work, ThresholdWork), "kinds of a sum alone look at a threshold alone"
        self.work, self.off_max, self.rivals = one.work, one.off_max, one.rivals
        self.bit, self.kind = 1 << one.place, _KINDS.get(type(one.work), Kind.MONEY)
        self.clique, self.is_block = clique, is_block
        self.is_late = one.entry.layer_no >= _COUPON_NO
        self.basis, self.fixed = one.work.threshold.basis, -1
        if one.work.threshold.measure is Measure.PIECES:
            self.fixed = sum(cart.qty)
        elif self.basis is Basis.LIST:
            self.fixed = sum(cart.listed) - cart.listed[-1]
        self.is_of_sum = self.fixed < 0 and self.basis is Basis.RUNNING

    def reach(self, goods: int, at: At) -> int:
        """Tell how far it is reached when so much is left of the goods and the rest is as it is at some point."""
        if self.is_of_sum:
            return self.work.reach_of(goods, at.points)
        have = self.fixed
        if have < 0:
            if self.basis is Basis.PRICED:
                have = at.priced
            else:
                have = goods if at.discounted < 0 else at.discounted
        return self.work.reach_of(have, at.points)

    def surely(self, goods: int, at: At) -> int:
        """Give what it takes at least off the goods, where there are from `goods` up to as many as at some point."""
        is_known = self.fixed >= 0 or self.basis is Basis.RUNNING
        if not is_known or self.kind is Kind.POINTS:
            return 0
        reach = self.reach(goods, at)
        return self.off(at.goods, at.freight, reach) if reach else 0

    def off(self, goods: int, freight: int, reach: int) -> int:
        """Give what it takes off the goods, or off the freight."""
        if isinstance(self.work, FreeShippingWork):
            off = self.work.off_freight(freight)
        else:
            off = min(self.work.off_of(goods, reach), goods)
        return off if self.off_max is None else min(off, self.off_max)

    def exactly(self, goods: int, at: At) -> int:
        """Give what it takes off just so many goods."""
        reach = self.reach(goods, at)
        return self.off(goods, at.freight, reach) if reach else 0

    def gives(self, reach: int) -> bool:
        return isinstance(self.work, GiftWork) and bool(self.work.given(reach))


_KINDS = {PointsDeductionWork: Kind.POINTS, GiftWork: Kind.GIFT, FreeShippingWork: Kind.FREIGHT}


class Tail:
    """The turns from `start` on. `best_of` remembers its answers."""

    __slots__ = (
        "_best", "_best_total", "_known", "_least", "_rivals", "_rows", "every", "passes", "start", "turns",
    )  # fmt: skip

    def __init__(
        self, cart: Cart, candidates: list[Candidate], start: int, cliques: list[int], is_block: list[bool]
    ) -> None:
        self.start = start
        self.turns = [
            Turn(cart, one, clique, clique >= 0 and is_block[clique])
            for one, clique in zip(candidates[start:], cliques[start:], strict=True)
        ]
        # What `low` asks of each turn: unpacking a row costs less than looking up as many names.
        self._rows = [
            (turn, turn.bit, turn.clique, turn.kind, turn.rivals, turn.is_block, turn.work, turn.off_max)
            for turn in self.turns
        ]
        self.every = sum([turn.bit for turn in self.turns])
        self.passes = self._rivals = 0
        for turn in self.turns:
            self._rivals |= turn.rivals
        self._known: dict[At, tuple[int, int]] = {}
        self._best = self._best_total = self._least = 0

    def at(self, state: State) -> At:
        """Give where a combination stands before the first of these turns."""
        freight, priced, discounted = state.amounts[-1], state.priced or state.amounts, state.discounted
        return At(
            goods=state.total - freight,
            freight=freight,
            priced=sum(priced) - priced[-1],
            discounted=-1 if discounted is None else sum(discounted) - discounted[-1],
            points=state.points_left,
            chosen=state.chosen & self._rivals,
        )

    def best_of(self, at: At, too_much: int) -> tuple[int, int] | None:
        """Give the least that can be left to pay, and the first of the combinations of these turns that leaves it.

        None where it is `too_much` or more for sure.
        """
        found = self._known.get(at)
        if found is not None:
            return found
        low = self.low(0, self.reaches(0, at), at.goods, at)
        if low.to_pay >= too_much:
            return None
        if low.is_exact:
            found = low.to_pay, low.taken
        else:
            # What the bound takes is a mark to meet; one more, so that the first of equal ones is found.
            mark = min(self._come_to(at, low.left_out) + 1, too_much)
            self._least, self._best, self._best_total = low.to_pay, 0, mark
            self._dive(0, at, low)
            if self._best_total == mark:
                return None
            found = self._best_total, self._best & self.every
        self._known[at] = found
        return found

    def _come_to(self, at: At, left_out: int) -> int:
        for turn in self.turns:
            if not turn.bit & left_out:
                at = self._take(turn, at) or at
        return at.goods + at.freight

    def _dive(self, n: int, at: At, known: Low | None) -> None:
        """Take the nth turn and those behind it, then without it. `known`: a bound that still stands here."""
        if self._best_total <= self._least:
            return
        if n == len(self.turns):
            if at.goods + at.freight < self._best_total:
                self._best, self._best_total = at.chosen, at.goods + at.freight
            return
        low = known or self.low(n, self.reaches(n, at), at.goods, at)
        if low.to_pay >= self._best_total:
            return
        if known is None and low.is_exact:
            self._best, self._best_total = at.chosen | low.taken, low.to_pay
            return
        turn = self.turns[n]
        taken = self._take(turn, at)
        if taken is None:
            return self._dive(n + 1, at, low)
        is_odd = bool(low.left_out & turn.bit)
        self._dive(n + 1, taken, None if is_odd else low)
        self._dive(n + 1, at, low if is_odd else None)

    def _take(self, turn: Turn, at: At) -> At | None:
        """Give where it stands with a promotion taken; None where that would do nothing or may not be."""
        if turn.rivals & at.chosen:
            return None
        reach = turn.reach(at.goods, at)
        if not reach:
            return None
        work, off = turn.work, turn.off(at.goods, at.freight, reach)
        if off <= 0 and not turn.gives(reach):
            return None
        is_freight = turn.kind is Kind.FREIGHT
        return At(
            goods=at.goods if is_freight else at.goods - off,
            freight=at.freight - off if is_freight else at.freight,
            priced=at.priced,
            discounted=at.goods if turn.is_late and at.discounted < 0 else at.discounted,
            points=at.points - work.points_for(off) if isinstance(work, PointsDeductionWork) else at.points,
            chosen=at.chosen | turn.bit,
        )

    def may_leave(self, most: int, goods: int, at: At, n: int = 0, known: Low | None = None) -> bool:
        """Whether any sum from `goods` to that of `at` may leave no more than `most`; sure only where the answer is no.

        Sharper than `low`, as it goes through the choices: what is left after each lies between two sums again.
        `known`: a bound that still stands here.
        """
        low = known or self.low(n, self.reaches(n, at), goods, at)
        if low.to_pay > most:
            return False
        while n < len(self.turns):
            turn = self.turns[n]
            taken = self._take_between(turn, goods, at)
            n += 1
            if taken is not None:
                is_odd = bool(low.left_out & turn.bit)
                with_it, without = (None, low) if is_odd else (low, None)
                return self.may_leave(most, *taken, n, with_it) or self.may_leave(most, goods, at, n, without)
        return goods + at.freight <= most

    def _take_between(self, turn: Turn, goods: int, at: At) -> tuple[int, At] | None:
        """Give between which sums one comes to lie that lay between `goods` and that of `at`."""
        reach = 0 if turn.rivals & at.chosen or turn.kind is Kind.GIFT else turn.reach(at.goods, at)
        if not reach:
            return None
        at = at._replace(
            chosen=at.chosen | turn.bit,
            discounted=at.goods if turn.is_late and at.discounted < 0 else at.discounted,
        )
        if turn.kind is Kind.FREIGHT:
            return goods, at._replace(freight=at.freight - turn.off(0, at.freight, reach))
        return turn.work.least_left(goods, reach, turn.off_max), at._replace(goods=at.goods - turn.surely(goods, at))

    def reaches(self, n: int, at: At) -> list[int]:
        """Tell how far each turn from the nth on is reached at most, when there is no more than this."""
        goods, points, chosen = at.goods, at.points, at.chosen
        return [
            0
            if turn.rivals & chosen
            else turn.work.reach_of(goods, points)
            if turn.is_of_sum
            else turn.reach(goods, at)
            for turn in self.turns[n:]
        ]

    def low(self, n: int, reaches: Sequence[int], goods: int, at: At) -> Low:
        """Bound what the turns from the nth on leave of any sum from `goods` to that of `at`, none reached further than
        `reaches`: all turns once over, each taken that may be; of a clique the dearest counts.

        Long, because it is what most of a quote's time would go to: a call for each turn would double it.
        """
        self.passes += 1
        freight, left_out, taken = at.freight, 0, 0
        block, block_best, block_off, apart = -1, 0, 0, dict[int, tuple[int, int]]()
        is_exact, points_turns = goods == at.goods, 0  # of more than one sum nothing is exact
        rows = zip(self._rows[n:], reaches, strict=True)
        for (turn, bit, clique, kind, rivals, is_block, work, off_max), reach in rows:
            if block >= 0 and clique != block:
                goods, block, block_best, block_off = goods - block_off, -1, 0, 0
            if not reach:
                continue
            if is_exact and (rivals & taken or kind is Kind.POINTS):
                # Whoever is taken keeps rivals out, and points that one uses up the next has not got.
                points_turns += kind is Kind.POINTS
                is_exact = not rivals & taken and points_turns < 2
            if kind is Kind.GIFT:
                # One that would keep a rival from taking money off is left out.
                left_out |= bit if clique >= 0 else 0
                is_exact = is_exact and turn.reach(goods, at) == reach
                taken |= bit if is_exact and turn.gives(reach) else 0
                continue
            if kind is Kind.FREIGHT:
                off = turn.off(0, freight, reach)
                is_exact = is_exact and (not off or turn.reach(goods, at) > 0)
            else:
                off = max(goods, 0) - work.least_left(max(goods, 0), reach, off_max)
                is_exact = is_exact and off == turn.exactly(goods, at)
            if not off:
                continue
            taken |= bit
            if clique < 0:
                goods, freight = (goods, freight - off) if kind is Kind.FREIGHT else (goods - off, freight)
            elif is_block and kind is not Kind.FREIGHT and clique not in apart:
                block, worse = clique, bit
                if off > block_off:
                    worse, block_best, block_off = block_best, bit, off
                left_out |= worse
            else:
                is_exact = False  # the turns behind it are worked out as if it took nothing
                best, best_off = apart.get(clique, (0, 0))
                worse = bit
                if off > best_off:
                    worse, apart[clique] = best, (bit, off)
                left_out |= worse
        to_pay = goods - block_off + freight - sum([off for _, off in apart.values()])
        return Low(max(to_pay, 0), left_out, taken, is_exact)
