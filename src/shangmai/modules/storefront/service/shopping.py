"""Looking at a mall as a shopper who has not signed in: which mall is meant, and a product's page as it is sent."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from shangmai.kernel.actors import EVERYTHING, SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.organization.contract import ShopFacts, ShopId
from shangmai.modules.storefront.contract import NoShopWindow, ShopNeeded
from shangmai.modules.storefront.queries import searching
from shangmai.modules.storefront.service.projecting import malls
from shangmai.modules.storefront.service.shelf import Kept, shelf_of
from shangmai.modules.storefront.service.showing import Draft, describe, with_pieces

encode: Final = msgspec.json.Encoder().encode


def shopper(mall: ShopFacts) -> Actor:
    """Nobody in particular, looking at one shop: no grant, the shop's rows, and stock wherever it is sold from."""
    scopes = {"shop": frozenset({mall.id}), "warehouse": EVERYTHING}
    return Actor(id=UUID(int=1), kind="public", name="shopper", scopes=scopes)


async def mall_of(db: Database, code: str | None) -> ShopFacts:
    """The mall that is meant, from the process's memory after the first time. Raises: NoShopWindow, ShopNeeded."""
    known: dict[str, ShopFacts] = db.memory.setdefault("storefront.malls", {})
    if code not in known and (code is not None or len(known) != 1):
        async with db.reading(SYSTEM) as tx:
            known.update({mall.code: mall for mall in await malls(tx)})
    if code in known:
        return known[code]
    if code is not None or not known:
        raise NoShopWindow(shop=code or "–")
    if len(known) > 1:
        raise ShopNeeded([("shop", "is missing")], codes=", ".join(sorted(known)))
    return next(iter(known.values()))


async def product_answer(db: Database, mall: ShopFacts, id_: ProductId, lang: Lang) -> Kept:
    """A product's page as JSON, from the shelf while nothing was committed. Raises: ProductNotShown."""

    async def draft() -> Draft:
        async with db.reading(shopper(mall)) as tx:
            return await describe(tx, mall, id_, lang)

    async def finish(made: Draft) -> bytes:
        async with db.reading(shopper(mall)) as tx:
            return encode(await with_pieces(tx, mall, made))

    return await shelf_of(db).get_live(mall.id, product_key(id_, lang), draft, finish)


def product_key(id_: ProductId, lang: Lang) -> str:
    """How the shelf calls a product's page."""
    return f"product {lang} {id_}"


async def newest_products(tx: Tx, shop_id: ShopId, limit: int) -> list[ProductId]:
    """The products that a mall shows, the newest first."""
    return await searching.newest(tx, shop_id, limit)
