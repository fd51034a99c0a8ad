"""Why a candidate is not in the combination that was chosen, and what would bring it in."""

from __future__ import annotations

from shangmai.modules.pricing.contract import FreeShipping, Gift, Layer, Missing, PointsDeduction, Refused, Why
from shangmai.modules.pricing.contract.benefits import GiftPick
from shangmai.modules.pricing.rules.applying import Turns, open_lines
from shangmai.modules.pricing.rules.candidates import Candidate, refuse
from shangmai.modules.pricing.rules.state import State


def why_not_price(one: Candidate, state: State, candidates: list[Candidate]) -> Refused:
    """Say why a price is not taken; `state` is that after the price layer."""
    if not one.units:
        cart = state.cart
        at_floor = any(cart.floors[i] >= cart.listed[i] > 0 for i in cart.members(one.mask))
        return refuse(one.promotion, Why.AT_FLOOR if at_floor else Why.NOT_LOWER)
    owners = [other for other in candidates if other.layer is Layer.PRICE and state.chosen >> other.place & 1]
    for owner in owners:
        if owner.mask & one.mask and any(owner.units.get(line, unit + 1) <= unit for line, unit in one.units.items()):
            return _by(one, Why.GOODS_TAKEN, owner)
    return refuse(one.promotion, Why.NO_POINTS if _lacks_points(one, state) else Why.DEARER)


def why_not(one: Candidate, state: State, chosen: int, turns: Turns) -> Refused:
    """Say why a promotion is not in the combination `chosen`; `state` is where it stood at the promotion's turn."""
    if rivals := one.rivals & chosen:
        return _by(one, Why.NOT_TOGETHER, turns.candidates[rivals.bit_length() - 1])
    lines = state.cart.members(open_lines(one, state))
    if not lines:
        return _by(one, Why.GOODS_TAKEN, _first_taker(one, state, turns.candidates))
    assert one.work is not None
    if not one.work.reach(state, lines):
        return _out_of_reach(one, one.work.missing(state, lines), state)
    if turns.effect(one, state) is None:
        return refuse(one.promotion, _without_effect(one, state))
    return refuse(one.promotion, Why.DEARER)


def _out_of_reach(one: Candidate, missing: Missing | None, state: State) -> Refused:
    benefit = one.promotion.benefit
    if missing is not None:
        return refuse(one.promotion, Why.BELOW_THRESHOLD, missing=missing)
    if isinstance(benefit, PointsDeduction):
        return refuse(one.promotion, Why.NO_POINTS)
    if isinstance(benefit, FreeShipping):
        return refuse(one.promotion, Why.NOT_THIS_REGION)
    return refuse(one.promotion, Why.BELOW_THRESHOLD)


def _without_effect(one: Candidate, state: State) -> Why:
    benefit = one.promotion.benefit
    if isinstance(benefit, Gift):
        return Why.GIFT_NOT_CHOSEN if benefit.pick is GiftPick.CHOSEN and _has_stock(benefit, state) else Why.GIFT_GONE
    if isinstance(benefit, PointsDeduction):
        return Why.NO_POINTS
    if any(state.amounts[i] > 0 and state.amounts[i] <= state.floors[i] for i in state.cart.members(one.mask)):
        return Why.AT_FLOOR
    return Why.NOT_LOWER


def _has_stock(benefit: Gift, state: State) -> bool:
    stock = {one.sku_id: one.available for one in state.cart.basket.gift_stock}
    return any(stock.get(item.sku_id, 0) >= item.qty for tier in benefit.tiers for item in tier.items)


def _first_taker(one: Candidate, state: State, candidates: list[Candidate]) -> Candidate:
    takers = [place for place, mask in state.touched if mask & one.mask and one.strangers >> place & 1]
    return candidates[takers[0]]


def _lacks_points(one: Candidate, state: State) -> bool:
    return one.points_each > state.points_left


def _by(one: Candidate, why: Why, other: Candidate) -> Refused:
    return refuse(one.promotion, why, by=other.promotion)
