"""Signing in and out. No action, for there is no actor yet.

A sign-in is two short transactions with the hashing between them, so that a flood of sign-ins holds no connections.
The first counts the attempt as a failure before it is tried, the second takes that back when it was none.
"""

from __future__ import annotations

import structlog
from msgspec import Struct

from shangmai.kernel.actions.contract import action
from shangmai.kernel.crypto import new_token, token_hash
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError
from shangmai.kernel.events import store
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import (
    DEVICE_PREFIX,
    SELF,
    SESSION_PREFIX,
    Change,
    EndReason,
    NewSession,
    RevokeSession,
    Session,
    Source,
)
from shangmai.modules.identity.contract.errors import (
    AboveYou,
    NotYours,
    SessionNotFound,
    SignInBusy,
    SignInFailed,
    SignInThrottled,
    TotpNeeded,
    UserDisabled,
)
from shangmai.modules.identity.queries import sessions, throttle, users
from shangmai.modules.identity.queries.users import Account
from shangmai.modules.identity.rules.passwords import normalize_login
from shangmai.modules.identity.rules.sessions import csrf_token
from shangmai.modules.identity.rules.throttle import FORGOTTEN_AFTER, Bucket, buckets
from shangmai.modules.identity.service.access import check_own_or_managed
from shangmai.modules.identity.service.changes import changed
from shangmai.modules.identity.service.factors import second_factor_refusal
from shangmai.modules.identity.service.guarding import count_attempt
from shangmai.modules.identity.service.passwords import PUBLIC, STAFF, verify_password

log = structlog.get_logger(__name__)


class Attempt(Struct, frozen=True):
    """A sign-in that may be tried: whose, if anybody's, and where it is counted. `device` is known, or None."""

    account: Account | None
    device: str | None
    buckets: list[Bucket]


async def login(db: Database, name: str, password: str, totp: str | None = None, *, source: Source) -> NewSession:
    """Sign in and open a session.

    Raises: SignInFailed, TotpNeeded, TotpWrong, UserDisabled, SignInThrottled, SignInBusy. Of these only UserDisabled
    and the TOTP errors tell anything about the user, and only to someone who knows the password.
    """
    attempt = await db.run(lambda: _begin(db, normalize_login(name), source))
    is_right, new_hash = await _verify(db, attempt, password)
    if attempt.account is None or not is_right:
        log.info("sign-in failed", source=source.address, user_id=str(attempt.account.id) if attempt.account else None)
        raise SignInFailed()
    account = attempt.account
    outcome = await db.run(lambda: _end(db, attempt, account, new_hash, totp, source))
    if isinstance(outcome, AppError):
        raise outcome
    return outcome


async def logout(tx: Tx, token: str) -> None:
    """End the session of this token; one that is over stays as it is."""
    user_id = await sessions.end_by_token(tx, token, EndReason.LOGOUT)
    if user_id is not None:
        await users.tell_changed(tx, user_id)


@action("identity.revoke_session", grant=SELF, present_only=True, errors=[SessionNotFound, NotYours, AboveYou])
async def revoke_session(tx: Tx, do: RevokeSession) -> Session:
    """End a session from this moment.

    Raises: SessionNotFound (also when it is over already), NotYours, AboveYou.
    """
    found = await sessions.find_session(tx, do.session_id)
    if found is None:
        raise SessionNotFound(session_id=do.session_id)
    await check_own_or_managed(tx, found.user_id)
    if not await sessions.end_session(tx, do.session_id, EndReason.REVOKED):
        raise SessionNotFound(session_id=do.session_id)
    await changed(tx, found.user_id, Change.SESSION_REVOKED)
    ended = await sessions.find_session(tx, do.session_id)
    assert ended is not None, "it was updated in this transaction"
    return ended


async def prune(tx: Tx) -> None:
    """Delete what is long over: ended sessions, devices not seen for long, forgotten failures. For a nightly job."""
    await sessions.delete_old(tx, throttles_before=tx.now - FORGOTTEN_AFTER)


async def _begin(db: Database, name: str, source: Source) -> Attempt:
    """Count the attempt in its buckets. Raises: SignInThrottled, and then it is not counted."""
    async with db.transaction(door="login", durable=False) as tx:
        account = await users.find_account(tx, name)
        device = await _known_device(tx, name, source)
        counted = buckets(name, source.address, device)
        wait = await count_attempt(tx, counted)
        if not wait:
            return Attempt(account, device, counted)
    raise SignInThrottled(retry_after_s=wait)


async def _verify(db: Database, attempt: Attempt, password: str) -> tuple[bool, str | None]:
    """Raises: SignInBusy, and then the attempt is not counted."""
    stored = attempt.account.password_hash if attempt.account else None
    try:
        return await verify_password(password, stored, STAFF if attempt.device else PUBLIC)
    except SignInBusy:
        await db.run(lambda: _take_back(db, attempt))
        raise


async def _take_back(db: Database, attempt: Attempt) -> None:
    async with db.transaction(door="login", durable=False) as tx:
        await throttle.take_back(tx, attempt.buckets)


async def _known_device(tx: Tx, name: str, source: Source) -> str | None:
    """Give the device as it is counted, if this user has signed in on it before."""
    if source.device is None or not await sessions.is_known_device(tx, source.device, name):
        return None
    return token_hash(source.device).hex()


async def _end(
    db: Database, attempt: Attempt, account: Account, new_hash: str | None, totp: str | None, source: Source
) -> NewSession | AppError:
    """Open the session, or tell why not; what was counted and used up stays so either way."""
    async with db.transaction(door="login") as tx:
        current = await users.lock_account(tx, account.id)
        if current is None or current.password_hash != account.password_hash:
            return SignInFailed()  # the password was changed while it was checked
        if not current.is_active:
            return UserDisabled()
        refusal = await second_factor_refusal(tx, account.id, totp, attempt.device)
        if isinstance(refusal, TotpNeeded):
            await throttle.take_back(tx, attempt.buckets)
        if refusal is not None:
            return refusal
        if new_hash is not None:
            await users.set_password_hash(tx, account.id, new_hash)
        await _forgive(tx, attempt)
        opened = await _open(tx, account, source)
        await store.append(tx)
        return opened


async def _forgive(tx: Tx, attempt: Attempt) -> None:
    """Forget this user's failures here; of those of the whole address, only this attempt was none.

    Otherwise someone with an account of their own could clear the address between guesses at others'.
    """
    own, shared = attempt.buckets[:1], attempt.buckets[1:]
    await throttle.clear(tx, own)
    await throttle.take_back(tx, shared)


async def _open(tx: Tx, account: Account, source: Source) -> NewSession:
    token = new_token(SESSION_PREFIX)
    session = await sessions.insert_session(tx, account.id, token, source)
    device = await _device_cookie(tx, source)
    await sessions.remember_device(tx, device, account.id)
    return NewSession(
        id=session.id,
        user_id=session.user_id,
        token=token,
        csrf_token=csrf_token(token),
        device=device,
        expires_at=session.expires_at,
    )


async def _device_cookie(tx: Tx, source: Source) -> str:
    """Keep the device's cookie, which several users may share, if we gave it; never take one that somebody planted."""
    if source.device is not None and await sessions.is_device(tx, source.device):
        return source.device
    return new_token(DEVICE_PREFIX)
