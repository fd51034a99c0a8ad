"""Who may do what: users, roles, keys, second factors, signing in, and telling who is calling."""

from shangmai.modules.identity.service.access import actor_of_key, actor_of_session
from shangmai.modules.identity.service.authenticator import Authenticator
from shangmai.modules.identity.service.factors import confirm_totp, enrol_totp, remove_totp
from shangmai.modules.identity.service.finding import actor_of_login, get_user_by_login, list_users
from shangmai.modules.identity.service.keys import create_api_key, revoke_api_key
from shangmai.modules.identity.service.passwords import use_hasher
from shangmai.modules.identity.service.roles import assign_roles, define_role, remove_role
from shangmai.modules.identity.service.sessions import login, logout, prune, revoke_session
from shangmai.modules.identity.service.users import (
    bootstrap_owner,
    create_user,
    disable_user,
    enable_user,
    rename_user,
    set_password,
)

__all__ = [
    "Authenticator",
    "actor_of_key",
    "actor_of_login",
    "actor_of_session",
    "assign_roles",
    "bootstrap_owner",
    "confirm_totp",
    "create_api_key",
    "create_user",
    "define_role",
    "disable_user",
    "enable_user",
    "enrol_totp",
    "get_user_by_login",
    "list_users",
    "login",
    "logout",
    "prune",
    "remove_role",
    "remove_totp",
    "rename_user",
    "revoke_api_key",
    "revoke_session",
    "set_password",
    "use_hasher",
]
