"""The SQL of a product's life: where it stands, its reviews, what must be approved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import ProductId, ProductStatus, Review, ReviewItem, Verdict
from shangmai.modules.catalog.queries.reading import PRODUCT, product_of
from shangmai.modules.catalog.rules import Move, Standing

SELLABLE: Final = "EXISTS (SELECT FROM skus s WHERE s.product_id = p.id AND s.status = 'active')"


async def is_review_required(tx: Tx) -> bool:
    return bool(await tx.fetchval("SELECT review_required FROM catalog_policy"))


async def set_review_required(tx: Tx, required: bool) -> None:
    await tx.execute("UPDATE catalog_policy SET review_required = $1", required)


async def lock_standings(tx: Tx, ids: Collection[ProductId]) -> dict[ProductId, Standing]:
    """Where these products stand; held until the transaction ends, in order of id."""
    rows = await tx.fetch(
        "SELECT p.id, p.code, p.status, p.version, p.reviewed, p.listed_at, p.list_at, p.submitted_at, "
        + SELLABLE
        + " AS sellable FROM products p WHERE p.id = ANY ($1::uuid[]) ORDER BY p.id FOR NO KEY UPDATE",
        list(ids),
    )
    return {row["id"]: Standing(**{**dict(row), "status": ProductStatus(row["status"])}) for row in rows}


async def write_standings(tx: Tx, standings: Collection[Standing]) -> None:
    await tx.execute(
        "UPDATE products p SET status = o.status, version = o.version, reviewed = o.reviewed, listed_at = o.listed_at,"
        " list_at = o.list_at, submitted_at = o.submitted_at"
        " FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::boolean[], $5::timestamptz[], $6::timestamptz[],"
        " $7::timestamptz[]) AS o (id, status, version, reviewed, listed_at, list_at, submitted_at) WHERE p.id = o.id",
        [each.id for each in standings],
        [each.status for each in standings],
        [each.version for each in standings],
        [each.reviewed for each in standings],
        [each.listed_at for each in standings],
        [each.list_at for each in standings],
        [each.submitted_at for each in standings],
    )


async def insert_reviews(tx: Tx, moves: Sequence[Move]) -> None:
    """Keep the steps of reviews, in order."""
    await tx.execute(
        "INSERT INTO product_reviews (product_id, at, verdict, version, by_name, reason, cause)"
        " SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::integer[], $5::text[], $6::text[],"
        " $7::uuid[])",
        [move.after.id for move in moves],
        [move.item.now for move in moves],
        [move.verdict for move in moves],
        [move.after.version for move in moves],
        [move.item.actor.name for move in moves],
        [move.reason for move in moves],
        [move.item.cause for move in moves],
    )


async def reviews_of(tx: Tx, id: ProductId, limit: int) -> tuple[Review, ...]:
    """The newest first."""
    rows = await tx.fetch(
        "SELECT seq, at, verdict, version, by_name AS by, reason FROM product_reviews WHERE product_id = $1"
        " ORDER BY seq DESC LIMIT $2",
        id,
        limit,
    )
    return tuple(Review(**{**dict(row), "verdict": Verdict(row["verdict"])}) for row in rows)


async def list_in_review(tx: Tx, *, after: tuple[datetime, ProductId] | None, limit: int) -> list[ReviewItem]:
    """Those that wait longest first."""
    rows = await tx.fetch(
        "SELECT q.*, w.submitted_at, r.by_name, r.reason FROM products w JOIN ("
        + PRODUCT
        + ") q ON q.id = w.id CROSS JOIN LATERAL (SELECT by_name, reason FROM product_reviews v"
        " WHERE v.product_id = w.id ORDER BY v.seq DESC LIMIT 1) r"
        " WHERE w.status = 'in_review' AND ($1::timestamptz IS NULL OR (w.submitted_at, w.id) > ($1, $2::uuid))"
        " ORDER BY w.submitted_at, w.id LIMIT $3",
        after and after[0],
        after and after[1],
        limit,
    )
    extra = ("submitted_at", "by_name", "reason")
    return [
        ReviewItem(
            product=product_of({name: value for name, value in row.items() if name not in extra}),
            submitted_at=row["submitted_at"],
            submitted_by=row["by_name"],
            note=row["reason"],
        )
        for row in rows
    ]


async def due_products(tx: Tx, at: datetime) -> list[ProductId]:
    """The approved products whose time to go on offer has come, if they have something to sell."""
    rows = await tx.fetch(
        "SELECT p.id FROM products p WHERE p.status = 'approved' AND p.list_at <= $1 AND "
        + SELLABLE
        + " ORDER BY p.list_at, p.id",
        at,
    )
    return [row["id"] for row in rows]
