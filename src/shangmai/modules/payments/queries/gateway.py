"""The SQL of intents, callbacks and refund calls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.payments.contract import (
    CallbackId,
    IntentId,
    IntentStatus,
    Notification,
    PaymentCallback,
    PaymentId,
    PaymentIntent,
    RefundCall,
    RefundStatus,
    Verdict,
)

INTENT = (
    "id, provider, merchant, order_id, company_id, shop_id, customer_id, subject, amount_minor, currency, status,"
    " created_at, expires_at"
)
CALL = "refund_id, provider, merchant, order_id, amount_minor, currency, status, attempts, answer, reason, requested_at"


def _intent(row: Record) -> PaymentIntent:
    return PaymentIntent(**{**row, "status": IntentStatus(row["status"])})


def _call(row: Record) -> RefundCall:
    return RefundCall(**{**row, "status": RefundStatus(row["status"])})


async def insert_intent(tx: Tx, intent: PaymentIntent) -> None:
    await tx.execute(
        "INSERT INTO payment_intents (" + INTENT + ", cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        intent.id,
        intent.provider,
        intent.merchant,
        intent.order_id,
        intent.company_id,
        intent.shop_id,
        intent.customer_id,
        intent.subject,
        intent.amount_minor,
        intent.currency,
        intent.status.value,
        intent.created_at,
        intent.expires_at,
        tx.cause,
    )


async def find_intent(tx: Tx, intent_id: IntentId) -> PaymentIntent | None:
    row = await tx.fetchrow("SELECT " + INTENT + " FROM payment_intents WHERE id = $1", intent_id)
    return None if row is None else _intent(row)


async def find_open_intent(tx: Tx, order_id: UUID) -> PaymentIntent | None:
    """The order's open intent, locked."""
    row = await tx.fetchrow(
        "SELECT " + INTENT + " FROM payment_intents WHERE order_id = $1 AND status = 'open' FOR NO KEY UPDATE", order_id
    )
    return None if row is None else _intent(row)


async def lock_intents(tx: Tx, ids: Collection[IntentId]) -> dict[IntentId, PaymentIntent]:
    """The intents that exist among these, locked in order of id."""
    rows = await tx.fetch(
        "SELECT " + INTENT + " FROM payment_intents WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE",
        list(ids),
    )
    return {row["id"]: _intent(row) for row in rows}


async def set_paid(tx: Tx, ids: Collection[IntentId]) -> None:
    await tx.execute("UPDATE payment_intents SET status = 'paid' WHERE id = ANY ($1::uuid[])", list(ids))


async def close_intents(tx: Tx, orders: Collection[UUID]) -> None:
    await tx.execute(
        "UPDATE payment_intents SET status = 'closed' WHERE order_id = ANY ($1::uuid[]) AND status = 'open'",
        list(orders),
    )


async def merchants_of(tx: Tx, orders: Sequence[UUID], providers: Sequence[str]) -> dict[tuple[UUID, str], str]:
    """Under which merchant the provider took money for the order, for those pairs where it did."""
    rows = await tx.fetch(
        "SELECT DISTINCT i.order_id, i.provider, i.merchant FROM payment_intents i"
        " JOIN unnest($1::uuid[], $2::text[]) AS w (order_id, provider) USING (order_id, provider)"
        " WHERE i.status = 'paid'",
        list(orders),
        list(providers),
    )
    return {(row["order_id"], row["provider"]): row["merchant"] for row in rows}


class NewCallback(Struct, frozen=True):
    """A callback on its way into the table."""

    id: CallbackId
    provider: str
    notification: Notification
    shop_id: UUID | None
    order_id: UUID | None
    verdict: Verdict
    headers: dict[str, str]
    body: str
    item: Item

    @property
    def body_hash(self) -> bytes:
        return hash_of(self.body)


def hash_of(body: str) -> bytes:
    return sha256(body.encode()).digest()


class FirstTold(Struct, frozen=True):
    """What came first under a provider's id."""

    body_hash: bytes
    verdict: Verdict


async def stored_callbacks(tx: Tx, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], FirstTold]:
    """What was first told under these ids (provider, notification)."""
    rows = await tx.fetch(
        "SELECT c.provider, c.notification_id, c.body_hash, c.verdict FROM payment_callbacks c"
        " JOIN unnest($1::text[], $2::text[]) AS w (provider, notification_id) USING (provider, notification_id)"
        " WHERE c.verdict <> 'conflicting'",
        [provider for provider, _ in wanted],
        [notification_id for _, notification_id in wanted],
    )
    return {
        (row["provider"], row["notification_id"]): FirstTold(row["body_hash"], Verdict(row["verdict"])) for row in rows
    }


async def insert_callbacks(tx: Tx, new: Sequence[NewCallback]) -> set[CallbackId]:
    """Store them in order of the provider's id, so that two batches never wait for each other; those that are new."""
    ordered = sorted(new, key=lambda each: (each.provider, each.notification.id))
    rows = await tx.fetch(
        "INSERT INTO payment_callbacks (id, provider, notification_id, intent_id, shop_id, order_id, verdict, headers,"
        " body, body_hash, received_at, cause) SELECT id, provider, notification_id, intent_id, shop_id, order_id,"
        " verdict, headers::json, body, body_hash, received_at, cause FROM unnest($1::uuid[], $2::text[], $3::text[],"
        " $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::bytea[], $11::timestamptz[],"
        " $12::uuid[]) AS n (id, provider, notification_id, intent_id, shop_id, order_id, verdict, headers, body,"
        " body_hash, received_at, cause) ON CONFLICT DO NOTHING RETURNING id",
        [each.id for each in ordered],
        [each.provider for each in ordered],
        [each.notification.id for each in ordered],
        [each.notification.intent_id for each in ordered],
        [each.shop_id for each in ordered],
        [each.order_id for each in ordered],
        [each.verdict.value for each in ordered],
        [_json(each.headers) for each in ordered],
        [each.body for each in ordered],
        [each.body_hash for each in ordered],
        [each.item.now for each in ordered],
        [each.item.cause for each in ordered],
    )
    return {row["id"] for row in rows}


def _json(headers: dict[str, str]) -> str:
    return msgspec.json.encode(headers).decode()


async def page_of_callbacks(
    tx: Tx, verdict: Verdict | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[PaymentCallback]:
    """Callbacks, newest first."""
    at, id_ = before or (None, None)
    rows = await tx.fetch(
        "SELECT id, provider, notification_id, intent_id, order_id, verdict, headers, body, received_at"
        " FROM payment_callbacks WHERE ($1::text IS NULL OR verdict = $1)"
        " AND ($2::timestamptz IS NULL OR (received_at, id) < ($2, $3::uuid))"
        " ORDER BY received_at DESC, id DESC LIMIT $4",
        None if verdict is None else verdict.value,
        at,
        id_,
        limit,
    )
    return [PaymentCallback(**{**row, "verdict": Verdict(row["verdict"])}) for row in rows]


async def insert_refund_calls(tx: Tx, calls: Sequence[tuple[RefundCall, UUID]]) -> None:
    """Note refunds that are to be asked of their provider, each with its shop."""
    await tx.execute(
        "INSERT INTO refund_calls (refund_id, provider, merchant, order_id, shop_id, amount_minor, currency,"
        " requested_at) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::bigint[],"
        " $7::text[], $8::timestamptz[])",
        [call.refund_id for call, _ in calls],
        [call.provider for call, _ in calls],
        [call.merchant for call, _ in calls],
        [call.order_id for call, _ in calls],
        [shop_id for _, shop_id in calls],
        [call.amount_minor for call, _ in calls],
        [call.currency for call, _ in calls],
        [call.requested_at for call, _ in calls],
    )


async def find_refund_call(tx: Tx, refund_id: PaymentId) -> RefundCall | None:
    row = await tx.fetchrow("SELECT " + CALL + " FROM refund_calls WHERE refund_id = $1", refund_id)
    return None if row is None else _call(row)


async def settle_refund_call(
    tx: Tx, refund_id: PaymentId, status: RefundStatus, answer: str | None, reason: str | None
) -> RefundCall | None:
    """Count an attempt with what it came to; None when it was done before."""
    row = await tx.fetchrow(
        "UPDATE refund_calls SET status = $2, answer = $3, reason = $4, attempts = attempts + 1"
        " WHERE refund_id = $1 AND status <> 'done' RETURNING " + CALL,
        refund_id,
        status.value,
        answer,
        reason,
    )
    return None if row is None else _call(row)


async def page_of_refund_calls(
    tx: Tx, status: RefundStatus | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[RefundCall]:
    """Refunds asked of providers, newest first."""
    at, id_ = before or (None, None)
    rows = await tx.fetch(
        "SELECT " + CALL + " FROM refund_calls WHERE ($1::text IS NULL OR status = $1)"
        " AND ($2::timestamptz IS NULL OR (requested_at, refund_id) < ($2, $3::uuid))"
        " ORDER BY requested_at DESC, refund_id DESC LIMIT $4",
        None if status is None else status.value,
        at,
        id_,
        limit,
    )
    return [_call(row) for row in rows]
