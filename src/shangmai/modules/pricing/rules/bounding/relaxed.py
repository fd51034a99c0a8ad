"""One relaxed rest: what everything that may still be chosen takes at most, from one node of the search on."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from shangmai.modules.pricing.rules.applying import open_lines
from shangmai.modules.pricing.rules.benefits.free_shipping import FreeShippingWork
from shangmai.modules.pricing.rules.benefits.gift import GiftWork
from shangmai.modules.pricing.rules.bounding.clusters import Cluster
from shangmai.modules.pricing.rules.candidates import Candidate
from shangmai.modules.pricing.rules.cart import Lines
from shangmai.modules.pricing.rules.state import Amounts, State

if TYPE_CHECKING:
    from shangmai.modules.pricing.rules.bounding import Bound

_PRICES_MAX = 4


class Relaxed:
    """The relaxed rest of one combination. `apart`: what the cliques before the tail take at most."""

    __slots__ = (
        "amounts",
        "apart",
        "bound",
        "freed",
        "left_out",
        "lost",
        "owed",
        "start",
        "state",
        "to_pay",
    )

    def __init__(self, bound: Bound, start: int, state: State) -> None:
        self.bound, self.start, self.state = bound, start, state
        self.amounts: Amounts = list(state.amounts)
        self.owed = self.freed = self.lost = self.left_out = self.to_pay = 0
        self.apart: dict[int, tuple[int, int]] = {}

    def take_prices(self) -> None:
        """Let every open price in; with limits a line may mix prices, so all its pieces get the lowest one chosen."""
        bound = self.bound
        if self.start >= bound.prices:
            return
        self.amounts = list(map(min, self.amounts, bound.lowest[self.start]))
        if bound.has_limits:
            for one in bound.candidates[: self.start]:
                if self.state.chosen >> one.place & 1:
                    for line, unit in one.units.items():
                        self.amounts[line] = min(self.amounts[line], unit * bound.cart.qty[line])

    def take_cluster(self, cluster: Cluster) -> None:
        """Owe what a cluster takes at most, each line going to one of its promotions."""
        state = self.state
        known_by = (
            cluster.open_at(self.start),
            self.bound.has_limits and state.chosen & cluster.prices_mask,
            tuple([state.amounts[i] for i in cluster.lines]),
            state.touched_by(cluster.members_mask & state.chosen),
            state.chosen & cluster.rivals,
        )
        found = cluster.known.get(known_by)
        if found is None:
            found = cluster.known[known_by] = self._best_of(cluster)
        left, takers = found
        self.owed += sum([self.amounts[i] for i in cluster.lines]) - left
        self.lost |= cluster.mask
        self.left_out |= cluster.members_mask & ~takers & -1 << self.start

    def _best_of(self, cluster: Cluster) -> tuple[int, int]:
        """Try the sets of a cluster, with each set of prices that are still open where these are few.

        Where they are many or have limits, thresholds are tested without them and discounts worked out with them; so
        too where no threshold looks at amounts, as then all the prices together leave the least.
        """
        bound = self.bound
        if cluster.is_falling:
            return self._best_set(cluster, self.amounts, self.state)
        prices = [one for one in bound.candidates[self.start : bound.prices] if one.mask & cluster.mask]
        if len(prices) > _PRICES_MAX or bound.has_limits:
            return self._best_set(cluster, self.amounts, self.state)
        qty = bound.cart.qty
        probe = self.state.copy()
        best: tuple[int, int] | None = None
        for chosen in product((True, False), repeat=len(prices)):
            probe.amounts = list(self.state.amounts)
            for one, is_in in zip(prices, chosen, strict=True):
                if is_in:
                    for line, unit in one.units.items():
                        probe.amounts[line] = min(probe.amounts[line], unit * qty[line])
            found = self._best_set(cluster, probe.amounts, probe)
            if best is None or found[0] < best[0]:
                best = found
        assert best is not None
        return best

    def _best_set(self, cluster: Cluster, amounts: Amounts, reached: State) -> tuple[int, int]:
        """Give what the best set of a cluster leaves of its lines, and the set; `reached` is what thresholds see."""
        members = [one for one in cluster.members if one.place >= self.start]
        if len(members) == 1:
            off = self.off_of(members[0], open_lines(members[0], self.state), amounts, reached)
            return sum([amounts[i] for i in cluster.lines]) - off, 1 << members[0].place if off else 0
        still_seen = cluster.still_seen[len(cluster.members) - len(members) :]
        off, takers = _Sets(self, members, still_seen, amounts, reached).best(0, 0)
        return sum([amounts[i] for i in cluster.lines]) - off, takers

    def off_of(self, one: Candidate, free: int, amounts: Amounts, reached: State) -> int:
        """Give the most that it takes off these free lines."""
        if not free or one.rivals & self.state.chosen or isinstance(one.work, GiftWork):
            return 0
        assert one.work is not None
        lines = self.bound.cart.members(free)
        reach = one.work.reach(reached, lines)
        return _limited(one, one.work.most(amounts, lines, reach)) if reach else 0

    def take_by_line(self, place: int) -> None:
        one, clique = self.bound.candidates[place], self.bound.cliques[place]
        lines, reach = self._reach(one)
        if not reach or self._is_no_money(one, clique) or self._takes_freight(one, clique, reach):
            return
        work = one.work
        assert work is not None
        keeps = self.bound.seen_later[place] and work.of_total and not self._breaks(one)
        if keeps and clique < 0:
            self._take_evenly(one, lines, reach)
            return
        at = self._at(one)
        if work.of_total:
            off = _limited(one, work.ceiling_of(self.bound.cart.sum_of(at, lines), reach))
        else:
            off = _limited(one, work.most(at, lines, reach))
        if keeps:
            self.owed += len(lines)
        else:
            self.lost |= one.mask
        if clique < 0:
            self.owed += off
        else:
            self._take_apart(one, clique, off)

    def _breaks(self, one: Candidate) -> bool:
        return self.bound.has_floors or bool(self.lost & one.mask or self.bound.risky[one.place] >> self.start)

    def _at(self, one: Candidate) -> Amounts:
        """Give the relaxed amounts, and those at the node where lines are lost."""
        if not self.lost & one.mask:
            return self.amounts
        high = self.state.amounts
        return [high[i] if self.lost >> i & 1 else amount for i, amount in enumerate(self.amounts)]

    def take_tail(self) -> None:
        """Bound what the tail leaves, from what is known of the sum: at least this, at most what it is at the node."""
        bound, state = self.bound, self.state
        n = max(self.start - bound.tail.start, 0)
        at = bound.tail.at(state)
        reaches = bound.tail.reaches(n, at) if bound.looks_at_sums_alone else self._reaches(n)
        low = bound.tail.low(n, reaches, self._goods_left(), at)
        self.left_out |= low.left_out
        self.to_pay = max(low.to_pay - self.freed - sum([off for _, off in self.apart.values()]), 0)

    def _goods_left(self) -> int:
        return sum(self.amounts) - self.amounts[-1] - self.owed

    def _reaches(self, n: int) -> list[int]:
        """As the tail itself tells, where a freight offer of it is for some of the goods."""
        return [self._reach(one)[1] for one in self.bound.candidates[self.bound.tail.start + n :]]

    def _is_no_money(self, one: Candidate, clique: int) -> bool:
        """Whether it is a gift; one that would keep a rival from taking money off is left out."""
        if not isinstance(one.work, GiftWork):
            return False
        if clique >= 0:
            self.left_out |= 1 << one.place
        return True

    def _takes_freight(self, one: Candidate, clique: int, reach: int) -> bool:
        if not isinstance(one.work, FreeShippingWork):
            return False
        off = _limited(one, one.work.off(self.state.amounts, (), reach))
        if clique < 0:
            self.freed += off
        else:
            self._take_apart(one, clique, off)
        return True

    def _take_apart(self, one: Candidate, clique: int, off: int) -> None:
        worse = one.place
        best, best_off = self.apart.get(clique, (-1, 0))
        if off > best_off:
            worse, self.apart[clique] = best, (one.place, off)
        if worse >= 0:
            self.left_out |= 1 << worse

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
        total = self.bound.cart.sum_of(amounts, lines)
        off = left = _limited(one, one.work.ceiling_of(total, reach))
        if off:
            for i in lines:
                part = amounts[i] * off // total
                amounts[i] -= part
                left -= part
            self.owed += left + len(lines)


class _Sets:
    """The sets of a cluster's members, each line going to one of them; what is known of the rest is found once.

    A class, for a function that calls itself by a closure is a cycle, and would keep the whole basket from going.
    """

    __slots__ = ("amounts", "known", "members", "reached", "rest", "still_seen")

    def __init__(
        self, rest: Relaxed, members: list[Candidate], still_seen: list[int], amounts: Amounts, reached: State
    ) -> None:
        self.rest, self.members, self.still_seen = rest, members, still_seen
        self.amounts, self.reached = amounts, reached
        self.known: dict[tuple[int, int], tuple[int, int]] = {}

    def best(self, turn: int, closed: int) -> tuple[int, int]:
        """Give the most that the members from `turn` on take off where these lines are closed, and which take it."""
        if turn == len(self.members):
            return 0, 0
        closed &= self.still_seen[turn]
        found = self.known.get((turn, closed))
        if found is None:
            one = self.members[turn]
            found = self.best(turn + 1, closed)
            free = open_lines(one, self.rest.state) & ~closed
            off = self.rest.off_of(one, free, self.amounts, self.reached)
            if off:
                others, takers = self.best(turn + 1, closed | free)
                if off + others > found[0]:
                    found = off + others, takers | 1 << one.place
            self.known[turn, closed] = found
        return found


def _limited(one: Candidate, off: int) -> int:
    return off if one.off_max is None else min(off, one.off_max)
