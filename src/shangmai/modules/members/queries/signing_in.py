"""The SQL on customer_sessions, customer_passwords and customer_codes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.crypto import current_vault, token_hash
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import EndReason, Source
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.members.contract.signing_in import CustomerSessionId
from shangmai.modules.members.rules.signing_in import ABSOLUTE, CODE_MINUTES, KEPT_FOR
from shangmai.modules.organization.contract import ShopId

CODES_KEPT: Final = timedelta(days=1)
CODE_CONTEXT: Final = "customer_codes/code"


class HeldSession(Struct, frozen=True):
    """A session that is open, of a customer who was not erased."""

    id: CustomerSessionId
    customer_id: CustomerId
    shop_id: ShopId
    last_seen_at: datetime
    expires_at: datetime


class AskedCode(Struct, frozen=True):
    """A code that was asked for: for which phone, and how often it was tried."""

    id: UUID
    shop_id: ShopId
    phone: str
    is_right: bool
    tries: int


async def find_session(tx: Tx, token: str) -> HeldSession | None:
    row = await tx.fetchrow(
        "SELECT s.id, s.customer_id, s.shop_id, s.last_seen_at, s.expires_at FROM customer_sessions s"
        " JOIN customers c ON c.id = s.customer_id"
        " WHERE s.token_hash = $1 AND s.ended_at IS NULL AND c.erased_at IS NULL",
        token_hash(token),
    )
    return None if row is None else HeldSession(*row.values())


async def insert_session(tx: Tx, customer_id: CustomerId, shop_id: ShopId, token: str, source: Source) -> None:
    await tx.execute(
        "INSERT INTO customer_sessions (id, customer_id, shop_id, token_hash, created_at, last_seen_at, expires_at,"
        " source, user_agent) VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)",
        new_id(),
        customer_id,
        shop_id,
        token_hash(token),
        tx.now,
        tx.now + ABSOLUTE,
        source.address[:64],
        source.user_agent[:300],
    )


async def note_use(tx: Tx, id_: CustomerSessionId) -> None:
    await tx.execute("UPDATE customer_sessions SET last_seen_at = $2 WHERE id = $1 AND ended_at IS NULL", id_, tx.now)


async def end_session(tx: Tx, id_: CustomerSessionId, reason: EndReason) -> None:
    await tx.execute(
        "UPDATE customer_sessions SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL",
        id_,
        tx.now,
        reason,
    )


async def end_all(tx: Tx, customer_id: CustomerId, reason: EndReason) -> None:
    await tx.execute(
        "UPDATE customer_sessions SET ended_at = $2, end_reason = $3 WHERE customer_id = $1 AND ended_at IS NULL",
        customer_id,
        tx.now,
        reason,
    )


async def find_password(tx: Tx, customer_id: CustomerId) -> str | None:
    sql = "SELECT password_hash FROM customer_passwords WHERE customer_id = $1"
    password_hash: str | None = await tx.fetchval(sql, customer_id)
    return password_hash


async def lock_password(tx: Tx, customer_id: CustomerId) -> str | None:
    """The hash as it is now, held until the transaction ends."""
    sql = "SELECT password_hash FROM customer_passwords WHERE customer_id = $1 FOR UPDATE"
    password_hash: str | None = await tx.fetchval(sql, customer_id)
    return password_hash


async def set_password(tx: Tx, customer_id: CustomerId, shop_id: ShopId, password_hash: str) -> None:
    await tx.execute(
        "INSERT INTO customer_passwords (customer_id, shop_id, password_hash, set_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (customer_id) DO UPDATE SET password_hash = excluded.password_hash, set_at = excluded.set_at",
        customer_id,
        shop_id,
        password_hash,
        tx.now,
    )


async def delete_password(tx: Tx, customer_id: CustomerId) -> None:
    await tx.execute("DELETE FROM customer_passwords WHERE customer_id = $1", customer_id)


async def insert_code(tx: Tx, shop_id: ShopId, phone: str, challenge: str, code: str) -> datetime:
    """Until when it is good."""
    id_, expires_at = new_id(), tx.now + timedelta(minutes=CODE_MINUTES)
    await tx.execute(
        "INSERT INTO customer_codes (id, shop_id, challenge_hash, phone, code_hash, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        id_,
        shop_id,
        token_hash(challenge),
        current_vault().column("customer_codes", "phone").encrypt(phone, id_),
        current_vault().keyed_hash(CODE_CONTEXT, f"{id_}/{code}"),
        expires_at,
    )
    return expires_at


async def try_code(tx: Tx, challenge: str, code: str) -> AskedCode | None:
    """Count a try of a code that is still good, hold it, and tell whether it was right."""
    row = await tx.fetchrow(
        "UPDATE customer_codes SET tries = tries + 1 WHERE challenge_hash = $1 AND used_at IS NULL AND expires_at > $2"
        " RETURNING id, shop_id, phone, code_hash, tries",
        token_hash(challenge),
        tx.now,
    )
    if row is None:
        return None
    hashes = current_vault().lookup_hashes(CODE_CONTEXT, f"{row['id']}/{code}")
    phone = current_vault().column("customer_codes", "phone").decrypt(row["phone"], row["id"])
    return AskedCode(row["id"], row["shop_id"], phone, row["code_hash"] in hashes, row["tries"])


async def use_code(tx: Tx, id_: UUID) -> None:
    await tx.execute("UPDATE customer_codes SET used_at = $2 WHERE id = $1", id_, tx.now)


async def delete_old(tx: Tx) -> None:
    """Forget what is over: codes of yesterday, sessions long ended."""
    await tx.execute("DELETE FROM customer_codes WHERE expires_at < $1", tx.now - CODES_KEPT)
    await tx.execute("DELETE FROM customer_sessions WHERE ended_at < $1 OR expires_at < $1", tx.now - KEPT_FOR)
