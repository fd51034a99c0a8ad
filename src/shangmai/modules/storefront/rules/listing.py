"""From a product as its owners describe it to its row in a shop's window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import blake2b
from math import log
from typing import Final

from msgspec import Struct

from shangmai.kernel.money import decimals_of
from shangmai.modules.catalog.contract import CategoryId, ProductId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.rules.words import Cutter, characters_of, is_chinese, spellings, whole

DESCRIPTION_CHARS_MAX: Final = 2_000
SAMPLES: Final = (4, 16, 64, 256, 1024)
"""Of every shop there are random samples of one product in 4, in 16 …, each within the one before: from them large
counts are estimated.
"""
BAND_BOUNDS: Final = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
"""Where price bands begin, in major units of the currency; the first begins at zero."""
EXACT_SALES_MAX: Final = 20
SALES_STEP: Final = 1.05

BRAND: Final = "brand"
CATEGORY: Final = "category"
PRICE: Final = "price"
STOCK: Final = "stock"
SAMPLE: Final = "sample"
ATTRIBUTE: Final = "a:"
IN_STOCK: Final = "in"


class Named(Struct, frozen=True):
    """A name in both languages; without an English one the Chinese serves."""

    zh: str
    en: str = ""

    def in_(self, lang: str) -> str:
        return self.en if lang == "en" and self.en else self.zh


class Crumb(Struct, frozen=True):
    """A category on the way from the top down to the product's own."""

    id: CategoryId
    name: Named


class Option(Struct, frozen=True):
    """A value by its key, and what it is called."""

    value: str
    name: Named


class Trait(Struct, frozen=True):
    """An attribute of the product, with its values among the product's SKUs; shoppers may filter by some."""

    key: str
    name: Named
    filterable: bool
    values: tuple[Option, ...]


class Goods(Struct, frozen=True, kw_only=True):
    """A listed product as one shop sells it. Prices in minor units; `sales` in pieces."""

    shop_id: ShopId
    product_id: ProductId
    code: str
    name: Named
    brand_id: str
    brand: Named
    tags: tuple[str, ...]
    path: tuple[Crumb, ...]
    traits: tuple[Trait, ...]
    description: str
    codes: tuple[str, ...]
    price_min_minor: int
    price_max_minor: int
    market_minor: int | None
    currency: str
    in_stock: bool
    sales: int
    listed_at: datetime
    rating_sum: int
    rating_count: int
    picture: str
    badges: tuple[Named, ...]


class Term(Struct, frozen=True):
    """One value that products are filtered and counted by; its number follows from facet and value alone."""

    facet: str
    value: str
    label: Named
    parent: str = ""

    @property
    def id(self) -> int:
        return term_id(self.facet, self.value)


def term_id(facet: str, value: str) -> int:
    digest = blake2b(f"{facet}\x1f{value}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def sample_term(shop_id: ShopId, one_in: int) -> int:
    return term_id(SAMPLE, f"{shop_id}:{one_in}")


def sample_terms(shop_id: ShopId, product_id: ProductId) -> list[int]:
    """The samples of its shop that the product lies in; most lie in none. The end of an id is random."""
    drawn = int.from_bytes(product_id.bytes[-4:], "big")
    return [sample_term(shop_id, one_in) for one_in in SAMPLES if drawn % one_in == 0]


def sales_rank(pieces: int) -> int:
    """Order sales so that a row need not be written for every piece sold: exact up to 20, then in steps of 5 %."""
    if pieces <= EXACT_SALES_MAX:
        return max(pieces, 0)
    return EXACT_SALES_MAX + int(log(pieces / EXACT_SALES_MAX) / log(SALES_STEP))


def sales_floor(rank: int) -> int:
    """How many pieces a rank stands for at least: what shoppers are told."""
    return rank if rank <= EXACT_SALES_MAX else int(EXACT_SALES_MAX * SALES_STEP ** (rank - EXACT_SALES_MAX))


def band_of(price_minor: int, currency: str) -> int:
    unit = 10 ** decimals_of(currency)
    return sum(price_minor >= bound * unit for bound in BAND_BOUNDS)


def band_bounds(band: int, currency: str) -> tuple[int, int | None]:
    """From and below what price the band goes, in minor units."""
    unit = 10 ** decimals_of(currency)
    low = BAND_BOUNDS[band - 1] * unit if band else 0
    return low, BAND_BOUNDS[band] * unit if band < len(BAND_BOUNDS) else None


def terms_of(goods: Goods) -> Iterator[Term]:
    """What shoppers filter by and see counted."""
    if goods.brand_id:
        yield Term(BRAND, goods.brand_id, goods.brand)
    above = ("", *(str(crumb.id) for crumb in goods.path))
    for crumb, parent in zip(goods.path, above, strict=False):
        yield Term(CATEGORY, str(crumb.id), crumb.name, parent)
    band = str(band_of(goods.price_min_minor, goods.currency))
    yield Term(PRICE, band, Named(band))
    if goods.in_stock:
        yield Term(STOCK, IN_STOCK, Named(IN_STOCK))
    for trait in goods.traits:
        if trait.filterable:
            yield from (Term(ATTRIBUTE + trait.key, option.value, option.name) for option in trait.values)


def title_words(goods: Goods, cutter: Cutter) -> list[str]:
    """Words of name, brand and categories: what is suggested to who types, and what typing errors are held against."""
    texts = (goods.name.zh, goods.brand.zh, *(crumb.name.zh for crumb in goods.path), goods.name.en)
    words = dict.fromkeys(word for text in texts if text for word in cutter.index_words(text))
    return [word for word in words if len(word) > 1 and not word.isdigit()]


def vector(goods: Goods, cutter: Cutter) -> str:
    """The words that find the product, as a tsvector is written: name A, brand and category B, attributes C, rest D."""
    weights: dict[str, str] = {}
    for weight, words in _weighted(goods, cutter):
        for word in words:
            weights.setdefault(word, weight)
    return " ".join(f"{quoted(word)}:1{weight}" for word, weight in weights.items())


def _weighted(goods: Goods, cutter: Cutter) -> Iterator[tuple[str, Iterable[str]]]:
    index = cutter.index_words
    yield "A", [*index(goods.name.zh), *index(goods.name.en), *(whole(code) for code in (goods.code, *goods.codes))]
    names = (goods.brand, *(crumb.name for crumb in goods.path))
    texts = [text for name in names for text in (name.zh, name.en) if text]
    yield "B", [word for text in texts for word in (*index(text), whole(text))]
    options = (option.name for trait in goods.traits for option in trait.values)
    said = [*goods.tags, *(text for name in options for text in (name.zh, name.en) if text)]
    yield "C", [word for text in said for word in index(text)]
    yield "D", index(goods.description[:DESCRIPTION_CHARS_MAX])
    yield "D", _spelled(title_words(goods, cutter))
    yield "D", characters_of(goods.name.zh + goods.brand.zh)


def _spelled(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if is_chinese(word):
            for full, initials in spellings(word):
                yield f"~{full}"
                yield f"^{initials}"


def quoted(word: str) -> str:
    """A word as tsvector and tsquery take it literally."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
