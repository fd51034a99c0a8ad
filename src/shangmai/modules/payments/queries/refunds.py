"""The SQL of refunds that providers are asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.payments.contract import (
    IntentId,
    PaymentAccountId,
    PaymentId,
    RefundCall,
    RefundCallId,
    RefundStatus,
    SettleRefund,
)

CALL = (
    "id, refund_id, payment_id, intent_id, account_id, provider, merchant, company_id, order_id, transaction,"
    " paid_minor, amount_minor, currency, status, attempts, answer, reason, reason_zh, requested_at, sent_at"
)


class Taken(Struct, frozen=True, kw_only=True):
    """A payment that a provider took, and what refunds have not asked back of it."""

    payment_id: PaymentId
    order_id: UUID
    method: str
    transaction: str
    paid_minor: int
    left_minor: int
    intent_id: IntentId
    account_id: PaymentAccountId | None
    merchant: str


def _call(row: Record) -> RefundCall:
    return RefundCall(**{**row, "status": RefundStatus(row["status"])})


async def taken(tx: Tx, orders: Collection[UUID]) -> list[Taken]:
    """What providers took for these orders, the newest first. Whoever writes refunds holds the orders' receipts."""
    rows = await tx.fetch(
        "SELECT p.id AS payment_id, p.order_id, p.method, p.reference AS transaction, p.amount_minor AS paid_minor,"
        " (p.amount_minor - coalesce((SELECT sum(c.amount_minor) FROM refund_calls c WHERE c.payment_id = p.id), 0))"
        "::bigint AS left_minor, i.id AS intent_id, i.account_id, i.merchant FROM payments p"
        " JOIN payment_intents i ON i.id = p.intent_id"
        " WHERE p.order_id = ANY ($1::uuid[]) AND p.kind = 'payment' ORDER BY p.at DESC, p.id DESC",
        list(orders),
    )
    return [Taken(**row) for row in rows]


async def insert_refund_calls(tx: Tx, calls: Sequence[tuple[RefundCall, UUID]]) -> None:
    """Note refunds that are to be asked of their provider, each with its shop."""
    await tx.execute(
        "INSERT INTO refund_calls (id, refund_id, payment_id, intent_id, account_id, provider, merchant, company_id,"
        " order_id, transaction, paid_minor, amount_minor, currency, requested_at, shop_id) SELECT * FROM"
        " unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::uuid[],"
        " $9::uuid[], $10::text[], $11::bigint[], $12::bigint[], $13::text[], $14::timestamptz[], $15::uuid[])",
        [call.id for call, _ in calls],
        [call.refund_id for call, _ in calls],
        [call.payment_id for call, _ in calls],
        [call.intent_id for call, _ in calls],
        [call.account_id for call, _ in calls],
        [call.provider for call, _ in calls],
        [call.merchant for call, _ in calls],
        [call.company_id for call, _ in calls],
        [call.order_id for call, _ in calls],
        [call.transaction for call, _ in calls],
        [call.paid_minor for call, _ in calls],
        [call.amount_minor for call, _ in calls],
        [call.currency for call, _ in calls],
        [call.requested_at for call, _ in calls],
        [shop_id for _, shop_id in calls],
    )


async def find_refund_call(tx: Tx, call_id: RefundCallId) -> RefundCall | None:
    row = await tx.fetchrow("SELECT " + CALL + " FROM refund_calls WHERE id = $1", call_id)
    return None if row is None else _call(row)


async def lock_refund_call(tx: Tx, call_id: RefundCallId) -> RefundCall | None:
    row = await tx.fetchrow("SELECT " + CALL + " FROM refund_calls WHERE id = $1 FOR NO KEY UPDATE", call_id)
    return None if row is None else _call(row)


async def set_sent(tx: Tx, call_id: RefundCallId) -> RefundCall | None:
    """Note, before the provider is called, that it may know of the refund from now on; what is done stays as it is."""
    row = await tx.fetchrow(
        "UPDATE refund_calls SET sent_at = coalesce(sent_at, $2) WHERE id = $1 RETURNING " + CALL, call_id, tx.now
    )
    return None if row is None else _call(row)


async def settle_refund_call(tx: Tx, settled: SettleRefund) -> RefundCall | None:
    """Count an attempt with what it came to; None when it was done before."""
    row = await tx.fetchrow(
        "UPDATE refund_calls SET status = $2, answer = coalesce($3, answer), reason = $4, reason_zh = $5,"
        " attempts = attempts + 1"
        " WHERE id = $1 AND status <> 'done' RETURNING " + CALL,
        settled.call_id,
        settled.status.value,
        settled.answer,
        settled.reason,
        settled.reason_zh,
    )
    return None if row is None else _call(row)


async def set_requested(tx: Tx, call_id: RefundCallId) -> RefundCall:
    row = await tx.fetchrow("UPDATE refund_calls SET status = 'requested' WHERE id = $1 RETURNING " + CALL, call_id)
    assert row is not None, "the caller holds it"
    return _call(row)


async def list_under_way(tx: Tx, before: datetime, limit: int) -> list[RefundCallId]:
    """Refunds that were sent, or asked for, before this time and are not known to be done."""
    rows = await tx.fetch(
        "SELECT id FROM refund_calls WHERE status IN ('requested', 'processing')"
        " AND coalesce(sent_at, requested_at) < $1 ORDER BY requested_at LIMIT $2",
        before,
        limit,
    )
    return [row["id"] for row in rows]


async def page_of_refund_calls(
    tx: Tx, status: RefundStatus | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[RefundCall]:
    """Refunds asked of providers, newest first."""
    at, id_ = before or (None, None)
    rows = await tx.fetch(
        "SELECT " + CALL + " FROM refund_calls WHERE ($1::text IS NULL OR status = $1)"
        " AND ($2::timestamptz IS NULL OR (requested_at, id) < ($2, $3::uuid))"
        " ORDER BY requested_at DESC, id DESC LIMIT $4",
        None if status is None else status.value,
        at,
        id_,
        limit,
    )
    return [_call(row) for row in rows]
