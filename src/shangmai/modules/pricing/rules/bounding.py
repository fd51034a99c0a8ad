"""An amount to pay that no combination below a node of the search is under, worked out once for the node.

The relaxed rest lets everything in: thresholds give what the amounts at the node reach, promotions that exclude each
other are let in together with the dearest of each clique counting, lines that one may close to another stay open.
"""

from __future__ import annotations

from shangmai.modules.pricing.contract import ONE_AN_ORDER, DepositPresale
from shangmai.modules.pricing.rules.applying import open_lines
from shangmai.modules.pricing.rules.benefits.free_shipping import FreeShippingWork
from shangmai.modules.pricing.rules.benefits.gift import GiftWork
from shangmai.modules.pricing.rules.candidates import Candidate
from shangmai.modules.pricing.rules.cart import Cart, Lines
from shangmai.modules.pricing.rules.state import Amounts, State


class Bound:
    """What can be said of the candidates before there is a node.

    Let x be the amounts of some combination below the node at some turn, y those of the relaxed one, x₀ ≥ x those at
    the node. Of some lines nothing is known but their sum: these are `lost`. The invariant is

        Σ x over lost lines + Σ min(x, y) over the others ≥ Σ y − owed.

    It holds at first, with nothing lost or owed: a price promotion more never raises a line. A turn keeps it in one of
    two ways. Either its discount w, worked out on x₀ where lost and on y elsewhere, is owed and its lines are lost:
    right for every kind, as what is left in sum does not rise when amounts fall, and the discount does not either. Or
    it is taken from y in proportion: right for those that look at the sum of their lines only, may not find lines
    closed and meet no floor, because then what is left of each line does not rise when amounts fall, but for the whole
    minor units of shares: one a line is owed for that. The second keeps y low where it matters, that is where a later
    promotion looks at some of those lines; elsewhere the first is exact and cheaper.

    From `tail` on everything is of all goods and looks at the sum alone, so Σ y − owed is all that is needed.
    """

    __slots__ = ("candidates", "cart", "cliques", "has_floors", "is_block", "prices", "risky", "seen_later", "tail")

    def __init__(self, cart: Cart, candidates: list[Candidate], prices: int) -> None:
        self.cart, self.candidates, self.prices = cart, candidates, prices
        has_deposit = any(isinstance(one.promotion.benefit, DepositPresale) for one in candidates)
        self.has_floors = cart.has_floors or has_deposit
        self.risky = [one.strangers & ~one.rivals & ((1 << one.place) - 1) for one in candidates]
        self.tail = self._tail()
        self.seen_later = self._seen_later()
        self.cliques, self.is_block = _cliques(candidates)

    def _tail(self) -> int:
        place = len(self.candidates)
        while place > self.prices and self._is_of_sum(self.candidates[place - 1]):
            place -= 1
        return place

    def _is_of_sum(self, one: Candidate) -> bool:
        assert one.work is not None
        if isinstance(one.work, FreeShippingWork):
            return True
        return one.work.of_total and one.mask == self.cart.goods and not self.risky[one.place]

    def _seen_later(self) -> list[bool]:
        """Tell of each whether a later one before the tail looks at some of its lines."""
        seen, lines = [False] * len(self.candidates), 0
        for place in range(self.tail - 1, -1, -1):
            seen[place] = bool(self.candidates[place].mask & lines)
            lines |= self.candidates[place].mask
        return seen

    def below(self, start: int, state: State) -> int:
        """Give the bound for everything that may be chosen from the turn `start` on."""
        rest = _Relaxed(self, start, state)
        rest.take_prices()
        for place in range(max(start, self.prices), self.tail):
            rest.take_by_line(place)
        rest.begin_tail()
        for place in range(max(start, self.tail), len(self.candidates)):
            rest.take_of_sum(place)
        return rest.to_pay()


class _Relaxed:
    """The relaxed rest of one combination. `goods`: the sum of all goods, from the tail on. `apart`: what the cliques
    whose turns do not follow one another take, at most; `block`: the clique whose turns are just on, likewise.
    """

    __slots__ = (
        "amounts",
        "apart",
        "block",
        "block_off",
        "bound",
        "freed",
        "goods",
        "lost",
        "owed",
        "start",
        "state",
    )

    def __init__(self, bound: Bound, start: int, state: State) -> None:
        self.bound, self.start, self.state = bound, start, state
        self.amounts: Amounts = list(state.amounts)
        self.owed = self.freed = self.goods = self.block_off = self.lost = 0
        self.block = -1
        self.apart: dict[int, int] = {}

    def take_prices(self) -> None:
        qty, amounts = self.bound.cart.qty, self.amounts
        for one in self.bound.candidates[self.start : self.bound.prices]:
            for line, unit in one.units.items():
                if unit * qty[line] < amounts[line]:
                    amounts[line] = unit * qty[line]

    def take_by_line(self, place: int) -> None:
        one, clique = self.bound.candidates[place], self.bound.cliques[place]
        lines, reach = self._reach(one)
        if not reach or isinstance(one.work, GiftWork) or self._takes_freight(one, clique, reach):
            return
        work = one.work
        assert work is not None
        keeps = self.bound.seen_later[place] and work.of_total and not self._breaks(one)
        if keeps and clique < 0:
            self._take_evenly(one, lines, reach)
            return
        at = self._at(one)
        if work.of_total:
            off = _limited(one, work.ceiling_of(sum([at[i] for i in lines]), reach))
        else:
            off = _limited(one, work.most(at, lines, reach))
        if keeps:
            self.owed += len(lines)
        else:
            self.lost |= one.mask
        if clique < 0:
            self.owed += off
        else:
            self.apart[clique] = max(self.apart.get(clique, 0), off)

    def _breaks(self, one: Candidate) -> bool:
        return self.bound.has_floors or bool(self.lost & one.mask or self.bound.risky[one.place] >> self.start)

    def _at(self, one: Candidate) -> Amounts:
        """Give the relaxed amounts, and those at the node where lines are lost."""
        if not self.lost & one.mask:
            return self.amounts
        high = self.state.amounts
        return [high[i] if self.lost >> i & 1 else amount for i, amount in enumerate(self.amounts)]

    def begin_tail(self) -> None:
        self.goods = sum(self.amounts) - self.amounts[-1] - self.owed

    def take_of_sum(self, place: int) -> None:
        one, clique = self.bound.candidates[place], self.bound.cliques[place]
        if clique != self.block:
            self._end_block()
        _, reach = self._reach(one)
        if not reach or isinstance(one.work, GiftWork) or self._takes_freight(one, clique, reach):
            return
        assert one.work is not None
        off = _limited(one, one.work.ceiling_of(max(self.goods, 0), reach))
        if clique < 0:
            self.goods -= off
        elif self.bound.is_block[clique] and clique not in self.apart:
            self.block, self.block_off = clique, max(self.block_off, off)
        else:
            self.apart[clique] = max(self.apart.get(clique, 0), off)

    def to_pay(self) -> int:
        self._end_block()
        return max(self.goods + self.amounts[-1] - self.freed - sum(self.apart.values()), 0)

    def _end_block(self) -> None:
        self.goods -= self.block_off
        self.block, self.block_off = -1, 0

    def _takes_freight(self, one: Candidate, clique: int, reach: int) -> bool:
        if not isinstance(one.work, FreeShippingWork):
            return False
        off = _limited(one, one.work.off(self.state.amounts, (), reach))
        if clique < 0:
            self.freed += off
        else:
            self.apart[clique] = max(self.apart.get(clique, 0), off)
        return True

    def _reach(self, one: Candidate) -> tuple[Lines, int]:
        if one.rivals & self.state.chosen:
            return (), 0
        assert one.work is not None
        lines = self.bound.cart.members(open_lines(one, self.state))
        return lines, one.work.reach(self.state, lines) if lines else 0

    def _take_evenly(self, one: Candidate, lines: Lines, reach: int) -> None:
        """Take the discount off the lines in proportion, rounded down; what is over is owed, and the slack."""
        assert one.work is not None
        amounts = self.amounts
        total = sum([amounts[i] for i in lines])
        off = left = _limited(one, one.work.ceiling_of(total, reach))
        if off:
            for i in lines:
                part = amounts[i] * off // total
                amounts[i] -= part
                left -= part
            self.owed += left + len(lines)


def _limited(one: Candidate, off: int) -> int:
    return off if one.off_max is None else min(off, one.off_max)


def _cliques(candidates: list[Candidate]) -> tuple[list[int], list[bool]]:
    """Number the sets of which an order takes one at most; and tell of each whether its turns follow one another."""
    names = [_clique_of(one) for one in candidates]
    members: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        if name:
            members.setdefault(name, []).append(place)
    several = [name for name, places in members.items() if len(places) > 1]
    number = {name: i for i, name in enumerate(several)}
    is_block = [_is_block([candidates[place] for place in members[name]]) for name in several]
    return [number.get(name, -1) for name in names], is_block


def _is_block(members: list[Candidate]) -> bool:
    """Whether the members' turns follow one another and all are of the goods: then one of them is taken there."""
    are_of_goods = not any(isinstance(one.work, FreeShippingWork) for one in members)
    return are_of_goods and members[-1].place - members[0].place == len(members) - 1


def _clique_of(one: Candidate) -> str:
    if one.promotion.group is not None:
        return f"group {one.promotion.group}"
    combines = one.promotion.combines
    if one.layer in ONE_AN_ORDER and not combines.same_layer and not combines.always:
        return one.layer.value
    return ""
