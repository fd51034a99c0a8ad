"""The row that a shop's window keeps of a product."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import msgspec
from msgspec import Struct

from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.rules.listing import (
    ATTRIBUTE,
    Goods,
    Named,
    Term,
    sales_rank,
    sample_terms,
    terms_of,
    title_words,
    vector,
)
from shangmai.modules.storefront.rules.slices import slices_of
from shangmai.modules.storefront.rules.words import Cutter, is_chinese, spellings

REMEMBERED_MAX: Final = 4096
"""What sells is put into the window again and again; how so many products are found is remembered, some 3 kB each."""

_encode: Final = msgspec.json.Encoder(order="deterministic").encode


class Row(Struct, frozen=True, kw_only=True):
    """A row of storefront_products; `digest` tells whether two rows are the same, `search` is a tsvector as text."""

    shop_id: ShopId
    product_id: ProductId
    code: str
    name: str
    name_en: str
    brand: str
    brand_en: str
    price_min_minor: int
    price_max_minor: int
    market_minor: int | None
    currency: str
    in_stock: bool
    sales_rank: int
    listed_at: datetime
    rating: int | None
    reviews: int
    picture: str
    badges: tuple[str, ...]
    badges_en: tuple[str, ...]
    terms: tuple[int, ...]
    facets: tuple[int, ...]
    search: str
    words: tuple[str, ...]
    digest: str = ""


class LabeledTerm(Struct, frozen=True):
    term: Term
    facet: Named


class Found(Struct, frozen=True):
    """By what a product is found: its vector as text, and the words of its title."""

    search: str
    words: tuple[str, ...]


def row_of(goods: Goods, cutter: Cutter) -> Row:
    found = _found_by(_spoken(goods), cutter)
    facets = (*(term.id for term in terms_of(goods)), *slices_of(goods))
    row = Row(
        shop_id=goods.shop_id,
        product_id=goods.product_id,
        code=goods.code,
        name=goods.name.zh,
        name_en=goods.name.en,
        brand=goods.brand.zh,
        brand_en=goods.brand.en,
        price_min_minor=goods.price_min_minor,
        price_max_minor=goods.price_max_minor,
        market_minor=goods.market_minor,
        currency=goods.currency,
        in_stock=goods.in_stock,
        sales_rank=sales_rank(goods.sales),
        listed_at=goods.listed_at,
        rating=rating(goods.rating_sum, goods.rating_count),
        reviews=goods.rating_count,
        picture=goods.picture,
        badges=tuple(badge.zh for badge in goods.badges),
        badges_en=tuple(badge.in_("en") for badge in goods.badges),
        terms=(*facets, *sample_terms(goods.shop_id, goods.product_id)),
        facets=facets,
        search=found.search,
        words=found.words,
    )
    return msgspec.structs.replace(row, digest="\\x" + blake2b(_encode(row), digest_size=16).hexdigest())


def _spoken(goods: Goods) -> Goods:
    """The product without what changes as it sells and no word comes from."""
    return msgspec.structs.replace(
        goods,
        price_min_minor=0,
        price_max_minor=0,
        market_minor=None,
        in_stock=False,
        sales=0,
        rating_sum=0,
        rating_count=0,
        picture="",
        badges=(),
    )


@lru_cache(maxsize=REMEMBERED_MAX)
def _found_by(spoken: Goods, cutter: Cutter) -> Found:
    """Cutting words is what costs most of a row."""
    return Found(vector(spoken, cutter), tuple(title_words(spoken, cutter)))


def rating(stars: int, count: int) -> int | None:
    """The mean of so many stars × 100, rounded half up."""
    return (stars * 200 + count) // (2 * count) if count else None


def labeled(goods: Goods) -> Iterator[LabeledTerm]:
    """The product's values with what their facets are called; only attributes have names of their own."""
    names = {ATTRIBUTE + trait.key: trait.name for trait in goods.traits}
    return (LabeledTerm(term, names.get(term.facet, Named(term.facet))) for term in terms_of(goods))


def typed_as(word: str) -> Iterator[tuple[str, str]]:
    """How a word can be typed, each with the word: itself, in pinyin, by initials."""
    yield word, word
    if is_chinese(word):
        for full, initials in spellings(word):
            yield full, word
            yield initials, word
