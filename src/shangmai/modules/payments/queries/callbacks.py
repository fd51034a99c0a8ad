"""The SQL of what providers told us."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec import Struct

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.payments.contract import (
    CallbackId,
    IntentId,
    PaymentAccountId,
    PaymentCallback,
    Verdict,
)


class NewCallback(Struct, frozen=True):
    """A callback on its way into the table. `body_hash` is that of what it says, however it was put."""

    id: CallbackId
    provider: str
    account_id: PaymentAccountId | None
    notification_id: str
    intent_id: IntentId
    body_hash: bytes
    shop_id: UUID | None
    order_id: UUID | None
    verdict: Verdict
    headers: dict[str, str]
    body: str
    item: Item


def hash_of(said: Struct) -> bytes:
    """Of what was said and not of its bytes: providers seal the same notice anew each time they send it."""
    return sha256(msgspec.json.encode(said)).digest()


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
    ordered = sorted(new, key=lambda each: (each.provider, each.notification_id))
    rows = await tx.fetch(
        "INSERT INTO payment_callbacks (id, provider, notification_id, intent_id, shop_id, order_id, verdict, headers,"
        " body, body_hash, received_at, cause, account_id) SELECT id, provider, notification_id, intent_id, shop_id,"
        " order_id, verdict, headers::json, body, body_hash, received_at, cause, account_id FROM unnest($1::uuid[],"
        " $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[],"
        " $10::bytea[], $11::timestamptz[], $12::uuid[], $13::uuid[]) AS n (id,"
        " provider, notification_id, intent_id, shop_id, order_id, verdict,"
        " headers, body, body_hash, received_at, cause, account_id) ON CONFLICT DO NOTHING RETURNING id",
        [each.id for each in ordered],
        [each.provider for each in ordered],
        [each.notification_id for each in ordered],
        [each.intent_id for each in ordered],
        [each.shop_id for each in ordered],
        [each.order_id for each in ordered],
        [each.verdict.value for each in ordered],
        [_json(each.headers) for each in ordered],
        [each.body for each in ordered],
        [each.body_hash for each in ordered],
        [each.item.now for each in ordered],
        [each.item.cause for each in ordered],
        [each.account_id for each in ordered],
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
