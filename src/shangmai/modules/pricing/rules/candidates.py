"""The promotions that may be part of a combination for a basket, and why the others that touch it may not."""

from __future__ import annotations

from typing import NamedTuple

from shangmai.modules.pricing.contract import (
    LAYERS,
    ONE_AN_ORDER,
    DepositPresale,
    Layer,
    Missing,
    OfferedCoupon,
    Promotion,
    PromotionId,
    Quota,
    Refused,
    Why,
)
from shangmai.modules.pricing.rules.benefits import UNIT_PRICES, WORKS, Work
from shangmai.modules.pricing.rules.cart import Cart
from shangmai.modules.pricing.rules.facts import Facts
from shangmai.modules.pricing.rules.index import Entry, PromotionIndex
from shangmai.modules.pricing.rules.periods import is_on


class Candidate:
    """A promotion on a cart. `place`: its turn; the bit of it in every set of promotions.

    `mask`: the lines it may act on. Of the price layer: `units`, its price for a piece by line, `pieces_max`, how many
    pieces at that price; else `work`. `off_max`: the most it may take off. `rivals`: promotions that cannot be in one
    order with it; `strangers`: those that cannot act on one line with it.
    """

    __slots__ = (
        "coupon",
        "entry",
        "layer",
        "mask",
        "off_max",
        "pieces_max",
        "place",
        "points_each",
        "promotion",
        "rivals",
        "strangers",
        "units",
        "work",
    )

    def __init__(self, cart: Cart, entry: Entry, mask: int, quota: Quota | None, coupon: OfferedCoupon | None) -> None:
        promotion = entry.promotion
        self.entry, self.promotion, self.layer, self.coupon = entry, promotion, promotion.layer, coupon
        self.place = self.rivals = self.strangers = 0
        self.off_max, self.pieces_max, self.points_each = entry.off_max, entry.pieces_max, entry.points_each
        if quota is not None:
            self.off_max = _least(self.off_max, quota.budget_left_minor)
            self.pieces_max = _least(self.pieces_max, quota.pieces_left)
        self.units: dict[int, int] = {}
        self.work: Work | None = None
        if promotion.layer is Layer.PRICE:
            self.units = _unit_prices(cart, promotion, mask)
        else:
            self.work = WORKS[type(promotion.benefit)](cart, promotion)
            mask |= self.work.extra
        self.mask = mask


class Found(NamedTuple):
    candidates: list[Candidate]
    refused: list[Refused]


def find(cart: Cart, index: PromotionIndex) -> Found:
    """Find what may apply to a cart, each in its turn, and what touches it but may not."""
    basket = cart.basket
    facts = Facts(basket)
    # Keys are the integers of the ids: hashing a UUID costs five times as much.
    quotas = {quota.promotion_id.int: quota for quota in basket.quotas}
    coupons: dict[PromotionId, OfferedCoupon] = {}
    for coupon in basket.coupons:
        coupons.setdefault(coupon.promotion_id, coupon)
    found = Found([], [])
    for entry, touched in [*index.touching(basket.shop_id, cart.lines), *_named(cart, index, coupons, found.refused)]:
        mask = _in_scope(cart, entry, touched)
        if not mask:
            continue
        quota = quotas.get(entry.key)
        why = _why_not(cart, entry, quota, facts)
        if why is None:
            used = coupons.get(entry.promotion.id) if entry.promotion.needs_coupon else None
            found.candidates.append(Candidate(cart, entry, mask, quota, used))
        else:
            found.refused.append(refuse(entry.promotion, why))
    _set_places(found.candidates)
    return found


def refuse(promotion: Promotion, why: Why, *, by: Promotion | None = None, missing: Missing | None = None) -> Refused:
    return Refused(
        promotion_id=promotion.id,
        why=why,
        version=promotion.version,
        code=promotion.code,
        name=promotion.name,
        name_en=promotion.name_en,
        by=None if by is None else by.id,
        by_name="" if by is None else by.name,
        by_name_en="" if by is None else by.name_en,
        missing=missing,
    )


def _named(
    cart: Cart, index: PromotionIndex, coupons: dict[PromotionId, OfferedCoupon], refused: list[Refused]
) -> list[tuple[Entry, int]]:
    """Give the promotions of the coupons and offers of the basket, with all lines that they may be for."""
    named = []
    for promotion_id in coupons:
        entry = index.entry(promotion_id)
        mask = 0 if entry is None or not entry.promotion.needs_coupon else _covered(cart, entry)
        if entry is not None and mask and _is_of_shop(cart, entry):
            named.append((entry, mask))
        elif entry is not None:
            refused.append(refuse(entry.promotion, Why.NO_SUCH_COUPON))
        else:
            refused.append(Refused(promotion_id=promotion_id, why=Why.NO_SUCH_COUPON))
    offers: dict[PromotionId, int] = {}
    for i, line in enumerate(cart.lines):
        if line.offer is not None:
            offers[line.offer.promotion_id] = offers.get(line.offer.promotion_id, 0) | 1 << i
    for promotion_id, mask in offers.items():
        entry = index.entry(promotion_id)
        if entry is not None and entry.by_offer and _is_of_shop(cart, entry):
            named.append((entry, mask & _covered(cart, entry)))
    return named


def _covered(cart: Cart, entry: Entry) -> int:
    if entry.excluded is None and entry.included is None and entry.skus_priced is None:
        return cart.goods
    return sum([1 << i for i, line in enumerate(cart.lines) if entry.covers(line)])


def _is_of_shop(cart: Cart, entry: Entry) -> bool:
    shops = entry.promotion.scope.shops
    return not shops or cart.basket.shop_id in shops


def _in_scope(cart: Cart, entry: Entry, touched: int) -> int:
    """Take away excluded lines, and in the layers of goods what was taken as an add-on."""
    if entry.channels and cart.basket.channel not in entry.channels:
        return 0
    if entry.of_goods:
        touched &= cart.plain
    if not entry.is_narrow:
        return touched
    return sum(1 << i for i in cart.members(touched) if entry.covers(cart.lines[i]))


def _why_not(cart: Cart, entry: Entry, quota: Quota | None, facts: Facts) -> Why | None:
    basket = cart.basket
    if not is_on(entry.promotion.when, basket.now):
        return Why.NOT_NOW
    if entry.levels and (basket.buyer is None or basket.buyer.level not in entry.levels):
        return Why.NOT_THIS_BUYER
    if entry.regions and entry.regions.isdisjoint(basket.region):
        return Why.NOT_THIS_REGION
    if quota is not None and 0 in (quota.uses_left, quota.pieces_left, quota.budget_left_minor):
        return Why.USED_UP
    if entry.condition is not None and not facts.hold(entry.condition):
        return Why.CONDITION
    return None


def _unit_prices(cart: Cart, promotion: Promotion, mask: int) -> dict[int, int]:
    """Give the price of a piece for each line that it is lower for, never below the line's floor.

    A plain deposit, that counts for no more than itself, is on its lines without being lower.
    """
    price_of = UNIT_PRICES[type(promotion.benefit)]
    prices = {}
    is_deposit = isinstance(promotion.benefit, DepositPresale)
    benefit, lines, basket, policy = promotion.benefit, cart.lines, cart.basket, cart.policy
    for i in cart.members(mask):
        line = lines[i]
        price = price_of(benefit, line, basket, policy)
        if price is not None:
            price = max(price, cart.unit_floors[i])
            if price < line.list_minor or (is_deposit and price == line.list_minor):
                prices[i] = price
    return prices


def _set_places(candidates: list[Candidate]) -> None:
    """Put the candidates in their turns, and tell each who may not stand beside it."""
    candidates.sort(
        key=lambda one: (one.entry.layer_no, -one.promotion.priority, one.mask.bit_count(), one.promotion.code)
    )
    for place, one in enumerate(candidates):
        one.place = place
    _set_plain(candidates)
    special = [one for one in candidates if not one.entry.plain or one.promotion.group is not None]
    for one in special:
        for other in candidates:
            if other is not one:
                _set_pair(one, other)


def _set_plain(candidates: list[Candidate]) -> None:
    """Set what holds between promotions that say nothing of their own: one layer, and they do not stand together."""
    by_layer = [0] * len(LAYERS)
    for one in candidates:
        by_layer[one.entry.layer_no] |= 1 << one.place
    for one in candidates:
        if one.layer is not Layer.PRICE:
            others = by_layer[one.entry.layer_no] & ~(1 << one.place)
            one.strangers = others
            one.rivals = others if one.entry.one_an_order else 0


def _set_pair(one: Candidate, other: Candidate) -> None:
    ours, theirs = 1 << one.place, 1 << other.place
    stranger = not (admits(one.promotion, other.promotion) and admits(other.promotion, one.promotion))
    rival = stranger and excludes_whole(one.layer, other.layer)
    if one.promotion.group is not None and one.promotion.group == other.promotion.group:
        rival = True
    one.strangers = one.strangers | theirs if stranger else one.strangers & ~theirs
    other.strangers = other.strangers | ours if stranger else other.strangers & ~ours
    one.rivals = one.rivals | theirs if rival else one.rivals & ~theirs
    other.rivals = other.rivals | ours if rival else other.rivals & ~ours


def excludes_whole(one: Layer, other: Layer) -> bool:
    """Whether two that do not admit each other exclude each other in an order: in a layer of one an order, and for the
    freight, which is no line that they could part.
    """
    return (one is other and one in ONE_AN_ORDER) or Layer.SHIPPING in (one, other)


def admits(one: Promotion, other: Promotion) -> bool:
    combines = one.combines
    if other.id in combines.never:
        return False
    if other.id in combines.always:
        return True
    if one.layer is other.layer:
        return combines.same_layer or one.layer is Layer.PRICE
    return other.layer in combines.layers


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)
