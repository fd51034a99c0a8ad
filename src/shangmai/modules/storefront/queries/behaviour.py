"""The SQL on what shoppers do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.contract.behaviour import BehaviourKind, BehaviourOfDay, WordsSought
from shangmai.modules.storefront.rules.behaviour import NO_PRODUCT, Key

WORDS_A_DAY: Final = 2_000
"""Different words that are counted of a shop's day; later ones only where they are known already."""


async def add(tx: Tx, day: date, counts: Mapping[Key, int]) -> int:
    """Count these, in order of their keys; only products that the shop shows. How many rows were touched."""
    rows = await tx.fetch(
        "INSERT INTO storefront_behaviour AS b (shop_id, day, kind, product_id, words, count)"
        " SELECT n.shop_id, $1::date, n.kind, n.product_id, n.words, n.count FROM unnest($2::uuid[], $3::text[],"
        " $4::uuid[], $5::text[], $6::bigint[]) AS n (shop_id, kind, product_id, words, count)"
        " WHERE (n.product_id <> $7 AND EXISTS (SELECT FROM storefront_products p WHERE p.shop_id = n.shop_id"
        " AND p.product_id = n.product_id)) OR (n.product_id = $7 AND ((SELECT count(*) FROM storefront_behaviour k"
        " WHERE k.shop_id = n.shop_id AND k.day = $1 AND k.kind = n.kind AND k.product_id = $7) < $8"
        " OR EXISTS (SELECT FROM storefront_behaviour k WHERE k.shop_id = n.shop_id AND k.day = $1"
        " AND k.kind = n.kind AND k.product_id = $7 AND k.words = n.words)))"
        " ORDER BY n.shop_id, n.kind, n.product_id, n.words"
        " ON CONFLICT (shop_id, day, kind, product_id, words) DO UPDATE SET count = b.count + excluded.count"
        " RETURNING 1",
        day,
        [key[0] for key in counts],
        [key[1] for key in counts],
        [key[2] for key in counts],
        [key[3] for key in counts],
        list(counts.values()),
        NO_PRODUCT,
        WORDS_A_DAY,
    )
    return len(rows)


async def days(tx: Tx, shop_id: ShopId, since: date) -> list[BehaviourOfDay]:
    rows = await tx.fetch(
        "SELECT day, kind, sum(count)::bigint AS count FROM storefront_behaviour WHERE shop_id = $1 AND day >= $2"
        " GROUP BY day, kind ORDER BY day, kind",
        shop_id,
        since,
    )
    return [BehaviourOfDay(day=row["day"], kind=BehaviourKind(row["kind"]), count=row["count"]) for row in rows]


async def words(tx: Tx, shop_id: ShopId, since: date, limit: int) -> list[WordsSought]:
    rows = await tx.fetch(
        "SELECT words, sum(count)::bigint AS count FROM storefront_behaviour WHERE shop_id = $1 AND day >= $2"
        " AND kind = 'search' GROUP BY words ORDER BY count DESC, words LIMIT $3",
        shop_id,
        since,
        limit,
    )
    return [WordsSought(**row) for row in rows]
