"""Where a combination stands while it is worked out: what each line costs so far, and who has acted on it."""

from __future__ import annotations

from shangmai.modules.pricing.contract import Basis
from shangmai.modules.pricing.rules.cart import Cart

Amounts = list[int]
"""Minor units by position; the freight is last."""


class State:
    """`amounts`: left to pay. `priced`, `discounted`: the same after the price layer, after the platform layer, once
    these are over. `lumped`: the goods' amounts are all put on the first line, because only their sum is looked at from
    now on. `chosen`: promotions so far, as bits of their places. `touched`: each with the lines it acted on.
    """

    __slots__ = (
        "amounts",
        "cart",
        "chosen",
        "discounted",
        "floors",
        "lumped",
        "points_left",
        "priced",
        "total",
        "touched",
    )

    def __init__(self, cart: Cart) -> None:
        self.cart = cart
        self.amounts: Amounts = cart.listed
        self.floors: Amounts = cart.floors
        self.priced: Amounts | None = None
        self.discounted: Amounts | None = None
        self.total = sum(cart.listed)
        self.chosen = 0
        self.touched: tuple[tuple[int, int], ...] = ()
        self.lumped = False
        self.points_left = cart.basket.points_available

    def copy(self) -> State:
        """Give a state to change: lists are shared, so they are replaced and never written into."""
        new = State.__new__(State)
        new.cart, new.amounts, new.floors = self.cart, self.amounts, self.floors
        new.priced, new.discounted, new.total = self.priced, self.discounted, self.total
        new.chosen, new.touched = self.chosen, self.touched
        new.points_left, new.lumped = self.points_left, self.lumped
        return new

    def lump(self) -> State:
        """Give the same state with the goods' amounts put on the first line."""
        new = self.copy()
        freight = self.amounts[-1]
        new.amounts = [self.total - freight, *[0] * (self.cart.n - 1), freight]
        new.priced, new.discounted = self.priced or self.amounts, self.discounted
        new.lumped = True
        return new

    def amounts_by(self, basis: Basis) -> Amounts:
        if basis is Basis.RUNNING:
            return self.amounts
        if basis is Basis.LIST:
            return self.cart.listed
        if basis is Basis.PRICED:
            return self.priced or self.amounts
        return self.discounted or self.amounts

    def touched_by(self, promotions: int) -> int:
        """Give the lines that any of these promotions acted on."""
        mask = 0
        for place, lines in self.touched:
            if promotions >> place & 1:
                mask |= lines
        return mask
