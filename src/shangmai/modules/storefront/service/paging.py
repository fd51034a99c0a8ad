"""The page of a list: of few rows by sorting them, of many from the first slices of the order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.storefront.contract import Sort
from shangmai.modules.storefront.queries import searching
from shangmai.modules.storefront.queries.searching import CANDIDATES, READ_MAX, Place
from shangmai.modules.storefront.rules.asking import Match
from shangmai.modules.storefront.rules.facets import Counted
from shangmai.modules.storefront.rules.slices import Slice, cut, slices_from, slices_of_order

SPARE: Final = 5
"""How many times a page's rows the slices shall hold by estimate, so that they seldom hold fewer."""
AHEAD: Final = timedelta(days=92)
"""Nothing is listed later than a quarter from now."""


async def list_page(
    tx: Tx, match: Match, sort: Sort, counted: Counted, shop: ShopFacts, after: Place | None, limit: int
) -> Sequence[Record]:
    """The rows of a page in their order, each with its place as `sorted`."""
    scored = sort is Sort.RELEVANCE and match.words is not None
    if scored and counted.is_exact:
        return await searching.by_score(tx, match, after, limit)
    if counted.is_exact:
        return await searching.page(tx, match, sort, after, limit)
    if scored:
        return await _best(tx, match, counted, shop, after, limit)
    if match.is_everything:
        return await searching.page_along(tx, match, sort, after, limit, None)
    return await _first(tx, match, sort, counted, shop, after, limit)


async def most_sold(tx: Tx, match: Match, products: int, limit: int) -> Sequence[Record]:
    """The first rows by sales, where nothing else of a list is needed. `products`: of the shop."""
    await searching.plan_each(tx)
    (sample,) = await searching.samples_for(tx, [match], products)
    if sample == 1:
        return await searching.page(tx, match, Sort.SALES, None, limit)
    return await searching.page_along(tx, match, Sort.SALES, None, limit, None)


async def _first(
    tx: Tx, match: Match, sort: Sort, counted: Counted, shop: ShopFacts, after: Place | None, limit: int
) -> list[Record]:
    """From slice to slice until there are enough; through one that holds many, along its index.

    The slices part the order, so that what comes from a later one comes later.
    """
    rows: list[Record] = []
    left = _slices(tx, sort, shop, after)
    while left and len(rows) < limit:
        part = cut(left, counted.rows_by_term, SPARE * limit, READ_MAX)
        if part.first:
            rows += await searching.page(tx, match, sort, after, limit - len(rows), part.first)
        elif part.dense:  # goes on into the slices behind by itself
            return rows + await searching.page_along(tx, match, sort, after, limit - len(rows), part.rest[0].start)
        left = part.rest
    return rows


def _slices(tx: Tx, sort: Sort, shop: ShopFacts, after: Place | None) -> Sequence[Slice]:
    if after is not None:
        return slices_from(sort, after[0], shop.currency)
    if sort is Sort.NEWEST:
        return slices_from(sort, tx.now + AHEAD, shop.currency)
    return slices_of_order(sort, shop.currency)


async def _best(
    tx: Tx, match: Match, counted: Counted, shop: ShopFacts, after: Place | None, limit: int
) -> list[Record]:
    """The most relevant of the most sold; of a slice with too many that sell alike, a random sample competes."""
    part = cut(slices_of_order(Sort.SALES, shop.currency), counted.rows_by_term, CANDIDATES, READ_MAX)
    rows = await searching.by_score(tx, match, after, limit, part.first) if part.first else []
    if part.dense:
        many = part.rest[:1]
        one_in = searching.sample_of(counted.estimate(many[0].term))
        rows = [*rows, *await searching.by_score(tx, match, after, limit, many, one_in)]
    return sorted(rows, key=lambda row: (-row["sorted"], row["product_id"]))[:limit]
