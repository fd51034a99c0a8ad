"""An amount to pay that no combination below a node of the search is under, worked out once for the node.

The relaxed rest lets everything in: thresholds give what the amounts at the node reach, promotions that exclude each
other are let in together with the dearest of each clique counting, lines that one may close to another stay open.
"""

from __future__ import annotations

from shangmai.modules.pricing.contract import DepositPresale
from shangmai.modules.pricing.rules.benefits.free_shipping import FreeShippingWork
from shangmai.modules.pricing.rules.bounding.cliques import cliques_of
from shangmai.modules.pricing.rules.bounding.clusters import Cluster, clusters_of
from shangmai.modules.pricing.rules.bounding.relaxed import Relaxed
from shangmai.modules.pricing.rules.candidates import Candidate
from shangmai.modules.pricing.rules.cart import Cart
from shangmai.modules.pricing.rules.price_layer import PriceLayer
from shangmai.modules.pricing.rules.state import Amounts, State
from shangmai.modules.pricing.rules.tail import Tail


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
        "is_clustered",
        "looks_at_sums_alone",
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
        self.cliques, is_block = cliques_of(candidates)
        self.tail = Tail(cart, candidates, self._tail(), self.cliques, is_block)
        self.looks_at_sums_alone = self._looks_at_sums_alone()
        self.seen_later = self._seen_later()
        self.has_limits = layer.is_limited
        self.lowest = self._lowest()
        self.clusters = [
            Cluster(cart, group, candidates[: self.prices])
            for group in clusters_of(candidates[self.prices : self.tail.start])
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

    def _looks_at_sums_alone(self) -> bool:
        """Whether nobody in the tail asks what single lines come to: no floor, no freight offer for some goods only."""
        freights = [one for one in self.candidates[self.tail.start :] if isinstance(one.work, FreeShippingWork)]
        return not self.has_floors and all(
            one.mask == self.cart.goods and not self.risky[one.place] for one in freights
        )

    def _seen_later(self) -> list[bool]:
        """Tell of each whether a later one before the tail looks at some of its lines."""
        seen, lines = [False] * len(self.candidates), 0
        for place in range(self.tail.start - 1, -1, -1):
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
        for place in range(max(start, self.prices), self.tail.start):
            if place not in self.is_clustered:
                rest.take_by_line(place)
        rest.take_tail()
        return rest
