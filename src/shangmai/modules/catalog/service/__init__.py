"""The actions of the catalog, and what other modules ask of it."""

from shangmai.modules.catalog.service.creating import add_skus, create_product, create_variants
from shangmai.modules.catalog.service.handling import handling_of, set_handling
from shangmai.modules.catalog.service.offering import (
    approve_product,
    delist_product,
    due_products,
    list_product,
    reject_product,
    set_review_policy,
    submit_for_review,
)
from shangmai.modules.catalog.service.places import goods_of, known_places, names_of, offered, places_of
from shangmai.modules.catalog.service.pricing import set_prices
from shangmai.modules.catalog.service.reading import (
    check_sellable,
    describe_products,
    find_categories,
    find_product_ids,
    find_skus,
    find_skus_by_barcode,
    get_offers,
    get_skus,
    kits_with,
    names_at,
    page_of_products,
    prices_at,
    products_of_kits_with,
    share_of_kit,
)
from shangmai.modules.catalog.service.sorting import (
    create_brand,
    create_category,
    define_attribute,
    remove_attribute,
    update_brand,
    update_category,
)
from shangmai.modules.catalog.service.updating import define_kit, update_product, update_sku

__all__ = [
    "add_skus",
    "approve_product",
    "check_sellable",
    "create_brand",
    "create_category",
    "create_product",
    "create_variants",
    "define_attribute",
    "define_kit",
    "delist_product",
    "describe_products",
    "due_products",
    "find_categories",
    "find_product_ids",
    "find_skus",
    "find_skus_by_barcode",
    "get_offers",
    "get_skus",
    "goods_of",
    "handling_of",
    "kits_with",
    "known_places",
    "list_product",
    "names_at",
    "names_of",
    "offered",
    "page_of_products",
    "places_of",
    "prices_at",
    "products_of_kits_with",
    "reject_product",
    "remove_attribute",
    "set_handling",
    "set_prices",
    "set_review_policy",
    "share_of_kit",
    "submit_for_review",
    "update_brand",
    "update_category",
    "update_product",
    "update_sku",
]
