"""A promotion in plain words, and what it stands beside, told while it is still being written."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from shangmai.kernel.money import Currency
from shangmai.modules.pricing.contract.lifecycle import CreatePromotion, PromotionHead
from shangmai.modules.pricing.contract.promotion import Layer, PromotionId

NEIGHBOURS_MAX = 50


class TellPromotion(CreatePromotion, frozen=True, kw_only=True):
    """A promotion as it would be saved. `promotion_id`: the one it is a version of, if it is there already.

    `currency`: of the amounts in the words; a promotion itself has none.
    """

    promotion_id: PromotionId | None = None
    currency: Currency = "CNY"


class Sentence(Struct, frozen=True):
    """The same in both languages."""

    zh: str
    en: str


class ToldHead(PromotionHead, frozen=True, kw_only=True):
    """A promotion as lists show it, with what its latest version gives in words."""

    gives: Sentence


class Together(StrEnum):
    """What becomes of two promotions that may touch the same goods at the same time.

    Both: both act, also on one line. Cheapest: a piece takes the lower of the two prices. Apart: both may be in an
    order, but not on one line: the later turn passes over the lines of the earlier. One of: an order gets one of them,
    whichever makes it cheaper.
    """

    BOTH = "both"
    CHEAPEST = "cheapest"
    APART = "apart"
    ONE_OF = "one_of"


class Neighbour(Struct, frozen=True, kw_only=True):
    """A promotion in force that may meet the one that is looked at. `by_group`: because both are of one group."""

    promotion_id: PromotionId
    code: str
    name: str
    name_en: str
    layer: Layer
    gives: Sentence
    together: Together
    by_group: bool = False


class Unsound(Struct, frozen=True):
    """Why it cannot be saved as it is: the code and words of the refusal."""

    code: str
    zh: str
    en: str


class ToldPromotion(Struct, frozen=True, kw_only=True):
    """What a promotion says: to whom it gives what, when, how often, and who bears it; `whole` is all of it.

    `neighbours`: those that limit each other first, fifty at most; `neighbours_all` is how many there are.
    """

    whole: Sentence
    gives: Sentence
    goods: Sentence
    buyers: Sentence
    when: Sentence
    limits: Sentence
    borne: Sentence
    unsound: Unsound | None
    neighbours: tuple[Neighbour, ...]
    neighbours_all: int
