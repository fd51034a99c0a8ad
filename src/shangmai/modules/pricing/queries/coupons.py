"""The SQL of coupon batches and coupons."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.db.rows import Rows
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract.coupons import (
    BatchKind,
    Coupon,
    CouponBatch,
    CouponBatchId,
    CouponId,
    CreateCouponBatch,
)
from shangmai.modules.pricing.contract.promotion import PromotionId
from shangmai.modules.pricing.rules.coupons import status_of

BATCH: Final = (
    "id, code, name, name_en, promotion_id, kind, shop_ids, stock, per_buyer, open_from, open_to, valid_from, valid_to,"
    " valid_days, closed_at, created_at"
)
KINDS: Final = {kind.value: kind for kind in BatchKind}
# What a coupon is and what its account says; one that was never used or kept has none.
COUPON: Final = (
    "SELECT c.id, c.batch_id, c.promotion_id, c.customer_id, b.name, b.name_en, c.code_tail, c.code_hash,"
    " c.valid_from, c.valid_to, c.voided_at IS NOT NULL AS voided, coalesce(-q.posted, 0) AS used,"
    " coalesce(q.held, 0) AS held FROM coupons c JOIN coupon_batches b ON b.id = c.batch_id"
    " LEFT JOIN quota_accounts q ON (q.kind, q.of_id, q.buyer_id) ="
    " ('coupon', c.id, '00000000-0000-0000-0000-000000000000'::uuid)"
)


async def insert_batch(
    tx: Tx, do: CreateCouponBatch, shop_ids: Sequence[ShopId], shared_key: str | None
) -> CouponBatch | None:
    """The new batch; None when its code or its shared code is taken."""
    row = await tx.fetchrow(
        "INSERT INTO coupon_batches (id, code, name, name_en, promotion_id, kind, shared_key, shop_ids, stock,"
        " per_buyer, open_from, open_to, valid_from, valid_to, valid_days, created_at, cause) VALUES ($1, $2, $3, $4,"
        " $5, $6, $7, $8::uuid[], $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT DO NOTHING RETURNING "
        + BATCH,
        new_id(),
        do.code,
        do.name,
        do.name_en,
        do.promotion_id,
        do.kind.value,
        shared_key,
        list(shop_ids),
        do.stock,
        do.per_buyer,
        do.open_from,
        do.open_to,
        do.valid_from,
        do.valid_to,
        do.valid_days,
        tx.now,
        tx.cause,
    )
    return None if row is None else _batch(row)


async def lock_batch(tx: Tx, code: str) -> CouponBatch | None:
    row = await tx.fetchrow("SELECT " + BATCH + " FROM coupon_batches WHERE code = $1 FOR NO KEY UPDATE", code)
    return None if row is None else _batch(row)


async def close_batch(tx: Tx, batch_id: CouponBatchId) -> None:
    await tx.execute("UPDATE coupon_batches SET closed_at = $2 WHERE id = $1", batch_id, tx.now)


async def batches(tx: Tx, codes: Collection[str]) -> dict[str, CouponBatch]:
    rows = await tx.fetch("SELECT " + BATCH + " FROM coupon_batches WHERE code = ANY ($1::text[])", list(codes))
    return {row["code"]: _batch(row) for row in rows}


async def batches_by_id(tx: Tx, ids: Collection[CouponBatchId]) -> dict[CouponBatchId, CouponBatch]:
    rows = await tx.fetch("SELECT " + BATCH + " FROM coupon_batches WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: _batch(row) for row in rows}


async def shared(tx: Tx, keys: Collection[str]) -> dict[str, CouponBatch]:
    """The batches of these shared codes, as they are compared."""
    rows = await tx.fetch(
        "SELECT shared_key, " + BATCH + " FROM coupon_batches WHERE shared_key = ANY ($1::text[])", list(keys)
    )
    return {row["shared_key"]: _batch(row) for row in rows}


async def page_of_batches(tx: Tx, *, promotion_id: PromotionId | None, after: str, limit: int) -> list[CouponBatch]:
    """By code, with how many coupons each has handed out."""
    rows = await tx.fetch(
        "SELECT " + BATCH + ", (SELECT count(*) FROM coupons c WHERE c.batch_id = coupon_batches.id) AS issued"
        " FROM coupon_batches WHERE code > $1 AND ($2::uuid IS NULL OR promotion_id = $2) ORDER BY code LIMIT $3",
        after,
        promotion_id,
        limit,
    )
    return [_batch(row) for row in rows]


async def open_batches(tx: Tx, shop_id: ShopId, limit: int) -> list[CouponBatch]:
    """Those of which shoppers of a shop may take now, the newest first."""
    rows = await tx.fetch(
        "SELECT " + BATCH + ", (SELECT count(*) FROM coupons c WHERE c.batch_id = b.id) AS issued"
        " FROM coupon_batches b WHERE kind = 'wallet' AND per_buyer IS NOT NULL AND closed_at IS NULL"
        " AND (shop_ids = '{}' OR $1 = ANY (shop_ids)) AND (open_from IS NULL OR open_from <= $2)"
        " AND (open_to IS NULL OR open_to > $2) AND (valid_to IS NULL OR valid_to > $2)"
        " ORDER BY created_at DESC, id DESC LIMIT $3",
        shop_id,
        tx.now,
        limit,
    )
    return [_batch(row) for row in rows]


# --- coupons -------------------------------------------------------------------------------------------------------


COUPONS: Final = Rows(
    "coupons",
    {
        "id": "uuid", "batch_id": "uuid", "promotion_id": "uuid", "customer_id": "uuid", "code_hash": "bytea",
        "code_tail": "text", "valid_from": "timestamptz", "valid_to": "timestamptz", "made_at": "timestamptz",
        "claimed_at": "timestamptz", "cause": "uuid",
    },
)  # fmt: skip

CouponRow = tuple[
    UUID, UUID, UUID, UUID | None, bytes | None, str | None, datetime, datetime | None, datetime, datetime | None, UUID
]
"""The columns of COUPONS."""


async def insert(tx: Tx, rows: Sequence[CouponRow]) -> None:
    await COUPONS.insert(tx, rows)


async def claim(
    tx: Tx, claims: Sequence[tuple[CouponId, CustomerId, datetime, datetime | None, Item]]
) -> set[CouponId]:
    """Give coupons that belong to nobody to these customers; those that did."""
    rows = await tx.fetch(
        "WITH free AS (SELECT c.id FROM coupons c WHERE c.id = ANY ($1::uuid[]) AND c.customer_id IS NULL"
        " ORDER BY c.id FOR NO KEY UPDATE)"
        " UPDATE coupons c SET customer_id = n.customer_id, claimed_at = n.at, valid_from = n.valid_from,"
        " valid_to = n.valid_to FROM free JOIN unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[],"
        " $5::timestamptz[]) AS n (id, customer_id, valid_from, valid_to, at) USING (id) WHERE c.id = free.id"
        " RETURNING c.id",
        [id_ for id_, *_ in claims],
        [customer_id for _, customer_id, *_ in claims],
        [valid_from for _, _, valid_from, _, _ in claims],
        [valid_to for _, _, _, valid_to, _ in claims],
        [item.now for *_, item in claims],
    )
    return {row["id"] for row in rows}


async def void(tx: Tx, coupon_id: CouponId) -> None:
    await tx.execute("UPDATE coupons SET voided_at = $2 WHERE id = $1", coupon_id, tx.now)


async def by_id(tx: Tx, ids: Collection[CouponId], at: datetime) -> dict[CouponId, Coupon]:
    rows = await tx.fetch(COUPON + " WHERE c.id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: _coupon(row, at) for row in rows}


async def by_hash(tx: Tx, hashes: Collection[bytes], at: datetime) -> dict[bytes, Coupon]:
    rows = await tx.fetch(COUPON + " WHERE c.code_hash = ANY ($1::bytea[])", list(hashes))
    return {row["code_hash"]: _coupon(row, at) for row in rows}


async def of_customers(tx: Tx, customers: Collection[CustomerId], at: datetime) -> dict[CustomerId, list[Coupon]]:
    """Their coupons that could be used then, if no order keeps them; the oldest first."""
    rows = await tx.fetch(
        COUPON + " WHERE c.customer_id = ANY ($1::uuid[]) AND c.voided_at IS NULL AND c.valid_from <= $2"
        " AND (c.valid_to IS NULL OR c.valid_to > $2) AND coalesce(q.posted - q.held, 0) = 0"
        " ORDER BY c.valid_to NULLS LAST, c.id",
        list(customers),
        at,
    )
    found: dict[CustomerId, list[Coupon]] = {}
    for row in rows:
        found.setdefault(row["customer_id"], []).append(_coupon(row, at))
    return found


async def wallet(tx: Tx, customer_id: CustomerId, at: datetime, before: UUID | None, limit: int) -> list[Coupon]:
    """All coupons of a customer, the newest first."""
    rows = await tx.fetch(
        COUPON + " WHERE c.customer_id = $1 AND ($2::uuid IS NULL OR c.id < $2) ORDER BY c.id DESC LIMIT $3",
        customer_id,
        before,
        limit,
    )
    return [_coupon(row, at) for row in rows]


def _batch(row: Record) -> CouponBatch:
    fields = {name: value for name, value in row.items() if name != "shared_key"}
    return CouponBatch(**{**fields, "kind": KINDS[row["kind"]], "shop_ids": tuple(row["shop_ids"])})


def _coupon(row: Record, at: datetime) -> Coupon:
    status = status_of(
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        voided=row["voided"],
        used=row["used"],
        held=row["held"],
        at=at,
    )
    return Coupon(
        id=row["id"],
        batch_id=row["batch_id"],
        promotion_id=row["promotion_id"],
        customer_id=row["customer_id"],
        name=row["name"],
        name_en=row["name_en"],
        code_tail=row["code_tail"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        status=status,
    )
