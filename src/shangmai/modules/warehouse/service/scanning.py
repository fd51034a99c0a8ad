"""What a scan means: a barcode or a code is a SKU."""

from __future__ import annotations

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku
from shangmai.modules.warehouse.contract.picking import BarcodeUnknown


async def sku_of(tx: Tx, scanned: str) -> Sku:
    """The SKU with this barcode, or, where there is none, with this code. Raises: BarcodeUnknown."""
    by_barcode = await catalog.find_skus_by_barcode(tx, [scanned])
    if scanned in by_barcode:
        return by_barcode[scanned]
    by_code = await catalog.find_skus(tx, [scanned])
    if scanned in by_code:
        return by_code[scanned]
    raise BarcodeUnknown(scanned=scanned)
