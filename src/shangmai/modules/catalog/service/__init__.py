"""The actions of the catalog, and what other modules ask of it."""

from shangmai.modules.catalog.service.creating import create_product
from shangmai.modules.catalog.service.offering import delist_product, list_product
from shangmai.modules.catalog.service.places import known_places, places_of
from shangmai.modules.catalog.service.pricing import set_prices
from shangmai.modules.catalog.service.reading import find_skus, find_skus_by_barcode, get_skus, share_of_kit
from shangmai.modules.catalog.service.sorting import create_category
from shangmai.modules.catalog.service.updating import define_kit, update_sku

__all__ = [
    "create_category",
    "create_product",
    "define_kit",
    "delist_product",
    "find_skus",
    "find_skus_by_barcode",
    "get_skus",
    "known_places",
    "list_product",
    "places_of",
    "set_prices",
    "share_of_kit",
    "update_sku",
]
