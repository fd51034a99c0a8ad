"""Who may do what: users, roles, keys, second factors, signing in, and telling who is calling."""

from shangmai.modules.identity.rules.passwords import check_password
from shangmai.modules.identity.rules.sessions import csrf_token
from shangmai.modules.identity.rules.throttle import Bucket, Limit, place_of
from shangmai.modules.identity.service.access import Access, actor_of_key, actor_of_session
from shangmai.modules.identity.service.authenticator import Authenticator
from shangmai.modules.identity.service.changes import returned
from shangmai.modules.identity.service.factors import confirm_totp, enrol_totp, remove_totp
from shangmai.modules.identity.service.finding import actor_of_login, actor_of_user, get_user_by_login, list_users
from shangmai.modules.identity.service.guarding import count_attempt, count_guesses, forget_access, forgive, take_back
from shangmai.modules.identity.service.keys import create_api_key, revoke_api_key
from shangmai.modules.identity.service.passwords import PUBLIC, hash_password, use_hasher, verify_password
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
from shangmai.modules.identity.service.views import remove_view, save_view

__all__ = [
    "PUBLIC",
    "Access",
    "Authenticator",
    "Bucket",
    "Limit",
    "actor_of_key",
    "actor_of_login",
    "actor_of_session",
    "actor_of_user",
    "assign_roles",
    "bootstrap_owner",
    "check_password",
    "confirm_totp",
    "count_attempt",
    "count_guesses",
    "create_api_key",
    "create_user",
    "csrf_token",
    "define_role",
    "disable_user",
    "enable_user",
    "enrol_totp",
    "forget_access",
    "forgive",
    "get_user_by_login",
    "hash_password",
    "list_users",
    "login",
    "logout",
    "place_of",
    "prune",
    "remove_role",
    "remove_totp",
    "remove_view",
    "rename_user",
    "returned",
    "revoke_api_key",
    "revoke_session",
    "save_view",
    "set_password",
    "take_back",
    "use_hasher",
    "verify_password",
]
