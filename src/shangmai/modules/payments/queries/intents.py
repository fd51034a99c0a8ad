"""The SQL of intents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.payments.contract import IntentId, IntentStatus, PaymentIntent, Scene

INTENT = (
    "id, provider, scene, account_id, merchant, app_id, order_id, company_id, shop_id, customer_id, subject,"
    " amount_minor, currency, status, created_at, expires_at, asked_at"
)


def _intent(row: Record) -> PaymentIntent:
    return PaymentIntent(**{**row, "status": IntentStatus(row["status"]), "scene": Scene(row["scene"])})


async def insert_intent(tx: Tx, intent: PaymentIntent) -> None:
    await insert_intents(tx, [(intent, tx.cause)])


async def insert_intents(tx: Tx, new: Sequence[tuple[PaymentIntent, UUID]]) -> None:
    """Write intents, each with its cause, in one statement."""
    if not new:
        return
    intents = [intent for intent, _ in new]
    await tx.execute(
        "INSERT INTO payment_intents (" + INTENT + ", cause)"
        " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::uuid[],"
        " $8::uuid[], $9::uuid[], $10::uuid[], $11::text[], $12::bigint[], $13::text[], $14::text[],"
        " $15::timestamptz[], $16::timestamptz[], $17::timestamptz[], $18::uuid[])",
        [intent.id for intent in intents],
        [intent.provider for intent in intents],
        [intent.scene.value for intent in intents],
        [intent.account_id for intent in intents],
        [intent.merchant for intent in intents],
        [intent.app_id for intent in intents],
        [intent.order_id for intent in intents],
        [intent.company_id for intent in intents],
        [intent.shop_id for intent in intents],
        [intent.customer_id for intent in intents],
        [intent.subject for intent in intents],
        [intent.amount_minor for intent in intents],
        [intent.currency for intent in intents],
        [intent.status.value for intent in intents],
        [intent.created_at for intent in intents],
        [intent.expires_at for intent in intents],
        [intent.asked_at for intent in intents],
        [cause for _, cause in new],
    )


async def find_intent(tx: Tx, intent_id: IntentId) -> PaymentIntent | None:
    row = await tx.fetchrow("SELECT " + INTENT + " FROM payment_intents WHERE id = $1", intent_id)
    return None if row is None else _intent(row)


async def hold_order(tx: Tx, order_id: UUID) -> None:
    """Whoever asks for the same order waits until this transaction ends: one open intent has no race then."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('payments/' || $1::text, 0))", str(order_id))


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


async def close_intents(tx: Tx, orders: Collection[UUID]) -> list[PaymentIntent]:
    """Those of these orders that were open and are closed now."""
    rows = await tx.fetch(
        "UPDATE payment_intents SET status = 'closed' WHERE order_id = ANY ($1::uuid[]) AND status = 'open'"
        " RETURNING " + INTENT,
        list(orders),
    )
    return [_intent(row) for row in rows]


async def close_expired(tx: Tx, limit: int) -> list[PaymentIntent]:
    """Close those whose time has run out; what another transaction holds is left to it."""
    rows = await tx.fetch(
        "UPDATE payment_intents SET status = 'closed' WHERE id IN (SELECT id FROM payment_intents"
        " WHERE status = 'open' AND expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)"
        " RETURNING " + INTENT,
        tx.now,
        limit,
    )
    return [_intent(row) for row in rows]


async def set_asked(tx: Tx, intent_id: IntentId) -> None:
    await tx.execute(
        "UPDATE payment_intents SET asked_at = $2 WHERE id = $1 AND asked_at IS NULL",
        intent_id,
        tx.now,
    )


async def set_looked(tx: Tx, intent_id: IntentId, *, is_over: bool) -> None:
    """Note that the provider was asked now; `is_over`: and that nobody can pay there any more."""
    await tx.execute(
        "UPDATE payment_intents SET looked_at = $2, over_at = CASE WHEN $3 THEN coalesce(over_at, $2) ELSE over_at END,"
        " status = CASE WHEN $3 AND status = 'open' THEN 'closed' ELSE status END WHERE id = $1",
        intent_id,
        tx.now,
        is_over,
    )


async def list_unheard(tx: Tx, before: datetime, limit: int) -> list[IntentId]:
    """The open payments that were asked for before this time, and not looked at since; the longest waiting first."""
    rows = await tx.fetch(
        "SELECT id FROM payment_intents WHERE status = 'open' AND asked_at < $1"
        " AND (looked_at IS NULL OR looked_at < $1) ORDER BY coalesce(looked_at, asked_at) LIMIT $2",
        before,
        limit,
    )
    return [row["id"] for row in rows]


async def latest_of(tx: Tx, order_id: UUID) -> PaymentIntent | None:
    """The payment that was asked for last."""
    row = await tx.fetchrow(
        "SELECT " + INTENT + " FROM payment_intents WHERE order_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1",
        order_id,
    )
    return None if row is None else _intent(row)


async def merchant_of(tx: Tx, order_id: UUID, provider: str) -> str | None:
    """Under which merchant the provider took money for the order."""
    merchant: str | None = await tx.fetchval(
        "SELECT merchant FROM payment_intents WHERE order_id = $1 AND provider = $2 AND status = 'paid' LIMIT 1",
        order_id,
        provider,
    )
    return merchant
