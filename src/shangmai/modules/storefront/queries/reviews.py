"""The SQL of reviews."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.contract import (
    Review,
    ReviewForModeration,
    ReviewId,
    ReviewStatus,
    ReviewSummary,
)
from shangmai.modules.storefront.contract.favourites import OwnReview
from shangmai.modules.storefront.rules.goods import Stars
from shangmai.modules.storefront.rules.rows import rating

SHOWN: Final = "id, sku_id, stars, text, pictures, reply, at"
WHOLE: Final = (
    "id, shop_id, product_id, sku_id, order_id, line, customer_id, stars, text, pictures, status, held_for, reason,"
    " reply, at"
)


async def insert(tx: Tx, review: ReviewForModeration) -> bool:
    """Write a review; false when its order line has one."""
    written = await tx.fetchval(
        "INSERT INTO storefront_reviews (" + WHOLE + ", cause) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
        " $12, $13, $14, $15, $16) ON CONFLICT (order_id, line) DO NOTHING RETURNING true",
        review.id,
        review.shop_id,
        review.product_id,
        review.sku_id,
        review.order_id,
        review.line,
        review.customer_id,
        review.stars,
        review.text,
        list(review.pictures),
        review.status.value,
        list(review.held_for),
        review.reason,
        review.reply,
        review.at,
        tx.cause,
    )
    return bool(written)


async def lock(tx: Tx, id_: ReviewId) -> ReviewForModeration | None:
    row = await tx.fetchrow("SELECT " + WHOLE + " FROM storefront_reviews WHERE id = $1 FOR NO KEY UPDATE", id_)
    return None if row is None else _whole(row)


async def decide(tx: Tx, id_: ReviewId, status: ReviewStatus, reason: str) -> None:
    await tx.execute("UPDATE storefront_reviews SET status = $2, reason = $3 WHERE id = $1", id_, status.value, reason)


async def reply(tx: Tx, id_: ReviewId, text: str) -> None:
    await tx.execute("UPDATE storefront_reviews SET reply = $2 WHERE id = $1", id_, text)


async def of_order(tx: Tx, order_id: OrderId, customer_id: CustomerId) -> list[OwnReview]:
    """What this customer has written of an order, by line."""
    rows = await tx.fetch(
        "SELECT line, stars, text, status, reply, at FROM storefront_reviews WHERE order_id = $1 AND customer_id = $2"
        " ORDER BY line",
        order_id,
        customer_id,
    )
    return [OwnReview(**{**row, "status": ReviewStatus(row["status"])}) for row in rows]


async def stars_of(tx: Tx, shop_id: ShopId, ids: Collection[ProductId]) -> dict[ProductId, Stars]:
    """The stars of the approved reviews, by product."""
    rows = await tx.fetch(
        "SELECT product_id, sum(stars)::bigint AS stars, count(*) AS count FROM storefront_reviews"
        " WHERE shop_id = $1 AND product_id = ANY ($2::uuid[]) AND status = 'approved' GROUP BY product_id",
        shop_id,
        list(ids),
    )
    return {row["product_id"]: Stars(row["stars"], row["count"]) for row in rows}


async def summary(tx: Tx, shop_id: ShopId, product_id: ProductId) -> ReviewSummary:
    rows = await tx.fetch(
        "SELECT stars, count(*) AS count FROM storefront_reviews"
        " WHERE shop_id = $1 AND product_id = $2 AND status = 'approved' GROUP BY stars",
        shop_id,
        product_id,
    )
    by_stars: dict[int, int] = {row["stars"]: row["count"] for row in rows}
    count = sum(by_stars.values())
    one, two, three, four, five = (by_stars.get(stars, 0) for stars in range(1, 6))
    return ReviewSummary(
        count=count,
        rating=rating(sum(stars * n for stars, n in by_stars.items()), count),
        by_stars=(one, two, three, four, five),
    )


async def shown(
    tx: Tx, shop_id: ShopId, product_id: ProductId, stars: int | None, before: ReviewId | None, limit: int
) -> list[Review]:
    """The approved reviews of a product, the newest first."""
    rows = await tx.fetch(
        "SELECT " + SHOWN + " FROM storefront_reviews WHERE shop_id = $1 AND product_id = $2 AND status = 'approved'"
        " AND ($3::integer IS NULL OR stars = $3) AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
        shop_id,
        product_id,
        stars,
        before,
        limit,
    )
    return [Review(**{**row, "pictures": tuple(row["pictures"])}) for row in rows]


async def page(
    tx: Tx, shop_id: ShopId | None, status: ReviewStatus | None, after: ReviewId | None, limit: int
) -> list[ReviewForModeration]:
    """Reviews in the caller's scope, the oldest first."""
    rows = await tx.fetch(
        "SELECT " + WHOLE + " FROM storefront_reviews WHERE ($1::uuid IS NULL OR shop_id = $1)"
        " AND ($2::text IS NULL OR status = $2) AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4",
        shop_id,
        None if status is None else status.value,
        after,
        limit,
    )
    return [_whole(row) for row in rows]


def _whole(row: Record) -> ReviewForModeration:
    fields: dict[str, Any] = dict(row)
    fields["status"] = ReviewStatus(row["status"])
    fields["pictures"] = tuple(row["pictures"])
    fields["held_for"] = tuple(row["held_for"])
    return ReviewForModeration(**fields)
