"""Cutting names and questions into words, and spelling Chinese words as people type them.

A word is lower case, NFKC, without punctuation. In the index marks keep kinds of words apart: a plain word, `~yifu` (a
Chinese word in full pinyin, ü as v) and `^yf` (its initials), so that a Latin word is never taken for a spelling.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache, partial
from itertools import islice, product
from typing import Final

import rjieba
from pypinyin import Style, pinyin

WORD_CHARS_MAX: Final = 64
READINGS_MAX: Final = 4
"""A Chinese word that no dictionary reads for us may have several readings; so many of them can be typed."""
SPELLED_CHARS_MAX: Final = 8
REPEATED_CHARS_MAX: Final = 16
REMEMBERED_MAX: Final = 50_000
"""Brands, categories and values come again and again; how they are cut is remembered."""
TAUGHT_WEIGHT: Final = 10_000_000
"""How often a word that the installation has taught counts as seen: more than any that jieba knows."""

_CJK: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_PIECES: Final = re.compile(r"[^\W_]+(?:[-_./][^\W_]+)*")
_PARTS: Final = re.compile(r"[a-z]+|[0-9]+")


class Cutter:
    """Jieba's dictionary with the words that an installation has taught it. To read it takes a third of a second."""

    def __init__(self, taught: Collection[str] = ()) -> None:
        self._jieba = rjieba.Jieba()
        for word in taught:
            self._jieba.add_word(normal(word).upper(), TAUGHT_WEIGHT, None)
        self._index = partial(_index_words, self._jieba)
        self._remembered = lru_cache(maxsize=REMEMBERED_MAX)(self._index)

    def index_words(self, text: str) -> tuple[str, ...]:
        """All words by which the text shall be found, without repeats: long words and the words within them."""
        return self._remembered(text) if len(text) <= REPEATED_CHARS_MAX else self._index(text)

    def asked_words(self, text: str) -> list[str]:
        """The words that the text asks for, in order, without repeats."""
        return list(dict.fromkeys(_words(self._jieba.cut(normal(text).upper()))))


def _index_words(jieba: rjieba.Jieba, text: str) -> tuple[str, ...]:
    words = _words(jieba.cut_for_search(normal(text).upper()))
    return tuple(dict.fromkeys(part for word in words for part in (word, *parts_of(word))))


@lru_cache(maxsize=2)
def cutter_of(taught: frozenset[str]) -> Cutter:
    """The one that knows these words besides; the last two of a process are kept, 24 MB each."""
    return Cutter(taught)


def normal(text: str) -> str:
    """The text in compatibility form: full-width letters and digits become plain ones, ü becomes v."""
    return unicodedata.normalize("NFKC", text).replace("ü", "v").replace("Ü", "V")


def whole(text: str) -> str:
    """The text as one word, for codes: lower case, without spaces."""
    return re.sub(r"\s+", "", normal(text)).casefold()[:WORD_CHARS_MAX]


def is_chinese(word: str) -> bool:
    return bool(_CJK.search(word))


def _words(pieces: Iterable[str]) -> Iterator[str]:
    for piece in pieces:
        for found in _PIECES.findall(piece):
            yield found.casefold()[:WORD_CHARS_MAX]


def parts_of(word: str) -> list[str]:
    """Letters and digits of a mixed word apart: iphone15 is also found by iphone and by 15."""
    if is_chinese(word):
        return []
    parts = _PARTS.findall(word)
    return parts if len(parts) > 1 else []


def characters_of(text: str) -> list[str]:
    """The Chinese characters of a text: words may be cut otherwise in a name than in a question."""
    return list(dict.fromkeys(_CJK.findall(normal(text))))


@lru_cache(maxsize=50_000)
def spellings(word: str) -> tuple[tuple[str, str], ...]:
    """Each way to spell a Chinese word: full pinyin and initials. A word of the dictionary has one reading."""
    if not is_chinese(word) or len(word) > SPELLED_CHARS_MAX:
        return ()
    typed = [dict.fromkeys(map(plain_syllable, each)) for each in pinyin(word, style=Style.NORMAL, heteronym=True)]
    readings = islice(product(*typed), READINGS_MAX)
    return tuple(("".join(reading), "".join(each[:1] for each in reading)) for reading in readings)


def said(word: str) -> tuple[str, ...]:
    """The syllables of a Chinese word as it is read."""
    return tuple(plain_syllable(each[0]) for each in pinyin(word, style=Style.NORMAL))


def plain_syllable(syllable: str) -> str:
    return normal(syllable).casefold()


@lru_cache(maxsize=1)
def syllables() -> frozenset[str]:
    """Every syllable of Mandarin as it is typed."""
    from pypinyin.constants import PINYIN_DICT
    from pypinyin.contrib.tone_convert import to_normal

    spelled = {plain_syllable(to_normal(one)) for many in PINYIN_DICT.values() for one in many.split(",")}
    return frozenset(one for one in spelled if re.fullmatch("[a-z]{1,6}", one) and re.search("[aeiouv]", one))


def syllable_cuts(text: str) -> tuple[str, ...]:
    """The fewest syllables that spell the text, the longer ones first; none when it is no pinyin."""
    best: dict[int, tuple[str, ...]] = {len(text): ()}
    for start in range(len(text) - 1, -1, -1):
        ways = [
            (text[start:end], *best[end])
            for end in range(min(len(text), start + 6), start, -1)
            if end in best and text[start:end] in syllables()
        ]
        if ways:
            best[start] = min(ways, key=len)
    return best.get(0, ())
