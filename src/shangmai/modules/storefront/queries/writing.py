"""Writing the read model: rows, values, words, versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.rules.rows import LabeledTerm, Row

COLUMNS: Final = {
    "shop_id": "uuid", "product_id": "uuid", "code": "text", "name": "text", "name_en": "text", "brand": "text",
    "brand_en": "text", "price_min_minor": "bigint", "price_max_minor": "bigint", "market_minor": "bigint",
    "currency": "text", "in_stock": "boolean", "sales_rank": "integer", "listed_at": "timestamptz",
    "rating": "integer", "reviews": "integer", "picture": "text", "badges": "text[]", "badges_en": "text[]",
    "terms": "bigint[]", "facets": "bigint[]", "search": "tsvector", "words": "text[]", "digest": "bytea",
}  # fmt: skip
NAMES: Final = ", ".join(COLUMNS)
TYPED: Final = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
CHANGES: Final = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if not name.endswith("_id"))
# As JSON, because the driver cannot send arrays whose elements are arrays of different lengths.
UPSERT: Final = (
    f"INSERT INTO storefront_products AS p ({NAMES}) SELECT {NAMES} FROM json_to_recordset($1::json) AS r ({TYPED})"
    f" ON CONFLICT (shop_id, product_id) DO UPDATE SET {CHANGES} WHERE p.digest <> excluded.digest"
    " RETURNING p.product_id"
)


async def lock_shop(tx: Tx, shop_id: ShopId) -> None:
    """Let writers of a shop's window go one after the other."""
    await tx.execute(
        "INSERT INTO storefront_shops (shop_id, version, products) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING", shop_id
    )
    await tx.execute("SELECT FROM storefront_shops WHERE shop_id = $1 FOR NO KEY UPDATE", shop_id)


async def words_before(tx: Tx, shop_id: ShopId, ids: Collection[ProductId]) -> dict[ProductId, list[str]]:
    """The products among these that the shop shows, with their words."""
    rows = await tx.fetch(
        "SELECT product_id, words FROM storefront_products WHERE shop_id = $1 AND product_id = ANY ($2::uuid[])",
        shop_id,
        list(ids),
    )
    return {row["product_id"]: row["words"] for row in rows}


async def upsert(tx: Tx, rows: Sequence[Row]) -> list[ProductId]:
    """Write rows; those that were new or other than before."""
    if not rows:
        return []
    return [row["product_id"] for row in await tx.fetch(UPSERT, msgspec.json.encode(rows))]


async def delete(tx: Tx, shop_id: ShopId, ids: Collection[ProductId]) -> list[ProductId]:
    rows = await tx.fetch(
        "DELETE FROM storefront_products WHERE shop_id = $1 AND product_id = ANY ($2::uuid[]) RETURNING product_id",
        shop_id,
        list(ids),
    )
    return [row["product_id"] for row in rows]


async def keep_terms(tx: Tx, terms: Iterable[LabeledTerm]) -> bool:
    """Note values and their labels; whether any is new or is called otherwise now."""
    distinct = {term.term.id: term for term in terms}
    rows = await tx.fetch(
        "INSERT INTO storefront_terms AS t (id, facet, value, facet_label, facet_label_en, label, label_en, parent)"
        " SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],"
        " $8::text[])"
        " ON CONFLICT (id) DO UPDATE SET facet_label = excluded.facet_label, label = excluded.label,"
        " facet_label_en = excluded.facet_label_en, label_en = excluded.label_en, parent = excluded.parent"
        " WHERE (t.facet_label, t.facet_label_en, t.label, t.label_en, t.parent) IS DISTINCT FROM"
        " (excluded.facet_label, excluded.facet_label_en, excluded.label, excluded.label_en, excluded.parent)"
        " RETURNING id",
        list(distinct),
        [each.term.facet for each in distinct.values()],
        [each.term.value for each in distinct.values()],
        [each.facet.zh for each in distinct.values()],
        [each.facet.en for each in distinct.values()],
        [each.term.label.zh for each in distinct.values()],
        [each.term.label.en for each in distinct.values()],
        [each.term.parent for each in distinct.values()],
    )
    return bool(rows)


async def count_words(tx: Tx, shop_id: ShopId, change: Mapping[str, int], spelled: Sequence[tuple[str, str]]) -> None:
    """Move the numbers of products by word, and note how words that are new can be typed."""
    moved = {word: by for word, by in change.items() if by}
    await tx.execute(
        "INSERT INTO storefront_words AS w (shop_id, word, products)"
        " SELECT $1, word, by FROM unnest($2::text[], $3::bigint[]) AS c (word, by) ORDER BY word"
        " ON CONFLICT (word, shop_id) DO UPDATE SET products = w.products + excluded.products",
        shop_id,
        [word for word, by in moved.items() if by > 0],
        [by for by in moved.values() if by > 0],
    )
    await tx.execute(
        "UPDATE storefront_words w SET products = w.products + c.by"
        " FROM unnest($2::text[], $3::bigint[]) AS c (word, by) WHERE w.shop_id = $1 AND w.word = c.word",
        shop_id,
        [word for word, by in moved.items() if by < 0],
        [by for by in moved.values() if by < 0],
    )
    await tx.execute(
        "INSERT INTO storefront_spellings (typed, word) SELECT * FROM unnest($1::text[], $2::text[])"
        " ON CONFLICT DO NOTHING",
        [typed for typed, _ in spelled],
        [word for _, word in spelled],
    )


async def next_version(tx: Tx, shop_id: ShopId, products_by: int) -> int:
    version: int = await tx.fetchval(
        "UPDATE storefront_shops SET version = version + 1, products = products + $2 WHERE shop_id = $1"
        " RETURNING version",
        shop_id,
        products_by,
    )
    return version


async def add_sales(tx: Tx, shop_id: ShopId, pieces: Mapping[ProductId, int]) -> dict[ProductId, int]:
    """Count pieces that were sold, or came back; what the products' sales are now."""
    if not pieces:
        return {}
    rows = await tx.fetch(
        "INSERT INTO storefront_sales AS s (shop_id, product_id, pieces)"
        " SELECT $1, product_id, pieces FROM unnest($2::uuid[], $3::bigint[]) AS c (product_id, pieces)"
        " ORDER BY product_id ON CONFLICT (shop_id, product_id) DO UPDATE SET pieces = s.pieces + excluded.pieces"
        " RETURNING product_id, pieces",
        shop_id,
        list(pieces),
        list(pieces.values()),
    )
    return {row["product_id"]: row["pieces"] for row in rows}


async def set_sales(tx: Tx, shop_id: ShopId, pieces: Mapping[ProductId, int]) -> None:
    """Put sales to what they are; what was right already is left alone."""
    await tx.execute(
        "INSERT INTO storefront_sales AS s (shop_id, product_id, pieces)"
        " SELECT $1, product_id, pieces FROM unnest($2::uuid[], $3::bigint[]) AS c (product_id, pieces)"
        " ORDER BY product_id ON CONFLICT (shop_id, product_id) DO UPDATE SET pieces = excluded.pieces"
        " WHERE s.pieces <> excluded.pieces",
        shop_id,
        list(pieces),
        list(pieces.values()),
    )


async def teach(tx: Tx, words: Collection[str]) -> list[str]:
    """Note words; those that were new."""
    rows = await tx.fetch(
        "INSERT INTO storefront_dictionary (word, taught_at, cause) SELECT word, $2, $3 FROM unnest($1::text[]) AS word"
        " ORDER BY word ON CONFLICT DO NOTHING RETURNING word",
        list(words),
        tx.now,
        tx.cause,
    )
    return [row["word"] for row in rows]


def words_moved(before: Mapping[ProductId, Sequence[str]], after: Mapping[ProductId, Sequence[str]]) -> Counter[str]:
    """By how many products each word is found more, or less, than before."""
    moved = Counter(word for words in after.values() for word in words)
    moved.subtract(Counter(word for words in before.values() for word in words))
    return moved


async def digests(tx: Tx, shop_id: ShopId, ids: Collection[ProductId]) -> dict[ProductId, str]:
    rows = await tx.fetch(
        "SELECT product_id, digest::text AS digest FROM storefront_products"
        " WHERE shop_id = $1 AND product_id = ANY ($2::uuid[])",
        shop_id,
        list(ids),
    )
    return {row["product_id"]: row["digest"] for row in rows}


async def recount(tx: Tx, shop_id: ShopId) -> None:
    """Put the shop's size and its words' numbers of products to what the rows say."""
    await tx.execute(
        "UPDATE storefront_shops SET products = (SELECT count(*) FROM storefront_products WHERE shop_id = $1)"
        " WHERE shop_id = $1",
        shop_id,
    )
    await tx.execute(
        "WITH none AS (UPDATE storefront_words SET products = 0 WHERE shop_id = $1 AND products > 0 AND word NOT IN"
        " (SELECT DISTINCT word FROM storefront_products p, unnest(p.words) AS word WHERE p.shop_id = $1))"
        " INSERT INTO storefront_words AS w (shop_id, word, products) SELECT $1, word, products FROM ("
        " SELECT word, count(*) AS products FROM storefront_products p, unnest(p.words) AS word WHERE p.shop_id = $1"
        " GROUP BY word) AS c ORDER BY word"
        " ON CONFLICT (word, shop_id) DO UPDATE SET products = excluded.products"
        " WHERE w.products <> excluded.products",
        shop_id,
    )
