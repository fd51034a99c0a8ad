"""The best legal combination for the buyer.

**What a combination is.** Take any wishes among the promotions that may apply. In the price layer each piece takes the
lowest price that those wished offer (`price_layer.py`); then each wish has its turn (layer; higher priority; fewer
lines; code), works on what is left to pay, and passes over lines that a promotion has acted on which it cannot share a
line with. Who takes nothing off and gives nothing, or meets a rival that had its turn before, is not in. What comes of
the wishes is a legal combination. The best leaves the least to pay; of equal ones, it comes of the first wishes when
these are listed by turns, with before without: so a gift that costs nothing is taken. What comes of some wishes does
not depend on promotions that were not wished, so one promotion more never makes a basket dearer.

**How it is found.** Depth first, each promotion with before without, so the first leaf is what wishing everything comes
to. A branch is cut when even a bound below everything in it is no better than the best found. The bound relaxes two
things: what a threshold gives is fixed at what the amounts so far reach (less never reaches more), and promotions that
exclude each other are let in together, the dearest of each clique counting. Relaxed so, taking more never leads to a
higher total, so the relaxed rest is simply worked out once with everything in it. Where no threshold is at stake this
bound *is* the first leaf, and the search ends at once. `bounding.py` says where it must be more careful. Where there
is something to search, dropping one wish after another from the first leaf gives a good combination to begin with.

**How long it may take.** `Policy.turns_max` turns, and as long as the caller's deadline lets it. The limit that
normally ends a search counts turns, because the same basket must give the same quote on a slow machine; the deadline
is only there so that a quote cannot block a process. Ended either way, the quote says `proven=False`.
`docs/decisions/0006` says what was rejected.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from shangmai.modules.pricing.contract import Goal, Layer
from shangmai.modules.pricing.rules.applying import apply
from shangmai.modules.pricing.rules.bounding import Bound
from shangmai.modules.pricing.rules.candidates import Candidate
from shangmai.modules.pricing.rules.cart import Cart
from shangmai.modules.pricing.rules.price_layer import PriceLayer
from shangmai.modules.pricing.rules.state import State

_LOOK_AT_CLOCK_EVERY = 16


class Best(NamedTuple):
    """The promotions chosen, as bits of their places, whether no combination is better, and how many turns it took."""

    chosen: int
    proven: bool
    turns: int


def search(cart: Cart, candidates: list[Candidate], out_of_time: Callable[[], bool] | None = None) -> Best:
    """Find the best combination of candidates that stand in their turns."""
    return _Search(cart, candidates, out_of_time).run()


class _Search:
    def __init__(self, cart: Cart, candidates: list[Candidate], out_of_time: Callable[[], bool] | None) -> None:
        self.cart, self.candidates, self.out_of_time = cart, candidates, out_of_time
        self.layer = PriceLayer(cart, [one for one in candidates if one.layer is Layer.PRICE])
        self.prices = len(self.layer.candidates)
        self.bound = Bound(cart, candidates, self.prices)
        self.turns = self.branches = 0
        self.best, self.best_cost = 0, 0
        self.waiting: list[tuple[int, State]] = []

    def run(self) -> Best:
        root = State(self.cart)
        first = self._dive(0, root)
        self.best, self.best_cost = first.chosen, first.total
        if self.cart.policy.goal is Goal.PRIORITY or self._is_hopeless(0, root):
            return Best(self.best, True, self.turns)
        self._improve()
        while self.waiting:
            if self._is_over():
                return Best(self.best, False, self.turns)
            place, state = self.waiting.pop()
            if not self._is_hopeless(place, state):
                self._keep_better(self._dive(place, state))
        return Best(self.best, True, self.turns)

    def _is_over(self) -> bool:
        self.branches += 1
        if self.turns >= self.cart.policy.turns_max:
            return True
        return self.out_of_time is not None and self.branches % _LOOK_AT_CLOCK_EVERY == 0 and self.out_of_time()

    def _is_hopeless(self, place: int, state: State) -> bool:
        self.turns += len(self.candidates) - place
        return self.bound.below(place, state) >= self.best_cost

    def _keep_better(self, leaf: State) -> None:
        cost = leaf.total
        if cost < self.best_cost:
            self.best, self.best_cost = leaf.chosen, cost

    def _improve(self) -> None:
        """Drop one wish after another while that helps. What is found so is only a mark to beat or to meet: its cost
        counts as one more than it is, so that the tree itself finds the first of equal ones.
        """
        wishes, cost = (1 << len(self.candidates)) - 1, self.best_cost
        for one in self.candidates:
            if self.best >> one.place & 1 and not self._is_over():
                leaf = self._play(wishes & ~(1 << one.place))
                if leaf.total < cost:
                    wishes, cost = wishes & ~(1 << one.place), leaf.total
                    self.best, self.best_cost = leaf.chosen, cost + 1

    def _play(self, wishes: int) -> State:
        """Work out what comes of some wishes."""
        state = State(self.cart)
        for place in range(len(self.candidates)):
            if place == self.prices:
                state = self.layer.settle(state)
            if wishes >> place & 1:
                state = self._choose(place, state) or state
        return state if state.priced is not None else self.layer.settle(state)

    def _dive(self, place: int, state: State) -> State:
        """Take every promotion from here on that may be taken; put each "without it" aside for later."""
        for turn in range(place, len(self.candidates)):
            if turn == self.prices:
                state = self.layer.settle(state)
            chosen = self._choose(turn, state)
            if chosen is not None:
                self.waiting.append((turn + 1, state))
                state = chosen
        return state if state.priced is not None else self.layer.settle(state)

    def _choose(self, place: int, state: State) -> State | None:
        self.turns += 1
        one = self.candidates[place]
        if one.rivals & state.chosen:
            return None
        return self.layer.lower(state, place) if place < self.prices else apply(one, state)
