"""API keys: create and revoke."""

from __future__ import annotations

from shangmai.kernel.actions.contract import action
from shangmai.kernel.crypto import new_token
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import (
    API_KEY_PREFIX,
    KEYS,
    SELF,
    ApiKey,
    Change,
    CreateApiKey,
    NewApiKey,
    RevokeApiKey,
    UserId,
)
from shangmai.modules.identity.contract.errors import (
    AboveYou,
    ApiKeyNotFound,
    ExpiryPassed,
    MoreThanYouHold,
    NotYours,
    UserNeeded,
)
from shangmai.modules.identity.queries import access, keys
from shangmai.modules.identity.rules.grants import without_duplicates
from shangmai.modules.identity.service.access import check_holds, check_own_or_managed, user_actor, whom
from shangmai.modules.identity.service.changes import changed, get_user


@action(
    "identity.create_api_key",
    grant=KEYS,
    present_only=True,
    errors=[MoreThanYouHold, NotYours, AboveYou, UserNeeded, ExpiryPassed],
)
async def create_api_key(tx: Tx, do: CreateApiKey) -> NewApiKey:
    """Create an API key and show it, this once.

    It gets no more than its user holds, and at any time does no more than its user may do then.
    Raises: MoreThanYouHold, NotYours, AboveYou, UserNeeded, UserNotFound, ExpiryPassed.
    """
    user_id = whom(tx, do.user_id)
    await check_own_or_managed(tx, user_id)
    await get_user(tx, user_id)
    if do.expires_at is not None and do.expires_at <= tx.now:
        raise ExpiryPassed(expires_at=do.expires_at.isoformat())
    await _check_part_of(tx, user_id, do)
    key = new_token(API_KEY_PREFIX)
    api_key = await keys.insert_key(tx, do, user_id, without_duplicates(do.grants), key)
    await changed(tx, user_id, Change.API_KEY_CREATED)
    return NewApiKey(id=api_key.id, key=key, api_key=api_key)


@action("identity.revoke_api_key", grant=SELF, present_only=True, errors=[ApiKeyNotFound, NotYours, AboveYou])
async def revoke_api_key(tx: Tx, do: RevokeApiKey) -> ApiKey:
    """End an API key for good, from this moment. A revoked key stays as it is.

    Raises: ApiKeyNotFound, NotYours, AboveYou.
    """
    found = await keys.find_key(tx, do.api_key_id)
    if found is None:
        raise ApiKeyNotFound(api_key_id=do.api_key_id)
    await check_own_or_managed(tx, found.user_id)
    revoked = await keys.revoke_key(tx, do.api_key_id)
    await changed(tx, found.user_id, Change.API_KEY_REVOKED)
    return revoked


async def _check_part_of(tx: Tx, user_id: UserId, do: CreateApiKey) -> None:
    """Check against the key's user as they are now, not as the caller's session remembers them."""
    holder = await access.find_holder(tx, user_id)
    assert holder is not None, "the caller has read this user in the same transaction"
    check_holds(user_actor(holder), do.grants, do.scopes or {})
