"""Users by their login name, for whoever sits at the machine (the command line)."""

from __future__ import annotations

from shangmai.kernel.actors import Actor
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import User, UserId
from shangmai.modules.identity.contract.errors import UserNotFound
from shangmai.modules.identity.queries import access, users
from shangmai.modules.identity.rules.passwords import normalize_login
from shangmai.modules.identity.service.access import user_actor
from shangmai.modules.identity.service.changes import get_user


async def list_users(tx: Tx, limit: int = 1000) -> list[User]:
    """List the users, by login name."""
    return await users.list_users(tx, None, limit)


async def get_user_by_login(tx: Tx, login: str) -> User:
    """Raises: UserNotFound."""
    return await get_user(tx, await _id_of(tx, login))


async def actor_of_login(tx: Tx, login: str) -> Actor:
    """Who acts when this user does, with what they may at this moment. Raises: UserNotFound, also when disabled."""
    holder = await access.find_holder(tx, await _id_of(tx, login))
    if holder is None or not holder.is_active:
        raise UserNotFound(user_id=login)
    return user_actor(holder)


async def actor_of_user(tx: Tx, user_id: UserId) -> Actor:
    """As `actor_of_login`, for who is known by id: work that goes on after they asked for it. Raises: UserNotFound."""
    holder = await access.find_holder(tx, user_id)
    if holder is None or not holder.is_active:
        raise UserNotFound(user_id=user_id)
    return user_actor(holder)


async def _id_of(tx: Tx, login: str) -> UserId:
    account = await users.find_account(tx, normalize_login(login))
    if account is None:
        raise UserNotFound(user_id=login)
    return account.id
