"""The second factor of a user: enrol, confirm, remove, and check it at sign-in."""

from __future__ import annotations

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import (
    SELF,
    Change,
    ConfirmTotp,
    EnrolTotp,
    RecoveryCodes,
    RemoveTotp,
    TotpEnrolment,
    User,
    UserId,
)
from shangmai.modules.identity.contract.errors import (
    AboveYou,
    CurrentPasswordWrong,
    NotYours,
    SignInThrottled,
    TotpIsOn,
    TotpNeeded,
    TotpNotEnrolled,
    TotpWrong,
)
from shangmai.modules.identity.queries import factors as stored
from shangmai.modules.identity.queries import throttle
from shangmai.modules.identity.rules import factors
from shangmai.modules.identity.rules.throttle import second_factor_bucket, wait_s
from shangmai.modules.identity.service.access import check_own_or_managed, whom
from shangmai.modules.identity.service.changes import changed, get_user, own_password_refusal, returned


@action("identity.enrol_totp", grant=SELF, present_only=True, errors=[CurrentPasswordWrong, TotpIsOn])
async def enrol_totp(tx: Tx, do: EnrolTotp) -> TotpEnrolment:
    """Make a secret for an authenticator app; nothing changes at sign-in until it is confirmed.

    Raises: CurrentPasswordWrong, SignInThrottled, TotpIsOn, NoPreview, UserNeeded.
    """
    user = await get_user(tx, whom(tx, None))
    if refusal := await own_password_refusal(tx, user.id, do.current_password):
        return returned(refusal)  # type: ignore[no-any-return]
    secret = factors.new_secret()
    if not await stored.put_secret(tx, user.id, secret):
        raise TotpIsOn()
    return TotpEnrolment(secret=secret, uri=factors.provisioning_uri(secret, user.login))


@action("identity.confirm_totp", grant=SELF, present_only=True, errors=[TotpNotEnrolled, TotpIsOn, TotpWrong])
async def confirm_totp(tx: Tx, do: ConfirmTotp) -> RecoveryCodes:
    """Turn two-step sign-in on and give recovery codes, this once. The code used here signs nobody in.

    Raises: TotpNotEnrolled, TotpIsOn, TotpWrong, UserNeeded.
    """
    user_id = whom(tx, None)
    totp = await stored.find_totp(tx, user_id)
    if totp is None:
        raise TotpNotEnrolled()
    if totp.is_confirmed:
        raise TotpIsOn()
    if not await _use_totp(tx, user_id, totp.secret, do.code):
        raise TotpWrong()
    codes = factors.new_recovery_codes()
    await stored.confirm(tx, user_id)
    await stored.put_recovery_codes(tx, user_id, codes)
    await changed(tx, user_id, Change.TOTP_ON)
    return RecoveryCodes(codes=codes)


@action("identity.remove_totp", grant=SELF, present_only=True, errors=[CurrentPasswordWrong, NotYours, AboveYou])
async def remove_totp(tx: Tx, do: RemoveTotp) -> User:
    """Turn two-step sign-in off and forget its secret and recovery codes. Where it is off, nothing changes.

    Raises: CurrentPasswordWrong, SignInThrottled, NotYours, AboveYou, UserNotFound, NoPreview, UserNeeded.
    """
    user_id = whom(tx, do.user_id)
    await check_own_or_managed(tx, user_id)
    if user_id == tx.actor.id and (refusal := await own_password_refusal(tx, user_id, do.current_password)):
        return returned(refusal)  # type: ignore[no-any-return]
    if await stored.remove(tx, user_id):
        await changed(tx, user_id, Change.TOTP_OFF)
    return await get_user(tx, user_id)


async def second_factor_refusal(tx: Tx, user_id: UserId, code: str | None, device: str | None) -> AppError | None:
    """Check the second factor of a sign-in where it is on, and use the code up. The caller holds the user's row.

    Given back, not raised, so that a wrong code stays counted. A recovery code is not throttled here: nobody guesses
    80 bits, and it is the way in for someone whose code others have guessed at.
    """
    totp = await stored.find_totp(tx, user_id)
    if totp is None or not totp.is_confirmed:
        return None
    if not code:
        return TotpNeeded()
    if not factors.is_totp(code):
        return await _recovery_refusal(tx, user_id, code)
    bucket = second_factor_bucket(str(user_id), device)
    (failures,) = await throttle.lock(tx, [bucket])
    if wait := wait_s(bucket.limit, failures, tx.now):
        return SignInThrottled(retry_after_s=wait)
    if not await _use_totp(tx, user_id, totp.secret, code):
        await throttle.count(tx, [bucket])
        return TotpWrong()
    await throttle.clear(tx, [bucket])
    return None


async def _recovery_refusal(tx: Tx, user_id: UserId, code: str) -> AppError | None:
    if not await stored.use_recovery_code(tx, user_id, code):
        return TotpWrong()
    await changed(tx, user_id, Change.RECOVERY_CODE_USED)
    return None


async def _use_totp(tx: Tx, user_id: UserId, secret: str, code: str) -> bool:
    """Tell whether the code is one of now and was not used before."""
    for step in factors.matching_steps(secret, code, tx.now):
        if await stored.use_step(tx, user_id, step):
            return True
    return False
