"""The action door: `POST /api/v1/actions/{name}` runs one item or a list, `GET /api/v1/actions` tells what may be run.

A plain ASGI application, because this is the hottest path there is: the body is decoded straight into the action's
Struct, the answer is the bytes that the action log keeps, and nothing else touches either.

Invariants: an answer is sent only after its transaction has committed. A parameter that is not known is refused, so a
misspelt `dry_run` never acts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import msgspec
from structlog.contextvars import bind_contextvars

from shangmai.kernel.actions.contract import ACTIONS, ActionSpec, Answer, Call, PastNotMany
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner, find_action
from shangmai.kernel.actors import GUEST
from shangmai.kernel.clock import parse_utc
from shangmai.kernel.errors import AppError, Invalid
from shangmai.kernel.http.answers import (
    DATA,
    WHOLE,
    Headers,
    as_refusal,
    encode,
    error_body,
    error_headers,
    lang_of,
    lines_of,
    request_id_of,
)
from shangmai.kernel.http.auth import ACT_AS, Authenticator, bearer_of, session_of
from shangmai.kernel.i18n import DEFAULT, Lang, keys, t
from shangmai.kernel.metrics import ACTION_SECONDS

if TYPE_CHECKING:
    from shangmai.kernel.actors import Actor

PATH: Final = "/api/v1/actions"
ITEMS_MAX: Final = 1000
BODY_BYTES_MAX: Final = 8 * 1024 * 1024
BODY_TIMEOUT_S: Final = 30.0
KEY_CHARS_MAX: Final = 200

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class BodyTooLarge(Invalid):
    """A request may have {most} bytes at most; send several smaller ones."""

    zh = "单个请求最大 {most} 字节，请分批发送。"
    status = 413


class BodyTooSlow(Invalid):
    """The request did not arrive within {seconds} seconds; send it again."""

    zh = "请求未能在 {seconds} 秒内送达，请重新发送。"
    status = 408


class MethodNotAllowed(Invalid):
    """This address takes {allowed}, not {method}."""

    zh = "此地址只接受 {allowed}，不接受 {method}。"
    status = 405


class UnknownParameter(Invalid):
    """There is no parameter {name} here; there are {known}. Nothing was done."""

    zh = "没有参数 {name}；可用参数：{known}。未执行任何操作。"


class BadParameter(Invalid):
    """The parameter {name} must be {expected}. Nothing was done."""

    zh = "参数 {name} 应为 {expected}。未执行任何操作。"


class _Gone(Exception):
    """The caller hung up before the request was complete."""


class Request(msgspec.Struct):
    """What the door reads of a request's head."""

    method: str
    action: str
    bearer: str | None
    cookie: str | None
    csrf: str | None
    key: str | None
    lang: Lang
    id: str
    body_bytes: int
    source: str
    at: datetime | None = None
    dry_run: bool = False


class Reply(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    headers: Headers


class ActionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An action that the caller may run; its schemas are in /openapi.json."""

    name: str
    summary: str
    description: str
    grant: str
    takes_lists_as_one: bool
    inverse: str | None
    errors: list[str]


class ActionDoor:
    """The door as an ASGI application; closed (503) until `open`."""

    def __init__(self, lang: Lang = DEFAULT) -> None:
        self._lang = lang
        self._runner: Runner | None = None
        self._authenticator: Authenticator | None = None

    def open(self, runner: Runner, authenticator: Authenticator) -> None:
        self._runner = runner
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        request = _read_head(scope, self._lang)
        bind_contextvars(request_id=request.id)
        try:
            reply = await self._reply(request, scope, receive)
        except _Gone:
            return
        except Exception as error:
            reply = _refused(as_refusal(error, request.id), request.lang)
        await _send(reply, request.id, scope, send)
        if request.action in ACTIONS:
            _timer(request.action).observe(time.perf_counter() - started)

    async def _reply(self, request: Request, scope: Scope, receive: Receive) -> Reply:
        if not request.action:
            return await self._list(request)
        if request.method != "POST":
            raise MethodNotAllowed(method=request.method, allowed="POST")
        if scope["query_string"]:
            _read_query(request, scope["query_string"])
        actor = await self._caller(request)
        spec = find_action(request.action)
        body = await _read_body(request, receive)
        if body[:1] == b"[" or body.lstrip(b" \t\r\n")[:1] == b"[":
            return await self._run_list(request, spec, actor, body)
        call = _call(request, spec, actor, read_input(spec, body or b"{}", request.lang), request.key)
        assert self._runner is not None
        answer = await self._runner.run(call)
        return _previewed(answer, request) if request.dry_run else _answered(answer, request)

    async def _run_list(self, request: Request, spec: ActionSpec, actor: Actor, body: bytes) -> Reply:
        inputs = _read_items(spec, body, request.lang)
        key = request.key
        calls = [
            _call(request, spec, actor, do, None if key is None else f"{key}:{index}")
            for index, do in enumerate(inputs)
            if not isinstance(do, AppError)
        ]
        assert self._runner is not None
        told = iter(await self._runner.run_list(calls))
        answers = [Answer(error=do) if isinstance(do, AppError) else next(told) for do in inputs]
        body = b"[" + b",".join([_item(answer, request.lang) for answer in answers]) + b"]"
        return Reply(200, body, [])

    async def _list(self, request: Request) -> Reply:
        if request.method != "GET":
            raise MethodNotAllowed(method=request.method, allowed="GET")
        actor = await self._authenticate(request)
        may_run = [_info(spec, request.lang) for _, spec in sorted(ACTIONS.items()) if spec.admits(actor)]
        return Reply(200, encode(may_run), [])

    async def _caller(self, request: Request) -> Actor:
        """Who is calling; a guest, if it is a public action and nobody is signed in."""
        spec = ACTIONS.get(request.action)
        if spec is not None and spec.public and request.bearer is None and request.cookie is None:
            return GUEST
        return await self._authenticate(request)

    async def _authenticate(self, request: Request) -> Actor:
        assert self._authenticator is not None, "the door is not open yet"
        assert self._runner is not None
        return await self._authenticator.authenticate(
            self._runner.db,
            bearer=request.bearer,
            cookie=request.cookie,
            csrf=request.csrf,
            method=request.method,
        )


async def _send(reply: Reply, request_id: str, scope: Scope, send: Send) -> None:
    """Send head and body at once where the server offers it, otherwise one after the other."""
    headers = [(b"x-request-id", request_id.encode()), *reply.headers]
    whole = scope.get("extensions", _NONE).get(WHOLE)
    if whole is not None and whole(reply.status, DATA_LINES + lines_of(headers), reply.body):
        return
    length = (b"content-length", b"%d" % len(reply.body))
    await send({"type": "http.response.start", "status": reply.status, "headers": [*DATA, length, *headers]})
    await send({"type": "http.response.body", "body": reply.body})


_NONE: Final[Mapping[str, Any]] = {}
DATA_LINES: Final = lines_of(DATA)


def _read_head(scope: Scope, default: Lang) -> Request:
    head: dict[bytes, bytes] = dict(scope["headers"])
    authorization, cookie = head.get(b"authorization"), head.get(b"cookie")
    csrf, key, length = head.get(b"x-csrf-token"), head.get(b"idempotency-key"), head.get(b"content-length", b"")
    return Request(
        scope["method"],
        scope["path"].removeprefix(PATH).strip("/"),
        bearer_of(authorization) if authorization else None,
        session_of(cookie, head.get(ACT_AS)) if cookie else None,
        csrf.decode("latin-1") if csrf else None,
        None if key is None else key.decode("latin-1"),
        lang_of(head.get(b"accept-language", b""), default),
        request_id_of(head.get(b"x-request-id", b"")),
        int(length) if length.isdigit() else 0,
        (scope.get("client") or _UNKNOWN)[0],
    )


_UNKNOWN: Final = ("", 0)


def _read_query(request: Request, query: bytes) -> None:
    """Raises: UnknownParameter, BadParameter, NotAnInstant."""
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name == "at":
            request.at = parse_utc(value)
        elif name == "dry_run":
            if value not in _BOOLEANS:
                raise BadParameter([("dry_run", value[:40])], name="dry_run", expected="true | false")
            request.dry_run = _BOOLEANS[value]
        else:
            raise UnknownParameter([(name[:40], value[:40])], name=name[:40], known="at, dry_run")


_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


async def _read_body(request: Request, receive: Receive) -> bytes:
    """Raises: BodyTooLarge, BodyTooSlow."""
    if request.key is not None and not 0 < len(request.key) <= KEY_CHARS_MAX:
        raise BadParameter([("Idempotency-Key", "")], name="Idempotency-Key", expected=f"1–{KEY_CHARS_MAX} characters")
    if request.body_bytes > BODY_BYTES_MAX:
        raise BodyTooLarge(most=BODY_BYTES_MAX)
    message = await receive()
    if message["type"] == "http.disconnect":
        raise _Gone
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                body = await _read_rest(body, receive)
        except TimeoutError:
            raise BodyTooSlow(seconds=int(BODY_TIMEOUT_S)) from None
    return body


async def _read_rest(start: bytes, receive: Receive) -> bytes:
    parts, size, more = [start], len(start), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
        size += len(parts[-1])
        if size > BODY_BYTES_MAX:
            raise BodyTooLarge(most=BODY_BYTES_MAX)
    return b"".join(parts)


def _read_items(spec: ActionSpec, body: bytes, lang: Lang) -> Sequence[msgspec.Struct | AppError]:
    """The items of a list; one that does not fit is its own refusal. Raises: InputInvalid, PastNotMany."""
    raws = _decode_raws(body, spec, lang)
    if len(raws) > ITEMS_MAX:
        raise PastNotMany(most=ITEMS_MAX, given=len(raws))
    return [_read_item(spec, bytes(raw), lang) for raw in raws]


def _decode_raws(body: bytes, spec: ActionSpec, lang: Lang) -> list[msgspec.Raw]:
    try:
        return _raws.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        read_input(spec, body, lang)  # says what is wrong with it
        raise


_raws: Final = msgspec.json.Decoder(list[msgspec.Raw])


def _read_item(spec: ActionSpec, raw: bytes, lang: Lang) -> msgspec.Struct | AppError:
    try:
        return read_input(spec, raw, lang)
    except AppError as refusal:
        return refusal


def _call(request: Request, spec: ActionSpec, actor: Actor, do: msgspec.Struct, key: str | None) -> Call:
    return Call(
        action=spec.name,
        input=do,
        actor=actor,
        door="api" if request.bearer is not None else "web",
        key=key,
        at=request.at,
        dry_run=request.dry_run,
        source=request.source,
    )


def _answered(answer: Answer, request: Request) -> Reply:
    headers: Headers = []
    if answer.log_id is not None:
        headers.append((b"x-action-id", str(answer.log_id).encode()))
    if answer.replayed:
        headers.append((b"idempotent-replayed", b"true"))
    if answer.error is not None:
        return _refused(answer.error, request.lang, headers)
    return Reply(200, answer.encoded, headers)


def _previewed(answer: Answer, request: Request) -> Reply:
    effects = answer.effects or []
    if answer.error is not None:
        body = encode(answer.error.to_wire(request.lang) | {"effects": effects})
        return Reply(answer.error.status, body, error_headers(answer.error))
    return Reply(200, b'{"result":' + answer.encoded + b',"effects":' + encode(effects) + b"}", [])


def _item(answer: Answer, lang: Lang) -> bytes:
    more = b"" if answer.log_id is None else b',"id":"%s"' % str(answer.log_id).encode()
    more += b',"replayed":true' if answer.replayed else b""
    more += b"" if answer.effects is None else b',"effects":' + encode(answer.effects)
    if answer.error is not None:
        return b'{"ok":false,"error":' + error_body(answer.error, lang) + more + b"}"
    return b'{"ok":true,"result":' + answer.encoded + more + b"}"


def _refused(error: AppError, lang: Lang, headers: Headers | None = None) -> Reply:
    return Reply(error.status, error_body(error, lang), [*(headers or []), *error_headers(error)])


def _info(spec: ActionSpec, lang: Lang) -> ActionInfo:
    return ActionInfo(
        name=spec.name,
        summary=summary_of(spec, lang),
        description=spec.description,
        grant=spec.grant,
        takes_lists_as_one=spec.many,
        inverse=spec.inverse,
        errors=[error.code for error in spec.errors],
    )


def summary_of(spec: ActionSpec, lang: Lang) -> str:
    """The action's first line; in Chinese the text `<module>.action.<verb>` of the module's catalog, if it has one."""
    module, _, verb = spec.name.partition(".")
    key = f"{module}.action.{verb}"
    return t(key, lang) if lang != "en" and key in keys(lang) else spec.summary


_timers: dict[str, Any] = {}


def _timer(action: str) -> Any:
    """The action's latency histogram; remembered, because `labels` costs more than `observe`."""
    timer = _timers.get(action)
    if timer is None:
        timer = _timers[action] = ACTION_SECONDS.labels(action)
    return timer
