"""Where arrivals should be put, and why."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from shangmai.modules.warehouse.contract.places import BinId, BinKind


class Turnover(StrEnum):
    """How fast goods move: A those that make up the first 80 % of pieces gone, B up to 95 %, C the rest."""

    A = "a"
    B = "b"
    C = "c"


class Reason(StrEnum):
    """What speaks for a bin."""

    SAME_GOODS = "same_goods"
    EMPTY = "empty"
    NEAR = "near"
    FAR = "far"
    TEMPERATURE = "temperature"
    ROOM = "room"
    RESERVE = "reserve"


class PutAwayStep(Struct, frozen=True, kw_only=True):
    """Put so many pieces into this bin, for these reasons; `zh` and `en` say them in words.

    `room`: how many fit by volume and weight, None where the bin or the goods are not measured.
    """

    bin_id: BinId
    bin: str
    kind: BinKind
    qty: int
    room: int | None
    reasons: list[Reason]
    zh: str
    en: str


class PutAwayPlan(Struct, frozen=True, kw_only=True):
    """Where pieces of a SKU should be put; for `left` of them no bin has room."""

    turnover: Turnover
    steps: list[PutAwayStep]
    left: int
