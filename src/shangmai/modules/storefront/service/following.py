"""What events mean for the window: which products to look at again, and how many pieces were sold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import ProductChanged, ProductId, SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import SafetySet, StockAdjusted, StockMoved, StockReceived
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import OrderCanceled, OrderId, OrderPlaced, OrderReturned
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract.price_lists import ListPriceChanged
from shangmai.modules.storefront.contract import ReviewChanged
from shangmai.modules.storefront.queries import writing
from shangmai.modules.storefront.service.projecting import malls, products_of

ON_DOCUMENTS = (StockReceived, StockAdjusted, StockMoved)
ON_ORDERS = (OrderPlaced, OrderCanceled, OrderReturned)

Pieces = Counter[tuple[ShopId, SkuId]]


async def products_touched(tx: Tx, events: Sequence[Any]) -> set[ProductId]:
    """The products that these events may have changed in the window; sales are counted on the way."""
    touched = {event.product_id for event in events if isinstance(event, ProductChanged | ReviewChanged)}
    skus = {event.sku_id for event in events if isinstance(event, SafetySet)}
    skus |= await inventory.skus_of_documents(tx, {e.document_id for e in events if isinstance(e, ON_DOCUMENTS)})
    priced = [event for event in events if isinstance(event, ListPriceChanged)]
    skus |= {SkuId(event.target_id) for event in priced if event.target == "sku"}
    touched |= {ProductId(event.target_id) for event in priced if event.target == "product"}
    ordered = await _ordered(tx, [event for event in events if isinstance(event, ON_ORDERS)])
    await _count_sales(tx, ordered)
    return touched | await products_of(tx, skus | {sku_id for _, sku_id in ordered})


async def _ordered(tx: Tx, events: Sequence[Any]) -> Pieces:
    """Pieces by shop and SKU: ordered ones, less those of canceled orders and those that came back."""
    pieces: Pieces = Counter()
    if not events:
        return pieces
    ids: Collection[OrderId] = {event.order_id for event in events}
    found, lines = await orders.get_orders(tx, ids), await orders.get_lines(tx, ids)
    back = await orders.returned_pieces(tx, {e.return_id for e in events if isinstance(e, OrderReturned)})
    for event in events:
        shop_id = found[event.order_id].shop_id
        if isinstance(event, OrderReturned):
            pieces.subtract({(shop_id, sku_id): qty for sku_id, qty in back.get(event.return_id, {}).items()})
            continue
        sign = 1 if isinstance(event, OrderPlaced) else -1
        for line in lines.get(event.order_id, ()):
            if line.sku_id is not None:
                pieces[shop_id, line.sku_id] += sign * line.qty
    return pieces


async def _count_sales(tx: Tx, ordered: Pieces) -> None:
    shown = {shop.id for shop in await malls(tx)}
    product_of = await _product_of(tx, {sku_id for _, sku_id in ordered})
    sold: Counter[tuple[ShopId, ProductId]] = Counter()
    for (shop_id, sku_id), qty in ordered.items():
        if shop_id in shown and sku_id in product_of:
            sold[shop_id, product_of[sku_id]] += qty
    await writing.add_sales(tx, {key: qty for key, qty in sold.items() if qty})


async def _product_of(tx: Tx, skus: Collection[SkuId]) -> dict[SkuId, ProductId]:
    found = await catalog.get_skus(tx, skus)
    return {sku.id: sku.product_id for sku in found.values()}
