"""The words that a shop's products are found by, as people may type them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.organization.contract import ShopId

ALIKE_MIN: Final = "0.35"
"""From what share of common letter triples on two spellings count as alike (pg_trgm's similarity)."""

TYPED: Final[dict[Lang, str]] = {"zh-CN": "[\u4e00-\u9fff]", "en": "^[a-z]"}
"""What words of a language look like, as PostgreSQL's expressions."""


async def dictionary(tx: Tx) -> list[str]:
    """The words that the installation has taught."""
    return [row["word"] for row in await tx.fetch("SELECT word FROM storefront_dictionary ORDER BY word")]


async def beginning(tx: Tx, shop_id: ShopId, typed: str, limit: int) -> list[tuple[str, int]]:
    """Words whose spelling begins so, the most frequent first, each with its number of products."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (w.products, w.word) w.word, w.products FROM storefront_spellings s"
        " JOIN storefront_words w ON w.word = s.word AND w.shop_id = $1"
        " WHERE s.typed >= $2 AND s.typed < $3 AND w.products > 0 ORDER BY w.products DESC, w.word LIMIT $4",
        shop_id,
        typed,
        typed + "\U0010ffff",
        limit,
    )
    return [(row["word"], row["products"]) for row in rows]


async def counted(tx: Tx, shop_id: ShopId, given: Sequence[str]) -> list[tuple[str, int]]:
    """These words in their order, each with its number of products in the shop."""
    rows = await tx.fetch(
        "SELECT w.word, w.products FROM unnest($2::text[]) WITH ORDINALITY AS g (word, place)"
        " JOIN storefront_words w ON w.word = g.word AND w.shop_id = $1 ORDER BY g.place",
        shop_id,
        list(given),
    )
    return [(row["word"], row["products"]) for row in rows]


async def known(tx: Tx, shop_id: ShopId, typed: Collection[str]) -> dict[str, str]:
    """Those of these spellings that are a word of the shop, each with its most frequent word."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (s.typed) s.typed, w.word FROM storefront_spellings s"
        " JOIN storefront_words w ON w.word = s.word AND w.shop_id = $1"
        " WHERE s.typed = ANY ($2::text[]) AND w.products > 0 ORDER BY s.typed, w.products DESC, w.word",
        shop_id,
        list(typed),
    )
    return {row["typed"]: row["word"] for row in rows}


async def alike(tx: Tx, shop_id: ShopId, typed: str, limit: int) -> list[str]:
    """Words that are spelled nearly so: the most alike first, then the most frequent."""
    await tx.execute("SET LOCAL pg_trgm.similarity_threshold = " + ALIKE_MIN)
    rows = await tx.fetch(
        "SELECT w.word FROM (SELECT word, max(similarity(typed, $2)) AS alike FROM storefront_spellings"
        " WHERE typed % $2 GROUP BY word) AS s JOIN storefront_words w ON w.word = s.word AND w.shop_id = $1"
        " WHERE w.products > 0 ORDER BY s.alike DESC, w.products DESC, w.word LIMIT $3",
        shop_id,
        typed,
        limit,
    )
    return [row["word"] for row in rows]


async def finds(tx: Tx, shop_id: ShopId, words: str) -> bool:
    """Whether the shop has a product with these words."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM storefront_products WHERE shop_id = $1 AND search @@ $2::tsquery)",
            shop_id,
            words,
        )
    )


async def frequent(tx: Tx, shop_id: ShopId, limit: int, lang: Lang) -> list[str]:
    """The words most products have, of those that whoever reads this language would type: goods are named in both."""
    rows = await tx.fetch(
        "SELECT word FROM storefront_words WHERE shop_id = $1 AND word ~ $3 ORDER BY products DESC, word LIMIT $2",
        shop_id,
        limit,
        TYPED[lang],
    )
    return [row["word"] for row in rows]


async def count_taught(tx: Tx) -> int:
    count: int = await tx.fetchval("SELECT count(*) FROM storefront_dictionary")
    return count


async def miscounted(tx: Tx, shop_id: ShopId) -> list[tuple[str, int, int]]:
    """Words whose number of products is not what the rows say: the word, what is kept, what it should be."""
    rows = await tx.fetch(
        "SELECT word, coalesce(w.products, 0) AS kept, coalesce(c.products, 0) AS counted FROM"
        " (SELECT word, products FROM storefront_words WHERE shop_id = $1) AS w FULL JOIN"
        " (SELECT word, count(*) AS products FROM storefront_products p, unnest(p.words) AS word"
        " WHERE p.shop_id = $1 GROUP BY word) AS c USING (word)"
        " WHERE coalesce(w.products, 0) <> coalesce(c.products, 0) ORDER BY word",
        shop_id,
    )
    return [(row["word"], row["kept"], row["counted"]) for row in rows]


async def products_named(tx: Tx, holding: Collection[str], *, after: ProductId | None, limit: int) -> list[ProductId]:
    """Products of any shop whose name holds one of these texts, in order of id."""
    rows = await tx.fetch(
        "SELECT DISTINCT product_id FROM storefront_products p"
        " WHERE EXISTS (SELECT FROM unnest($1::text[]) AS t WHERE strpos(lower(p.name), lower(t)) > 0)"
        " AND ($2::uuid IS NULL OR product_id > $2) ORDER BY product_id LIMIT $3",
        list(holding),
        after,
        limit,
    )
    return [row["product_id"] for row in rows]
