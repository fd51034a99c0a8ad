"""Users, roles, sessions, API keys; what is sent to change them; what they refuse."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.actions.contract import Personal
from shangmai.kernel.clock import Instant
from shangmai.kernel.events.contract import event
from shangmai.kernel.i18n import register_folder

register_folder("identity", Path(__file__).parents[1])

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)

CHANNEL: Final = "shangmai_identity"
"""NOTIFY tells every process here whose access has changed: a user's id, or `*` for everybody's."""
API_KEY_PREFIX: Final = "sm_live"
SESSION_PREFIX: Final = "sm_session"
DEVICE_PREFIX: Final = "sm_device"

SELF: Final = "identity.self"
"""What every user who is signed in holds: their own password, second factor, sessions and keys."""
MANAGE: Final = "identity.manage"
READ: Final = "identity.read"
KEYS: Final = "identity.keys"
OWNER: Final = "owner"

END: Final = r"$(?!\n)"
"""The end of a text; `$` alone also fits before a last newline."""

Dimension = Literal["company", "shop", "warehouse", "region", "member"]
Scopes = dict[Dimension, Literal["*"] | list[UUID]]
"""What may be seen: ids of each dimension, or `*` for all of them; a dimension left out admits nothing."""

Grant = Annotated[
    str,
    Meta(
        pattern=r"^(\*|([a-z][a-z0-9_]*|\*)\.([a-z][a-z0-9_.]*|\*))" + END,
        description="orders.cancel, orders.* (all of a module), *.read (one verb of all modules) or *. 权限。",
    ),
]
RoleCode = Annotated[str, Meta(pattern="^[a-z][a-z0-9_-]{0,31}" + END, description="Code of a role. 角色编码。")]
Login = Annotated[str, Meta(min_length=2, max_length=64, pattern=r"^\S+" + END, description="Login name. 登录名。")]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S", description="Name. 名称。")]
NewPassword = Annotated[str, Personal, Meta(min_length=10, max_length=200, description="Password. 密码。")]
GivenPassword = Annotated[str, Personal, Meta(max_length=200, description="Present password. 当前密码。")]
Code = Annotated[str, Personal, Meta(max_length=40, description="TOTP code or recovery code. 动态码或恢复码。")]


class Change(StrEnum):
    """What about somebody's access has changed."""

    CREATED = "created"
    RENAMED = "renamed"
    PASSWORD_SET = "password_set"
    DISABLED = "disabled"
    ENABLED = "enabled"
    ROLES_ASSIGNED = "roles_assigned"
    API_KEY_CREATED = "api_key_created"
    API_KEY_REVOKED = "api_key_revoked"
    SESSION_REVOKED = "session_revoked"
    TOTP_ON = "totp_on"
    TOTP_OFF = "totp_off"
    RECOVERY_CODE_USED = "recovery_code_used"


class EndReason(StrEnum):
    """Why a session is over."""

    LOGOUT = "logout"
    REVOKED = "revoked"
    PASSWORD = "password"
    DISABLED = "disabled"
    EXPIRED = "expired"
    ERASED = "erased"


class User(Struct, frozen=True, kw_only=True):
    """Someone who can sign in, or a service that acts through API keys (then without a password)."""

    id: UserId
    login: str
    display_name: str
    is_active: bool
    roles: list[str]
    scopes: Scopes
    has_totp: bool
    created_at: datetime


class Colleague(Struct, frozen=True, kw_only=True):
    """Who works here, as everybody who does may know. 同事。"""

    login: str
    display_name: str


class Role(Struct, frozen=True, kw_only=True):
    """A named set of grants."""

    code: str
    name: str
    name_en: str
    grants: list[str]
    is_builtin: bool


class Session(Struct, frozen=True, kw_only=True):
    """A sign-in: from where, with what, and why it is over."""

    id: SessionId
    user_id: UserId
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    source: str
    user_agent: str
    ended_at: datetime | None
    end_reason: EndReason | None


class ApiKey(Struct, frozen=True, kw_only=True):
    """An API key without its secret; `hint` is how the key begins. Without scopes it sees what its user sees."""

    id: ApiKeyId
    user_id: UserId
    name: str
    hint: str
    grants: list[str]
    scopes: Scopes | None
    created_at: datetime
    expires_at: datetime | None
    last_used_on: date | None
    revoked_at: datetime | None


class Source(Struct, frozen=True, kw_only=True):
    """Where a sign-in comes from; `device` is the cookie of a device that somebody signed in on before."""

    address: str
    user_agent: str = ""
    device: str | None = None


class NewSession(Struct, frozen=True, kw_only=True):
    """What a sign-in gives; `token` and `device` are secrets that are kept in cookies and here only as hashes."""

    id: SessionId
    user_id: UserId
    token: str
    csrf_token: str
    device: str
    expires_at: datetime


class WhoAmI(Struct, frozen=True, kw_only=True):
    """Who is calling, and what they may do and see. `csrf_token` goes into the X-CSRF-Token header of what changes.

    `name` is how the log calls them, `display_name` how people do: of a user the name, of a key what it was called.
    """

    id: UUID
    kind: str
    name: str
    display_name: str
    grants: list[str]
    scopes: Scopes
    csrf_token: str | None = None


class SignIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sign in with a login name, a password and, where it is on, the second factor."""

    login: Annotated[str, Meta(max_length=200)]
    password: GivenPassword
    totp: Code | None = None


class CreateUser(Struct, frozen=True, kw_only=True):
    """Create a user. Without a password it cannot sign in and acts through API keys only."""

    login: Login
    display_name: Name
    password: NewPassword | None = None
    roles: Annotated[list[RoleCode], Meta(max_length=50)] = []
    scopes: Scopes = {}


class SetPassword(Struct, frozen=True, kw_only=True):
    """Set a password. Your own needs your current one; without `user_id` it is your own."""

    password: NewPassword
    user_id: UserId | None = None
    current_password: GivenPassword | None = None


class DisableUser(Struct, frozen=True, kw_only=True):
    """Keep a user out."""

    user_id: UserId


class EnableUser(Struct, frozen=True, kw_only=True):
    """Let a disabled user in again."""

    user_id: UserId


class DefineRole(Struct, frozen=True, kw_only=True):
    """Define a role, or change one of your own."""

    code: RoleCode
    name: Name
    grants: Annotated[list[Grant], Meta(min_length=1, max_length=500)]
    name_en: Annotated[str, Meta(max_length=100)] = ""


class RemoveRole(Struct, frozen=True, kw_only=True):
    """Remove a role of your own that nobody has."""

    code: RoleCode


class RenameUser(Struct, frozen=True, kw_only=True):
    """Change the name that others see; the login name stays."""

    user_id: UserId
    display_name: Name


class AssignRoles(Struct, frozen=True, kw_only=True):
    """Give a user exactly these roles and this data scope."""

    user_id: UserId
    roles: Annotated[list[RoleCode], Meta(max_length=50)]
    scopes: Scopes


class CreateApiKey(Struct, frozen=True, kw_only=True):
    """Create an API key for yourself, or for a service user. Without scopes it sees what its user sees."""

    name: Name
    grants: Annotated[list[Grant], Meta(min_length=1, max_length=500)]
    scopes: Scopes | None = None
    expires_at: Instant | None = None
    user_id: UserId | None = None


class NewApiKey(Struct, frozen=True, kw_only=True):
    """A new API key. `key` is shown this once and cannot be read again."""

    id: ApiKeyId
    key: Annotated[str, Personal]
    api_key: ApiKey


class RevokeApiKey(Struct, frozen=True, kw_only=True):
    """End an API key for good."""

    api_key_id: ApiKeyId


class EnrolTotp(Struct, frozen=True, kw_only=True):
    """Begin to set up two-step sign-in for yourself."""

    current_password: GivenPassword


class TotpEnrolment(Struct, frozen=True, kw_only=True):
    """What the authenticator app needs: the secret to type, or the URI as a QR code."""

    secret: Annotated[str, Personal]
    uri: Annotated[str, Personal]


class ConfirmTotp(Struct, frozen=True, kw_only=True):
    """Turn two-step sign-in on with the first code that the app shows."""

    code: Code


class RecoveryCodes(Struct, frozen=True, kw_only=True):
    """Codes that each replace one TOTP code, once. They are shown this once."""

    codes: Annotated[list[str], Personal]


class RemoveTotp(Struct, frozen=True, kw_only=True):
    """Turn two-step sign-in off. Your own needs your current password; without `user_id` it is your own."""

    user_id: UserId | None = None
    current_password: GivenPassword | None = None


class RevokeSession(Struct, frozen=True, kw_only=True):
    """End a session, as when a phone is lost."""

    session_id: SessionId


@event("identity.access_changed.v1", key="user_id")
class AccessChanged(Struct, frozen=True, kw_only=True):
    """Somebody's access has changed; worth a notice to them."""

    user_id: UserId
    what: Change
