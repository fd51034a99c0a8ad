"""Keeping the window: rebuilding it, teaching it words, proving it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from shangmai.kernel.actions.contract import action
from shangmai.kernel.books.contract import Divergence
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import CONSUMERS
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import DescribedProduct, ProductId
from shangmai.modules.orders import service as orders
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopFacts, ShopId, ShopKind
from shangmai.modules.storefront.contract import (
    NoShopWindow,
    Rebuild,
    Rebuilt,
    Refresh,
    Refreshed,
    TeachWords,
    WordsTaught,
)
from shangmai.modules.storefront.queries import searching, words, writing
from shangmai.modules.storefront.rules.rows import row_of
from shangmai.modules.storefront.rules.words import normal
from shangmai.modules.storefront.service.cutting import cutter
from shangmai.modules.storefront.service.projecting import goods_in, malls, project, project_in

PROVEN_PAGE: Final = 500
PROVEN_MAX: Final = 20_000
"""So many products a mall are made anew by one proof, about a minute's work; the next day it goes on behind them."""
BOOK: Final = "storefront"
CONSUMER: Final = "storefront.project"
SALES: Final = "storefront.sales"


@action(
    "storefront.rebuild",
    grant="storefront.rebuild",
    scope=lambda do: {"shop": do.shop_id},
    errors=[NoShopWindow],
)
async def rebuild(tx: Tx, do: Rebuild) -> Rebuilt:
    """Make a page of a mall's products anew from what their owners say, and sales from all orders, if none waits.

    Orders whose events wait are counted when those are handled: counting them here too would count them twice. So while
    an event waits, sales are left as they are. Follow `next` until it is null; a call can be repeated, and what changes
    meanwhile comes by the events as always.
    The last page counts products and words anew. Locks the shop's window.
    Raises: NoShopWindow.
    """
    shop = await get_mall(tx, do.shop_id)
    ids = await catalog.page_of_products(tx, after=do.after, limit=do.limit)
    described = await catalog.describe_products(tx, ids)
    await writing.lock_shop(tx, shop.id)
    sold = await ordered_pieces(tx, shop, described)
    if not await _is_waited_for(tx):  # asked after the sum: what came between the two waits now
        await writing.set_sales(tx, shop.id, sold)
    changed = await project_in(tx, shop, ids, described)
    rest = ids[-1] if len(ids) == do.limit else None
    if rest is None:
        await writing.recount(tx, shop.id)
    return Rebuilt(looked_at=len(ids), changed=len(changed), next=rest)


@action("storefront.refresh", grant="storefront.rebuild")
async def refresh(tx: Tx, do: Refresh) -> Refreshed:
    """Look again at some products in every mall, as after an event; what is right already is left alone."""
    return Refreshed(changed=await project(tx, set(do.product_ids)))


async def get_mall(tx: Tx, shop_id: ShopId) -> ShopFacts:
    """Raises: NoShopWindow."""
    shop = (await organization.get_shops(tx, [shop_id])).get(shop_id)
    if shop is None or shop.kind is not ShopKind.MALL:
        raise NoShopWindow(shop=shop_id)
    return shop


async def ordered_pieces(tx: Tx, shop: ShopFacts, described: Sequence[DescribedProduct]) -> dict[ProductId, int]:
    """What has been ordered of each product, by all orders there are."""
    product_of = {sku.id: product.id for product in described for sku in product.skus}
    pieces = dict.fromkeys((product.id for product in described), 0)
    for sku_id, qty in (await orders.pieces_ordered(tx, shop.id, product_of.keys())).items():
        pieces[product_of[sku_id]] += qty
    return pieces


@action("storefront.teach_words", grant="storefront.teach_words")
async def teach_words(tx: Tx, do: TeachWords) -> WordsTaught:
    """Teach words that names and questions are cut by from now on; products whose names hold one are cut anew.

    Words that are known already change nothing. Event storefront.words_taught.v1 for those that are new.
    """
    new = await writing.teach(tx, sorted({normal(word) for word in do.words}))
    taught = WordsTaught(words=tuple(new))
    if new:
        tx.emit(taught)
    return taught


async def prove(tx: Tx) -> list[Divergence]:
    """The window against a rebuild: rows and sales, the mall's size, every word's number of products.

    Of a large mall a stretch of rows each day, from day to day all of them; size and words of all rows, by a statement
    each. Only when no event waits for the window: until then it has a right to differ.
    """
    if await _is_waited_for(tx):
        return []
    found: list[Divergence] = []
    for shop in await malls(tx):
        known = await searching.find_shop(tx, shop.id)
        found += await _prove_rows(tx, shop, known.products)
        counted = await searching.count_products(tx, shop.id)
        if counted != known.products:
            found.append(Divergence(BOOK, "products shown", shop.code, known.products, counted))
        found += [
            Divergence(BOOK, "products with a word", word, kept, counted)
            for word, kept, counted in await words.miscounted(tx, shop.id)
        ]
    return found


async def _is_waited_for(tx: Tx) -> bool:
    """Whether events wait for the window."""
    lags = [await store.lag(tx, CONSUMERS[name], 0, tx.now) for name in (CONSUMER, SALES)]
    return any(lag.waiting for lag in lags)


async def _prove_rows(tx: Tx, shop: ShopFacts, products: int) -> list[Divergence]:
    """A stretch of PROVEN_MAX products that begins further on each day, in the order of their ids; all of a small mall.

    Products that the mall should show and does not are found too, between those that it shows.
    """
    found: list[Divergence] = []
    behind = stretch_of(tx.now, products)
    after = await searching.product_at(tx, shop.id, behind - 1) if behind else None
    last = await searching.product_at(tx, shop.id, behind + PROVEN_MAX - 1)
    while (after is None or last is None or after < last) and (
        ids := await catalog.page_of_products(tx, after=after, limit=PROVEN_PAGE)
    ):
        after = ids[-1]
        described = await catalog.describe_products(tx, ids)
        found += await _prove_page(tx, shop, described)
    return found


def stretch_of(now: datetime, products: int) -> int:
    """Behind how many products a day's proof begins: one day after the other, from the first to the last."""
    stretches = max(-(-products // PROVEN_MAX), 1)
    return now.toordinal() % stretches * PROVEN_MAX


async def _prove_page(tx: Tx, shop: ShopFacts, described: Sequence[DescribedProduct]) -> list[Divergence]:
    ids = [product.id for product in described]
    cut = await cutter(tx)
    made = {each.product_id: _checksum(row_of(each, cut).digest) for each in await goods_in(tx, shop, described)}
    kept = {id_: _checksum(digest) for id_, digest in (await writing.digests(tx, shop.id, ids)).items()}
    sold, counted = await ordered_pieces(tx, shop, described), await searching.sales_of(tx, shop.id, ids)
    return [
        Divergence(BOOK, what, str(id_), before.get(id_, 0), after.get(id_, 0))
        for what, before, after in (("checksum of a row", kept, made), ("pieces sold", counted, sold))
        for id_ in ids
        if before.get(id_, 0) != after.get(id_, 0)
    ]


def _checksum(digest: str) -> int:
    return int(digest[2:14], 16)
