"""Promotions of the item layer that share lines with one another alone, to be looked at together."""

from __future__ import annotations

from shangmai.modules.pricing.contract import Layer
from shangmai.modules.pricing.rules.candidates import Candidate
from shangmai.modules.pricing.rules.cart import Cart

_CLUSTER_MAX = 10


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


def clusters_of(candidates: list[Candidate]) -> list[list[Candidate]]:
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
