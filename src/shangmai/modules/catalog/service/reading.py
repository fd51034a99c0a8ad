"""What other modules ask of the catalog."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import rules
from shangmai.modules.catalog.contract import (
    BrandId,
    CategoryId,
    DescribedProduct,
    ProductId,
    Sku,
    SkuId,
    SkuOffer,
)
from shangmai.modules.catalog.queries import describing, reading, sorting, writing


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


async def find_product_ids(tx: Tx, codes: Collection[str]) -> dict[str, ProductId]:
    """Give the ids of those of these products that exist, by code, in one statement."""
    return await reading.find_product_ids(tx, codes)


async def find_categories(tx: Tx, paths: Collection[str]) -> dict[str, CategoryId]:
    """Give the ids of those of these categories that exist, by their Chinese names from the top: 服装/T 恤."""
    return await sorting.find_categories(tx, paths)


def share_of_kit(kit: Sku, amount_minor: int) -> list[int]:
    """Split what was paid for a kit among its components, in their order; the shares add up to it exactly."""
    return rules.share(amount_minor, kit.components)


async def describe_products(tx: Tx, ids: Collection[ProductId]) -> list[DescribedProduct]:
    """Give those of these products that exist with all that a shopper may see of them, in the order of `ids`.

    Whatever their status: `listed` says whether shoppers may see them. Four statements, however many products.
    """
    wanted = list(dict.fromkeys(ids))
    products = {product.id: product for product in await describing.find_products(tx, wanted)}
    skus = await describing.skus_of_products(tx, wanted)
    defined = await describing.find_attributes(tx, rules.keys_used(products.values(), skus))
    places = {product.category_id for product in products.values() if product.category_id is not None}
    paths = await describing.category_paths(tx, places)
    return [
        rules.described(
            products[id_],
            skus.get(id_, []),
            () if (place := products[id_].category_id) is None else paths[place],
            defined,
        )
        for id_ in wanted
        if id_ in products
    ]


async def page_of_products(
    tx: Tx,
    *,
    after: ProductId | None = None,
    limit: int = 500,
    listed_only: bool = False,
    brand_id: BrandId | None = None,
    category_id: CategoryId | None = None,
    attribute: str | None = None,
) -> list[ProductId]:
    """Give the next products in order of id, at most `limit`: those of a brand, below a category, with an attribute.

    To build a read model anew, follow `ProductCreated` and `ProductChanged`, then page through everything with `after`
    until a page is empty: what changes meanwhile comes by the events. After `BrandChanged`, `CategoryChanged` or
    `AttributeChanged`, page through those that it concerns.
    """
    return await describing.page_of_products(
        tx,
        after=after,
        limit=limit,
        listed_only=listed_only,
        brand_id=brand_id,
        category_id=category_id,
        attribute=attribute,
    )


async def get_offers(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, SkuOffer]:
    """Give what a shop must know of those of these SKUs that exist before it sells them, in one statement."""
    return await describing.find_offers(tx, ids)


def check_sellable(offer: SkuOffer, qty: int) -> None:
    """Refuse what a shopper may not buy; orders of staff and imports of history do not ask.

    Raises: NotOnOffer (its product is not listed, or it is switched off), QtyTooSmall, QtyTooLarge, QtyNotInSteps.
    """
    rules.check_sellable(offer, qty)


async def prices_at(tx: Tx, ids: Collection[SkuId], at: datetime) -> dict[SkuId, dict[str, int]]:
    """Give the prices in minor units that these SKUs had at a time, by currency; one not made then has none."""
    return await reading.prices_at(tx, ids, at)


async def names_at(tx: Tx, ids: Sequence[SkuId], at: datetime) -> dict[SkuId, tuple[str, str]]:
    """Give the names in Chinese and English that these SKUs had at a time."""
    return await reading.names_at(tx, ids, at)


async def kits_with(tx: Tx, component_ids: Collection[SkuId]) -> set[SkuId]:
    """Give the kits that hold any of these SKUs, in one statement."""
    return await reading.kits_with(tx, component_ids)


async def products_of_kits_with(tx: Tx, component_ids: Collection[SkuId]) -> dict[SkuId, list[ProductId]]:
    """Give the products whose kits hold these SKUs, by SKU, in one statement."""
    return await writing.products_of_kits_with(tx, component_ids)
