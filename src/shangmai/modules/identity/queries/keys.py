"""API keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import convert

from shangmai.kernel.crypto import token_hash
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import API_KEY_PREFIX, ApiKey, ApiKeyId, CreateApiKey, UserId

API_KEY: Final = "id, user_id, name, hint, grants, scopes, created_at, expires_at, last_used_on, revoked_at"
HINT_CHARS: Final = len(API_KEY_PREFIX) + 5


async def insert_key(tx: Tx, do: CreateApiKey, user_id: UserId, grants: Sequence[str], key: str) -> ApiKey:
    row = await tx.fetchrow(
        "INSERT INTO api_keys (id, user_id, name, hint, key_hash, grants, scopes, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING " + API_KEY,
        new_id(),
        user_id,
        do.name,
        key[:HINT_CHARS],
        token_hash(key),
        list(grants),
        do.scopes,
        tx.now,
        do.expires_at,
    )
    assert row is not None, "an insert returns its row"
    return convert(dict(row), ApiKey)


async def find_key(tx: Tx, id_: ApiKeyId) -> ApiKey | None:
    row = await tx.fetchrow("SELECT " + API_KEY + " FROM api_keys WHERE id = $1", id_)
    return None if row is None else convert(dict(row), ApiKey)


async def list_keys(tx: Tx, user_id: UserId | None, before: ApiKeyId | None, limit: int) -> list[ApiKey]:
    """List keys, the newest first, of one user or of all."""
    rows = await tx.fetch(
        "SELECT " + API_KEY + " FROM api_keys WHERE ($1::uuid IS NULL OR user_id = $1)"
        " AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        user_id,
        before,
        limit,
    )
    return [convert(dict(row), ApiKey) for row in rows]


async def revoke_key(tx: Tx, id_: ApiKeyId) -> ApiKey:
    """Revoke the key; one that is revoked stays as it is."""
    row = await tx.fetchrow(
        "UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING " + API_KEY, id_, tx.now
    )
    assert row is not None, "the caller has read this row in the same transaction"
    return convert(dict(row), ApiKey)


async def note_use(tx: Tx, id_: ApiKeyId) -> None:
    await tx.execute("UPDATE api_keys SET last_used_on = $2 WHERE id = $1", id_, tx.now.date())
