"""Following everything that changes what shoppers see."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.events.contract import on
from shangmai.kernel.jobs import enqueue, job
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import (
    AttributeChanged,
    BrandChanged,
    CategoryChanged,
    CategoryId,
    ProductChanged,
    ProductId,
)
from shangmai.modules.inventory.contract import (
    SafetySet,
    StockAdjusted,
    StockMoved,
    StockReceived,
    WarehouseAssigned,
)
from shangmai.modules.orders.contract import OrderCanceled, OrderPlaced, OrderReturned
from shangmai.modules.orders.contract.editing import GoodsSwapped
from shangmai.modules.orders.contract.late import OrderRevived
from shangmai.modules.orders.contract.part_canceling import OrderPartCanceled
from shangmai.modules.orders.contract.preferring import GiftAdded
from shangmai.modules.organization.contract import ShopCreated, ShopId, ShopKind
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract.lifecycle import PromotionEnded, PromotionPaused, PromotionPublished
from shangmai.modules.pricing.contract.price_lists import ListPriceChanged, PriceListClosed
from shangmai.modules.storefront.contract import Rebuild, Rebuilt, Refresh, ReviewChanged, WordsTaught
from shangmai.modules.storefront.jobs.asking import Fill, Look, await_turn
from shangmai.modules.storefront.queries import words
from shangmai.modules.storefront.service.following import count_sales, products_touched
from shangmai.modules.storefront.service.keeping import CONSUMER, SALES
from shangmai.modules.storefront.service.offering import present
from shangmai.modules.storefront.service.projecting import malls, project

BATCH: Final = 1000
APART_S: Final = 0.5
"""Shoppers see a change within a second; a rush of orders is followed twice a second, not a hundred times."""
SALES_APART_S: Final = 15.0
SALES_BATCH: Final = 5000
"""Sales are a rank, no promise: in a rush many orders are counted together, and a row is made anew once for them."""
PAGE: Final = 500
ON_ORDERS: Final = (
    OrderPlaced, OrderRevived, OrderCanceled, OrderReturned, OrderPartCanceled, GoodsSwapped, GiftAdded,
)  # fmt: skip


@on(
    ProductChanged,
    StockReceived,
    StockAdjusted,
    StockMoved,
    SafetySet,
    ListPriceChanged,
    ReviewChanged,
    *ON_ORDERS,
    consumer=CONSUMER,
    batch=BATCH,
    alone=True,
    apart_s=APART_S,
)
async def follow(tx: Tx, events: list[Any]) -> None:
    """Make anew what these events may have changed."""
    touched = await products_touched(tx, events)
    if touched:
        await project(tx, touched)
    for event in events:
        if isinstance(event, ListPriceChanged) and event.target == "category":
            await enqueue(tx, "storefront.look", Look(category_id=CategoryId(event.target_id)))
    if any(isinstance(event, ListPriceChanged) for event in events):
        await await_turn(tx, await pricing.next_price_turn(tx, await present(tx)))


@on(*ON_ORDERS, consumer=SALES, batch=SALES_BATCH, alone=True, apart_s=SALES_APART_S)
async def follow_sales(tx: Tx, events: list[Any]) -> None:
    """Count what was sold, and make anew what ranks otherwise by that."""
    moved = await count_sales(tx, events)
    if moved:
        await project(tx, moved)


@on(
    ShopCreated,
    WarehouseAssigned,
    PriceListClosed,
    PromotionPublished,
    PromotionPaused,
    PromotionEnded,
    BrandChanged,
    CategoryChanged,
    AttributeChanged,
    WordsTaught,
    consumer="storefront.look_widely",
    batch=BATCH,
    alone=True,
)
async def look_widely(tx: Tx, events: list[Any]) -> None:
    """Ask for a look at everything that a change of many products concerns, page by page behind the commit."""
    for event in events:
        match event:
            case ShopCreated(shop_id=shop_id, kind=ShopKind.MALL) | WarehouseAssigned(shop_id=shop_id):
                await _fill(tx, shop_id)
            case PriceListClosed() | PromotionPublished() | PromotionPaused() | PromotionEnded():
                await enqueue(tx, "storefront.look", Look())
            case BrandChanged(brand_id=brand_id):
                await enqueue(tx, "storefront.look", Look(brand_id=brand_id))
            case CategoryChanged(category_id=category_id):
                await enqueue(tx, "storefront.look", Look(category_id=category_id))
            case AttributeChanged(key=key):
                await enqueue(tx, "storefront.look", Look(attribute=key))
            case WordsTaught(words=taught):
                await enqueue(tx, "storefront.look", Look(named=taught))
    if any(isinstance(event, PromotionPublished) for event in events):
        now = await present(tx)
        await await_turn(tx, (await pricing.turned(tx, now, now)).next)


async def _fill(tx: Tx, shop_id: ShopId) -> None:
    if shop_id in {shop.id for shop in await malls(tx)}:
        await enqueue(tx, "storefront.fill", Fill(shop_id=shop_id))


@job("storefront.fill")
async def fill(runner: Runner, do: Fill) -> None:
    """One page of a window, then the job of the next."""
    page = Rebuild(shop_id=do.shop_id, after=do.after, limit=PAGE)
    answer = await runner.run(Call(action="storefront.rebuild", input=page, actor=SYSTEM, door="job"))
    made: Rebuilt = answer.unwrap()
    if made.next is not None:
        async with runner.db.transaction() as tx:
            await enqueue(tx, "storefront.fill", Fill(shop_id=do.shop_id, after=made.next))


@job("storefront.look")
async def look(runner: Runner, do: Look) -> None:
    """One page of the products concerned, then the job of the next."""
    async with runner.db.reading(SYSTEM) as tx:
        ids = await _page(tx, do)
    if ids:
        refresh = Refresh(product_ids=tuple(ids))
        (await runner.run(Call(action="storefront.refresh", input=refresh, actor=SYSTEM, door="job"))).unwrap()
    if len(ids) == PAGE:
        async with runner.db.transaction() as tx:
            await enqueue(tx, "storefront.look", replace(do, after=ids[-1]))


async def _page(tx: Tx, do: Look) -> list[ProductId]:
    if do.named:
        return await words.products_named(tx, do.named, after=do.after, limit=PAGE)
    return await catalog.page_of_products(
        tx,
        after=do.after,
        limit=PAGE,
        brand_id=do.brand_id,
        category_id=do.category_id,
        attribute=do.attribute,
    )
