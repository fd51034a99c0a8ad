"""Roles: define them, and say who has which, with what data scope."""

from __future__ import annotations

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import MANAGE, AssignRoles, Change, DefineRole, RemoveRole, Role, User
from shangmai.modules.identity.contract.errors import (
    AboveYou,
    LastOwner,
    MoreThanYouHold,
    RoleInUse,
    RoleIsBuiltin,
    RoleNotFound,
    UserNotFound,
)
from shangmai.modules.identity.queries import users
from shangmai.modules.identity.rules.grants import EVERYWHERE, without_duplicates
from shangmai.modules.identity.service.access import check_holds, check_not_above
from shangmai.modules.identity.service.changes import changed, get_user
from shangmai.modules.identity.service.users import check_may_assign, check_owner_left


@action("identity.define_role", grant=MANAGE, errors=[RoleIsBuiltin, MoreThanYouHold])
async def define_role(tx: Tx, do: DefineRole) -> Role:
    """Define a role, or change one that was defined before; whoever has it, has the new grants at once.

    Its holders may be anywhere, so only someone who sees everything can define roles, and of grants that they hold:
    those it had and those it gets. Raises: RoleIsBuiltin, MoreThanYouHold.
    """
    await users.lock_access(tx)
    before = (await users.get_roles(tx, [do.code])).get(do.code)
    if before is not None and before.is_builtin:
        raise RoleIsBuiltin(role=do.code)
    check_holds(tx.actor, {*do.grants, *(before.grants if before else ())}, EVERYWHERE)
    role = await users.put_role(tx, do, without_duplicates(do.grants))
    await users.tell_changed(tx, None)
    return role


@action("identity.remove_role", grant=MANAGE, errors=[RoleNotFound, RoleIsBuiltin, RoleInUse, MoreThanYouHold])
async def remove_role(tx: Tx, do: RemoveRole) -> Role:
    """Remove a role that nobody has, and give what it was.

    Raises: RoleNotFound, RoleIsBuiltin, RoleInUse, MoreThanYouHold.
    """
    await users.lock_access(tx)
    role = (await users.get_roles(tx, [do.code])).get(do.code)
    if role is None:
        raise RoleNotFound(role=do.code)
    if role.is_builtin:
        raise RoleIsBuiltin(role=do.code)
    check_holds(tx.actor, set(role.grants), EVERYWHERE)
    if holders := await users.count_holders(tx, do.code):
        raise RoleInUse(role=do.code, holders=holders)
    await users.delete_role(tx, do.code)
    return role


@action(
    "identity.assign_roles", grant=MANAGE, errors=[UserNotFound, RoleNotFound, MoreThanYouHold, AboveYou, LastOwner]
)
async def assign_roles(tx: Tx, do: AssignRoles) -> User:
    """Give a user exactly these roles and this data scope, from their next request on.

    One scope for all of a user's roles, because grants and scopes are checked apart: with a scope for each role,
    refunds in one shop and reading in all would come to refunds in all.
    Raises: UserNotFound, RoleNotFound, MoreThanYouHold, AboveYou, LastOwner.
    """
    await users.lock_access(tx)
    await check_not_above(tx, do.user_id)
    await check_may_assign(tx, do.roles, do.scopes)
    owners = await users.count_owners(tx)
    await users.set_roles(tx, do.user_id, do.roles, do.scopes)
    await check_owner_left(tx, owners)
    await changed(tx, do.user_id, Change.ROLES_ASSIGNED)
    return await get_user(tx, do.user_id)
