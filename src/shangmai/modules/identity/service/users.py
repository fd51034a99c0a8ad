"""Users: create, set a password, disable and enable."""

from __future__ import annotations

from collections.abc import Collection

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import (
    MANAGE,
    OWNER,
    SELF,
    Change,
    CreateUser,
    DisableUser,
    EnableUser,
    EndReason,
    RenameUser,
    Scopes,
    SetPassword,
    User,
    UserId,
)
from shangmai.modules.identity.contract.errors import (
    AboveYou,
    CurrentPasswordWrong,
    LastOwner,
    LoginTaken,
    MoreThanYouHold,
    NotYours,
    PasswordTooWeak,
    RoleNotFound,
    UserNotFound,
)
from shangmai.modules.identity.queries import sessions, users
from shangmai.modules.identity.rules.grants import EVERYWHERE
from shangmai.modules.identity.rules.passwords import check_password, normalize_login
from shangmai.modules.identity.service.access import (
    check_holds,
    check_not_above,
    check_own_or_managed,
    roles_named,
    whom,
)
from shangmai.modules.identity.service.changes import changed, get_user, own_password_refusal, returned
from shangmai.modules.identity.service.passwords import hash_password


@action("identity.create_user", grant=MANAGE, errors=[LoginTaken, RoleNotFound, MoreThanYouHold, PasswordTooWeak])
async def create_user(tx: Tx, do: CreateUser) -> User:
    """Create a user, with roles and a data scope at once if they are given.

    Raises: LoginTaken, PasswordTooWeak, RoleNotFound, MoreThanYouHold.
    """
    await users.lock_access(tx)
    await check_may_assign(tx, do.roles, do.scopes)
    user_id = await _insert(tx, do)
    await changed(tx, user_id, Change.CREATED)
    return await get_user(tx, user_id)


@action("identity.rename_user", grant=MANAGE, errors=[UserNotFound, AboveYou])
async def rename_user(tx: Tx, do: RenameUser) -> User:
    """Change the name that others see. Raises: UserNotFound, AboveYou."""
    await check_not_above(tx, do.user_id)
    await users.set_display_name(tx, do.user_id, do.display_name)
    await changed(tx, do.user_id, Change.RENAMED)
    return await get_user(tx, do.user_id)


@action(
    "identity.set_password",
    grant=SELF,
    present_only=True,
    errors=[CurrentPasswordWrong, PasswordTooWeak, NotYours, AboveYou],
)
async def set_password(tx: Tx, do: SetPassword) -> User:
    """Set a password and end every session of its user, this one too.

    API keys go on: they were not made from the password.
    Raises: CurrentPasswordWrong, SignInThrottled, PasswordTooWeak, NotYours, AboveYou, UserNotFound, NoPreview.
    """
    user_id = whom(tx, do.user_id)
    await check_own_or_managed(tx, user_id)
    user = await get_user(tx, user_id)
    check_password(do.password, user.login)
    if user_id == tx.actor.id and (refusal := await own_password_refusal(tx, user_id, do.current_password)):
        return returned(refusal)  # type: ignore[no-any-return]
    await users.set_password_hash(tx, user_id, await hash_password(do.password))
    await sessions.end_all(tx, user_id, EndReason.PASSWORD)
    await changed(tx, user_id, Change.PASSWORD_SET)
    return user


@action(
    "identity.disable_user", grant=MANAGE, inverse="identity.enable_user", errors=[UserNotFound, AboveYou, LastOwner]
)
async def disable_user(tx: Tx, do: DisableUser) -> User:
    """Keep a user out from this moment: sessions end for good, API keys rest. A disabled user stays as they are.

    Raises: UserNotFound, AboveYou, LastOwner.
    """
    await users.lock_access(tx)
    await check_not_above(tx, do.user_id)
    owners = await users.count_owners(tx)
    if await users.set_active(tx, do.user_id, False):
        await check_owner_left(tx, owners)
        await sessions.end_all(tx, do.user_id, EndReason.DISABLED)
        await changed(tx, do.user_id, Change.DISABLED)
    return await get_user(tx, do.user_id)


@action("identity.enable_user", grant=MANAGE, inverse="identity.disable_user", errors=[UserNotFound, AboveYou])
async def enable_user(tx: Tx, do: EnableUser) -> User:
    """Let a disabled user in again; they sign in anew, and their API keys work again.

    Raises: UserNotFound, AboveYou.
    """
    await users.lock_access(tx)
    await check_not_above(tx, do.user_id)
    if await users.set_active(tx, do.user_id, True):
        await changed(tx, do.user_id, Change.ENABLED)
    return await get_user(tx, do.user_id)


async def bootstrap_owner(tx: Tx, login: str, password: str, display_name: str = "老板") -> User:
    """Create an owner of everything for the first run; a user of that name is left as it is and returned.

    No door leads here: whoever can start the program owns the installation. Raises: PasswordTooWeak.
    """
    account = await users.find_account(tx, normalize_login(login))
    if account is not None:
        return await get_user(tx, account.id)
    do = CreateUser(login=login, display_name=display_name, password=password, roles=[OWNER], scopes=EVERYWHERE)
    return await get_user(tx, await _insert(tx, do))


async def check_may_assign(tx: Tx, roles: Collection[str], scopes: Scopes) -> None:
    """Nobody gives more than they hold. Raises: RoleNotFound, MoreThanYouHold."""
    granted = {grant for role in await roles_named(tx, roles) for grant in role.grants}
    check_holds(tx.actor, granted, scopes)


async def check_owner_left(tx: Tx, owners_before: int) -> None:
    """Raises: LastOwner when there was an owner of everything and there is none now."""
    if owners_before and not await users.count_owners(tx):
        raise LastOwner()


async def _insert(tx: Tx, do: CreateUser) -> UserId:
    login = normalize_login(do.login)
    if do.password is not None:
        check_password(do.password, login)
    password_hash = None if do.password is None else await hash_password(do.password)
    user_id = await users.insert_user(tx, do, login, password_hash)
    if user_id is None:
        raise LoginTaken(login=login)
    await users.set_roles(tx, user_id, do.roles, do.scopes)
    return user_id
