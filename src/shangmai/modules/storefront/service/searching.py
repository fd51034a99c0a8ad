"""Searching and listing a shop's products, with everything that stands beside a list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.http.paging import encode_cursor
from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.storefront.contract import Card, Count, Help, Listing, ProductNotShown
from shangmai.modules.storefront.queries import searching, words
from shangmai.modules.storefront.queries.searching import Place
from shangmai.modules.storefront.rules import asking, facets
from shangmai.modules.storefront.rules.asking import Question
from shangmai.modules.storefront.rules.facets import Counted
from shangmai.modules.storefront.rules.listing import CATEGORY, STOCK, quoted, sales_floor
from shangmai.modules.storefront.rules.words import Cutter, whole
from shangmai.modules.storefront.service.correcting import Correction, correct, did_you_mean
from shangmai.modules.storefront.service.cutting import cutter
from shangmai.modules.storefront.service.paging import list_page

HELP_MAX: Final = 8
DRILLED: Final = (CATEGORY, STOCK)
_BARCODE: Final = re.compile(r"[0-9]{8,14}")


class Found(Struct, frozen=True):
    """What a question led to: rows of the page, and for it and without each chosen facet how many have which term."""

    rows: Sequence[Record]
    counted: Counted
    without: Mapping[str, Counted]


async def search(tx: Tx, shop: ShopFacts, question: Question, after: Place | None, limit: int, lang: Lang) -> Listing:
    """A page of what fits a question, with facets, corrections and help. Three to six statements of some milliseconds.

    Each facet is counted with all other filters applied, so that it shows what choosing another value would give; the
    category is drilled into and stock has one value, so these are counted within what is chosen.
    """
    known = await searching.find_shop(tx, shop.id)
    cut = await cutter(tx, known.taught)
    await searching.plan_each(tx)
    found = await _find(tx, question, await _words(tx, question.q, cut), shop, known.products, after, limit)
    correction = None
    if question.q and found.counted.finds_nothing:
        correction = await correct(tx, shop.id, question.q, cut)
        if correction is not None:
            found = await _find(tx, question, correction.words, shop, known.products, after, limit)
    return await _listing(tx, shop, question, found, correction, cut, limit, lang)


async def _words(tx: Tx, q: str, cut: Cutter) -> str | None:
    """The tsquery of what was typed; a barcode, in any of its spellings, becomes the code of its SKU."""
    typed = whole(q)
    if _BARCODE.fullmatch(typed):
        sku = (await catalog.find_skus_by_barcode(tx, [typed])).get(typed)
        if sku is not None:
            return quoted(whole(sku.code))
    return asking.tsquery(q, cut)


async def _find(
    tx: Tx, question: Question, words_: str | None, shop: ShopFacts, products: int, after: Place | None, limit: int
) -> Found:
    chosen = [facet for facet, _ in question.chosen if facet not in DRILLED]
    counted, *others = await _count(tx, [question, *(question.without(facet) for facet in chosen)], words_, products)
    without = dict(zip(chosen, others, strict=True))
    if counted.finds_nothing:
        if question.values_of(STOCK):
            without |= {STOCK: (await _count(tx, [question.without(STOCK)], words_, products))[0]}
        return Found([], counted, without)
    rows = await list_page(tx, asking.match(question, words_), question.sort, counted, shop, after, limit + 1)
    return Found(rows, counted, without)


async def _count(tx: Tx, questions: Sequence[Question], words_: str | None, products: int) -> list[Counted]:
    matches = [asking.match(each, words_) for each in questions]
    samples = await searching.samples_for(tx, matches, products)
    counts = await searching.count_terms(tx, matches, samples)
    return [Counted(terms, one_in) for terms, one_in in zip(counts, samples, strict=True)]


async def _listing(
    tx: Tx,
    shop: ShopFacts,
    question: Question,
    found: Found,
    correction: Correction | None,
    cut: Cutter,
    limit: int,
    lang: Lang,
) -> Listing:
    rows = found.rows[:limit]
    more = len(found.rows) > limit
    needed = sorted(facets.terms_needed(question, found.counted, found.without))
    named = {row["id"]: facets.NamedTerm(**row) for row in await searching.terms(tx, needed)}
    return Listing(
        items=tuple(card(row, lang) for row in rows),
        next=encode_cursor(rows[-1]["sorted"], rows[-1]["product_id"]) if more else None,
        total=Count(found.counted.estimate(facets.ROWS), found.counted.is_exact),
        facets=facets.facets(question, found.counted, found.without, named, shop.currency, lang),
        currency=shop.currency,
        corrected=correction.text if correction else None,
        did_you_mean=await did_you_mean(tx, shop.id, question.q, cut) if question.q and not rows else (),
        help=None if rows else await _help(tx, shop, found, lang),
    )


async def _help(tx: Tx, shop: ShopFacts, found: Found, lang: Lang) -> Help:
    return Help(
        without=tuple(facet for facet, counted in found.without.items() if counted.rows),
        words=tuple(await words.frequent(tx, shop.id, HELP_MAX, lang)),
        popular=tuple(card(row, lang) for row in await searching.best_sellers(tx, shop.id, HELP_MAX)),
    )


async def first_cards(tx: Tx, shop: ShopFacts, question: Question, limit: int, lang: Lang) -> tuple[Card, ...]:
    """The first of a list without words, where nothing else of it is needed."""
    known = await searching.find_shop(tx, shop.id)
    await searching.plan_each(tx)
    found = await _find(tx, question, None, shop, known.products, None, limit)
    return tuple(card(row, lang) for row in found.rows[:limit])


async def cards(tx: Tx, shop: ShopFacts, ids: Sequence[UUID], lang: Lang) -> tuple[Card, ...]:
    """The cards of those of these products that the shop shows, in this order."""
    return tuple(card(row, lang) for row in await searching.cards(tx, shop.id, list(ids)))  # type: ignore[arg-type]


async def get_card(tx: Tx, shop: ShopFacts, id_: UUID, lang: Lang) -> Card:
    """Raises: ProductNotShown."""
    found = await cards(tx, shop, [id_], lang)
    if not found:
        raise ProductNotShown()
    return found[0]


def card(row: Record, lang: Lang) -> Card:
    is_english = lang == "en"
    return Card(
        id=row["product_id"],
        code=row["code"],
        name=(row["name_en"] if is_english else "") or row["name"],
        brand=(row["brand_en"] if is_english else "") or row["brand"],
        price_minor=row["price_min_minor"],
        price_max_minor=row["price_max_minor"],
        market_minor=row["market_minor"],
        currency=row["currency"],
        in_stock=row["in_stock"],
        sales=sales_floor(row["sales_rank"]),
        rating=row["rating"],
        reviews=row["reviews"],
        picture=row["picture"],
        badges=tuple(row["badges_en"] if is_english else row["badges"]),
        listed_at=row["listed_at"],
    )
