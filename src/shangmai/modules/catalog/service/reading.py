"""What other modules ask of the catalog."""

from __future__ import annotations

from collections.abc import Collection

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import rules
from shangmai.modules.catalog.contract import (
    Sku,
    SkuId,
)
from shangmai.modules.catalog.queries import reading


async def get_skus(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, Sku]:
    """Give those of these SKUs that exist, in one statement."""
    return await reading.get_skus(tx, ids)


async def find_skus(tx: Tx, codes: Collection[str]) -> dict[str, Sku]:
    """Give those of these SKUs that exist, by code, in one statement."""
    return await reading.find_skus(tx, codes)


async def find_skus_by_barcode(tx: Tx, barcodes: Collection[str]) -> dict[str, Sku]:
    """Give the SKUs of these barcodes, by the barcode as given; its 12, 13 and 14 digit spellings are one."""
    found = await reading.find_by_barcode_keys(tx, {rules.barcode_key(barcode) for barcode in barcodes})
    keys = {barcode: rules.barcode_key(barcode) for barcode in barcodes}
    return {barcode: found[key] for barcode, key in keys.items() if key in found}


def share_of_kit(kit: Sku, amount_minor: int) -> list[int]:
    """Split what was paid for a kit among its components, in their order; the shares add up to it exactly."""
    return rules.share(amount_minor, kit.components)
