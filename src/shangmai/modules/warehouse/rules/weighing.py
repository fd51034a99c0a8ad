"""What a parcel should weigh, and how far it may be off: pure. Grams throughout."""

from __future__ import annotations

from collections.abc import Mapping

from shangmai.modules.catalog.contract import Sku, SkuId


def expected_g(pieces: Mapping[SkuId, int], skus: Mapping[SkuId, Sku], carton_g: int) -> int:
    """What the pieces and their carton weigh; a SKU whose weight nobody has entered weighs nothing."""
    return carton_g + sum(skus[sku_id].weight_g * qty for sku_id, qty in pieces.items())


def is_within(weight_g: int, expected: int, tolerance_g: int, tolerance_bp: int) -> bool:
    """Whether a weight is near enough: by so many grams, or by so many hundredths of a percent if that is more."""
    return abs(weight_g - expected) * 10_000 <= max(tolerance_g * 10_000, expected * tolerance_bp)
