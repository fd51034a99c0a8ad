"""What the catalog accepts: codes, barcodes, kits, prices, listing. Pure."""

from shangmai.modules.catalog.rules.codes import (
    barcode_key,
    check_digit,
    clean_barcode,
    clean_barcodes,
    clean_code,
)
from shangmai.modules.catalog.rules.creating import Known, PlannedProduct, PlannedSku, plan
from shangmai.modules.catalog.rules.kits import KnownSku, resolve_kit, share
from shangmai.modules.catalog.rules.offering import Offer, delisted, listed
from shangmai.modules.catalog.rules.prices import Priced, reprice

__all__ = [
    "Known",
    "KnownSku",
    "Offer",
    "PlannedProduct",
    "PlannedSku",
    "Priced",
    "barcode_key",
    "check_digit",
    "clean_barcode",
    "clean_barcodes",
    "clean_code",
    "delisted",
    "listed",
    "plan",
    "reprice",
    "resolve_kit",
    "share",
]
