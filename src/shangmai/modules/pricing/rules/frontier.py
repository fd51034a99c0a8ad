"""Every sum that prices and range promotions can leave of the goods, and the sum of which the tail makes the least.

Where the tail looks at nothing but the sum (`tail.py`), two combinations of prices and range promotions that leave the
same sum are worth the same. Promotions that share no line and no group fall into components that do not hang on each
other, so what is attainable is every sum of one outcome of each. A price for most of the goods (a member price) would
tie everything together: with it and without it are looked at apart.

The sums are the bits of an integer, by how far they lie above the least one, so adding a component is a shift for each
of its outcomes. Only sums below which the bound of the tail is not already too dear are kept, and of these the best is
found by halving: an interval of sums is dropped whole where even its least sum, with every threshold that its largest
sum reaches, leaves too much.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from shangmai.modules.pricing.contract import Basis, Layer
from shangmai.modules.pricing.rules.applying import Turns, after, effect_of
from shangmai.modules.pricing.rules.candidates import Candidate
from shangmai.modules.pricing.rules.state import State
from shangmai.modules.pricing.rules.tail import At, Tail

_MEMBERS_MAX: Final = 9
_OUTCOMES_MAX: Final = 4_000
_WIDE_MAX: Final = 2
_WINDOW_SLACK: Final = 16
"""A window is found to a part of itself: to look at some sums more is cheaper than to find its very end."""
_WINDOW_MAX: Final = 1_000_000
"""Minor units above the least sum: beyond, the tree is searched."""


class Outcome(NamedTuple):
    """What some wishes in a component take off; the wishes as bits, and as a number that is larger the earlier they
    are in the order of all wishes.
    """

    off: int
    wishes: int
    rank: int


class _Side(NamedTuple):
    """All that holds with one choice of the wide prices: `least` is the least sum attainable, `most` the largest."""

    wide: int
    least: int
    most: int
    outcomes: list[list[Outcome]]


class Frontier:
    """The attainable sums before the tail. `turns`: how many turns it took so far."""

    def __init__(self, turns: Turns, tail: Tail, wide: list[Candidate], groups: list[list[Candidate]]) -> None:
        self._of, self._tail, self._wide, self._groups = turns, tail, wide, groups
        self.turns = 0
        self._best = 0
        self._at: At = tail.at(State(turns.cart))

    def best(self, known: int) -> tuple[int, int] | None:
        """Give the least that can be left to pay, and the first wishes before the tail that come to it.

        Some combination is known to leave `known` or less. None where the sums are too far apart to be listed.
        """
        self._best, targets = known, list[tuple[_Side, list[int]]]()
        for side in self._sides():
            window = self._window(side)
            if window > _WINDOW_MAX:
                return None
            if window >= 0:
                before = self._best
                found = self._halve(side, _positions(_reachable(side, window)[-1]))
                if self._best < before:
                    targets.clear()
                if found:
                    targets.append((side, found))
        assert targets, "what is known to be attainable is attainable"
        _, wishes = max(self._first(side, found) for side, found in targets)
        return self._best, wishes

    def _sides(self) -> list[_Side]:
        """With the wide prices and without each."""
        sides = []
        for bits in range((1 << len(self._wide)) - 1, -1, -1):
            state, chosen = State(self._of.cart), 0
            for n, one in enumerate(self._wide):
                if bits >> n & 1:
                    state = self._of.layer.lower(state, one.place) or state
                    chosen |= 1 << one.place
            outcomes = [self._outcomes(group, state) for group in self._groups]
            most = state.total - state.amounts[-1]
            least = most - sum(max(one.off for one in of) for of in outcomes)
            sides.append(_Side(chosen, least, most, outcomes))
        return sides

    def _outcomes(self, group: list[Candidate], start: State) -> list[Outcome]:
        """Give what a component can take off, each amount once, with the first wishes that take it."""
        ways = [(start, 0)]
        for one in group:
            before, ways = ways, []
            self.turns += len(before)
            for state, wishes in before:
                taken = self._taken(one, state)
                ways.append((taken or state, wishes | 1 << one.place))
                if taken is not None:
                    ways.append((state, wishes))
        found: dict[int, int] = {}
        for state, wishes in ways:
            found.setdefault(start.total - state.total, wishes)
        return [Outcome(off, wishes, self._rank(wishes)) for off, wishes in found.items()]

    def _taken(self, one: Candidate, state: State) -> State | None:
        if one.layer is Layer.PRICE:
            return self._of.layer.lower(state, one.place)
        if one.rivals & state.chosen:
            return None
        if state.priced is None:
            state = state.copy()
            state.priced = state.amounts
        effect = effect_of(one, state)
        return None if effect is None else after(one, state, effect)

    def _rank(self, wishes: int) -> int:
        """Earlier promotions weigh more, and with comes before without."""
        return int(f"{wishes:0{self._tail.start + 1}b}"[::-1], 2)

    def _window(self, side: _Side) -> int:
        """Tell how far above the least sum one may lie that is not too dear for sure, or a little more; −1: none is."""
        reaches = self._reaches(side.most)
        room = self._best - self._low(side.least, side.most, reaches)
        if room < 0:
            return -1
        # What is left does not rise faster than the sum, so there is this much room at least.
        cheap, dear = side.least + room, side.most + 1
        step = room + 1
        while cheap + step < dear and self._low(cheap + step, side.most, reaches) <= self._best:
            cheap += step
            step *= 2
        dear = min(dear, cheap + step)
        while dear - cheap > 1 + (cheap - side.least) // _WINDOW_SLACK:
            middle = (cheap + dear) // 2
            if self._low(middle, side.most, reaches) > self._best:
                dear = middle
            else:
                cheap = middle
        return max(dear - 1 - side.least, 0)

    def _reaches(self, most: int) -> list[int]:
        return self._tail.reaches(0, self._at._replace(goods=most))

    def _low(self, least: int, most: int, reaches: list[int]) -> int:
        self.turns += len(reaches)
        return self._tail.low(0, reaches, least, self._at._replace(goods=most)).to_pay

    def _halve(self, side: _Side, above: list[int]) -> list[int]:
        """Give the sums, as amounts above the least one, that leave the best that there is; better ones lower it."""
        found: list[int] = []
        waiting = [(1, len(above)), (0, 1)]  # the least sum first: it makes a mark
        while waiting:
            start, end = waiting.pop()
            if start == end:
                continue
            least, most = side.least + above[start], side.least + above[end - 1]
            if end - start == 1:
                self.turns += len(self._tail.turns)
                answer = self._tail.best_of(self._at._replace(goods=least), self._best + 1)
                if answer is not None and answer[0] < self._best:
                    self._best, found = answer[0], []
                if answer is not None and answer[0] == self._best:
                    found.append(above[start])
            elif self._tail.may_leave(self._best, least, self._at._replace(goods=most)):
                middle = (start + end) // 2
                waiting += [(middle, end), (start, middle)]
        return found

    def _first(self, side: _Side, targets: list[int]) -> tuple[int, int]:
        """Give the first wishes that come to one of these sums, with their rank."""
        steps = _reachable(side, max(targets))
        wanted = sum([1 << target for target in targets])
        on_the_way = [wanted]
        for outcomes, reachable in zip(reversed(side.outcomes), reversed(steps[:-1]), strict=True):
            most = max([one.off for one in outcomes])
            before = 0
            for one in outcomes:
                before |= wanted >> (most - one.off)
            wanted = before & reachable
            on_the_way.append(wanted)
        on_the_way.reverse()
        best: dict[int, tuple[int, int]] = {0: (self._rank(side.wide), side.wide)}
        for outcomes, wanted in zip(side.outcomes, on_the_way[1:], strict=True):
            best = _add(best, outcomes, wanted)
        return max(best.values())


def _add(best: dict[int, tuple[int, int]], outcomes: list[Outcome], wanted: int) -> dict[int, tuple[int, int]]:
    """Add a component to the first wishes by sum, where the sum is on the way to one that is wanted."""
    most = max([one.off for one in outcomes])
    after_it: dict[int, tuple[int, int]] = {}
    for above, (rank, wishes) in best.items():
        for one in outcomes:
            total = above + most - one.off
            if wanted >> total & 1:
                mine = rank + one.rank, wishes | one.wishes
                if total not in after_it or mine > after_it[total]:
                    after_it[total] = mine
    return after_it


def _reachable(side: _Side, window: int) -> list[int]:
    """Give the sums attainable with none, one, two … components at their choice, as bits above the least sum."""
    keep = (1 << window + 1) - 1
    steps = [1]
    for outcomes in side.outcomes:
        most = max([one.off for one in outcomes])
        reachable = 0
        for one in outcomes:
            if most - one.off <= window:
                reachable |= steps[-1] << (most - one.off)
        steps.append(reachable & keep)
    return steps


def _positions(bits: int) -> list[int]:
    """Give the places of the bits that are set; most of a window's are not, so the text is searched for each."""
    text = bin(bits)[:1:-1]
    places, at = [], text.find("1")
    while at >= 0:
        places.append(at)
        at = text.find("1", at + 1)
    return places


def frontier_of(turns: Turns, tail: Tail) -> Frontier | None:
    """Lay the promotions before the tail out by components; None where they are tied together in another way."""
    before = turns.candidates[: tail.start]
    if turns.layer.is_limited or not all(one.layer in (Layer.PRICE, Layer.ITEM) for one in before):
        return None
    prices, ours = (1 << turns.prices) - 1, (1 << tail.start) - 1
    if any(one.strangers & prices for one in before) or any(turn.rivals & ours for turn in tail.turns):
        return None
    if any(turn.fixed < 0 and turn.basis is Basis.PRICED for turn in tail.turns):
        return None
    wide = [one for one in before[: turns.prices] if 2 * one.mask.bit_count() > turns.cart.n > 1 and not one.rivals]
    groups = _components([one for one in before if one not in wide])
    if len(wide) > _WIDE_MAX or any(len(group) > _MEMBERS_MAX for group in groups):
        return None
    outcomes = sum(1 << len(group) for group in groups) << len(wide)
    return Frontier(turns, tail, wide, groups) if outcomes <= _OUTCOMES_MAX else None


def _components(candidates: list[Candidate]) -> list[list[Candidate]]:
    """Group those that share a line or exclude each other."""
    groups: list[tuple[int, int, list[Candidate]]] = []
    for one in candidates:
        mask, rivals, members, apart = one.mask, one.rivals, [one], []
        for group in groups:
            if group[0] & mask or any(rivals >> other.place & 1 for other in group[2]):
                mask, rivals, members = mask | group[0], rivals | group[1], group[2] + members
            else:
                apart.append(group)
        groups = [*apart, (mask, rivals, members)]
    return [sorted(members, key=lambda one: one.place) for _, _, members in groups]
