"""Bringing the read model to what the owners of its facts say now.

Whatever happened, the row is made anew from catalog, prices, stock, orders and reviews: so the order of events does not
matter, doing it again changes nothing, and a rebuild is the same code over all products. Only sales are counted by the
events themselves, because adding up all orders of a product takes longer the better it sells.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import DescribedProduct, ProductId, Sku, SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopFacts, ShopKind
from shangmai.modules.storefront.contract import ListingsChanged
from shangmai.modules.storefront.queries import reviews, searching, writing
from shangmai.modules.storefront.rules.goods import Stars, available_of, goods_of
from shangmai.modules.storefront.rules.listing import Goods
from shangmai.modules.storefront.rules.rows import Row, labeled, row_of, typed_as
from shangmai.modules.storefront.service.cutting import cutter
from shangmai.modules.storefront.service.offering import offers


async def malls(tx: Tx) -> list[ShopFacts]:
    """The shops that have a window."""
    return await organization.shops_of_kind(tx, ShopKind.MALL)


async def project(tx: Tx, ids: Collection[ProductId]) -> int:
    """Bring these products' rows up to date in every mall; how many changed.

    Event storefront.listings_changed.v1 for each mall where one did.
    """
    described = await catalog.describe_products(tx, sorted(ids))
    return sum([len(await project_in(tx, shop, sorted(ids), described)) for shop in await malls(tx)])


async def project_in(
    tx: Tx, shop: ShopFacts, ids: Sequence[ProductId], described: Sequence[DescribedProduct]
) -> list[ProductId]:
    """The same in one mall; the products whose rows changed. Locks the shop's window."""
    await writing.lock_shop(tx, shop.id)
    goods = await goods_in(tx, shop, described)
    rows = await _rows(tx, goods)
    before = await writing.words_before(tx, shop.id, ids)
    changed = await writing.upsert(tx, rows)
    gone = await writing.delete(tx, shop.id, before.keys() - {row.product_id for row in rows})
    renamed = await writing.keep_terms(tx, (term for each in goods for term in labeled(each)))
    if not (changed or gone or renamed):
        return []
    await _count_words(tx, shop, before, rows)
    version = await writing.next_version(tx, shop.id, len(rows) - len(before))
    tx.emit(ListingsChanged(shop_id=shop.id, version=version, product_ids=(*changed, *gone)))
    return [*changed, *gone]


async def goods_in(tx: Tx, shop: ShopFacts, described: Sequence[DescribedProduct]) -> list[Goods]:
    """These products as the shop shows them; those that it does not are left out."""
    ids = [product.id for product in described]
    offered = await offers(tx, shop, described)
    available = await available_in(tx, shop, [sku.id for product in described for sku in product.skus])
    sales = await searching.sales_of(tx, shop.id, ids)
    stars = await reviews.stars_of(tx, shop.id, ids)
    made = [
        goods_of(shop, product, offered, available, sales.get(product.id, 0), stars.get(product.id, Stars()))
        for product in described
    ]
    return [goods for goods in made if goods is not None]


async def available_in(tx: Tx, shop: ShopFacts, ids: Collection[SkuId]) -> dict[SkuId, int | None]:
    """How many of each SKU the shop can sell now; None for any number."""
    return await available_of_skus(tx, shop, await catalog.get_skus(tx, ids))


async def available_of_skus(tx: Tx, shop: ShopFacts, skus: Mapping[SkuId, Sku]) -> dict[SkuId, int | None]:
    """The same of SKUs that are read already."""
    parts = {part.sku_id for sku in skus.values() for part in sku.components}
    pieces = await _pieces(tx, shop, {*skus, *parts})
    return {sku.id: available_of(sku, pieces) for sku in skus.values()}


async def _pieces(tx: Tx, shop: ShopFacts, ids: Collection[SkuId]) -> dict[SkuId, int]:
    """What can be held for the shop's orders; nothing while it has no warehouse."""
    warehouse_id = (await inventory.warehouses_of_shops(tx, [shop.id])).get(shop.id)
    if warehouse_id is None:
        return {}
    found = await inventory.available(tx, [(id_, warehouse_id) for id_ in ids])
    return {sku_id: pieces for (sku_id, _), pieces in found.items()}


async def products_of(tx: Tx, skus: Collection[SkuId]) -> set[ProductId]:
    """The products that these SKUs, and kits with them, belong to."""
    found = await catalog.get_skus(tx, skus)
    kits = await catalog.products_of_kits_with(tx, found.keys())
    return {sku.product_id for sku in found.values()} | {id_ for ids in kits.values() for id_ in ids}


async def _rows(tx: Tx, goods: Sequence[Goods]) -> list[Row]:
    cut = await cutter(tx)
    return [row_of(each, cut) for each in goods]


async def _count_words(tx: Tx, shop: ShopFacts, before: Mapping[ProductId, Sequence[str]], rows: Sequence[Row]) -> None:
    moved = writing.words_moved(before, {row.product_id: row.words for row in rows})
    spelled = {pair for word, by in moved.items() if by > 0 for pair in typed_as(word)}
    await writing.count_words(tx, shop.id, moved, sorted(spelled))
