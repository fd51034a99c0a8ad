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
the first leaf that meets the bound of the whole tree is the answer. The last turns, which look at the sum alone, are no
part of the tree: `tail.py` works them out for each sum. Where a few branches do not settle it, because sums lie about a
threshold, `frontier.py` lists the sums that there can be.

**How long it may take.** `Policy.turns_max` turns, and as long as the caller's deadline lets it. The limit that
normally ends a search counts turns, because the same basket must give the same quote on a slow machine; the deadline
is only there so that a quote cannot block a process. Ended either way, the quote says `proven=False`.
`docs/decisions/0006` says what was rejected.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from shangmai.modules.pricing.contract import Goal
from shangmai.modules.pricing.contract.quote import Stopped
from shangmai.modules.pricing.rules.applying import Turns
from shangmai.modules.pricing.rules.bounding import Bound
from shangmai.modules.pricing.rules.bounding.relaxed import Relaxed
from shangmai.modules.pricing.rules.frontier import frontier_of
from shangmai.modules.pricing.rules.state import State

_LOOK_AT_CLOCK_EVERY = 16
_LIST_SUMS_AFTER = 3
"""So many branches cost as much as listing the sums that a basket of twenty lines can come to."""


class Best(NamedTuple):
    """The promotions chosen, as bits of their places, what stopped the search before it was proven that no combination
    is better, if anything did, and how many turns it took.
    """

    chosen: int
    stopped: Stopped | None
    turns: int

    @property
    def proven(self) -> bool:
        return self.stopped is None


def search(turns: Turns, out_of_time: Callable[[], bool] | None = None) -> Best:
    """Find the best combination of candidates that stand in their turns."""
    return _Search(turns, out_of_time).run()


class _Search:
    def __init__(self, turns: Turns, out_of_time: Callable[[], bool] | None) -> None:
        self.cart, self.candidates, self.out_of_time = turns.cart, turns.candidates, out_of_time
        self.of, self.layer, self.prices, self.take = turns, turns.layer, turns.prices, turns.take
        self.bound = Bound(self.cart, self.candidates, self.layer)
        # Who bears what does not matter in the tail then; the trace shares it out in the end.
        self.tail = self.bound.tail if self.bound.looks_at_sums_alone else None
        self.end = self.bound.tail.start if self.tail is not None else len(self.candidates)
        self.turns = self.branches = 0
        self.best, self.best_total = 0, 0
        self.waiting: list[tuple[int, State, Relaxed | None]] = []

    def run(self) -> Best:
        root = State(self.cart)
        if self.cart.policy.goal is Goal.PRIORITY:
            return Best(self._play((1 << len(self.candidates)) - 1).chosen, None, self.turns)
        relaxed = self._below(0, root)
        self._begin_with(relaxed)
        wishes_all = self.tail is not None and not relaxed.left_out & (1 << self.end) - 1
        if wishes_all and self.best_total - 1 == relaxed.to_pay:
            # It comes of wishing everything before the tail, so it is the first as well.
            return Best(self.best, None, self.turns)
        self.waiting.append((0, root, relaxed))
        while self.waiting and self.best_total > relaxed.to_pay:
            stopped = self._stopped()
            if stopped is not None:
                return Best(self.best, stopped, self.turns)
            if self.branches == _LIST_SUMS_AFTER and self._is_settled_by_sums():
                break
            self._dive(*self.waiting.pop())
        return Best(self.best, None, self.turns)

    def _is_settled_by_sums(self) -> bool:
        """Find the best by the sums that the promotions before the tail can leave, where these can be listed."""
        frontier = None if self.tail is None else frontier_of(self.of, self.tail)
        if frontier is None:
            return False
        found = frontier.best(self.best_total)
        self.turns += frontier.turns
        if found is None:
            return False
        self.best_total = found[0] + 1
        self._end(self._play(found[1]))
        assert self.best_total == found[0], "what the sums promise comes of the wishes"
        return True

    def _stopped(self) -> Stopped | None:
        self.branches += 1
        if self.turns >= self.cart.policy.turns_max:
            return Stopped.TURNS
        is_late = self.out_of_time is not None and self.branches % _LOOK_AT_CLOCK_EVERY == 0 and self.out_of_time()
        return Stopped.TIME if is_late else None

    def _below(self, place: int, state: State) -> Relaxed:
        self.turns += len(self.candidates) - place
        return self.bound.below(place, state)

    def _begin_with(self, relaxed: Relaxed) -> None:
        """Wish what the relaxed rest takes. What comes of it is only a mark to meet: it counts as one minor unit dearer
        than it is, so that the tree itself finds the first of equal ones.
        """
        leaf = self._play((1 << self.end) - 1 & ~relaxed.left_out)
        self.best, self.best_total = 0, leaf.total + 1
        self._end(leaf)
        self.best_total += 1

    def _play(self, wishes: int) -> State:
        """Work out what comes of some wishes, up to the tail where it is worked out apart."""
        state = State(self.cart)
        for place in range(max(self.end, wishes.bit_length())):
            if place == self.prices:
                state = self.layer.settle(state)
            if wishes >> place & 1:
                self.turns += 1
                state = self.take(place, state) or state
        return state if state.priced is not None else self.layer.settle(state)

    def _end(self, state: State) -> None:
        """Keep what comes of a combination that came as far as the tail, if it is the best so far."""
        total, chosen = state.total, state.chosen
        if self.tail is not None:
            before = self.tail.passes
            found = self.tail.best_of(self.tail.at(state), self.best_total)
            self.turns += len(self.tail.turns) * (self.tail.passes - before)
            if found is None:
                return
            total, chosen = found[0], chosen | found[1]
        if total < self.best_total:
            self.best, self.best_total = chosen, total

    def _dive(self, place: int, state: State, known: Relaxed | None) -> None:
        """Take every promotion from here on that may be taken, as long as something better may come of it; put each
        "without it" aside for later.

        `known` is the bound here, or None where it must be worked out. It still stands after a choice that the relaxed
        rest makes too, with or without; any other choice may raise it.
        """
        relaxed = known or self._below(place, state)
        if relaxed.to_pay >= self.best_total:
            return
        for turn in range(place, self.end):
            if turn == self.prices:
                state = self.layer.settle(state)
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
        self._end(leaf)
