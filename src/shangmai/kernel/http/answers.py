"""What every HTTP answer of ours has in common: headers, and errors as JSON in the caller's language."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import asyncpg
import msgspec
import structlog

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.db.database import GONE, DatabaseAway
from shangmai.kernel.errors import AppError, Invalid
from shangmai.kernel.i18n import DEFAULT, Lang, negotiate
from shangmai.kernel.ids import new_id

log = structlog.get_logger(__name__)

Headers = list[tuple[bytes, bytes]]

ALWAYS: Final[Headers] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
]
DATA: Final[Headers] = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    *ALWAYS,
]
"""Headers of JSON answers; a browser that is led to open one as a page may do nothing with it."""

WHOLE: Final = "shangmai.whole"
"""In the extensions of a scope, where the server offers it: sends an answer's head and body at once."""


def lines_of(headers: Headers) -> bytes:
    """Headers as they are sent; their letters are ours, so nobody looks at them again."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_encode = msgspec.json.Encoder(enc_hook=str).encode


class ValueRefused(Invalid):
    """The database cannot hold a value that was sent: {reason}. Correct it and send it again."""

    zh = "数据库无法保存提交的某个值：{reason}。请更正后重新提交。"


UNSTORABLE: Final = (
    asyncpg.DataError,  # asyncpg's own, before anything is sent: a number too large, a naive time
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
    asyncpg.NumericValueOutOfRangeError,
    asyncpg.DatetimeFieldOverflowError,
)


def as_refusal(error: Exception, request_id: str) -> AppError:
    """What the caller is told of any exception; of one that nobody foresaw, only where to find it in the log."""
    if isinstance(error, AppError):
        return error
    if isinstance(error, UNSTORABLE):
        return ValueRefused(reason=str(error).partition("\n")[0][:200])
    if isinstance(error, GONE):
        return DatabaseAway()
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        log.warning("a row policy refused", reason=str(error))
        return OutOfScope(dimension="row")
    log.error("request failed", request_id=request_id, exc_info=error)
    return AppError(request_id=request_id)


def error_body(error: AppError, lang: Lang) -> bytes:
    return _encode(error.to_wire(lang))


def error_headers(error: AppError) -> Headers:
    """What the status of an error asks for besides."""
    if error.status == 401:
        return [(b"www-authenticate", b"Bearer")]
    if error.status in (429, 503):
        return [(b"retry-after", str(error.data.get("retry_after_s", 1)).encode())]
    return []


def encode(value: Any) -> bytes:
    return _encode(value)


def request_id_of(given: bytes) -> str:
    """Give the caller's X-Request-Id, so that one id follows a request through several systems; else a new one."""
    return given.decode("ascii") if _REQUEST_ID.fullmatch(given) else new_id().hex


@lru_cache(maxsize=512)
def lang_of(accept_language: bytes, default: Lang = DEFAULT) -> Lang:
    return negotiate(accept_language.decode("latin-1"), default)
