"""What events mean for the window: which products to look at again, and how many pieces were sold.

Sales are counted apart, by a reader that takes its time: a rush of orders then costs the window no more than a look at
whether goods ran out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import ProductChanged, ProductId, Sku, SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import SafetySet, StockAdjusted, StockMoved, StockReceived
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import OrderCanceled, OrderPlaced, OrderReturned
from shangmai.modules.orders.contract.editing import GoodsSwapped
from shangmai.modules.orders.contract.late import OrderRevived
from shangmai.modules.orders.contract.part_canceling import OrderPartCanceled
from shangmai.modules.orders.contract.preferring import GiftAdded
from shangmai.modules.organization.contract import ShopFacts, ShopId
from shangmai.modules.pricing.contract.price_lists import ListPriceChanged
from shangmai.modules.storefront.contract import ReviewChanged
from shangmai.modules.storefront.queries import searching, writing
from shangmai.modules.storefront.rules.goods import is_in_stock
from shangmai.modules.storefront.rules.listing import sales_rank
from shangmai.modules.storefront.service.projecting import available_of_skus, malls, products_of

ON_DOCUMENTS = (StockReceived, StockAdjusted, StockMoved)
ON_ORDERS = (OrderPlaced, OrderRevived, OrderCanceled, OrderReturned, OrderPartCanceled, GoodsSwapped, GiftAdded)

Pieces = Mapping[tuple[ShopId, SkuId], int]


async def products_touched(tx: Tx, events: Sequence[Any]) -> set[ProductId]:
    """The products that these events may have changed in the window, but for their sales."""
    touched = {event.product_id for event in events if isinstance(event, ProductChanged | ReviewChanged)}
    skus = {event.sku_id for event in events if isinstance(event, SafetySet)}
    skus |= await inventory.skus_of_documents(tx, {e.document_id for e in events if isinstance(e, ON_DOCUMENTS)})
    priced = [event for event in events if isinstance(event, ListPriceChanged)]
    skus |= {SkuId(event.target_id) for event in priced if event.target == "sku"}
    touched |= {ProductId(event.target_id) for event in priced if event.target == "product"}
    ordered = await _ordered(tx, [event for event in events if isinstance(event, ON_ORDERS)])
    return touched | await products_of(tx, skus) | await _turned(tx, ordered)


async def _ordered(tx: Tx, events: Sequence[Any]) -> Pieces:
    """Pieces by shop and SKU: ordered ones, less those of canceled orders and those that came back."""
    if not events:
        return {}
    pieces = Counter[tuple[ShopId, SkuId]]()
    for event in events:
        if isinstance(event, GoodsSwapped):
            pieces[event.shop_id, event.sku_id] += event.qty
            pieces[event.shop_id, event.before] -= event.qty
    moved = await orders.pieces_moved(
        tx,
        [event.order_id for event in events if isinstance(event, OrderPlaced)],
        {(event.order_id, event.line) for event in events if isinstance(event, GiftAdded)},
        [event.order_id for event in events if isinstance(event, OrderRevived)],
        [event.order_id for event in events if isinstance(event, OrderCanceled)],
        {event.return_id for event in events if isinstance(event, OrderReturned)},
        {event.cancel_id for event in events if isinstance(event, OrderPartCanceled)},
    )
    pieces.update(moved)
    return pieces


async def count_sales(tx: Tx, events: Sequence[Any]) -> set[ProductId]:
    """Count the pieces of these orders; the products whose rank of sales moved by that."""
    ordered = await _ordered(tx, events)
    skus = await catalog.get_skus(tx, {sku_id for _, sku_id in ordered})
    return {id_ for shop in await malls(tx) for id_ in await _count_sales_in(tx, shop, skus, ordered)}


async def _turned(tx: Tx, ordered: Pieces) -> set[ProductId]:
    """Those products of these orders that are to be had no more, or again.

    Describing all that is ordered anew would cost more than taking the orders.
    """
    if not ordered:
        return set()
    skus = await _with_parts_and_kits(tx, {sku_id for _, sku_id in ordered})
    return {id_ for shop in await malls(tx) for id_ in await _turned_in(tx, shop, skus)}


async def _with_parts_and_kits(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, Sku]:
    """These SKUs, what the kits among them are made of, and all kits made of any of these."""
    skus = await catalog.get_skus(tx, ids)
    parts = {part.sku_id for sku in skus.values() for part in sku.components} - skus.keys()
    kits = await catalog.kits_with(tx, skus.keys() | parts) - skus.keys()
    return skus | (await catalog.get_skus(tx, parts | kits) if parts or kits else {})


async def _count_sales_in(tx: Tx, shop: ShopFacts, skus: Mapping[SkuId, Sku], ordered: Pieces) -> set[ProductId]:
    """The same in one mall. Locks its window, so that nobody writes a row by sales that are not these."""
    sold = Counter[ProductId]()
    for (shop_id, sku_id), qty in ordered.items():
        if shop_id == shop.id and sku_id in skus:
            sold[skus[sku_id].product_id] += qty
    if not any(sold.values()):
        return set()
    await writing.lock_shop(tx, shop.id)
    sales = await writing.add_sales(tx, shop.id, {id_: qty for id_, qty in sold.items() if qty})
    shown = await searching.rank_and_stock(tx, shop.id, sales.keys())
    return {id_ for id_, pieces in sales.items() if id_ in shown and shown[id_][0] != sales_rank(pieces)}


async def _turned_in(tx: Tx, shop: ShopFacts, skus: Mapping[SkuId, Sku]) -> set[ProductId]:
    """The same in one mall. Locks its window, so that nobody writes a row by stock that was seen before these orders.

    A SKU that agrees with its product's row leaves it right, on offer or not: the row says whether any SKU is there.
    """
    await writing.lock_shop(tx, shop.id)
    shown = await searching.rank_and_stock(tx, shop.id, {sku.product_id for sku in skus.values()})
    available = await available_of_skus(tx, shop, skus)
    return {
        sku.product_id
        for sku in skus.values()
        if sku.product_id in shown and shown[sku.product_id][1] != is_in_stock(available[sku.id])
    }
