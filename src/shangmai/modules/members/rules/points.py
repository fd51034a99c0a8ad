"""Which points are spent first, when they expire, how many are earned."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from msgspec import Struct

from shangmai.modules.members.contract.points import NEVER, Expiry, PointsPolicy

WORTH_OF: Final = 100
"""How many points `worth_minor` is the worth of."""


class Lot(Struct, frozen=True):
    """Points with a last day, and how many of them nothing holds."""

    last_day: date
    available: int


def last_day(policy: PointsPolicy, today: date) -> date:
    """The last day of points that come today."""
    if policy.expiry is Expiry.NEVER:
        return NEVER
    if policy.expiry is Expiry.YEARS:
        return date(today.year + policy.expiry_after, 12, 31)
    months = today.year * 12 + today.month - 1 + policy.expiry_after
    year, month = months // 12, months % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def usable(lots: Iterable[Lot], today: date) -> list[Lot]:
    """The lots that can be spent today, those that expire first in front."""
    return sorted((lot for lot in lots if lot.available > 0 and lot.last_day >= today), key=lambda lot: lot.last_day)


def take(lots: Iterable[Lot], points: int) -> list[Lot]:
    """Split points over lots in their order; fewer come out where there are fewer."""
    taken = []
    for lot in lots:
        part = min(points, lot.available)
        if part > 0:
            taken.append(Lot(lot.last_day, part))
            points -= part
    return taken


def without(lots: Iterable[Lot], taken: Sequence[Lot]) -> list[Lot]:
    """What is left of lots."""
    gone = {lot.last_day: lot.available for lot in taken}
    return [Lot(lot.last_day, lot.available - gone.get(lot.last_day, 0)) for lot in lots]


def total(lots: Iterable[Lot]) -> int:
    return sum(lot.available for lot in lots)


def earned(points: int, each_minor: int, paid_minor: int) -> int:
    """The points for what was paid: for each whole step."""
    return max(paid_minor, 0) // each_minor * points


def worth_of(points: int, policy: PointsPolicy) -> int:
    """What points are worth in minor units, rounded half up."""
    return (points * policy.worth_minor * 2 + WORTH_OF) // (WORTH_OF * 2)
