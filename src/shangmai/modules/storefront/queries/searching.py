"""Finding, counting and paging products.

A question becomes conditions on one GIN index over words and values (`conditions`). How many rows fit is first looked
up in a random sample of the shop that holds some thousand products. What is below EXACT_MAX is then counted and sorted
whole; what is above is counted in a sample that leaves no more than EXACT_MAX of it and told as an estimate. Its page
is read from the first slices of the order (`rules.slices`) through the same index, or along the order's own index where
a slice holds so many that the next is near. So no question reads more than some thousands of rows, whatever the shop's
size: a row costs a page of the table, and that is what time goes into.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.contract import Sort
from shangmai.modules.storefront.rules.asking import Match
from shangmai.modules.storefront.rules.facets import ROWS
from shangmai.modules.storefront.rules.listing import SAMPLES, sample_term
from shangmai.modules.storefront.rules.slices import Slice

EXACT_MAX: Final = 1_500
READ_MAX: Final = 3_000
"""Slices that hold more rows by estimate are not read whole."""
CANDIDATES: Final = 600
"""Of more than EXACT_MAX products that fit the words, about so many of the most sold compete by relevance."""

# Each statement is planned for its values: a frequent word wants another plan than a rare one.
# Many shoppers ask at once, so none of them gets several cores.
# Nothing is worth compiling that takes milliseconds, and no table is read whole that has an index for everything.
PLANNED: Final = (
    "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL max_parallel_workers_per_gather = 0;"
    " SET LOCAL jit = off; SET LOCAL enable_seqscan = off"
)
ALONG: Final = "SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
FREELY: Final = "SET LOCAL enable_bitmapscan = on; SET LOCAL enable_sort = on"

CARD: Final = (
    "p.product_id, p.code, p.name, p.name_en, p.brand, p.brand_en, p.price_min_minor, p.price_max_minor,"
    " p.market_minor, p.currency, p.in_stock, p.sales_rank, p.listed_at, p.rating, p.reviews, p.picture, p.badges,"
    " p.badges_en"
)
SCORE: Final = (
    "(1e6 * ts_rank('{{0.05, 0.3, 0.6, 1.0}}', p.search, {words}) * (1 + 0.02 * least(p.sales_rank, 200))"
    " * CASE WHEN p.in_stock THEN 1 ELSE 0.5 END)::bigint"
)
"""Relevance × sales: words of the name count most; 200 steps of sales make it fivefold, sold out halves it."""


Place = tuple[int | datetime, UUID]
"""Where a page ends: the key of its order, and the id."""


class Order(Struct, frozen=True):
    """How a list is ordered: by a key of a type, then by id; which of them falls."""

    key: str
    kind: str
    falls: bool
    id_falls: bool = False

    @property
    def written(self) -> str:
        return f"{self.key}{' DESC' if self.falls else ''}, p.product_id{' DESC' if self.id_falls else ''}"


ORDERS: Final[Mapping[Sort, Order]] = {
    Sort.SALES: Order("p.sales_rank", "integer", falls=True),
    Sort.NEWEST: Order("p.listed_at", "timestamptz", falls=True),
    Sort.PRICE_UP: Order("p.price_min_minor", "bigint", falls=False),
    Sort.PRICE_DOWN: Order("p.price_min_minor", "bigint", falls=True, id_falls=True),  # the same index, backwards
}
BY_SCORE: Final = Order("p.score", "bigint", falls=True)


class Arguments:
    """The values of a statement, and the places that stand for them."""

    def __init__(self, *values: object) -> None:
        self.values: list[object] = list(values)

    def place(self, value: object, kind: str) -> str:
        self.values.append(value)
        return f"${len(self.values)}::{kind}"


def conditions(match: Match, args: Arguments, one_in: int = 1) -> str:
    """The WHERE of a match, in the shop's sample of one product in so many."""
    parts = [f"p.shop_id = {args.place(match.shop_id, 'uuid')}"]
    all_ = [*match.all_, *([sample_term(match.shop_id, one_in)] if one_in > 1 else [])]
    if all_:
        parts.append(f"p.terms @> {args.place(all_, 'bigint[]')}")
    parts += [f"p.terms && {args.place(list(some), 'bigint[]')}" for some in match.any_]
    if match.words is not None:
        parts.append(f"p.search @@ {args.place(match.words, 'tsquery')}")
    if match.price_min_minor is not None:
        parts.append(f"p.price_min_minor >= {args.place(match.price_min_minor, 'bigint')}")
    if match.price_max_minor is not None:
        parts.append(f"p.price_min_minor <= {args.place(match.price_max_minor, 'bigint')}")
    return " AND ".join(parts)


class Shop(Struct, frozen=True):
    """What changes with every change of a shop's window, and how many products it shows."""

    version: int
    products: int
    taught: int


async def find_shop(tx: Tx, shop_id: ShopId) -> Shop:
    row = await tx.fetchrow(
        "SELECT version, products, (SELECT count(*) FROM storefront_dictionary) AS taught FROM storefront_shops"
        " WHERE shop_id = $1",
        shop_id,
    )
    return Shop(0, 0, 0) if row is None else Shop(row["version"], row["products"], row["taught"])


async def count_products(tx: Tx, shop_id: ShopId) -> int:
    counted: int = await tx.fetchval("SELECT count(*) FROM storefront_products WHERE shop_id = $1", shop_id)
    return counted


async def product_at(tx: Tx, shop_id: ShopId, place: int) -> ProductId | None:
    """The product at a place in the order of ids, counted from 0."""
    id_: ProductId | None = await tx.fetchval(
        "SELECT product_id FROM storefront_products WHERE shop_id = $1 ORDER BY product_id OFFSET $2 LIMIT 1",
        shop_id,
        place,
    )
    return id_


async def plan_each(tx: Tx) -> None:
    await tx.execute(PLANNED)


async def samples_for(tx: Tx, matches: Sequence[Match], products: int) -> list[int]:
    """For each match the sample to count it in: 1 for exactly, n for one product in n. `products`: of the shop."""
    if products <= EXACT_MAX:
        return [1 for _ in matches]
    one_in = next((each for each in SAMPLES if products <= each * EXACT_MAX), SAMPLES[-1])
    args = Arguments()
    parts = [
        # sql: pieces of this file, values as arguments
        f"SELECT {n} AS n, count(*) AS found FROM storefront_products p WHERE {conditions(match, args, one_in)}"
        for n, match in enumerate(matches)
    ]
    rows = await tx.fetch(" UNION ALL ".join(parts), *args.values)  # sql: pieces of this file, values as arguments
    found = {row["n"]: row["found"] for row in rows}
    return [sample_of(found[n] * one_in) for n in range(len(matches))]


def sample_of(rows: int) -> int:
    """The largest sample that leaves no more than EXACT_MAX of so many rows."""
    return next((each for each in (1, *SAMPLES) if rows <= each * EXACT_MAX), SAMPLES[-1])


async def count_terms(tx: Tx, matches: Sequence[Match], samples: Sequence[int]) -> list[dict[int, int]]:
    """How many rows of each match have each term, as counted in its sample; ROWS is how many rows there are."""
    args = Arguments()
    parts = [
        # sql: pieces of this file, values as arguments
        f"SELECT {n} AS n, term, count(*) AS rows FROM (SELECT unnest(p.facets || {ROWS}::bigint) AS term"
        f" FROM storefront_products p WHERE {conditions(match, args, one_in)}) AS t GROUP BY term"
        for n, (match, one_in) in enumerate(zip(matches, samples, strict=True))
    ]
    counts: list[dict[int, int]] = [{} for _ in matches]
    for row in await tx.fetch(" UNION ALL ".join(parts), *args.values):  # sql: pieces of this file, values as arguments
        counts[row["n"]][row["term"]] = row["rows"]
    return counts


async def page(
    tx: Tx, match: Match, sort: Sort, after: Place | None, limit: int, within: Sequence[Slice] = ()
) -> list[Record]:
    """The first rows of an order, all that fit being sorted; each with its place as `sorted`. Of these slices only."""
    order, args = order_of(sort), Arguments()
    where = conditions(match, args) + slices(within, args) + (behind(order, after, args) if after else "")
    return await tx.fetch(_page_sql(order, where, args, limit), *args.values)


async def page_along(
    tx: Tx, match: Match, sort: Sort, after: Place | None, limit: int, start: int | datetime | None
) -> list[Record]:
    """The same, along the index of the order from a key on until enough rows fit: where many do, that is soon."""
    order, args = order_of(sort), Arguments()
    where = conditions(match, args) + (behind(order, after, args) if after else "")
    if start is not None:
        where += f" AND {order.key} {'<=' if order.falls else '>='} {args.place(start, order.kind)}"
    await tx.execute(ALONG)
    rows = await tx.fetch(_page_sql(order, where, args, limit), *args.values)
    await tx.execute(FREELY)
    return rows


def order_of(sort: Sort) -> Order:
    """Without words nothing is more relevant than what sells."""
    return ORDERS[Sort.SALES if sort is Sort.RELEVANCE else sort]


def _page_sql(order: Order, where: str, args: Arguments, limit: int) -> str:
    return (
        # sql: pieces of this file, values as arguments
        f"SELECT {CARD}, {order.key} AS sorted FROM storefront_products p WHERE {where}"
        f" ORDER BY {order.written} LIMIT {args.place(limit, 'bigint')}"
    )


async def by_score(
    tx: Tx, match: Match, after: Place | None, limit: int, within: Sequence[Slice] = (), one_in: int = 1
) -> list[Record]:
    """The most relevant rows, all that fit being scored; of these slices, and of a sample of the shop."""
    args = Arguments()
    where = conditions(match, args, one_in) + slices(within, args)
    score = SCORE.format(words=args.place(match.words, "tsquery"))
    past = behind(BY_SCORE, after, args) if after else ""
    sql = (
        # sql: pieces of this file, values as arguments
        f"WITH scored AS MATERIALIZED (SELECT p.product_id, {score} AS score FROM storefront_products p WHERE {where}),"
        f" best AS (SELECT p.product_id, p.score FROM scored p WHERE true{past}"
        f" ORDER BY {BY_SCORE.written} LIMIT {args.place(limit, 'bigint')})"
        f" SELECT {CARD}, b.score AS sorted FROM best b JOIN storefront_products p ON p.shop_id ="
        f" {args.place(match.shop_id, 'uuid')} AND p.product_id = b.product_id ORDER BY b.score DESC, b.product_id"
    )
    return await tx.fetch(sql, *args.values)  # sql: pieces of this file, values as arguments


def slices(within: Sequence[Slice], args: Arguments) -> str:
    """Only what lies in one of these slices; anywhere without any."""
    return f" AND p.terms && {args.place([each.term for each in within], 'bigint[]')}" if within else ""


def behind(order: Order, after: Place, args: Arguments) -> str:
    """What lies behind a place; the first half of it is where a walk along the index begins."""
    key, id_ = args.place(after[0], order.kind), args.place(after[1], "uuid")
    past, id_past = ("<" if order.falls else ">"), ("<" if order.id_falls else ">")
    return f" AND {order.key} {past}= {key} AND ({order.key} {past} {key} OR p.product_id {id_past} {id_})"


async def cards(tx: Tx, shop_id: ShopId, ids: Sequence[ProductId]) -> list[Record]:
    """The rows of these products, in this order; those that the shop shows."""
    return await tx.fetch(
        "SELECT " + CARD + " FROM unnest($2::uuid[]) WITH ORDINALITY AS o (product_id, place)"
        " JOIN storefront_products p USING (product_id) WHERE p.shop_id = $1 ORDER BY o.place",
        shop_id,
        list(ids),
    )


async def best_sellers(tx: Tx, shop_id: ShopId, limit: int) -> list[Record]:
    return await tx.fetch(
        "SELECT " + CARD + " FROM storefront_products p WHERE p.shop_id = $1"
        " ORDER BY p.sales_rank DESC, p.product_id LIMIT $2",
        shop_id,
        limit,
    )


async def sales_of(tx: Tx, shop_id: ShopId, ids: Sequence[ProductId]) -> dict[ProductId, int]:
    rows = await tx.fetch(
        "SELECT product_id, pieces FROM storefront_sales WHERE shop_id = $1 AND product_id = ANY ($2::uuid[])",
        shop_id,
        list(ids),
    )
    return {row["product_id"]: row["pieces"] for row in rows}


async def rank_and_stock(tx: Tx, shop_id: ShopId, ids: Collection[ProductId]) -> dict[ProductId, tuple[int, bool]]:
    """Of the products among these that the shop shows, the rank of their sales and whether any piece is there."""
    rows = await tx.fetch(
        "SELECT product_id, sales_rank, in_stock FROM storefront_products"
        " WHERE shop_id = $1 AND product_id = ANY ($2::uuid[])",
        shop_id,
        list(ids),
    )
    return {row["product_id"]: (row["sales_rank"], row["in_stock"]) for row in rows}


async def terms(tx: Tx, ids: Sequence[int]) -> list[Record]:
    """What these terms are: id, facet, value and their labels."""
    return await tx.fetch(
        "SELECT id, facet, value, parent, facet_label, facet_label_en, label, label_en FROM storefront_terms"
        " WHERE id = ANY ($1::bigint[])",
        list(ids),
    )


async def newest(tx: Tx, shop_id: ShopId, limit: int) -> list[ProductId]:
    """The products that a shop shows, the newest first."""
    rows = await tx.fetch(
        "SELECT product_id FROM storefront_products WHERE shop_id = $1"
        " ORDER BY listed_at DESC, product_id DESC LIMIT $2",
        shop_id,
        limit,
    )
    return [row["product_id"] for row in rows]
