"""Who stands behind a session or a key, with what they may do and see at this moment."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from asyncpg import Record
from msgspec import Struct, convert

from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import ApiKeyId, Scopes, SessionId, UserId

HOLDER: Final = (
    "u.id AS user_id, u.login, u.is_active, u.scopes AS user_scopes,"
    " ARRAY(SELECT DISTINCT unnest(r.grants) FROM user_roles ur JOIN roles r ON r.code = ur.role_code"
    " WHERE ur.user_id = u.id) AS user_grants"
)


class Holder(Struct, frozen=True):
    """A user with the grants of all their roles."""

    user_id: UserId
    login: str
    is_active: bool
    grants: list[str]
    scopes: Scopes


class HeldSession(Struct, frozen=True):
    id: SessionId
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    holder: Holder


class HeldKey(Struct, frozen=True):
    id: ApiKeyId
    name: str
    grants: list[str]
    scopes: Scopes | None
    expires_at: datetime | None
    revoked_at: datetime | None
    is_used_today: bool
    holder: Holder


async def find_holder(tx: Tx, user_id: UserId) -> Holder | None:
    row = await tx.fetchrow("SELECT " + HOLDER + " FROM users u WHERE u.id = $1", user_id)
    return None if row is None else _holder(row)


async def find_session(tx: Tx, token_hash: bytes) -> HeldSession | None:
    row = await tx.fetchrow(
        "SELECT s.id, s.last_seen_at, s.expires_at, s.ended_at, " + HOLDER + " FROM sessions s"
        " JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1",
        token_hash,
    )
    if row is None:
        return None
    return HeldSession(row["id"], row["last_seen_at"], row["expires_at"], row["ended_at"], _holder(row))


async def find_key(tx: Tx, key_hash: bytes) -> HeldKey | None:
    row = await tx.fetchrow(
        "SELECT k.id, k.name, k.grants, k.scopes, k.expires_at, k.revoked_at,"
        " k.last_used_on IS NOT DISTINCT FROM $2::date AS is_used_today, " + HOLDER + " FROM api_keys k"
        " JOIN users u ON u.id = k.user_id WHERE k.key_hash = $1",
        key_hash,
        tx.now.date(),
    )
    if row is None:
        return None
    return HeldKey(
        row["id"],
        row["name"],
        row["grants"],
        convert(row["scopes"], Scopes | None),
        row["expires_at"],
        row["revoked_at"],
        row["is_used_today"],
        _holder(row),
    )


def _holder(row: Record) -> Holder:
    return Holder(
        row["user_id"], row["login"], row["is_active"], row["user_grants"], convert(row["user_scopes"], Scopes)
    )
