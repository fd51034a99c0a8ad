"""Which promotions meet, and what becomes of two that do. The engine's own rules of standing together decide."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.catalog.contract.places import SkuPlace
from shangmai.modules.pricing.contract import Layer, Promotion, Selection
from shangmai.modules.pricing.contract.telling import Together
from shangmai.modules.pricing.rules.candidates import admits, excludes_whole
from shangmai.modules.pricing.rules.index import skus_priced

ORDER = (Together.ONE_OF, Together.APART, Together.CHEAPEST, Together.BOTH)
"""The ones that limit each other most first."""


def together(one: Promotion, other: Promotion) -> Together:
    """What becomes of the two in one order."""
    if of_one_group(one, other):
        return Together.ONE_OF
    if not (admits(one, other) and admits(other, one)):
        return Together.ONE_OF if excludes_whole(one.layer, other.layer) else Together.APART
    return Together.CHEAPEST if one.layer is other.layer is Layer.PRICE else Together.BOTH


def of_one_group(one: Promotion, other: Promotion) -> bool:
    """Whether an order takes one of them at most because they say so."""
    return one.group is not None and one.group == other.group


def may_meet(one: Promotion, other: Promotion, places: Mapping[SkuId, SkuPlace]) -> bool:
    """Whether there can be an order that both touch; in doubt there can.

    `places`: of the SKUs that either of them names. What is said of time is the period, not the hours of the week.
    """
    if not one.when.period.overlaps(other.when.period):
        return False
    mine, theirs = one.scope, other.scope
    for named, others in ((mine.shops, theirs.shops), (mine.channels, theirs.channels), (mine.levels, theirs.levels)):
        if named and others and not set(named) & set(others):
            return False
    return _share_goods(one, other, places)


def skus_named(promotion: Promotion) -> frozenset[int] | None:
    """The SKUs that it reaches, where it names nothing else; None where it reaches others too."""
    priced = skus_priced(promotion)
    if priced is not None:
        return priced
    include = promotion.scope.include
    only_skus = include.skus and not (include.products or include.categories or include.brands or include.tags)
    return frozenset(sku.int for sku in include.skus) if only_skus else None


def _share_goods(one: Promotion, other: Promotion, places: Mapping[SkuId, SkuPlace]) -> bool:
    mine, theirs = skus_named(one), skus_named(other)
    by_int = {sku_id.int: place for sku_id, place in places.items()}
    if mine is not None and theirs is not None:
        return bool(mine & theirs)
    if mine is not None:
        return any(_reaches(other, by_int.get(sku)) for sku in mine)
    if theirs is not None:
        return any(_reaches(one, by_int.get(sku)) for sku in theirs)
    return _selections_meet(one.scope.include, other.scope.include)


def _reaches(promotion: Promotion, place: SkuPlace | None) -> bool:
    """Whether a SKU is in scope; one whose place is not known may be."""
    if place is None:
        return True
    include = promotion.scope.include
    return (include == Selection() or _names(include, place)) and not _names(promotion.scope.exclude, place)


def _names(selection: Selection, place: SkuPlace) -> bool:
    return (
        place.sku_id in selection.skus
        or place.product_id in selection.products
        or any(category in selection.categories for category in place.category_ids)
        or place.brand_id in selection.brands
        or any(tag in selection.tags for tag in place.tags)
    )


def _selections_meet(one: Selection, other: Selection) -> bool:
    """Products against products only are known to be apart; a brand and a category may have goods in common."""
    mine, theirs = _only_products(one), _only_products(other)
    return mine is None or theirs is None or bool(mine & theirs)


def _only_products(selection: Selection) -> frozenset[UUID] | None:
    others = selection.skus or selection.categories or selection.brands or selection.tags
    return frozenset(selection.products) if selection.products and not others else None
