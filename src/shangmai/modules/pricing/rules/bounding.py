"""An amount to pay that no combination below a node of the search is under, worked out once for the node.

The relaxed rest lets everything in: thresholds give what the amounts at the node reach, promotions that exclude each
other are let in together with the dearest of each clique counting, lines that one may close to another stay open.
"""

from __future__ import annotations

from itertools import product

from shangmai.modules.pricing.contract import DepositPresale, Layer
from shangmai.modules.pricing.rules.applying import open_lines
from shangmai.modules.pricing.rules.benefits.free_shipping import FreeShippingWork
from shangmai.modules.pricing.rules.benefits.gift import GiftWork
from shangmai.modules.pricing.rules.candidates import Candidate
from shangmai.modules.pricing.rules.cart import Cart, Lines
from shangmai.modules.pricing.rules.price_layer import PriceLayer
from shangmai.modules.pricing.rules.state import Amounts, State

_CLUSTER_MAX = 10
_PRICES_MAX = 4
_NO_MONEY = frozenset({GiftWork, FreeShippingWork})
"""Kinds that take nothing off the goods."""


class Cluster:
    """Promotions of the item layer that share lines with one another alone.

    `still_seen`: by turn, the lines that it and later members look at. `known`: answers found before. `is_falling`:
    what is reached does not hang on amounts, so less to pay never leaves more.
    """

    __slots__ = (
        "is_falling",
        "known",
        "lines",
        "mask",
        "members",
        "members_mask",
        "prices_mask",
        "rivals",
        "still_seen",
    )

    def __init__(self, cart: Cart, members: list[Candidate], prices: list[Candidate]) -> None:
        self.members = members
        self.mask = self.rivals = self.members_mask = 0
        for one in members:
            self.mask |= one.mask
            self.rivals |= one.rivals
            self.members_mask |= 1 << one.place
        self.lines = cart.members(self.mask)
        self.is_falling = all(one.work is not None and one.work.by_count for one in members)
        self.prices_mask = sum([1 << one.place for one in prices if one.mask & self.mask])
        self.still_seen = [one.mask for one in members]
        for turn in range(len(members) - 2, -1, -1):
            self.still_seen[turn] |= self.still_seen[turn + 1]
        self.known: dict[tuple[int, int, tuple[int, ...], int, int], tuple[int, int]] = {}

    def open_at(self, start: int) -> int:
        """Give who still has a turn from `start` on and may touch these lines, in either layer."""
        return (self.members_mask | self.prices_mask) & -1 << start


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

    Range promotions of one layer that share lines with one another alone are looked at together: the best that can be
    made of each such `cluster`, each line going to one of them, is owed.

    From `tail` on everything is of all goods and looks at the sum alone, so Σ y − owed is all that is needed.
    """

    __slots__ = (
        "candidates",
        "cart",
        "cliques",
        "clusters",
        "has_floors",
        "has_limits",
        "is_block",
        "is_clustered",
        "is_money",
        "lowest",
        "prices",
        "risky",
        "seen_later",
        "tail",
    )

    def __init__(self, cart: Cart, candidates: list[Candidate], layer: PriceLayer) -> None:
        self.cart, self.candidates, self.prices = cart, candidates, len(layer.candidates)
        has_deposit = any(isinstance(one.promotion.benefit, DepositPresale) for one in layer.candidates)
        self.has_floors = cart.has_floors or has_deposit
        self.risky = [one.strangers & ~one.rivals & ((1 << one.place) - 1) for one in candidates]
        self.is_money = [type(one.work) not in _NO_MONEY for one in candidates]
        self.tail = self._tail()
        self.seen_later = self._seen_later()
        self.cliques, self.is_block = _cliques(candidates)
        self.has_limits = layer.is_limited
        self.lowest = self._lowest()
        self.clusters = [
            Cluster(cart, group, candidates[: self.prices]) for group in _clusters(candidates[self.prices : self.tail])
        ]
        self.is_clustered = {one.place for cluster in self.clusters for one in cluster.members}

    def _lowest(self) -> list[Amounts]:
        """Give for each turn of the price layer the lowest that lines come to at the prices from there on."""
        amounts = list(self.cart.listed)
        lowest = []
        for one in reversed(self.candidates[: self.prices]):
            for line, unit in one.units.items():
                amounts[line] = min(amounts[line], unit * self.cart.qty[line])
            lowest.append(list(amounts))
        return lowest[::-1]

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

    def looks_at_sums_alone(self) -> bool:
        """Whether nobody in the tail asks what single lines come to: no floor, no freight offer for some goods only."""
        freights = [one for one in self.candidates[self.tail :] if isinstance(one.work, FreeShippingWork)]
        return not self.has_floors and all(
            one.mask == self.cart.goods and not self.risky[one.place] for one in freights
        )

    def _seen_later(self) -> list[bool]:
        """Tell of each whether a later one before the tail looks at some of its lines."""
        seen, lines = [False] * len(self.candidates), 0
        for place in range(self.tail - 1, -1, -1):
            seen[place] = bool(self.candidates[place].mask & lines)
            lines |= self.candidates[place].mask
        return seen

    def below(self, start: int, state: State) -> Relaxed:
        """Work out the relaxed rest of everything that may be chosen from the turn `start` on."""
        rest = Relaxed(self, start, state)
        rest.take_prices()
        for cluster in self.clusters:
            if cluster.members[-1].place >= start:
                rest.take_cluster(cluster)
        for place in range(max(start, self.prices), self.tail):
            if place not in self.is_clustered:
                rest.take_by_line(place)
        rest.begin_tail()
        for place in range(max(start, self.tail), len(self.candidates)):
            rest.take_of_sum(place)
        rest.end()
        return rest


class Relaxed:
    """The relaxed rest of one combination. `goods`: the sum of all goods, from the tail on. `apart`: what the cliques
    whose turns do not follow one another take, at most; `block`: the clique whose turns are just on, likewise.
    """

    __slots__ = (
        "amounts",
        "apart",
        "block",
        "block_best",
        "block_off",
        "bound",
        "freed",
        "goods",
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
        self.owed = self.freed = self.goods = self.block_off = self.lost = self.left_out = self.to_pay = 0
        self.block = self.block_best = -1
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
            off = self._off_of(members[0], open_lines(members[0], self.state), amounts, reached)
            return sum([amounts[i] for i in cluster.lines]) - off, 1 << members[0].place if off else 0
        still_seen = cluster.still_seen[len(cluster.members) - len(members) :]
        known: dict[tuple[int, int], tuple[int, int]] = {}

        def best(turn: int, closed: int) -> tuple[int, int]:
            """Give the most that the members from `turn` on take off, and which take it."""
            if turn == len(members):
                return 0, 0
            closed &= still_seen[turn]
            found = known.get((turn, closed))
            if found is None:
                one = members[turn]
                found = best(turn + 1, closed)
                free = open_lines(one, self.state) & ~closed
                off = self._off_of(one, free, amounts, reached)
                if off:
                    others, takers = best(turn + 1, closed | free)
                    if off + others > found[0]:
                        found = off + others, takers | 1 << one.place
                known[turn, closed] = found
            return found

        off, takers = best(0, 0)
        return sum([amounts[i] for i in cluster.lines]) - off, takers

    def _off_of(self, one: Candidate, free: int, amounts: Amounts, reached: State) -> int:
        if not free or one.rivals & self.state.chosen or isinstance(one.work, GiftWork):
            return 0
        assert one.work is not None
        lines = self.bound.cart.members(free)
        reach = one.work.reach(reached, lines)
        return _limited(one, one.work.most(amounts, lines, reach)) if reach else 0

    def take_by_line(self, place: int) -> None:
        one, clique = self.bound.candidates[place], self.bound.cliques[place]
        lines, reach = self._reach(one)
        if not reach or self._is_other(one, clique, reach):
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

    def begin_tail(self) -> None:
        self.goods = sum(self.amounts) - self.amounts[-1] - self.owed

    def take_of_sum(self, place: int) -> None:
        one, clique = self.bound.candidates[place], self.bound.cliques[place]
        if self.block >= 0 and clique != self.block:
            self._end_block()
        if one.rivals & self.state.chosen:
            return
        work, is_money = one.work, self.bound.is_money[place]
        assert work is not None
        # Nobody in the tail closes lines to one that takes money off the goods.
        reach = work.reach(self.state, self.bound.cart.every) if is_money else self._reach(one)[1]
        if not reach or (not is_money and self._is_other(one, clique, reach)):
            return
        goods = max(self.goods, 0)
        off = goods - work.least_left(goods, reach, one.off_max)
        if clique < 0:
            self.goods -= off
        elif self.bound.is_block[clique] and clique not in self.apart:
            self._take_block(one, clique, off)
        else:
            self._take_apart(one, clique, off)

    def end(self) -> None:
        self._end_block()
        self.to_pay = max(self.goods + self.amounts[-1] - self.freed - sum([off for _, off in self.apart.values()]), 0)

    def _take_block(self, one: Candidate, clique: int, off: int) -> None:
        worse = one.place
        if off > self.block_off:
            worse, self.block_best, self.block_off = self.block_best, one.place, off
        self.block = clique
        if worse >= 0:
            self.left_out |= 1 << worse

    def _end_block(self) -> None:
        self.goods -= self.block_off
        self.block, self.block_off, self.block_best = -1, 0, -1

    def _take_apart(self, one: Candidate, clique: int, off: int) -> None:
        worse = one.place
        best, best_off = self.apart.get(clique, (-1, 0))
        if off > best_off:
            worse, self.apart[clique] = best, (one.place, off)
        if worse >= 0:
            self.left_out |= 1 << worse

    def _is_other(self, one: Candidate, clique: int, reach: int) -> bool:
        """Take what is not money off the goods, and tell whether it is that."""
        return self._is_no_money(one, clique) or self._takes_freight(one, clique, reach)

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


def _limited(one: Candidate, off: int) -> int:
    return off if one.off_max is None else min(off, one.off_max)


def _clusters(candidates: list[Candidate]) -> list[list[Candidate]]:
    """Group the promotions of the item layer that share lines, where they share them with their like alone.

    Their like: the usual kind, which takes the lines it acts on for itself. A cluster of more than `_CLUSTER_MAX` is
    not worth the trouble of trying its sets for each node.
    """
    items = [one for one in candidates if one.layer is Layer.ITEM]
    groups: list[tuple[int, list[Candidate]]] = []
    for one in items:
        mask, members, apart = one.mask, [one], []
        for group in groups:
            if group[0] & one.mask:
                mask, members = mask | group[0], group[1] + members
            else:
                apart.append(group)
        groups = [*apart, (mask, members)]
    are_items = sum([1 << one.place for one in items])
    return [
        sorted(group, key=lambda one: one.place)
        for _, group in groups
        if len(group) <= _CLUSTER_MAX
        and all(one.entry.plain and one.strangers == are_items & ~(1 << one.place) for one in group)
    ]


def _cliques(candidates: list[Candidate]) -> tuple[list[int], list[bool]]:
    """Number the sets of which an order takes one at most; and tell of each whether its turns follow one another."""
    names = [one.entry.clique for one in candidates]
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
