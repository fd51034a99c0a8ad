"""Customers sign in and out, and see what the shop keeps of them.

Two cookies, beside those of users: the session (HttpOnly) and its CSRF token. A client without cookies (a mini-program)
asks for a token and sends it as `Authorization: Bearer …`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from litestar import Request, Response, delete, get, post

from shangmai.kernel.actors import Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import Unauthenticated
from shangmai.kernel.http.auth import CUSTOMER_COOKIE, read_credentials
from shangmai.kernel.http.cookies import address_of, cookie
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import Source
from shangmai.modules.identity.contract.errors import NotJson
from shangmai.modules.identity.service import csrf_token
from shangmai.modules.members import service
from shangmai.modules.members.contract import ClearCustomer
from shangmai.modules.members.contract.signing_in import (
    AskCode,
    CodeSent,
    NewCustomerSession,
    SignedIn,
    SignInByCode,
    SignInByPassword,
)
from shangmai.modules.members.rules.signing_in import ABSOLUTE

CSRF_COOKIE: Final = "shangmai_customer_csrf"
PUBLIC: Final = {"public": True}
OWN: Final = {"grant": "members.own"}

AnyRequest = Request[Any, Any, Any]


@post("/api/v1/customer/code", opt=PUBLIC)
async def ask_code(request: AnyRequest, data: AskCode, db: Database) -> CodeSent:
    """Send a code to a phone, to sign in with. 获取短信验证码。"""
    return await service.ask_code(db, data, source=_source(request))


@post("/api/v1/customer/session", opt=PUBLIC)
async def sign_in(request: AnyRequest, data: SignInByPassword, db: Database) -> Response[SignedIn]:
    """Sign in as a customer, with phone or e-mail and password. 顾客登录（密码）。"""
    opened = await service.sign_in_by_password(db, data, source=_source(request))
    return _signed_in(request, opened, as_token=data.as_token)


@post("/api/v1/customer/session/by-code", opt=PUBLIC)
async def sign_in_by_code(request: AnyRequest, data: SignInByCode, db: Database) -> Response[SignedIn]:
    """Sign in as a customer with the code that the phone was sent; a new phone is registered. 顾客登录（验证码）。"""
    opened = await service.sign_in_by_code(db, data, source=_source(request))
    return _signed_in(request, opened, as_token=data.as_token)


@get("/api/v1/customer/session", opt=PUBLIC)
async def read_own_session(request: AnyRequest, actor: Actor) -> SignedIn:
    """Tell which customer is signed in; 401 for nobody. 当前登录的顾客。"""
    customer_id = service.find_customer_of(actor)
    if customer_id is None:
        raise Unauthenticated()
    given = read_credentials(request.scope["headers"])
    csrf = csrf_token(given.cookie) if given.bearer is None and given.cookie else None
    return SignedIn(customer_id=customer_id, shop_id=service.shop_of(actor), csrf_token=csrf)


@delete("/api/v1/customer/session", opt=PUBLIC, status_code=204)
async def sign_out(request: AnyRequest, actor: Actor, db: Database) -> Response[None]:
    """Sign the customer out: ends the session and removes its cookies. 顾客退出登录。"""
    given = read_credentials(request.scope["headers"])  # whose CSRF token was checked where `actor` came from
    token = given.bearer or given.cookie
    if token is not None and service.find_customer_of(actor) is not None:
        async with db.transaction(actor, door="login") as tx:
            await service.sign_out(tx, token)
    gone = [cookie(request, name, "", timedelta(0), hidden=True) for name in (CUSTOMER_COOKIE, CSRF_COOKIE)]
    return Response(None, status_code=204, cookies=gone)


@get("/api/v1/customer", opt=OWN)
async def read_own(tx: Tx) -> ClearCustomer:
    """Show customers what the shop keeps of them, addresses too. 我的资料与收货地址。"""
    return await service.read_clear(tx, service.customer_of(tx.actor))


def _source(request: AnyRequest) -> Source:
    if request.content_type[0] != "application/json":
        raise NotJson()  # a form on another site can send other types without being asked (login CSRF)
    return Source(address=address_of(request), user_agent=request.headers.get("user-agent", ""))


def _signed_in(request: AnyRequest, opened: NewCustomerSession, *, as_token: bool) -> Response[SignedIn]:
    """With a token nothing is put into cookies, and without one the token stays out of reach of the page's scripts."""
    who = SignedIn(
        customer_id=opened.customer_id,
        shop_id=opened.shop_id,
        csrf_token=None if as_token else opened.csrf_token,
        token=opened.token if as_token else None,
    )
    cookies = [
        cookie(request, CUSTOMER_COOKIE, opened.token, ABSOLUTE, hidden=True),
        cookie(request, CSRF_COOKIE, opened.csrf_token, ABSOLUTE, hidden=False),
    ]
    return Response(who, status_code=201, cookies=[] if as_token else cookies)


routes: Final = [ask_code, sign_in, sign_in_by_code, read_own_session, sign_out, read_own]
