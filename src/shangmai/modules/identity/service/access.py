"""Turning a session or a key into the Actor who acts, and checking one user's access against another's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.actions.contract import NotGranted
from shangmai.kernel.actors import Actor
from shangmai.kernel.crypto import token_hash
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import MANAGE, READ, SELF, EndReason, Role, Scopes, UserId
from shangmai.modules.identity.contract.errors import (
    AboveYou,
    ApiKeyRefused,
    MoreThanYouHold,
    NotYours,
    RoleNotFound,
    SessionEnded,
    UserNeeded,
    UserNotFound,
)
from shangmai.modules.identity.queries import access, keys, sessions, users
from shangmai.modules.identity.queries.access import HeldKey, Holder
from shangmai.modules.identity.rules import grants
from shangmai.modules.identity.rules import sessions as lifetimes


class Access(Struct, frozen=True):
    """An actor, whose access it is (a user's, a customer's), and until when session or key is good as things stand."""

    actor: Actor
    whose: UUID
    ends_at: datetime | None


async def actor_of_session(tx: Tx, token: str) -> Actor:
    """Raises: SessionEnded."""
    found = await find_by_session(tx, token)
    if found is None:
        raise SessionEnded()
    return found.actor


async def actor_of_key(tx: Tx, key: str) -> Actor:
    """Raises: ApiKeyRefused."""
    found = await find_by_key(tx, key)
    if found is None:
        raise ApiKeyRefused()
    return found.actor


async def find_by_session(tx: Tx, token: str) -> Access | None:
    """Find who is signed in by this token, note that it is in use, and end it when its time has come.

    Ending it here, not only finding it too old, keeps it ended when the clock is set back.
    """
    held = await access.find_session(tx, token_hash(token))
    if held is None or held.ended_at is not None or not held.holder.is_active:
        return None
    if lifetimes.ends_at(held.last_seen_at, held.expires_at) <= tx.now:
        await sessions.end_session(tx, held.id, EndReason.EXPIRED)
        return None
    seen_at = held.last_seen_at
    if lifetimes.should_note(seen_at, tx.now):
        await sessions.note_use(tx, held.id)
        seen_at = tx.now
    return Access(user_actor(held.holder), held.holder.user_id, lifetimes.ends_at(seen_at, held.expires_at))


async def find_by_key(tx: Tx, key: str) -> Access | None:
    """Find what this key may do now, and note the day it is used on."""
    held = await access.find_key(tx, token_hash(key))
    if held is None or held.revoked_at is not None or not held.holder.is_active:
        return None
    if held.expires_at is not None and held.expires_at <= tx.now:
        return None
    if not held.is_used_today:
        await keys.note_use(tx, held.id)
    return Access(_key_actor(held), held.holder.user_id, held.expires_at)


def user_actor(holder: Holder) -> Actor:
    """The user with everything that their roles and scope give at this moment."""
    return Actor(
        id=holder.user_id,
        kind="user",
        name=holder.login,
        grants=frozenset(holder.grants) | {SELF},
        scopes=grants.admitted(holder.scopes),
    )


def _key_actor(held: HeldKey) -> Actor:
    """The part of its user's access that the key was given; when the user's shrinks, so does the key's."""
    user = user_actor(held.holder)
    scopes = user.scopes if held.scopes is None else grants.common_scopes(grants.admitted(held.scopes), user.scopes)
    return Actor(
        id=held.id,
        kind="api_key",
        name=f"{held.name} ({held.holder.login})",
        grants=grants.common(held.grants, user.grants),
        scopes=scopes,
    )


def whom(tx: Tx, user_id: UserId | None) -> UserId:
    """Give the user meant: the one named, else the person who acts. Raises: UserNeeded."""
    if user_id is not None:
        return user_id
    if tx.actor.kind != "user":
        raise UserNeeded()
    return UserId(tx.actor.id)


async def check_own_or_managed(tx: Tx, user_id: UserId) -> None:
    """Let people change what is theirs, and managers what is of those who hold no more than they.

    Raises: NotYours, AboveYou, UserNotFound.
    """
    if user_id == tx.actor.id:
        return
    if not tx.actor.may(MANAGE):
        raise NotYours()
    await check_not_above(tx, user_id)


async def check_not_above(tx: Tx, user_id: UserId) -> None:
    """Raises: AboveYou when the user holds what the actor does not, UserNotFound."""
    holder = await access.find_holder(tx, user_id)
    if holder is None:
        raise UserNotFound(user_id=user_id)
    if more := _beyond(tx.actor, holder.grants, holder.scopes):
        raise AboveYou(what=", ".join(more))


def check_holds(actor: Actor, wanted: Iterable[str], scopes: Scopes) -> None:
    """Raises: MoreThanYouHold when the actor lacks one of the grants or any of the scope."""
    if more := _beyond(actor, wanted, scopes):
        raise MoreThanYouHold(what=", ".join(more))


async def roles_named(tx: Tx, codes: Iterable[str]) -> list[Role]:
    """Raises: RoleNotFound."""
    asked = set(codes)
    found = await users.get_roles(tx, asked)
    for code in sorted(asked - found.keys()):
        raise RoleNotFound(role=code)
    return list(found.values())


def _beyond(actor: Actor, wanted: Iterable[str], scopes: Scopes) -> list[str]:
    """List the grants and the dimensions that the actor does not hold."""
    return grants.missing(wanted, actor.grants) + grants.unseen(grants.admitted(scopes), actor.scopes)


def check_may_read(actor: Actor, user_id: UserId | None, everyone: bool) -> UserId | None:
    """Give whose sessions or keys to list, None for everybody's. Raises: NotGranted for others' without the grant."""
    if not everyone and user_id in (None, actor.id):
        return UserId(actor.id)
    if not actor.may(READ):
        raise NotGranted(grant=READ)
    return None if everyone else user_id
