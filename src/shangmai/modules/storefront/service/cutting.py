"""The cutter of an installation: jieba with the words it has been taught."""

from __future__ import annotations

from typing import Final

from shangmai.kernel.tx import Tx
from shangmai.modules.storefront.queries import words
from shangmai.modules.storefront.rules.words import Cutter, cutter_of

_KEY: Final = "storefront.cutter"


async def cutter(tx: Tx, taught: int | None = None) -> Cutter:
    """The cutter that knows all words taught; `taught` is their number, if the caller has read it.

    Words are only ever added, so a cutter is as good as the number of its words. Making one takes a third of a second,
    so it is kept in the process's memory.
    """
    count = await words.count_taught(tx) if taught is None else taught
    kept: tuple[int, Cutter] | None = tx.memory.get(_KEY)
    if kept is None or kept[0] != count:
        known = await words.dictionary(tx)
        kept = (len(known), cutter_of(frozenset(known)))
        tx.memory[_KEY] = kept
    return kept[1]
