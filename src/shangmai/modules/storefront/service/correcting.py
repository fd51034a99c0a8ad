"""What to look for when the words asked for find nothing: other cuts, other spellings, what was probably meant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.queries import words
from shangmai.modules.storefront.rules import asking
from shangmai.modules.storefront.rules.words import Cutter, is_chinese, spellings

ALIKE_MAX: Final = 5


class Correction(Struct, frozen=True):
    """Other words that find something, as a tsquery, and as a person reads them (None: the same words, cut anew)."""

    words: str
    text: str | None


async def correct(tx: Tx, shop_id: ShopId, q: str, cutter: Cutter) -> Correction | None:
    """The first correction that finds something in the shop."""
    async for correction in _corrections(tx, shop_id, q, cutter):
        if await words.finds(tx, shop_id, correction.words):
            return correction
    return None


async def _corrections(tx: Tx, shop_id: ShopId, q: str, cutter: Cutter) -> AsyncIterator[Correction]:
    asked = cutter.asked_words(q)[: asking.ASKED_WORDS_MAX]
    if characters := asking.by_characters(q):
        yield Correction(characters, None)
    if meant := await _sounding(tx, shop_id, asked):
        yield _of(meant, cutter)
    if sounds := asking.by_sound(asked):
        yield Correction(sounds, None)
    if meant := await _alike(tx, shop_id, asked):
        yield _of(meant, cutter)


def _of(meant: Sequence[str], cutter: Cutter) -> Correction:
    text = "".join(meant) if all(map(is_chinese, meant)) else " ".join(meant)
    found = asking.tsquery(" ".join(meant), cutter)
    assert found is not None, "words of the shop are words"
    return Correction(found, text)


async def _sounding(tx: Tx, shop_id: ShopId, asked: Sequence[str]) -> list[str]:
    """Words of the shop that sound the same: 连衣群 → 连衣裙, chunmianduanxiu → 纯棉 短袖."""
    runs = asking.runs(asked)
    pieces = {piece for run in runs if isinstance(run, tuple) for piece in asking.joins(run)}
    known = await words.known(tx, shop_id, pieces) if pieces else {}
    meant: list[str] = []
    for run in runs:
        parts = [run] if isinstance(run, str) else [known[piece] for piece in asking.parted(run, known.keys())]
        if not parts:
            return []
        meant += parts
    return meant if meant != list(asked) else []


async def _alike(tx: Tx, shop_id: ShopId, asked: Sequence[str]) -> list[str]:
    """Each word that the shop has not as the one spelled most like it: addidas → adidas."""
    known = await words.known(tx, shop_id, asked)
    meant = []
    for word in asked:
        near = [] if word in known else await near_words(tx, shop_id, word, 1)
        meant.append(near[0] if near else word)
    return meant if meant != list(asked) else []


async def near_words(tx: Tx, shop_id: ShopId, word: str, limit: int = ALIKE_MAX) -> list[str]:
    """Words of the shop that are spelled, or sound, nearly like this one."""
    typed = spellings(word)[0][0] if spellings(word) else word
    return await words.alike(tx, shop_id, typed, limit)


async def did_you_mean(tx: Tx, shop_id: ShopId, q: str, cutter: Cutter) -> tuple[str, ...]:
    """Words of the shop near to those asked for."""
    found: dict[str, None] = {}
    for word in cutter.asked_words(q)[:3]:
        found |= dict.fromkeys(await near_words(tx, shop_id, word))
    return tuple(found)[:ALIKE_MAX]
