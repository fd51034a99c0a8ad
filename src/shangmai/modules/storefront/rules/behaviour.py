"""What is counted of what shoppers do, and what is left out. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from shangmai.modules.storefront.contract.behaviour import WORDS_MAX, BehaviourKind, NoteBehaviour
from shangmai.modules.storefront.rules.words import normal

Key = tuple[UUID, str, UUID, str]
"""Shop, kind, product, words."""
NO_PRODUCT: Final = UUID(int=0)
PERSONAL: Final = re.compile(r"\d{5,}|@|https?:|[省市区县路街号室栋].*\d")
"""Numbers of phones and cards, addresses, links: whoever types them does not look for goods."""
BUSY: Final = 32
"""So many batches at once are many: from then on a sample is asked for."""
SAMPLE: Final = 10


def counted(batches: Iterable[NoteBehaviour]) -> Counter[Key]:
    """How often each thing was done; what fits no kind, or may tell who it is, is left out."""
    counts: Counter[Key] = Counter()
    for batch in batches:
        for each in batch.events:
            words = words_of(each.words) if each.kind is BehaviourKind.SEARCH else ""
            if each.kind is BehaviourKind.SEARCH and words:
                counts[batch.shop_id, each.kind.value, NO_PRODUCT, words] += batch.every
            elif each.kind is not BehaviourKind.SEARCH and each.product_id is not None:
                counts[batch.shop_id, each.kind.value, each.product_id, ""] += batch.every
    return counts


def words_of(text: str) -> str:
    """The words as they are counted; empty where they may be about a person."""
    plain = " ".join(normal(text).casefold().split())
    return "" if len(plain) > WORDS_MAX or PERSONAL.search(plain) else plain


def every(at_once: int) -> int:
    """One of how many is wanted from now on."""
    return SAMPLE if at_once >= BUSY else 1
