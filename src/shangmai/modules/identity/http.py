"""Signing in and out over HTTP, who is calling, and lists of users, roles, sessions and API keys.

Three cookies: the session (HttpOnly), its CSRF token (for our own pages to copy into X-CSRF-Token), and the device
(HttpOnly, see rules.throttle). All SameSite=Lax, and Secure wherever the page is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie

from shangmai.kernel.actors import Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import Unauthenticated
from shangmai.kernel.http.auth import ANONYMOUS, SESSION_COOKIE, read_credentials
from shangmai.kernel.http.cookies import address_of, cookie
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.identity import service
from shangmai.modules.identity.contract import (
    READ,
    SELF,
    ApiKey,
    ApiKeyId,
    Colleague,
    NewSession,
    Role,
    Session,
    SessionId,
    SignIn,
    Source,
    User,
    UserId,
    WhoAmI,
)
from shangmai.modules.identity.contract.errors import NotJson
from shangmai.modules.identity.contract.views import Place, SavedView
from shangmai.modules.identity.queries import keys, sessions, users, views
from shangmai.modules.identity.rules import grants
from shangmai.modules.identity.rules.sessions import ABSOLUTE, DEVICE_KNOWN_FOR, csrf_token
from shangmai.modules.identity.service.access import check_may_read

CSRF_COOKIE: Final = "shangmai_csrf"
DEVICE_COOKIE: Final = "shangmai_device"
READING: Final = {"grant": READ}
OWN: Final = {"grant": SELF}
PUBLIC: Final = {"public": True}
COLLEAGUES_MAX: Final = 1_000
VIEWS_SHOWN_MAX: Final = 200

AnyRequest = Request[Any, Any, Any]


@post("/api/v1/session", opt=PUBLIC)
async def sign_in(request: AnyRequest, data: SignIn, db: Database) -> Response[WhoAmI]:
    """Sign in: opens a session in cookies, and tells who you are. 登录。"""
    if request.content_type[0] != "application/json":
        raise NotJson()  # a form on another site can send other types without being asked (login CSRF)
    opened = await service.login(db, data.login, data.password, data.totp, source=_source(request))
    async with db.transaction(door="login") as tx:
        actor = await service.actor_of_session(tx, opened.token)
        me = await _who(tx, actor, opened.csrf_token)
    return Response(me, status_code=201, cookies=_cookies(request, opened))


@delete("/api/v1/session", opt=PUBLIC, status_code=204)
async def sign_out(request: AnyRequest, actor: Actor, db: Database) -> Response[None]:
    """Sign out: ends the session and removes its cookies. 退出登录。"""
    token = request.cookies.get(SESSION_COOKIE)  # whose CSRF token was checked where `actor` came from
    if token is not None and actor.kind == "user":
        async with db.transaction(actor, door="login") as tx:
            await service.logout(tx, token)
    gone = [cookie(request, name, "", timedelta(0), hidden=True) for name in (SESSION_COOKIE, CSRF_COOKIE)]
    return Response(None, status_code=204, cookies=gone)


@get("/api/v1/session", opt=PUBLIC)
async def read_session(request: AnyRequest, actor: Actor, db: Database) -> WhoAmI:
    """Tell who is calling, with grants and scopes; 401 for nobody. 当前登录者。"""
    if actor is ANONYMOUS:
        raise Unauthenticated()
    given = read_credentials(request.scope["headers"])
    csrf = csrf_token(given.cookie) if given.bearer is None and given.cookie else None
    async with db.reading(actor) as tx:
        return await _who(tx, actor, csrf)


@get("/api/v1/users", opt=READING)
async def list_users(tx: Tx, limit: Limit = 50, cursor: Cursor = None) -> Page[User]:
    """List the users, by login name. 用户列表。"""
    (after,) = decode_cursor(cursor, str) or (None,)
    return page(await users.list_users(tx, after, limit + 1), limit, lambda user: (user.login,))


@get("/api/v1/colleagues", opt=OWN)
async def list_colleagues(tx: Tx) -> list[Colleague]:
    """List who works here, by login name, to name them in a note. 同事列表。"""
    everyone = await users.list_users(tx, None, COLLEAGUES_MAX)
    return [Colleague(login=each.login, display_name=each.display_name) for each in everyone if each.is_active]


@get("/api/v1/views", opt=OWN)
async def list_views(tx: Tx, place: Place) -> list[SavedView]:
    """List the views of a list that you keep, and those that others share. 已保存的视图。"""
    return await views.of_place(tx, UserId(tx.actor.id), place, VIEWS_SHOWN_MAX)


@get("/api/v1/roles", opt=READING)
async def list_roles(tx: Tx) -> Page[Role]:
    """List all roles, the built-in ones first. 角色列表。"""
    return Page(items=await users.list_roles(tx))


@get("/api/v1/sessions", opt=OWN)
async def list_sessions(
    tx: Tx, user_id: UserId | None = None, everyone: bool = False, limit: Limit = 50, cursor: Cursor = None
) -> Page[Session]:
    """List your sign-ins, the newest first; those of others with the grant identity.read. 登录记录。"""
    (before,) = decode_cursor(cursor, SessionId) or (None,)
    whose = check_may_read(tx.actor, user_id, everyone)
    rows = await sessions.list_sessions(tx, whose, before, limit + 1)
    return page(rows, limit, lambda session: (session.id,))


@get("/api/v1/api-keys", opt=OWN)
async def list_api_keys(
    tx: Tx, user_id: UserId | None = None, everyone: bool = False, limit: Limit = 50, cursor: Cursor = None
) -> Page[ApiKey]:
    """List your API keys, the newest first; those of others with the grant identity.read. API 密钥列表。"""
    (before,) = decode_cursor(cursor, ApiKeyId) or (None,)
    whose = check_may_read(tx.actor, user_id, everyone)
    rows = await keys.list_keys(tx, whose, before, limit + 1)
    return page(rows, limit, lambda key: (key.id,))


async def _who(tx: Tx, actor: Actor, csrf: str | None) -> WhoAmI:
    return WhoAmI(
        id=actor.id,
        kind=actor.kind,
        name=actor.name,
        display_name=await users.find_display_name(tx, actor) or actor.name,
        grants=sorted(actor.grants),
        scopes=grants.on_the_wire(actor.scopes),
        csrf_token=csrf,
    )


def _source(request: AnyRequest) -> Source:
    return Source(
        address=address_of(request),
        user_agent=request.headers.get("user-agent", ""),
        device=request.cookies.get(DEVICE_COOKIE),
    )


def _cookies(request: AnyRequest, opened: NewSession) -> list[Cookie]:
    return [
        cookie(request, SESSION_COOKIE, opened.token, ABSOLUTE, hidden=True),
        cookie(request, CSRF_COOKIE, opened.csrf_token, ABSOLUTE, hidden=False),
        cookie(request, DEVICE_COOKIE, opened.device, DEVICE_KNOWN_FOR, hidden=True),
    ]


routes: Final = [
    sign_in,
    sign_out,
    read_session,
    list_users,
    list_colleagues,
    list_views,
    list_roles,
    list_sessions,
    list_api_keys,
]
