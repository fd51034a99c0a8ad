"""Promotions laid out so that a basket finds its own without looking at the others.

A promotion stands on the shelf of each of its shops (or the one for all shops) under each SKU, product, category, brand
or tag that it names; one for all goods stands under "everything". Promotions that wait for something else to name them,
a coupon or an offer, stand on no shelf: a million unused coupons cost a basket nothing. Keys are the integers of the
ids: hashing a UUID costs five times as much.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract import (
    LAYERS,
    ONE_AN_ORDER,
    BundlePrice,
    Combines,
    FlashSale,
    Layer,
    MemberPrice,
    PointsPrice,
    Promotion,
    PromotionId,
    Selection,
    SpecialPrice,
)
from shangmai.modules.pricing.contract.basket import BasketLine
from shangmai.modules.pricing.contract.benefits import BY_OFFER
from shangmai.modules.pricing.rules.cart import Names
from shangmai.modules.pricing.rules.facts import Condition, compile_condition

_LAYER_NO: Final = {layer: number for number, layer in enumerate(LAYERS)}
_GOODS_LAYERS: Final = (Layer.PRICE, Layer.ITEM)
_EVERYWHERE: Final = Selection()


class Entry:
    """A promotion with what is worked out of it once: its layer's number, its condition compiled, its scope as sets.

    `is_narrow`: each line that it names has to be asked whether it is in scope. `of_goods`: it stands in a layer that
    leaves add-ons alone. `clique`: names the set of promotions of which an order takes one at most; empty: no such set.
    """

    __slots__ = (
        "by_offer",
        "channels",
        "clique",
        "condition",
        "excluded",
        "included",
        "is_narrow",
        "key",
        "layer_no",
        "levels",
        "of_goods",
        "off_max",
        "one_an_order",
        "pieces_max",
        "plain",
        "points_each",
        "promotion",
        "regions",
        "skus_priced",
    )

    def __init__(self, promotion: Promotion) -> None:
        scope = promotion.scope
        self.promotion, self.key = promotion, promotion.id.int
        self.layer_no = _LAYER_NO[promotion.layer]
        self.condition: Condition | None = compile_condition(promotion.condition) if promotion.condition else None
        self.excluded = None if scope.exclude == _EVERYWHERE else Names(scope.exclude)
        self.included = None if scope.include == _EVERYWHERE else Names(scope.include)
        self.levels, self.regions = frozenset(scope.levels), frozenset(scope.regions)
        self.by_offer = isinstance(promotion.benefit, BY_OFFER)
        self.skus_priced = skus_priced(promotion)
        self.is_narrow = not (self.excluded is None and (self.skus_priced is None or self.included is None))
        self.channels, self.of_goods = scope.channels, promotion.layer in _GOODS_LAYERS
        self.plain = promotion.combines == Combines()
        self.one_an_order = promotion.layer in ONE_AN_ORDER
        self.clique = _clique_of(promotion)
        self.off_max, self.pieces_max = promotion.limits.off_max_minor, promotion.limits.pieces_per_order
        self.points_each = promotion.benefit.points if isinstance(promotion.benefit, PointsPrice) else 0

    def covers(self, line: BasketLine) -> bool:
        """Whether a line is in scope, asked anew; the shelves answer the same for all lines of a basket at once."""
        if self.excluded is not None and self.excluded.name(line):
            return False
        if self.included is not None and not self.included.name(line):
            return False
        return self.skus_priced is None or line.sku_id.int in self.skus_priced


class Shelf:
    """The promotions of one shop, or those of all shops, by what they name; the values are places in the index."""

    __slots__ = ("brands", "categories", "everything", "products", "skus", "tags")

    def __init__(self) -> None:
        self.everything: list[int] = []
        self.skus: dict[int, list[int]] = {}
        self.products: dict[int, list[int]] = {}
        self.categories: dict[int, list[int]] = {}
        self.brands: dict[int, list[int]] = {}
        self.tags: dict[str, list[int]] = {}

    def put(self, place: int, entry: Entry) -> None:
        scope = entry.promotion.scope.include
        if entry.skus_priced is not None:
            for sku in entry.skus_priced:
                self.skus.setdefault(sku, []).append(place)
        elif scope == _EVERYWHERE:
            self.everything.append(place)
        else:
            self._put_named(place, scope)

    def _put_named(self, place: int, scope: Selection) -> None:
        for shelf, named in (
            (self.skus, scope.skus),
            (self.products, scope.products),
            (self.categories, scope.categories),
            (self.brands, scope.brands),
        ):
            for one in set(named):
                shelf.setdefault(one.int, []).append(place)
        for tag in set(scope.tags):
            self.tags.setdefault(tag, []).append(place)

    def find(self, lines: list[BasketLine], hits: dict[int, int]) -> None:
        """Add each line's bit to the promotions that name it."""
        skus, products, brands = self.skus.get, self.products.get, self.brands.get
        categories, tags = self.categories.get, self.tags.get
        bit = 1
        for line in lines:
            found = [skus(line.sku_id.int), products(line.product_id.int)]
            found += [categories(one.int) for one in line.category_ids]
            if line.brand_id is not None:
                found.append(brands(line.brand_id.int))
            if line.tags:
                found += [tags(tag) for tag in line.tags]
            for places in found:
                if places is not None:
                    for place in places:
                        hits[place] = hits.get(place, 0) | bit
            bit <<= 1


class PromotionIndex:
    """Immutable: built once for a version of the promotion set, then shared by every quote.

    Raises ConditionInvalid and its kin for a condition that was not checked before it was stored.
    """

    __slots__ = ("_by_id", "_entries", "_shelves")

    def __init__(self, promotions: Iterable[Promotion]) -> None:
        self._entries = [Entry(promotion) for promotion in promotions]
        self._by_id = {entry.promotion.id: place for place, entry in enumerate(self._entries)}
        assert len(self._by_id) == len(self._entries), "one version of each promotion"
        self._shelves: dict[ShopId | None, Shelf] = {}
        for place, entry in enumerate(self._entries):
            if not (entry.promotion.needs_coupon or entry.by_offer):
                for shop in entry.promotion.scope.shops or (None,):
                    self._shelves.setdefault(shop, Shelf()).put(place, entry)

    def __len__(self) -> int:
        return len(self._entries)

    def entry(self, promotion_id: PromotionId) -> Entry | None:
        place = self._by_id.get(promotion_id)
        return None if place is None else self._entries[place]

    def touching(self, shop_id: ShopId, lines: list[BasketLine]) -> list[tuple[Entry, int]]:
        """Give each promotion that names goods of these lines, with the lines as bits. Exclusions are not looked at."""
        hits: dict[int, int] = {}
        every = (1 << len(lines)) - 1
        for shelf in (self._shelves.get(None), self._shelves.get(shop_id)):
            if shelf is not None:
                for place in shelf.everything:
                    hits[place] = every
                shelf.find(lines, hits)
        return [(self._entries[place], mask) for place, mask in hits.items()]


def _clique_of(promotion: Promotion) -> str:
    if promotion.group is not None:
        return f"group {promotion.group}"
    combines = promotion.combines
    if promotion.layer in ONE_AN_ORDER and not combines.same_layer and not combines.always:
        return promotion.layer.value
    return ""


def skus_priced(promotion: Promotion) -> frozenset[int] | None:
    """Give the SKUs that a benefit names, where it reaches no others; None where it reaches all in scope."""
    match promotion.benefit:
        case SpecialPrice(prices=prices, off_bp=0) | FlashSale(prices=prices):
            return frozenset(one.sku_id.int for one in prices)
        case MemberPrice(prices=by_level, levels=()):
            return frozenset(one.sku_id.int for one in by_level)
        case BundlePrice(items=items):
            return frozenset(one.sku_id.int for one in items)
    return None
