"""The price layer: each piece costs the lowest of what the chosen promotions offer for it, while their limits last.

Pieces are given out where a piece saves most; of equal savings, in the promotions' turns, then by line. So a flash
price for two pieces and a member price for the rest stand on one line, each for its own pieces.
"""

from __future__ import annotations

from typing import NamedTuple

from shangmai.modules.pricing.contract import DepositPresale
from shangmai.modules.pricing.rules.candidates import Candidate
from shangmai.modules.pricing.rules.cart import Cart
from shangmai.modules.pricing.rules.state import State


class Priced(NamedTuple):
    """So many pieces of a line cost `unit` through the promotion at `place`."""

    place: int
    line: int
    pieces: int
    unit: int


class PriceLayer:
    """The candidates of the price layer, which come first in the order of turns.

    `is_limited`: some have limits, so that each choice gives all pieces out anew. `is_selective`: some do not stand on
    one line with others, so that one who gets nothing now may get something when more are chosen.
    """

    __slots__ = ("_given", "_offers", "_offers_of", "_settled", "candidates", "cart", "is_limited", "is_selective")

    def __init__(self, cart: Cart, candidates: list[Candidate]) -> None:
        self.cart, self.candidates = cart, candidates
        self._offers = sorted(
            (unit - cart.lines[line].list_minor, one.place, line, unit)
            for one in candidates
            for line, unit in one.units.items()
        )
        self._settled: dict[int, State] = {}
        self._given: dict[int, list[Priced]] = {}
        self._offers_of = [list(one.units.items()) for one in candidates]
        self.is_selective = any(one.strangers & (1 << len(candidates)) - 1 for one in candidates)
        self.is_limited = self.is_selective or any(
            one.pieces_max is not None or one.off_max is not None or one.points_each for one in candidates
        )

    def lower(self, state: State, place: int) -> State | None:
        """Choose a promotion besides those chosen; None when it is on no line lower than they are."""
        if self.is_limited:
            new = state.copy()
            new.chosen |= 1 << place
            given = self.give_out(new.chosen)
            if not (self.is_selective or any(one.place == place for one in given)):
                return None
            new.amounts, new.total = self._amounts(given)
            return new
        amounts, qty = list(state.amounts), self.cart.qty
        saved = 0
        for line, unit in self._offers_of[place]:
            lower = unit * qty[line]
            if lower < amounts[line]:
                saved += amounts[line] - lower
                amounts[line] = lower
        if not saved and not self._has_deposit_open(place, amounts):
            return None
        new = state.copy()
        new.amounts, new.total, new.chosen = amounts, state.total - saved, state.chosen | 1 << place
        return new

    def _has_deposit_open(self, place: int, amounts: list[int]) -> bool:
        """Whether it takes a plain deposit on a line that nobody has made cheaper."""
        is_deposit = isinstance(self.candidates[place].promotion.benefit, DepositPresale)
        return is_deposit and any(unit * self.cart.qty[i] == amounts[i] for i, unit in self._offers_of[place])

    def settle(self, state: State) -> State:
        """End the layer: say who acted on which lines, and drop who is on none."""
        new = self._settled.get(state.chosen)
        if new is None:
            given = self.give_out(state.chosen)
            masks: dict[int, int] = {}
            for one in given:
                masks[one.place] = masks.get(one.place, 0) | 1 << one.line
            new = state.copy()
            new.chosen = sum([1 << place for place in masks])
            self._given[new.chosen] = given  # who is on no line makes no difference
            new.priced = new.amounts
            new.touched = tuple(sorted(masks.items()))
            new.points_left -= sum(self.candidates[one.place].points_each * one.pieces for one in given)
            self._raise_floors(new, given)
            self._settled[state.chosen] = new
        return new

    def give_out(self, chosen: int) -> list[Priced]:
        """Give out the pieces among the chosen promotions."""
        if chosen not in self._given:
            self._given[chosen] = (
                self._give_within_limits(chosen) if self.is_limited else self._give_whole_lines(chosen)
            )
        return self._given[chosen]

    def _give_whole_lines(self, chosen: int) -> list[Priced]:
        """Where nothing is limited, who saves most on a line has all of it."""
        left, given = list(self.cart.qty), []
        for _, place, line, unit in self._offers:
            if left[line] and chosen >> place & 1:
                given.append(Priced(place, line, left[line], unit))
                left[line] = 0
        return given

    def _give_within_limits(self, chosen: int) -> list[Priced]:
        left = list(self.cart.qty)
        limits = {one.place: one.pieces_max for one in self.candidates if one.pieces_max is not None}
        budgets = {one.place: one.off_max for one in self.candidates if one.off_max is not None}
        points_left = self.cart.basket.points_available
        owners: dict[int, int] = {}
        given = []
        for higher, place, line, unit in self._offers:
            if not chosen >> place & 1 or not left[line]:
                continue
            one = self.candidates[place]
            pieces = min(left[line], limits.get(place, left[line]))
            if place in budgets:
                pieces = min(pieces, budgets[place] // -higher) if higher else pieces
            if one.points_each:
                pieces = min(pieces, points_left // one.points_each)
            if pieces and not one.strangers & owners.get(line, 0):
                given.append(Priced(place, line, pieces, unit))
                owners[line] = owners.get(line, 0) | 1 << place
                left[line] -= pieces
                points_left -= pieces * one.points_each
                if place in limits:
                    limits[place] -= pieces
                if place in budgets:
                    budgets[place] += pieces * higher
        return given

    def _amounts(self, given: list[Priced]) -> tuple[list[int], int]:
        amounts = list(self.cart.listed)
        for one in given:
            amounts[one.line] -= one.pieces * (self.cart.lines[one.line].list_minor - one.unit)
        return amounts, sum(amounts)

    def _raise_floors(self, state: State, given: list[Priced]) -> None:
        """A line with a deposit never goes below it: nobody pays a deposit to get some of it back."""
        for one in given:
            benefit = self.candidates[one.place].promotion.benefit
            if isinstance(benefit, DepositPresale):
                if state.floors is self.cart.floors:
                    state.floors = list(state.floors)
                state.floors[one.line] = max(state.floors[one.line], one.pieces * benefit.deposit_minor)
