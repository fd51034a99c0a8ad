"""From what a shopper asks to what is looked up."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import Final

from msgspec import Struct

from shangmai.modules.catalog.contract import CategoryId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.contract import Sort, UnknownFilter
from shangmai.modules.storefront.rules.listing import (
    ATTRIBUTE,
    BRAND,
    CATEGORY,
    IN_STOCK,
    PRICE,
    STOCK,
    quoted,
    term_id,
)
from shangmai.modules.storefront.rules.words import (
    Cutter,
    characters_of,
    is_chinese,
    parts_of,
    said,
    spellings,
    syllable_cuts,
    whole,
)

PREFIX_MIN: Final = 3
"""A Latin word of so many letters also finds the words that it begins; shorter ones begin too many."""
ASKED_WORDS_MAX: Final = 12
RUN_SYLLABLES_MAX: Final = 16
WORD_SYLLABLES_MAX: Final = 4


class Question(Struct, frozen=True, kw_only=True):
    """What a shopper asks of a shop: words, and values by facet (one of each facet's must fit)."""

    shop_id: ShopId
    q: str = ""
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    price_min_minor: int | None = None
    price_max_minor: int | None = None
    sort: Sort = Sort.RELEVANCE

    def without(self, facet: str) -> Question:
        return replaced(self, tuple(each for each in self.chosen if each[0] != facet))

    def values_of(self, facet: str) -> tuple[str, ...]:
        return next((values for name, values in self.chosen if name == facet), ())


def replaced(question: Question, chosen: tuple[tuple[str, tuple[str, ...]], ...]) -> Question:
    return Question(
        shop_id=question.shop_id,
        q=question.q,
        chosen=chosen,
        price_min_minor=question.price_min_minor,
        price_max_minor=question.price_max_minor,
        sort=question.sort,
    )


class Match(Struct, frozen=True):
    """A question as the database is asked: all of `all_`, one of each of `any_`, words, and a price from … to."""

    shop_id: ShopId
    all_: tuple[int, ...]
    any_: tuple[tuple[int, ...], ...]
    words: str | None
    price_min_minor: int | None
    price_max_minor: int | None

    @property
    def is_everything(self) -> bool:
        """Whether every product of the shop fits."""
        bounds = (self.words, self.price_min_minor, self.price_max_minor)
        return not self.all_ and not self.any_ and all(bound is None for bound in bounds)


def chosen(
    category: CategoryId | None, brands: Sequence[str], bands: Sequence[int], in_stock: bool, attributes: Sequence[str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The values asked for, by facet. Raises: UnknownFilter."""
    by_facet: dict[str, list[str]] = {}
    for given in attributes:
        key, colon, value = given.partition(":")
        if not (key and colon and value):
            raise UnknownFilter([("attr", "is not name:value")], given=given[:100])
        by_facet.setdefault(ATTRIBUTE + key, []).append(value)
    if category is not None:
        by_facet[CATEGORY] = [str(category)]
    if brands:
        by_facet[BRAND] = list(brands)
    if bands:
        by_facet[PRICE] = [str(band) for band in bands]
    if in_stock:
        by_facet[STOCK] = [IN_STOCK]
    return tuple((facet, tuple(sorted(set(values)))) for facet, values in sorted(by_facet.items()))


def match(question: Question, words: str | None) -> Match:
    """The question with its words as a tsquery; None for no words."""
    sets = [tuple(term_id(facet, value) for value in values) for facet, values in question.chosen]
    return Match(
        shop_id=question.shop_id,
        all_=tuple(one[0] for one in sets if len(one) == 1),
        any_=tuple(each for each in sets if len(each) > 1),
        words=words,
        price_min_minor=question.price_min_minor,
        price_max_minor=question.price_max_minor,
    )


# --- words ---------------------------------------------------------------------------------------------------------


def tsquery(q: str, cutter: Cutter) -> str | None:
    """The words of a question, all of which must be found; or the whole of it as a code. None when there are none."""
    words = cutter.asked_words(q)[:ASKED_WORDS_MAX]
    if not words:
        return None
    asked = " & ".join(_word(word, cutter) for word in words)
    code = whole(q)
    is_code = bool(re.search("[0-9]", code)) and not is_chinese(code) and code not in words
    return f"({quoted(code)}:* | ({asked}))" if is_code else asked


def _word(word: str, cutter: Cutter) -> str:
    if is_chinese(word):
        inner = [each for each in cutter.index_words(word) if each != word]
        return f"({quoted(word)} | ({_all(inner)}))" if inner else quoted(word)
    if len(word) < PREFIX_MIN:
        ways = [quoted(word), *([quoted(f"~{word}"), quoted(f"^{word}")] if word.isalpha() else [])]
    else:
        ways = [f"{quoted(word)}:*"]
        if word.isalpha():
            ways += [f"{quoted(f'~{word}')}:*", quoted(f"^{word}")]
        elif parts := parts_of(word):
            ways.append(f"({_all(parts)})")
    return f"({' | '.join(ways)})"


def _all(words: Iterable[str]) -> str:
    return " & ".join(quoted(word) for word in words)


def by_characters(q: str) -> str | None:
    """The same question by single characters: finds what was cut into other words. None when it has no Chinese."""
    characters = characters_of(q)
    return _all(characters[: 2 * ASKED_WORDS_MAX]) if len(characters) > 1 else None


def by_sound(words: Sequence[str]) -> str | None:
    """The same words as they sound: finds what was typed with a wrong character. None when none is Chinese."""
    if not any(map(is_chinese, words)):
        return None
    ways = [" | ".join([quoted(word), *(quoted(f"~{full}") for full, _ in spellings(word))]) for word in words]
    return " & ".join(f"({way})" for way in ways)


def joins(syllables: Sequence[str]) -> set[str]:
    """What may be words in a run of syllables: every one to four of them together."""
    ends = range(len(syllables) + 1)
    return {"".join(syllables[a:b]) for a in ends for b in ends if a < b <= a + WORD_SYLLABLES_MAX}


def parted(syllables: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    """The fewest known words that make up the run: chun mian duan xiu → chunmian duanxiu. None when it cannot be."""
    best: dict[int, tuple[str, ...]] = {len(syllables): ()}
    for start in range(len(syllables) - 1, -1, -1):
        ends = range(start + 1, min(start + WORD_SYLLABLES_MAX, len(syllables)) + 1)
        joined = [("".join(syllables[start:end]), end) for end in ends if end in best]
        ways = [(piece, *best[end]) for piece, end in joined if piece in known]
        if ways:
            best[start] = min(ways, key=len)
    return best.get(0, ())


def runs(words: Sequence[str]) -> list[tuple[str, ...] | str]:
    """The words with every stretch of Chinese, or of pinyin, as the syllables that it sounds like."""
    made: list[tuple[str, ...] | str] = []
    for is_said, stretch in groupby(words, key=is_chinese):
        if is_said:
            made.append(tuple(one for word in stretch for one in said(word))[:RUN_SYLLABLES_MAX])
        else:
            made += [_run(word) or word for word in stretch]
    return made


def _run(word: str) -> tuple[str, ...]:
    syllables = syllable_cuts(word) if word.isalpha() else ()
    return syllables if 1 < len(syllables) <= RUN_SYLLABLES_MAX else ()
