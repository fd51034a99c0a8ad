"""What every change of somebody's access does at its end, and the check of one's own password at its beginning."""

from __future__ import annotations

from typing import Any

from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import AccessChanged, Change, User, UserId
from shangmai.modules.identity.contract.errors import (
    CurrentPasswordWrong,
    NoPreview,
    SignInThrottled,
    UserNotFound,
)
from shangmai.modules.identity.queries import throttle, users
from shangmai.modules.identity.rules.throttle import own_password_bucket, wait_s
from shangmai.modules.identity.service.passwords import verify_password


async def changed(tx: Tx, user_id: UserId, what: Change) -> None:
    """Write the change down, and let every process forget what it knows, with the commit."""
    tx.emit(AccessChanged(user_id=user_id, what=what))
    await users.tell_changed(tx, user_id)


async def get_user(tx: Tx, user_id: UserId) -> User:
    """Raises: UserNotFound."""
    user = await users.find_user(tx, user_id)
    if user is None:
        raise UserNotFound(user_id=user_id)
    return user


async def own_password_refusal(tx: Tx, user_id: UserId, given: str | None) -> AppError | None:
    """Check the password that a signed-in user repeats: a session left open on a desk is not enough for this.

    A refusal is given back to be returned by the action, not raised: so the transaction commits and the guess stays
    counted. That is also why it cannot be previewed. Raises: NoPreview, CurrentPasswordWrong when none was given.
    """
    if tx.dry_run:
        raise NoPreview()
    if not given:
        raise CurrentPasswordWrong()
    account = await users.lock_account(tx, user_id)
    bucket = own_password_bucket(str(user_id))
    (failures,) = await throttle.lock(tx, [bucket])
    if wait := wait_s(bucket.limit, failures, tx.now):
        return SignInThrottled(retry_after_s=wait)
    is_right, _ = await verify_password(given, account.password_hash if account else None)
    if not is_right:
        await throttle.count(tx, [bucket])
        return CurrentPasswordWrong()
    await throttle.clear(tx, [bucket])
    return None


def returned(refusal: AppError) -> Any:
    """Give the refusal as what the action answers: the runner takes an error returned as a refusal that commits."""
    return refusal
