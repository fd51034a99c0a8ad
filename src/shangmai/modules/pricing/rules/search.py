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
bound *is* the first leaf, and there is no tree to search. `bounding.py` says where it must be more careful. Otherwise
what the relaxed rest took gives a good combination to begin with, branches that cannot meet it are never entered, and
the first leaf that meets the bound of the whole tree is the answer.

**How long it may take.** `Policy.turns_max` turns, and as long as the caller's deadline lets it. The limit that
normally ends a search counts turns, because the same basket must give the same quote on a slow machine; the deadline
is only there so that a quote cannot block a process. Ended either way, the quote says `proven=False`.
`docs/decisions/0006` says what was rejected.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from shangmai.modules.pricing.contract import Goal
from shangmai.modules.pricing.rules.applying import Turns
from shangmai.modules.pricing.rules.bounding import Bound, Relaxed
from shangmai.modules.pricing.rules.state import State

_LOOK_AT_CLOCK_EVERY = 16


class Best(NamedTuple):
    """The promotions chosen, as bits of their places, whether no combination is better, and how many turns it took."""

    chosen: int
    proven: bool
    turns: int


def search(turns: Turns, out_of_time: Callable[[], bool] | None = None) -> Best:
    """Find the best combination of candidates that stand in their turns."""
    return _Search(turns, out_of_time).run()


class _Search:
    def __init__(self, turns: Turns, out_of_time: Callable[[], bool] | None) -> None:
        self.cart, self.candidates, self.out_of_time = turns.cart, turns.candidates, out_of_time
        self.layer, self.prices, self.take = turns.layer, turns.prices, turns.take
        self.bound = Bound(self.cart, self.candidates, self.layer)
        # Who bears what does not matter in the tail then; the trace shares it out in the end.
        self.can_lump = self.bound.looks_at_sums_alone()
        self.turns = self.branches = 0
        self.best, self.best_total = 0, 0
        self.waiting: list[tuple[int, State, Relaxed | None]] = []

    def run(self) -> Best:
        root = State(self.cart)
        first = self._play((1 << len(self.candidates)) - 1)
        self.best, self.best_total = first.chosen, first.total
        if self.cart.policy.goal is Goal.PRIORITY:
            return Best(self.best, True, self.turns)
        relaxed = self._below(0, root)
        if relaxed.to_pay >= self.best_total:
            return Best(self.best, True, self.turns)
        self._begin_with(relaxed)
        self.waiting.append((0, root, relaxed))
        while self.waiting and self.best_total > relaxed.to_pay:
            if self._is_over():
                return Best(self.best, False, self.turns)
            self._dive(*self.waiting.pop())
        return Best(self.best, True, self.turns)

    def _is_over(self) -> bool:
        self.branches += 1
        if self.turns >= self.cart.policy.turns_max:
            return True
        return self.out_of_time is not None and self.branches % _LOOK_AT_CLOCK_EVERY == 0 and self.out_of_time()

    def _below(self, place: int, state: State) -> Relaxed:
        self.turns += len(self.candidates) - place
        return self.bound.below(place, state)

    def _begin_with(self, relaxed: Relaxed) -> None:
        """Wish what the relaxed rest takes. What comes of it is only a mark to meet: it counts as one minor unit dearer
        than it is, so that the tree itself finds the first of equal ones.
        """
        leaf = self._play((1 << len(self.candidates)) - 1 & ~relaxed.left_out)
        if leaf.total < self.best_total:
            self.best, self.best_total = leaf.chosen, leaf.total
        self.best_total += 1

    def _play(self, wishes: int) -> State:
        """Work out what comes of some wishes."""
        state = State(self.cart)
        for place in range(len(self.candidates)):
            if place == self.prices:
                state = self.layer.settle(state)
            if place == self.bound.tail and self.can_lump:
                state = state.lump()
            if wishes >> place & 1:
                self.turns += 1
                state = self.take(place, state) or state
        return state if state.priced is not None else self.layer.settle(state)

    def _dive(self, place: int, state: State, known: Relaxed | None) -> None:
        """Take every promotion from here on that may be taken, as long as something better may come of it; put each
        "without it" aside for later.

        `known` is the bound here, or None where it must be worked out. It still stands after a choice that the relaxed
        rest makes too, with or without; any other choice may raise it.
        """
        relaxed = known or self._below(place, state)
        if relaxed.to_pay >= self.best_total:
            return
        for turn in range(place, len(self.candidates)):
            if turn == self.prices:
                state = self.layer.settle(state)
            if turn == self.bound.tail and self.can_lump:
                state = state.lump()
            self.turns += 1
            chosen = self.take(turn, state)
            if chosen is not None:
                is_odd = relaxed.left_out >> turn & 1
                self.waiting.append((turn + 1, state, relaxed if is_odd else None))
                state = chosen
                if is_odd:
                    relaxed = self._below(turn + 1, state)
                    if relaxed.to_pay >= self.best_total:
                        return
        leaf = state if state.priced is not None else self.layer.settle(state)
        if leaf.total < self.best_total:
            self.best, self.best_total = leaf.chosen, leaf.total
