"""What a piece in a warehouse is worth to a batch of orders: shadow prices.

Each order chooses as if all stock were its own, but pays the price of each piece. Where more is asked than there is the
price goes up, where less it goes down, in shorter and shorter steps (a subgradient method on the Lagrangean dual of the
common problem; Fisher, Management Science 27(1), 1981). What all orders count in a round, less the worth of all stock,
is a bound: no plan that fills them all comes to less. What shops share of a SKU that they divide counts as each one's
own here, which is more than there is, so the bound stays one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shangmai.modules.orders.rules.sourcing.problem import Order, Rows, Sent, Shelves, sent, size, units_by_piece
from shangmai.modules.orders.rules.sourcing.search import NEVER, divided

FIRST_STEP: Final = 16
"""The first step moves the price of a piece asked twice by this part of what an order counts in the mean."""
SLOWER: Final = 4
"""After so many rounds the steps are half as long."""


class Prices:
    """The prices so far, by row and column, and what the orders choose at them; `best` are those of the best bound.

    Orders that are too large to choose by the piece are left out: they ask for nothing, and count nothing in the bound.
    """

    def __init__(self, shelves: Shelves, orders: Mapping[int, Order], size_max: int = NEVER) -> None:
        self.orders = {n: order for n, order in orders.items() if size(order.wants) <= size_max}
        self.stock = [row.copy() for row in shelves.left]
        self.bare = shelves.each
        self.each: Rows = [row.copy() for row in shelves.each]
        self.chosen: dict[int, tuple[int, Sent]] = {}
        self.alone: dict[int, int] = {}
        """What each order counts at least, with all stock its own."""
        self.best: Rows = shelves.each
        self.bound = self.rounds = 0
        self._dearer: set[tuple[int, int]] = set()
        self._cheaper: set[int] = set()

    def go(self, rounds: int) -> Prices:
        """Go on for so many rounds, or until nobody asks for what another has."""
        for _ in range(rounds):
            bound = sum(map(self._choose, self.orders)) - self._worth()
            if not self.rounds:
                self.alone = {n: score for n, (score, _) in self.chosen.items()}
            if bound > self.bound:
                self.bound, self.best = bound, [row.copy() for row in self.each]
            self.rounds += 1
            if not self._move():
                break
        return self

    def _worth(self) -> int:
        """What all stock comes to at its prices."""
        return sum(
            (priced - bare) * qty
            for rows in zip(self.each, self.bare, self.stock, strict=True)
            for priced, bare, qty in zip(*rows, strict=True)
        )

    def _choose(self, n: int) -> int:
        """Let an order choose anew where that can change anything; what it counts, prices included."""
        order, below = self.orders[n], NEVER
        if n in self.chosen:
            score, goods = self.chosen[n]
            if not self._is_stale(order, goods):
                return score + self._price(goods)
            below = score + self._price(goods)
        units = units_by_piece(order.wants, self.stock, self.each)
        found = divided(units, order.senders, below)
        if found is None:
            return below
        goods = sent(units, found)
        self.chosen[n] = (found.score - self._price(goods), goods)
        return found.score

    def _is_stale(self, order: Order, goods: Sent) -> bool:
        """Whether something it wants became cheaper, or something that it chose dearer."""
        return any(want.row in self._cheaper for want in order.wants) or any(
            (row, column) in self._dearer for column, some in goods.items() for row in some
        )

    def _price(self, goods: Sent) -> int:
        return sum(
            (self.each[row][column] - self.bare[row][column]) * qty
            for column, some in goods.items()
            for row, qty in some.items()
        )

    def _move(self) -> bool:
        """Raise and lower the prices by what was asked; whether more was asked of anything than there is."""
        asked = [[0] * len(row) for row in self.stock]
        for _, goods in self.chosen.values():
            for column, some in goods.items():
                for row, qty in some.items():
                    asked[row][column] += qty
        mean = sum(score for score, _ in self.chosen.values()) // max(len(self.chosen), 1)
        step = mean * SLOWER // (FIRST_STEP * (SLOWER + self.rounds - 1))
        self._dearer, self._cheaper = set(), set()
        for row, (wanted, stock) in enumerate(zip(asked, self.stock, strict=True)):
            for column, (want, have) in enumerate(zip(wanted, stock, strict=True)):
                if have and want != have:
                    self._move_one(row, column, step * (want - have) // have)
        return bool(self._dearer)

    def _move_one(self, row: int, column: int, by: int) -> None:
        before = self.each[row][column]
        after = max(before + by, self.bare[row][column])
        self.each[row][column] = after
        if after > before:
            self._dearer.add((row, column))
        elif after < before:
            self._cheaper.add(row)
