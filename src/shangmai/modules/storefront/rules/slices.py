"""Slices: a shop's products cut along each order of a list, so that the first of a list lie in few of them.

Each product carries the slice that it lies in of every order, as a term like those that shoppers filter by. So what is
counted for the facets also tells how many of what was found lie in each slice, and the index finds those in the first
ones. Prices are cut by the bands that shoppers see, sales by their rank, dates by quarter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final

from msgspec import Struct

from shangmai.modules.storefront.contract import Sort
from shangmai.modules.storefront.rules.listing import (
    BAND_BOUNDS,
    PRICE,
    Goods,
    band_bounds,
    band_of,
    sales_rank,
    term_id,
)

SOLD: Final = "slice:sold"
LISTED: Final = "slice:listed"
SOLD_BOUNDS: Final = (1, 2, 3, 5, 8, 12, 16, *range(20, 400, 8))
"""Ranks of sales at which a slice begins; the first begins at none. Above 20 eight ranks are half as much again."""
FIRST_YEAR: Final = 2000
QUARTERS: Final = 50 * 4
"""For half a century; what was listed outside of it lies in the first or the last quarter."""


def slices_of(goods: Goods) -> Iterator[int]:
    """The slices that a product lies in, beside its price band."""
    yield term_id(SOLD, str(sold_slice(sales_rank(goods.sales))))
    yield term_id(LISTED, str(quarter_of(goods.listed_at)))


def sold_slice(rank: int) -> int:
    return sum(rank >= bound for bound in SOLD_BOUNDS)


def quarter_of(at: datetime) -> int:
    """Quarters since the first, in UTC."""
    utc = at.astimezone(UTC)
    return min(max((utc.year - FIRST_YEAR) * 4 + (utc.month - 1) // 3, 0), QUARTERS - 1)


class Slice(Struct, frozen=True):
    """A stretch of an order: its term, and the key that it begins with in that order; None where the order begins."""

    term: int
    start: int | datetime | None


class Cut(Struct, frozen=True):
    """Slices from the first on that are few rows together, by an estimate; then what is left of them.

    `dense` tells that the next slice holds too many to be read, so that a walk through it meets one soon.
    """

    first: tuple[Slice, ...]
    rest: tuple[Slice, ...]
    dense: bool


def cut(slices: Sequence[Slice], rows: Mapping[int, int], wanted: int, most: int) -> Cut:
    """The first slices that hold as many as wanted, and at most `most`. Those that seem empty may not be, and count."""
    found = 0
    for place, each in enumerate(slices):
        if found >= wanted:
            return Cut(tuple(slices[:place]), tuple(slices[place:]), dense=False)
        found += rows.get(each.term, 0)
        if found > most:
            return Cut(tuple(slices[:place]), tuple(slices[place:]), dense=True)
    return Cut(tuple(slices), (), dense=False)


def slices_from(sort: Sort, key: int | datetime, currency: str) -> tuple[Slice, ...]:
    """The slices of an order from the one on that a key lies in."""
    if isinstance(key, datetime):
        place = QUARTERS - 1 - quarter_of(key)
    elif sort is Sort.PRICE_UP:
        place = band_of(key, currency)
    elif sort is Sort.PRICE_DOWN:
        place = len(BAND_BOUNDS) - band_of(key, currency)
    else:
        place = len(SOLD_BOUNDS) - sold_slice(key)
    return slices_of_order(sort, currency)[place:]


@cache
def slices_of_order(sort: Sort, currency: str) -> tuple[Slice, ...]:
    """All slices of an order, from its beginning."""
    if sort is Sort.PRICE_UP:
        bands = range(len(BAND_BOUNDS) + 1)
        return tuple(Slice(term_id(PRICE, str(n)), band_bounds(n, currency)[0] or None) for n in bands)
    if sort is Sort.PRICE_DOWN:
        bands = range(len(BAND_BOUNDS), -1, -1)
        return tuple(Slice(term_id(PRICE, str(n)), band_bounds(n, currency)[1]) for n in bands)
    if sort is Sort.NEWEST:
        quarters = range(QUARTERS - 1, -1, -1)
        return tuple(Slice(term_id(LISTED, str(n)), _end_of(n) if n < QUARTERS - 1 else None) for n in quarters)
    steps = range(len(SOLD_BOUNDS), -1, -1)
    return tuple(Slice(term_id(SOLD, str(n)), SOLD_BOUNDS[n] if n < len(SOLD_BOUNDS) else None) for n in steps)


def _end_of(quarter: int) -> datetime:
    years, part = divmod(quarter + 1, 4)
    return datetime(FIRST_YEAR + years, part * 3 + 1, 1, tzinfo=UTC)
