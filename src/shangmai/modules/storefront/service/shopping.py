"""Looking at a mall as a shopper who has not signed in: which mall is meant, and a product's page as it is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import msgspec

from shangmai.kernel.actors import EVERYTHING, SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import CategoryId, ProductId
from shangmai.modules.organization.contract import ShopFacts, ShopId
from shangmai.modules.storefront.contract import Listing, NoShopWindow, ShopNeeded, Sort
from shangmai.modules.storefront.queries import searching
from shangmai.modules.storefront.rules import asking
from shangmai.modules.storefront.rules.asking import Question
from shangmai.modules.storefront.service.projecting import malls
from shangmai.modules.storefront.service.searching import search
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


async def kept_answer(
    db: Database, mall: ShopFacts, what: str, make: Callable[[Tx], Awaitable[msgspec.Struct]]
) -> Kept:
    """An answer as JSON, from the shelf while the mall is of the same version."""

    async def read_version() -> int:
        async with db.reading(shopper(mall)) as tx:
            return (await searching.find_shop(tx, mall.id)).version

    async def make_answer() -> tuple[int, bytes]:
        async with db.reading(shopper(mall)) as tx:
            version = (await searching.find_shop(tx, mall.id)).version
            return version, encode(await make(tx))

    return await shelf_of(db).get(mall.id, what, read_version, make_answer)


def list_key(question: Question, lang: Lang, limit: int, cursor: str | None) -> str:
    """How the shelf calls a page of a list."""
    return f"list {lang} {limit} {cursor} {question}"


async def listing_answer(
    db: Database, mall: ShopFacts, category: CategoryId | None, sort: Sort, limit: int, lang: Lang
) -> bytes:
    """The first page of a mall's list, of a category or all, as JSON; the one that the list itself answers."""
    chosen = asking.chosen(category, (), (), False, ())
    question = Question(shop_id=mall.id, q="", chosen=chosen, price_min_minor=None, price_max_minor=None, sort=sort)

    async def make(tx: Tx) -> Listing:
        return await search(tx, mall, question, None, limit, lang)

    return (await kept_answer(db, mall, list_key(question, lang, limit, None), make)).body


async def newest_products(tx: Tx, shop_id: ShopId, limit: int) -> list[ProductId]:
    """The products that a mall shows, the newest first."""
    return await searching.newest(tx, shop_id, limit)
