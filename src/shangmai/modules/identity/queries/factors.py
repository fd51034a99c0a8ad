"""TOTP secrets, which are encrypted, and recovery codes, which are hashed."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from shangmai.kernel.crypto import ColumnCipher, current_vault, token_hash
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import UserId
from shangmai.modules.identity.rules.factors import STEPS_REMEMBERED, clean


class Totp(Struct, frozen=True):
    secret: str
    is_confirmed: bool


async def put_secret(tx: Tx, user_id: UserId, secret: str) -> bool:
    """Store a secret that is yet to be confirmed; False, and nothing changed, when a confirmed one is there."""
    return bool(
        await tx.fetchval(
            "INSERT INTO totp_secrets AS t (user_id, secret) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE"
            " SET secret = excluded.secret, used_steps = '{}' WHERE NOT t.is_confirmed RETURNING true",
            user_id,
            _cipher().encrypt(secret, user_id),
        )
    )


async def find_totp(tx: Tx, user_id: UserId) -> Totp | None:
    row = await tx.fetchrow("SELECT secret, is_confirmed FROM totp_secrets WHERE user_id = $1", user_id)
    return None if row is None else Totp(_cipher().decrypt(row["secret"], user_id), row["is_confirmed"])


async def use_step(tx: Tx, user_id: UserId, step: int) -> bool:
    """Use up the step of a code; False when it was used before.

    The steps used are remembered, not the last one: after a clock was set back, the codes shown then are still new.
    """
    return bool(
        await tx.fetchval(
            "UPDATE totp_secrets SET used_steps ="
            " (used_steps || $2::bigint)[greatest(1, cardinality(used_steps) + 2 - $3::integer):]"
            " WHERE user_id = $1 AND $2 <> ALL (used_steps) RETURNING true",
            user_id,
            step,
            STEPS_REMEMBERED,
        )
    )


async def confirm(tx: Tx, user_id: UserId) -> None:
    await tx.execute("UPDATE totp_secrets SET is_confirmed = true WHERE user_id = $1", user_id)


async def remove(tx: Tx, user_id: UserId) -> bool:
    """Tell whether there was a confirmed secret."""
    await tx.execute("DELETE FROM recovery_codes WHERE user_id = $1", user_id)
    return bool(await tx.fetchval("DELETE FROM totp_secrets WHERE user_id = $1 RETURNING is_confirmed", user_id))


async def put_recovery_codes(tx: Tx, user_id: UserId, codes: Sequence[str]) -> None:
    """Replace the user's recovery codes."""
    await tx.execute("DELETE FROM recovery_codes WHERE user_id = $1", user_id)
    await tx.execute(
        "INSERT INTO recovery_codes (user_id, code_hash) SELECT $1, unnest($2::bytea[])",
        user_id,
        [token_hash(clean(code)) for code in codes],
    )


async def use_recovery_code(tx: Tx, user_id: UserId, code: str) -> bool:
    """Use up the code. Of two uses at once, the second waits for the first and then finds nothing."""
    return bool(
        await tx.fetchval(
            "DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2 RETURNING true",
            user_id,
            token_hash(clean(code)),
        )
    )


def _cipher() -> ColumnCipher:
    return current_vault().column("totp_secrets", "secret")
