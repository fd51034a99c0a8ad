"""Which floor a piece has: pure."""

from __future__ import annotations

from shangmai.modules.pricing.contract.floors import FloorBy


def floor_of(of_sku: int | None, of_entry: int | None) -> tuple[int | None, FloorBy | None]:
    """The floor of a piece, and what set it: the higher of the SKU's and the price list entry's, so neither is crossed.

    Of two that are the same, the SKU's.
    """
    if of_entry is not None and (of_sku is None or of_entry > of_sku):
        return of_entry, FloorBy.LIST
    return of_sku, None if of_sku is None else FloorBy.SKU
