"""What shoppers do, counted without anything that tells who they are (行为统计)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import TooMany
from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.organization.contract import ShopId

WORDS_MAX = 30


class BehaviourKind(StrEnum):
    """Looked at a product, searched for words, put a product into a cart, went to pay for it."""

    VIEW = "view"
    SEARCH = "search"
    ADD = "add"
    BUY = "buy"


class Behaviour(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that a shopper did; a search has words, the others a product."""

    kind: BehaviourKind
    product_id: ProductId | None = None
    words: Annotated[str, Meta(max_length=200)] = ""


class NoteBehaviour(Struct, frozen=True, kw_only=True):
    """What somebody did who allows it to be counted. `every`: only one of so many was sent, so each counts so often."""

    shop_id: ShopId
    events: Annotated[tuple[Behaviour, ...], Meta(min_length=1, max_length=50)]
    every: Annotated[int, Meta(ge=1, le=100)] = 1


class BehaviourNoted(Struct, frozen=True, kw_only=True):
    """How many were counted. `every`: send one of so many from now on, because many come."""

    counted: int
    every: int


class BehaviourOfDay(Struct, frozen=True, kw_only=True):
    """How often something was done on a day, in the shop as a whole."""

    day: date
    kind: BehaviourKind
    count: int


class WordsSought(Struct, frozen=True, kw_only=True):
    """How often words were searched for."""

    words: str
    count: int


class ShopBehaviour(Struct, frozen=True, kw_only=True):
    """What shoppers did on the last days, and what they searched for most."""

    days: tuple[BehaviourOfDay, ...]
    words: tuple[WordsSought, ...]


class BehaviourThrottled(TooMany):
    """Too much is sent from here; keep it for {retry_after_s} seconds, or leave it."""

    zh = "发送过于频繁，请 {retry_after_s} 秒后再发，或不再发送。"
