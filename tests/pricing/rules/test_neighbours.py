"""Which promotions meet, and what becomes of two that do: as the engine itself treats them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from msgspec import convert

from shangmai.modules.catalog.contract import BrandId, CategoryId, ProductId, SkuId
from shangmai.modules.catalog.contract.places import SkuPlace
from shangmai.modules.pricing.contract import Promotion
from shangmai.modules.pricing.rules.neighbours import may_meet, together

SKU, OTHER, PRODUCT, CATEGORY, BRAND = (UUID(int=n) for n in range(1, 6))
PLACES = {
    SkuId(SKU): SkuPlace(
        sku_id=SkuId(SKU),
        product_id=ProductId(PRODUCT),
        brand_id=BrandId(BRAND),
        tags=("新茶",),
        tax_rate=None,
        category_ids=(CategoryId(CATEGORY),),
        other_prices={},
    )
}


def promotion(n: int, layer: str = "order", include: dict[str, Any] | None = None, **more: Any) -> Promotion:
    given = {
        "id": UUID(int=n), "version": 1, "code": f"P{n}", "name": "P", "layer": layer,
        "when": {"period": {"from": "2026-11-01T00:00:00Z"}},
        "scope": {"include": include or {}},
        "benefit": {"kind": "amount_off", "tiers": [{"at": 0, "off": 1}]}, **more,
    }  # fmt: skip
    return convert(given, Promotion)


class TestTogether:
    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [
            (promotion(1), promotion(2), "one_of"),
            (promotion(1, combines={"same_layer": True}), promotion(2, combines={"same_layer": True}), "both"),
            (promotion(1, combines={"same_layer": True}), promotion(2), "one_of"),
            (promotion(1, "item"), promotion(2, "item"), "apart"),
            (promotion(1, "item"), promotion(2, "order"), "both"),
            (promotion(1, "price"), promotion(2, "price"), "cheapest"),
            (promotion(1, "coupon", combines={"layers": ["order"]}), promotion(2, "item"), "apart"),
            (promotion(1, "shipping", combines={"layers": ["order"]}), promotion(2, "item"), "one_of"),
            (promotion(1, "item", group="G"), promotion(2, "order", group="G"), "one_of"),
            (promotion(1, combines={"always": [str(UUID(int=2))]}), promotion(2), "one_of"),
            (promotion(1, "item", combines={"never": [str(UUID(int=2))]}), promotion(2, "order"), "apart"),
        ],
    )
    def test_both_ways_round(self, one: Promotion, other: Promotion, expected: str) -> None:
        assert (together(one, other), together(other, one)) == (expected, expected)


class TestMeeting:
    @pytest.mark.parametrize(
        ("mine", "theirs", "meet"),
        [
            ({}, {"skus": [str(SKU)]}, True),
            ({"skus": [str(SKU)]}, {"skus": [str(OTHER)]}, False),
            ({"skus": [str(SKU)]}, {"skus": [str(SKU)]}, True),
            ({"skus": [str(SKU)]}, {"products": [str(PRODUCT)]}, True),
            ({"skus": [str(SKU)]}, {"products": [str(OTHER)]}, False),
            ({"skus": [str(SKU)]}, {"categories": [str(CATEGORY)]}, True),
            ({"skus": [str(SKU)]}, {"categories": [str(OTHER)]}, False),
            ({"skus": [str(SKU)]}, {"brands": [str(BRAND)]}, True),
            ({"skus": [str(SKU)]}, {"tags": ["新茶"]}, True),
            ({"skus": [str(SKU)]}, {"tags": ["别的"]}, False),
            ({"skus": [str(OTHER)]}, {"tags": ["不知道"]}, True),
            ({"products": [str(PRODUCT)]}, {"products": [str(OTHER)]}, False),
            ({"brands": [str(BRAND)]}, {"categories": [str(CATEGORY)]}, True),
        ],
    )
    def test_by_goods(self, mine: dict[str, Any], theirs: dict[str, Any], meet: bool) -> None:
        one, other = promotion(1, include=mine), promotion(2, include=theirs)
        assert may_meet(one, other, PLACES) is may_meet(other, one, PLACES) is meet

    def test_what_is_excluded_is_not_met(self) -> None:
        scope = {"include": {}, "exclude": {"products": [str(PRODUCT)]}}
        assert not may_meet(promotion(1, include={"skus": [str(SKU)]}), promotion(2, scope=scope), PLACES)

    def test_goods_that_a_benefit_prices(self) -> None:
        flash = {"kind": "flash_sale", "prices": [{"sku_id": str(SKU), "price_minor": 1}]}
        one = promotion(1, "price", benefit=flash)
        assert may_meet(one, promotion(2, include={"brands": [str(BRAND)]}), PLACES)
        assert not may_meet(one, promotion(2, include={"brands": [str(OTHER)]}), PLACES)

    def test_other_levels_shops_channels_and_times(self) -> None:
        for named in ("levels", "channels"):
            one, other = (promotion(n, scope={named: [name]}) for n, name in ((1, "a"), (2, "b")))
            assert not may_meet(one, other, PLACES)
            assert may_meet(one, promotion(2), PLACES)
        one, other = (promotion(n, scope={"shops": [str(UUID(int=n))]}) for n in (1, 2))
        assert not may_meet(one, other, PLACES)
        past = promotion(2, when={"period": {"from": "2026-10-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"}})
        assert not may_meet(promotion(1), past, PLACES)
