"""Cards follow what begins and ends by time: a job at the next turn looks at the goods that it concerns.

Whenever promotions or prices change, a job is asked for at the next turn. It is due a little early, because jobs that
are due are looked for once a second, and waits for the moment. A schedule does the same every minute, for turns that
nobody asked about (a database restored, a job parked).
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.jobs import enqueue, job
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import BrandId, CategoryId, ProductId, SkuId
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract.benefits import Selection
from shangmai.modules.pricing.contract.turning import Turned
from shangmai.modules.storefront.contract import Refresh
from shangmai.modules.storefront.jobs.asking import Look, Turn, await_turn
from shangmai.modules.storefront.queries import turning
from shangmai.modules.storefront.service.offering import present
from shangmai.modules.storefront.service.projecting import products_of

REFRESHED_MAX: Final = 1_000


@job("storefront.turn")
async def turn(runner: Runner, do: Turn) -> None:
    """Wait for the moment, then look at what it concerns."""
    await _until(runner.db, do.at)
    await turn_window(runner)


async def turn_window(runner: Runner) -> None:
    """Look at whatever began or ended since this was done last, and ask for a job at the next turn.

    Goods that are named are made anew at once, all together; categories, brands and whole malls page by page by jobs.
    """
    async with runner.db.reading(SYSTEM) as tx:
        since, until = await turning.read_turned(tx), await present(tx)
        found = await pricing.turned(tx, since, until)
        named = sorted(await _named(tx, found))
    for first in range(0, len(named), REFRESHED_MAX):
        page = Refresh(product_ids=tuple(named[first : first + REFRESHED_MAX]))
        (await runner.run(Call(action="storefront.refresh", input=page, actor=SYSTEM, door="job"))).unwrap()
    async with runner.db.transaction(door="job") as tx:
        for look in _looks(found):
            await enqueue(tx, "storefront.look", look)
        await turning.set_turned(tx, until)
        await await_turn(tx, found.next)


async def _until(db: Database, at: datetime) -> None:
    """Return when it is that moment by the database's clock, by which cards are made."""
    while True:
        async with db.reading(SYSTEM) as tx:
            left_s = (at - await present(tx)).total_seconds()
        if left_s <= 0:
            return
        await asyncio.sleep(left_s)


async def _named(tx: Tx, found: Turned) -> set[ProductId]:
    narrow = [goods for goods in found.goods if not _is_wide(goods)]
    skus = {SkuId(id_) for id_ in found.skus} | {sku_id for goods in narrow for sku_id in goods.skus}
    products = {ProductId(id_) for id_ in found.products} | {
        ProductId(id_) for goods in narrow for id_ in goods.products
    }
    return products | (await products_of(tx, skus) if skus else set())


def _is_wide(goods: Selection) -> bool:
    """Whether it cannot be told product by product, or by category and brand, what is meant."""
    return bool(goods.tags) or not (goods.skus or goods.products or goods.categories or goods.brands)


def _looks(found: Turned) -> list[Look]:
    if any(map(_is_wide, found.goods)):
        return [Look()]
    categories = {*found.categories, *(id_ for goods in found.goods for id_ in goods.categories)}
    brands = {id_ for goods in found.goods for id_ in goods.brands}
    by_category = [Look(category_id=CategoryId(id_)) for id_ in sorted(categories)]
    return [*by_category, *(Look(brand_id=BrandId(id_)) for id_ in sorted(brands))]
