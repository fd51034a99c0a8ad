"""Logs: one line an entry on stderr, JSON for machines or coloured for a person, with the run they belong to.

Invariants: personal data and secrets do not reach a log, whoever logs them: values under such a key are replaced, and
Chinese mobile numbers inside any text are masked. Entries of the standard library's `logging` take the same way.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Literal, TextIO
from uuid import UUID

import msgspec
import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.typing import FilteringBoundLogger, Processor

HIDDEN: Final = "***"

_PII = {"phone", "mobile", "tel", "address", "name", "email", "password", "token", "secret", "authorization", "cookie"}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
# Not within letters or a longer number: part of a UUID or a waybill may look like a mobile.
_MOBILE = re.compile(r"(?<![0-9A-Za-z])((?:\+?86|0086)?1[3-9][0-9])[0-9]{4}([0-9]{4})(?![0-9A-Za-z])")
_PLAIN = (int, float, Decimal, UUID, datetime, date, type(None))


def configure(level: str = "info", format: Literal["json", "console"] = "json", stream: TextIO | None = None) -> None:
    """Set up logging for the process; the last call counts. `stream` defaults to stderr."""
    stream = stream or sys.stderr
    number = logging.getLevelNamesMapping()[level.upper()]
    render = _console(stream) if format == "console" else _json()
    structlog.configure(
        processors=[*_shared(), *render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,  # a logger made at import must follow a later configure
    )
    _adopt_stdlib(number, render, stream)


def get_logger(name: str) -> FilteringBoundLogger:
    """Give a logger; `name` stands in every entry as `module`."""
    logger: FilteringBoundLogger = structlog.get_logger(module=name)
    return logger


def during(
    *, action_id: UUID | None = None, event_id: UUID | None = None, actor: UUID | None = None
) -> AbstractContextManager[None]:
    """Add these ids to every entry within the block, also from other modules and from tasks started there."""
    ids = {"action_id": action_id, "event_id": event_id, "actor": actor}
    return bound_contextvars(**{key: str(id) for key, id in ids.items() if id is not None})


def redact(_: object, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what must not be in a log (a structlog processor)."""
    return {key: HIDDEN if _is_hidden(key) else _clean(value) for key, value in entry.items()}


def _clean(value: object) -> object:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Mapping):
        return {key: HIDDEN if _is_hidden(str(key)) else _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner) for inner in value]
    if isinstance(value, msgspec.Struct):
        return _clean(msgspec.structs.asdict(value))
    return _MOBILE.sub(r"\1****\2", str(value))


@lru_cache(4096)
def _is_hidden(key: str) -> bool:
    """Tell by the words of the key: `receiver_name`, `accessTokens` and `Phone` are hidden, `filename` is not."""
    words = {word.lower() for word in _WORDS.findall(key)}
    return not _PII.isdisjoint(
        words | {word.removesuffix("s") for word in words} | {word.removesuffix("es") for word in words}
    )


def _shared() -> list[Processor]:
    return [
        merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _json() -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        redact,
        structlog.processors.JSONRenderer(serializer=_encode),
    ]


def _console(stream: TextIO) -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        redact,
        structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback),
    ]


def _encode(entry: object, **_: object) -> str:
    return msgspec.json.encode(entry, enc_hook=str).decode()


def _adopt_stdlib(level: int, render: list[Processor], stream: TextIO) -> None:
    """Send the standard library's entries (uvicorn, asyncpg, alembic) the same way, in place of what was set up."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_shared(), _name_logger],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def _name_logger(_: object, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record: logging.LogRecord = entry["_record"]
    entry["module"] = record.name
    return entry
