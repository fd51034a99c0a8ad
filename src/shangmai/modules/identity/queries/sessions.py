"""Sessions and the devices that were signed in on."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import convert

from shangmai.kernel.crypto import token_hash
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import EndReason, Session, SessionId, Source, UserId
from shangmai.modules.identity.rules.sessions import ABSOLUTE, DEVICE_KNOWN_FOR, KEPT_FOR

SESSION: Final = "id, user_id, created_at, last_seen_at, expires_at, source, user_agent, ended_at, end_reason"


async def insert_session(tx: Tx, user_id: UserId, token: str, source: Source) -> Session:
    row = await tx.fetchrow(
        "INSERT INTO sessions (id, user_id, token_hash, created_at, last_seen_at, expires_at, source, user_agent)"
        " VALUES ($1, $2, $3, $4, $4, $5, $6, $7) RETURNING " + SESSION,
        new_id(),
        user_id,
        token_hash(token),
        tx.now,
        tx.now + ABSOLUTE,
        source.address[:64],
        source.user_agent[:300],
    )
    assert row is not None, "an insert returns its row"
    return convert(dict(row), Session)


async def find_session(tx: Tx, id_: SessionId) -> Session | None:
    row = await tx.fetchrow("SELECT " + SESSION + " FROM sessions WHERE id = $1", id_)
    return None if row is None else convert(dict(row), Session)


async def list_sessions(tx: Tx, user_id: UserId | None, before: SessionId | None, limit: int) -> list[Session]:
    """List sessions, the newest first, of one user or of all."""
    rows = await tx.fetch(
        "SELECT " + SESSION + " FROM sessions WHERE ($1::uuid IS NULL OR user_id = $1)"
        " AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        user_id,
        before,
        limit,
    )
    return [convert(dict(row), Session) for row in rows]


async def note_use(tx: Tx, id_: SessionId) -> None:
    await tx.execute("UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND ended_at IS NULL", id_, tx.now)


async def end_session(tx: Tx, id_: SessionId, reason: EndReason) -> bool:
    """Tell whether it was open until now."""
    sql = "UPDATE sessions SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL RETURNING true"
    return bool(await tx.fetchval(sql, id_, tx.now, reason))


async def end_by_token(tx: Tx, token: str, reason: EndReason) -> UserId | None:
    """Give whose session it was, if it was open until now."""
    user_id: UserId | None = await tx.fetchval(
        "UPDATE sessions SET ended_at = $2, end_reason = $3 WHERE token_hash = $1 AND ended_at IS NULL"
        " RETURNING user_id",
        token_hash(token),
        tx.now,
        reason,
    )
    return user_id


async def end_all(tx: Tx, user_id: UserId, reason: EndReason) -> None:
    await tx.execute(
        "UPDATE sessions SET ended_at = $2, end_reason = $3 WHERE user_id = $1 AND ended_at IS NULL",
        user_id,
        tx.now,
        reason,
    )


async def is_known_device(tx: Tx, token: str, login: str) -> bool:
    """Tell whether this device was signed in on as this user. A user that is not there costs as much to look up."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM known_devices d JOIN users u ON u.id = d.user_id"
            " WHERE d.token_hash = $1 AND u.login = $2 AND d.expires_at > $3)",
            token_hash(token),
            login,
            tx.now,
        )
    )


async def is_device(tx: Tx, token: str) -> bool:
    """Tell whether this is the cookie of a device that we gave to anybody."""
    sql = "SELECT EXISTS (SELECT FROM known_devices WHERE token_hash = $1 AND expires_at > $2)"
    return bool(await tx.fetchval(sql, token_hash(token), tx.now))


async def remember_device(tx: Tx, token: str, user_id: UserId) -> None:
    await tx.execute(
        "INSERT INTO known_devices (token_hash, user_id, expires_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (token_hash, user_id) DO UPDATE SET expires_at = excluded.expires_at",
        token_hash(token),
        user_id,
        tx.now + DEVICE_KNOWN_FOR,
    )


async def delete_old(tx: Tx, throttles_before: datetime) -> None:
    """Forget what is over: sessions long ended, devices not seen for long, guesses of days ago."""
    await tx.execute("DELETE FROM sessions WHERE ended_at < $1 OR expires_at < $1", tx.now - KEPT_FOR)
    await tx.execute("DELETE FROM known_devices WHERE expires_at < $1", tx.now)
    await tx.execute("DELETE FROM login_throttles WHERE last_at < $1", throttles_before)
