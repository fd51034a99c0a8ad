"""What every GET route of a module is given and held to.

A route declares `opt={"grant": "catalog.read"}` (or `opt={"public": True}`) and asks for what it needs by name: `tx`, a
read-only transaction under the caller's scope, `actor`, `db`. An application with a route that declares neither does
not start.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import structlog
from litestar import Litestar, Request, Response
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.exceptions.base_exceptions import LitestarDeprecationWarning
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.types import Message, Scope
from structlog.contextvars import bind_contextvars

from shangmai.kernel.actions.contract import InputInvalid, NotGranted
from shangmai.kernel.actors import Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError, Conflict, Denied, Invalid, NotFound, TooMany, Unauthenticated, Unavailable
from shangmai.kernel.http.answers import (
    ALWAYS,
    Headers,
    as_refusal,
    error_body,
    error_headers,
    lang_of,
    request_id_of,
)
from shangmai.kernel.http.auth import ANONYMOUS, Authenticator, read_credentials
from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx

log = structlog.get_logger(__name__)

POLICY_OF_DATA: Final = b"default-src 'none'; frame-ancestors 'none'"
POLICY_OF_PAGES: Final = b"default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"


class NoSuchAddress(NotFound):
    """There is nothing at this address; /openapi.json lists what there is."""

    zh = "没有这个地址；/openapi.json 列出了全部地址。"


class MethodNotAllowedHere(Invalid):
    """This address takes other methods than this one; see the Allow header."""

    zh = "此地址不接受该请求方法，可用方法见 Allow 响应头。"
    status = 405


class RouteWithoutGrant(RuntimeError):
    """A route declares neither `opt={"grant": …}` nor `opt={"public": True}`, so nobody decided who may read it."""


async def require_grant(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let only callers pass who hold the route's grant (a Litestar guard). Raises: Unauthenticated, NotGranted."""
    grant = handler.opt.get("grant")
    if grant is None:
        assert is_decided(handler), f"{handler} was added after the start without a grant"
        return
    actor = await _authenticate(connection.scope)
    if not actor.may(grant):
        raise NotGranted(grant=grant)


def is_decided(handler: BaseRouteHandler) -> bool:
    """Whether somebody has said who may use the route; the OPTIONS that Litestar adds tells nothing but methods."""
    only_options = isinstance(handler, HTTPRouteHandler) and handler.http_methods == {"OPTIONS"}
    return only_options or bool(handler.opt.get("grant")) or handler.opt.get("public") is True


@contextmanager
def plain_signatures() -> Iterator[None]:
    """Let routes ask for `tx: Tx` and `limit: Limit` by name alone; Litestar 3 will not, and we hold it below that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        yield


def check_routes(app: Litestar) -> None:
    """Raises: RouteWithoutGrant, naming every route that nobody decided about."""
    undecided = sorted({f"{path} ({handler})" for path, handler in _handlers(app) if not is_decided(handler)})
    if undecided:
        raise RouteWithoutGrant(f"{RouteWithoutGrant.__doc__}\n" + "\n".join(undecided))


def _handlers(app: Litestar) -> Iterator[tuple[str, BaseRouteHandler]]:
    for route in app.routes:
        found: Sequence[BaseRouteHandler] = getattr(route, "route_handlers", None) or [route.route_handler]  # type: ignore[union-attr]
        yield from ((route.path, handler) for handler in found)


async def provide_db(scope: Scope) -> Database:
    db: Database = scope["litestar_app"].state.db
    return db


async def provide_actor(scope: Scope) -> Actor:
    """The caller; on a public route without valid credentials, ANONYMOUS."""
    try:
        return await _authenticate(scope)
    except Unauthenticated:
        return ANONYMOUS


async def provide_tx(scope: Scope) -> AsyncGenerator[Tx, None]:
    # It asks for `scope` and not for `db` and `actor`: Litestar starts a task group to provide two things at once.
    db, actor = await provide_db(scope), await provide_actor(scope)
    async with db.reading(actor) as tx:
        yield tx


async def provide_lang(scope: Scope) -> Lang:
    return _lang(scope)


DEPENDENCIES: Final = {
    "db": Provide(provide_db),
    "actor": Provide(provide_actor),
    "tx": Provide(provide_tx),
    "lang": Provide(provide_lang),
}


async def _authenticate(scope: Scope) -> Actor:
    """Who is calling; asked once a request."""
    known: Actor | None = scope.get("shangmai.actor")  # type: ignore[assignment]
    if known is not None:
        return known
    state = scope["litestar_app"].state
    authenticator: Authenticator = state.authenticator
    given = read_credentials(scope["headers"])
    actor = await authenticator.authenticate(
        state.db,
        bearer=given.bearer,
        cookie=given.cookie,
        csrf=given.csrf,
        method=scope["method"],  # type: ignore[typeddict-item]
    )
    scope["shangmai.actor"] = actor  # type: ignore[typeddict-unknown-key]
    return actor


def answer_exception(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Every exception of a route, as the JSON of an error (a Litestar exception handler)."""
    refusal = _of_litestar(error) if isinstance(error, HTTPException) else as_refusal(error, _request_id(request.scope))
    headers = {name.decode(): value.decode() for name, value in error_headers(refusal)}
    if isinstance(error, HTTPException):
        headers |= {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    body = error_body(refusal, _lang(request.scope))
    return Response(body, status_code=refusal.status, headers=headers, media_type="application/json")


EXCEPTION_HANDLERS: Final = {Exception: answer_exception, HTTPException: answer_exception}

_BY_STATUS: Final[dict[int, type[AppError]]] = {
    401: Unauthenticated,
    403: Denied,
    404: NoSuchAddress,
    405: MethodNotAllowedHere,
    409: Conflict,
    429: TooMany,
    503: Unavailable,
}


def _of_litestar(error: HTTPException) -> AppError:
    if isinstance(error, ValidationException):
        fields = [(str(one.get("key", "")), str(one.get("message", ""))) for one in _details(error)]
        reason = "; ".join(f"{path} {why}".strip() for path, why in fields) or error.detail
        return InputInvalid(fields, reason=reason)
    if error.status_code in _BY_STATUS:
        return _BY_STATUS[error.status_code]()
    if error.status_code < 500:
        return InputInvalid(reason=error.detail)
    log.error("request failed", exc_info=error)
    return AppError()


def _details(error: ValidationException) -> list[dict[str, Any]]:
    extra = error.extra
    return [one for one in extra if isinstance(one, dict)] if isinstance(extra, list) else []


async def add_headers(message: Message, scope: Scope) -> None:
    """Give every answer its request id and what browsers are to be told (a `before_send` hook)."""
    if message["type"] != "http.response.start":
        return
    names = {name for name, _ in message["headers"]}
    if b"x-request-id" not in names:  # the action door has its own
        message["headers"] = [*message["headers"], *_headers(names, dict(message["headers"]), scope)]


def _headers(names: set[bytes], given: dict[bytes, bytes], scope: Scope) -> Headers:
    is_page = given.get(b"content-type", b"").startswith(b"text/html")
    own = (header for header in ALWAYS if header[0] not in names)
    headers = [(b"x-request-id", _request_id(scope).encode()), *own]
    if b"content-security-policy" not in names:
        headers.append((b"content-security-policy", POLICY_OF_PAGES if is_page else POLICY_OF_DATA))
    if b"cache-control" not in names:
        headers.append((b"cache-control", b"no-store"))
    return headers


def _request_id(scope: Scope) -> str:
    known: str | None = scope.get("shangmai.request_id")  # type: ignore[assignment]
    if known is None:
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        known = scope["shangmai.request_id"] = request_id_of(given)  # type: ignore[typeddict-unknown-key]
        bind_contextvars(request_id=known)
    return known


def _lang(scope: Scope) -> Lang:
    wished = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    return lang_of(wished, scope["litestar_app"].state.get("lang", "zh-CN"))
