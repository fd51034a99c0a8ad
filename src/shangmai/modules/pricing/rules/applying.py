"""One promotion's turn in a combination: what it takes off which line, after those before it."""

from __future__ import annotations

from msgspec import Struct

from shangmai.modules.pricing.contract import LAYERS, Layer
from shangmai.modules.pricing.rules.benefits.gift import GiftWork, Given
from shangmai.modules.pricing.rules.benefits.points_deduction import PointsDeductionWork
from shangmai.modules.pricing.rules.candidates import Candidate
from shangmai.modules.pricing.rules.cart import Cart, Lines
from shangmai.modules.pricing.rules.price_layer import PriceLayer
from shangmai.modules.pricing.rules.sharing import share, split
from shangmai.modules.pricing.rules.state import State

_COUPON_NO = LAYERS.index(Layer.COUPON)


class Effect(Struct, frozen=True):
    """What a promotion does: `shares` by position, adding up to `off`, for `points`. `lines`: what counted for it.

    `touched`: the lines that it takes for itself, as bits: all that it might act on, whether or not a minor unit fell
    on them; so what is left for others hangs on who had a turn, not on amounts.
    """

    off: int
    points: int
    shares: list[tuple[int, int]]
    lines: Lines
    touched: int
    given: list[Given]


def open_lines(one: Candidate, state: State) -> int:
    """Give the lines it may act on: those that no chosen promotion acted on that it cannot share a line with."""
    strangers = one.strangers & state.chosen
    return one.mask & ~state.touched_by(strangers) if strangers else one.mask


def effect_of(one: Candidate, state: State) -> Effect | None:
    """Work out what it would do now; None when it would do nothing."""
    mask = open_lines(one, state)
    lines = state.cart.members(mask)
    work = one.work
    assert work is not None, "the price layer is worked out by PriceLayer"
    reach = work.reach(state, lines) if lines else 0
    if not reach:
        return None
    off = work.off(state.amounts, lines, reach)
    if one.off_max is not None:
        off = min(off, one.off_max)
    if state.lumped:
        shares = [(work.acts(lines)[0], off)] if off > 0 else []
    else:
        shares = _shares(one, state, lines, reach, off) if off > 0 else []
    given = work.given(reach) if isinstance(work, GiftWork) else []
    total = sum([amount for _, amount in shares])
    points = work.points_for(total) if isinstance(work, PointsDeductionWork) else 0
    return Effect(total, points, shares, lines, work.takes(mask), given) if total or given else None


def after(one: Candidate, state: State, effect: Effect) -> State:
    new = state.copy()
    if new.discounted is None and one.entry.layer_no >= _COUPON_NO:
        new.discounted = state.amounts
    if effect.off:
        amounts = list(state.amounts)
        for i, amount in effect.shares:
            amounts[i] -= amount
        new.amounts, new.total = amounts, state.total - effect.off
    new.points_left -= effect.points
    new.chosen |= 1 << one.place
    new.touched = (*state.touched, (one.place, effect.touched))
    return new


def _shares(one: Candidate, state: State, lines: Lines, reach: int, off: int) -> list[tuple[int, int]]:
    """Share a discount among the lines that bear it, down to their floors."""
    work, policy = one.work, state.cart.policy
    assert work is not None
    if state.lumped and work.of_total:
        off = min(off, state.amounts[0])
        return [(0, off)] if off else []
    acts = work.acts(lines)
    weights = work.weights(state.amounts, lines, reach)
    if state.floors is state.cart.floors and not state.cart.has_floors:
        # Nobody bears more than what counts of it, so shares fit.
        parts = split(min(off, sum(weights)), weights, policy.leftover)
        return [(i, part) for i, part in zip(acts, parts, strict=True) if part]
    room = [max(0, state.amounts[i] - state.floors[i]) for i in acts]
    if work.clips:
        parts = [min(part, most) for part, most in zip(split(off, weights, policy.leftover), room, strict=True)]
    else:
        fits = sum([most for most, weight in zip(room, weights, strict=True) if weight])
        parts = share(min(off, fits), weights, room, policy.leftover)
    return [(i, part) for i, part, weight in zip(acts, parts, weights, strict=True) if weight]


class Turns:
    """What turns come to, each worked out once for a quote.

    Where a combination stands at a turn follows from who was chosen before it (and whether amounts are lumped), so the
    same promotions chosen on another way, or again for the trace, find what is known of them.
    """

    __slots__ = ("_effects", "_states", "candidates", "cart", "layer", "prices")

    def __init__(self, cart: Cart, candidates: list[Candidate]) -> None:
        self.cart, self.candidates = cart, candidates
        self.layer = PriceLayer(cart, [one for one in candidates if one.layer is Layer.PRICE])
        self.prices = len(self.layer.candidates)
        self._effects: list[dict[int, Effect | None]] = [{} for _ in candidates]
        self._states: list[dict[int, State | None]] = [{} for _ in candidates]

    def effect(self, one: Candidate, state: State) -> Effect | None:
        """Give what a promotion behind the price layer does now; None when it would do nothing."""
        known, key = self._effects[one.place], state.chosen << 1 | state.lumped
        if key not in known:
            known[key] = effect_of(one, state)
        return known[key]

    def take(self, place: int, state: State) -> State | None:
        """Give the state with a promotion chosen; None when it would do nothing or may not be chosen."""
        known, key = self._states[place], state.chosen << 1 | state.lumped
        if key not in known:
            known[key] = self._taken(self.candidates[place], state)
        return known[key]

    def _taken(self, one: Candidate, state: State) -> State | None:
        if one.rivals & state.chosen:
            return None
        if one.place < self.prices:
            return self.layer.lower(state, one.place)
        effect = self.effect(one, state)
        return None if effect is None else after(one, state, effect)
