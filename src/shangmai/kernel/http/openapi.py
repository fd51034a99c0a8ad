"""One OpenAPI 3.1 document for all doors: Litestar's description of the GET routes, and one path for each action.

Every schema comes from msgspec, so that a Struct has one description wherever it appears.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.types import Method

from shangmai.kernel.actions.contract import (
    ACTIONS,
    ActionNotFound,
    ActionSpec,
    InputInvalid,
    InTheFuture,
    KeyReused,
    NotGranted,
    OutOfScope,
    PastNotMany,
)
from shangmai.kernel.db.database import DatabaseAway
from shangmai.kernel.errors import AppError, Unauthenticated, all_errors
from shangmai.kernel.http.actions import (
    ITEMS_MAX,
    KEY_CHARS_MAX,
    PATH,
    ActionInfo,
    BadParameter,
    BodyTooLarge,
    BodyTooSlow,
    UnknownParameter,
    summary_of,
)
from shangmai.kernel.http.answers import ValueRefused
from shangmai.kernel.http.auth import SESSION_COOKIE
from shangmai.kernel.http.paging import BadCursor
from shangmai.kernel.http.reads import DEPENDENCIES, plain_signatures
from shangmai.kernel.i18n import Lang

Json = dict[str, Any]

REF: Final = "#/components/schemas/{name}"
OF_EVERY_ACTION: Final[Sequence[type[AppError]]] = (
    Unauthenticated,
    NotGranted,
    OutOfScope,
    ActionNotFound,
    BodyTooSlow,
    KeyReused,
    BodyTooLarge,
    InputInvalid,
    InTheFuture,
    PastNotMany,
    BadParameter,
    UnknownParameter,
    ValueRefused,
    AppError,
    DatabaseAway,
)
OF_EVERY_READ: Final[Sequence[type[AppError]]] = (InputInvalid, BadCursor, ValueRefused, AppError, DatabaseAway)
SECURITY: Final[list[Json]] = [{"bearer": []}, {"session": [], "csrf": []}]


class Problem(msgspec.Struct, kw_only=True):
    """What every refusal looks like. `code` is stable: switch on it. `message` says what to do next.

    `effects` only of a dry run: what had happened before it was refused.
    """

    code: str
    message: str
    status: int
    data: dict[str, Any]
    hint: str | msgspec.UnsetType = msgspec.UNSET
    effects: list[dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET


class Refused(msgspec.Struct, kw_only=True):
    """An item of a list that was refused; nothing of it was done."""

    ok: typing.Literal[False]
    error: Problem
    id: UUID | msgspec.UnsetType = msgspec.UNSET
    replayed: bool | msgspec.UnsetType = msgspec.UNSET
    effects: list[dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET


def document(routes: Sequence[Any], *, title: str, version: str, description: str, lang: Lang) -> Json:
    """The document of these routes and all declared actions."""
    reads = _reads(routes, title, version, description)
    handlers = list(_described(routes))
    specs = [spec for _, spec in sorted(ACTIONS.items())]
    schemas, components = _schemas([*_types_of(specs), *_returned(handlers)])
    paths: Json = {path: _read_path(methods, handlers, schemas) for path, methods in reads["paths"].items()}
    paths[PATH] = {"get": _listing(schemas)}
    for spec in specs:
        paths[f"{PATH}/{spec.name}"] = {"post": _operation(spec, schemas, lang)}
    kept = _still_referenced(paths, reads.get("components", {}).get("schemas", {}))
    return {
        "openapi": "3.1.0",
        "info": reads["info"],
        "tags": [{"name": name} for name in _tags(paths)],
        "paths": dict(sorted(paths.items())),
        "security": SECURITY,
        "x-errors": _told(_codes_in(paths)),
        "components": {
            "parameters": _parameters(lang),
            "schemas": dict(sorted((kept | components).items())),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An API key or access token."},
                "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
            },
        },
    }


# -- schemas


def _types_of(specs: Iterable[ActionSpec]) -> list[Any]:
    return [Problem, Refused, list[ActionInfo], *(each for spec in specs for each in (spec.input, spec.output))]


def _schemas(types: list[Any]) -> tuple[dict[Any, Json], Json]:
    """The schema of each type, by type, and the components that they refer to."""
    distinct = list({_key(each): each for each in types}.values())
    schemas, components = msgspec.json.schema_components(distinct, ref_template=REF, schema_hook=_unknown)
    return dict(zip(map(_key, distinct), schemas, strict=True)), dict(components)


def _key(type_: Any) -> Any:
    """Types are compared by how they are written: `list[Annotated[str, …]]` cannot be hashed."""
    return repr(type_)


def _unknown(_: type) -> Json:
    return {}


def _still_referenced(paths: Json, schemas: Json) -> Json:
    """What the parameters of GET routes still refer to among Litestar's own schemas."""
    kept: Json = {}
    waiting = _references(paths)
    while waiting:
        name = waiting.pop()
        if name in schemas and name not in kept:
            kept[name] = schemas[name]
            waiting |= _references(schemas[name])
    return kept


def _references(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        mine = {value["$ref"].rpartition("/")[2]} if isinstance(value.get("$ref"), str) else set()
        return mine.union(*(_references(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(_references(each) for each in value))
    return set()


# -- actions


def _operation(spec: ActionSpec, schemas: dict[Any, Json], lang: Lang) -> Json:
    module = spec.name.partition(".")[0]
    one = schemas[_key(spec.input)]
    return {
        "operationId": spec.name,
        "tags": [module],
        "summary": summary_of(spec, lang),
        "description": _describe(spec, lang),
        "x-grant": spec.grant,
        **({"x-inverse": spec.inverse} if spec.inverse else {}),
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _PARAMETERS],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"oneOf": [one, _list_of(one, ITEMS_MAX)]}}},
        },
        "responses": {"200": _done(spec, schemas), **_problems([*OF_EVERY_ACTION, *errors_of(spec)])},
    }


def _describe(spec: ActionSpec, lang: Lang) -> str:
    if lang == "zh-CN":
        batch = "列表各项在同一事务中执行。" if spec.many else "列表每一项各为一个事务。"
        needs, undo = f"需要权限 `{spec.grant}`。", f"由 `{spec.inverse}` 撤销。" if spec.inverse else ""
    else:
        batch = "Items of a list share a transaction. " if spec.many else "Each item of a list is its own transaction. "
        needs, undo = f"Needs the grant `{spec.grant}`. ", f"Undone by `{spec.inverse}`." if spec.inverse else ""
    return f"{spec.description}\n\n{needs}{batch}{undo}".strip()


def errors_of(spec: ActionSpec) -> list[type[AppError]]:
    """The refusals that an action declares, in its decorator or in what it returns."""
    returned = typing.get_type_hints(spec.run).get("return")
    return list(dict.fromkeys([*spec.errors, *_errors_in(returned)]))


def _errors_in(annotation: Any) -> list[type[AppError]]:
    if inspect.isclass(annotation) and issubclass(annotation, AppError):
        return [annotation]
    return [found for each in typing.get_args(annotation) for found in _errors_in(each)]


def _done(spec: ActionSpec, schemas: dict[Any, Json]) -> Json:
    value = schemas[_key(spec.output)]
    effects: Json = {"type": "array", "items": {"type": "object"}}
    accepted: Json = {
        "type": "object",
        "required": ["ok", "result"],
        "properties": {
            "ok": {"const": True},
            "result": value,
            "id": {"type": "string", "format": "uuid"},
            "replayed": {"type": "boolean"},
            "effects": effects,
        },
    }
    preview: Json = {
        "type": "object",
        "required": ["result", "effects"],
        "properties": {"result": value, "effects": effects},
    }
    answers = [value, _list_of({"anyOf": [accepted, schemas[_key(Refused)]]}), preview]
    return {
        "description": "Done and committed: the value; for a list, an answer to each item; for a dry run, what it "
        "would have done.",
        "headers": {
            "X-Action-Id": {"description": "The row of the action log.", "schema": {"type": "string"}},
            "Idempotent-Replayed": {
                "description": "`true` when this is the stored answer to an earlier request with the same key.",
                "schema": {"const": "true"},
            },
        },
        "content": {"application/json": {"schema": {"anyOf": answers}}},
    }


def _list_of(items: Json, most: int | None = None) -> Json:
    return {"type": "array", "items": items} | ({"maxItems": most} if most else {})


def _problems(errors: Iterable[type[AppError]]) -> Json:
    """One response for each status, naming the codes it may carry; what they say is in the document's `x-errors`."""
    by_status: dict[int, list[type[AppError]]] = {}
    for error in dict.fromkeys(errors):
        by_status.setdefault(error.status, []).append(error)
    return {
        str(status): {
            "description": " · ".join(one.code for one in some),
            "x-codes": [one.code for one in some],
            "content": _PROBLEM,
        }
        for status, some in sorted(by_status.items())
    }


def _codes_in(paths: Json) -> set[str]:
    operations = [operation for methods in paths.values() for operation in methods.values()]
    return {code for one in operations for told in one["responses"].values() for code in told.get("x-codes", ())}


def _told(codes: set[str]) -> Json:
    """What each code says, in both languages, with its placeholders."""
    return {
        one.code: {"status": one.status, "en": one.en, "zh-CN": one.zh} for one in all_errors() if one.code in codes
    } | ({AppError.code: {"status": 500, "en": AppError.en, "zh-CN": AppError.zh}} if AppError.code in codes else {})


_PROBLEM: Final[Json] = {"application/json": {"schema": {"$ref": REF.format(name="Problem")}}}


_PARAMETERS: Final[Json] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": KEY_CHARS_MAX},
    },
    "DryRun": {"name": "dry_run", "in": "query", "schema": {"type": "boolean", "default": False}},
    "BusinessTime": {"name": "at", "in": "query", "schema": {"type": "string", "format": "date-time"}},
}
_MEANINGS: Final = {
    "IdempotencyKey": (
        "Repeat a request with the same key and it is carried out once; a repetition gets the first answer. The same "
        "key with another input is refused. Items of a list get `key:index`.",
        "用同一个键重复请求只执行一次，重复者得到首次应答；同键不同内容会被拒绝。列表各项的键为 `key:序号`。",
    ),
    "DryRun": (
        "Do everything but commit, and answer with the events and transfers there would have been.",
        "执行全部步骤但不提交，应答中给出将会产生的事件与转移。",
    ),
    "BusinessTime": (
        "The business time, when it lies in the past. Needs the grant `actions.backdate`.",
        "业务发生时间（过去的时间），需要权限 `actions.backdate`。",
    ),
}


def _parameters(lang: Lang) -> Json:
    chinese = lang == "zh-CN"
    return {name: given | {"description": _MEANINGS[name][chinese]} for name, given in _PARAMETERS.items()}


def _listing(schemas: dict[Any, Json]) -> Json:
    return {
        "operationId": "list_actions",
        "tags": ["kernel"],
        "summary": "The actions that the caller may run",
        "responses": {
            "200": {
                "description": "The actions, by name.",
                "content": {"application/json": {"schema": schemas[_key(list[ActionInfo])]}},
            },
            **_problems([Unauthenticated, AppError, DatabaseAway]),
        },
    }


# -- reads


def _reads(routes: Sequence[Any], title: str, version: str, description: str) -> Json:
    config = OpenAPIConfig(
        title=title, version=version, description=description, operation_id_creator=_operation_id, create_examples=False
    )
    with plain_signatures():
        app = Litestar(list(routes), dependencies=DEPENDENCIES, openapi_config=config, logging_config=None)
    plain: Json = msgspec.to_builtins(app.openapi_schema.to_schema())  # defaults of bodies are Structs there
    return plain


def _operation_id(handler: HTTPRouteHandler, method: Method, path: Sequence[object]) -> str:
    return f"{_module_of(handler)}.{handler.handler_name}"


def _module_of(handler: HTTPRouteHandler) -> str:
    """The folder under `modules` that the route comes from; `kernel` for the application's own."""
    parts = handler.fn.__module__.split(".")
    return parts[2] if parts[:2] == ["shangmai", "modules"] else "kernel"


def _described(routes: Sequence[Any]) -> Iterable[HTTPRouteHandler]:
    return (each for each in routes if isinstance(each, HTTPRouteHandler))


def _returned(handlers: Iterable[HTTPRouteHandler]) -> list[Any]:
    return [given for handler in handlers if (given := _return_type(handler)) is not None]


def _return_type(handler: HTTPRouteHandler) -> Any:
    """What the route returns as JSON; None for pages, files and whatever else is not a value of ours."""
    returned = typing.get_type_hints(handler.fn, include_extras=True).get("return")
    if typing.get_origin(returned) is Response:
        (returned,) = typing.get_args(returned)
    if returned in (None, type(None), bytes):
        return None
    try:
        msgspec.json.schema_components([returned])
    except TypeError:
        return None
    return returned


def _read_path(methods: Json, handlers: Sequence[HTTPRouteHandler], schemas: dict[Any, Json]) -> Json:
    by_id = {f"{_module_of(handler)}.{handler.handler_name}": handler for handler in handlers}
    return {
        method: _read_operation(operation, by_id[operation["operationId"]], schemas)
        for method, operation in methods.items()
        if isinstance(operation, dict) and operation.get("operationId") in by_id
    }


def _read_operation(operation: Json, handler: HTTPRouteHandler, schemas: dict[Any, Json]) -> Json:
    returned = _return_type(handler)
    responses = {status: told for status, told in operation["responses"].items() if not status.startswith("4")}
    if "204" in responses:
        responses["204"].pop("content", None)  # there is none, and Litestar describes it as null
    if returned is not None:
        for told in responses.values():
            told["content"] = {"application/json": {"schema": schemas[_key(returned)]}}
    grant = handler.opt.get("grant")
    errors: list[type[AppError]] = [*OF_EVERY_READ, *handler.opt.get("errors", ())]
    if grant:
        errors += [Unauthenticated, NotGranted]
    refused: Json = {"4XX": {"description": "Refused; see `code`.", "content": _PROBLEM}}
    for status in handler.opt.get("also", ()):  # a state that is told as this status, not a refusal
        errors = [error for error in errors if error.status != status]
        responses[str(status)] = {"description": "Told by status too.", "content": responses["200"]["content"]}
    operation |= {"tags": [_module_of(handler)], "responses": responses | _problems(errors) | refused}
    operation["summary"], _, rest = (inspect.getdoc(handler.fn) or operation.get("summary", "")).partition("\n")
    if rest.strip():
        operation["description"] = rest.strip()
    return operation | ({"x-grant": grant} if grant else {"security": [], "x-public": True})


def _tags(paths: Json) -> list[str]:
    found = {tag for methods in paths.values() for operation in methods.values() for tag in operation.get("tags", ())}
    return sorted(found)


Build = Callable[[Lang], Json]
