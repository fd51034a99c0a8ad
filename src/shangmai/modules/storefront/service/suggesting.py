"""Words and products for who is still typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asyncpg import Record

from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.storefront.contract import Suggestion, Suggestions
from shangmai.modules.storefront.queries import searching, words
from shangmai.modules.storefront.rules import asking
from shangmai.modules.storefront.rules.asking import Question
from shangmai.modules.storefront.rules.words import whole
from shangmai.modules.storefront.service.correcting import near_words
from shangmai.modules.storefront.service.cutting import cutter
from shangmai.modules.storefront.service.paging import most_sold
from shangmai.modules.storefront.service.searching import card

WORDS_MAX: Final = 8
CARDS_MAX: Final = 4


async def suggest(tx: Tx, shop: ShopFacts, q: str, lang: Lang) -> Suggestions:
    """Words that begin as typed, in characters, pinyin or initials, else those spelled alike; and best sellers."""
    typed = whole(q)
    known = await searching.find_shop(tx, shop.id)
    found = await words.beginning(tx, shop.id, typed, WORDS_MAX) if typed else []
    if typed and not found:
        found = await words.counted(tx, shop.id, await near_words(tx, shop.id, typed))
    sought = found[0][0] if found else q
    tsquery = asking.tsquery(sought, await cutter(tx, known.taught))
    rows = await _best(tx, shop, tsquery, known.products) if tsquery else []
    return Suggestions(
        words=tuple(Suggestion(word, products) for word, products in found),
        products=tuple(card(row, lang) for row in rows),
    )


async def _best(tx: Tx, shop: ShopFacts, tsquery: str, products: int) -> Sequence[Record]:
    return await most_sold(tx, asking.match(Question(shop_id=shop.id), tsquery), products, CARDS_MAX)
