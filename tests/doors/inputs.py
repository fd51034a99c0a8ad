"""An input for any action, made from its type alone, so that a new action is covered without a word here."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
from hypothesis import find, settings
from hypothesis import strategies as st

from shangmai.kernel.actions.contract import InputInvalid
from shangmai.kernel.actions.inputs import read_input

PLAIN: Final = {
    bool: False,
    float: 1.5,
    Decimal: "1",
    datetime: "2026-01-01T00:00:00Z",
    date: "2026-01-01",
    bytes: "AA==",
    Any: "x",
}
LIKELY: Final = ("CNY", "A1", "a", "organization.read", "orders.placed.v1", "1001")
"""Tried before any text that merely has the right form."""


class Inputs:
    """Makes inputs; `ids` are those of existing things, by the name of their type: `OrderId`."""

    def __init__(self, ids: Mapping[str, UUID]) -> None:
        self._ids = ids
        self.used: set[str] = set()

    def make(self, struct: type[msgspec.Struct]) -> dict[str, Any]:
        """A value for each field that must be given, where none must for the first; and its tag, if it has one."""
        hints = typing.get_type_hints(struct, include_extras=True)
        every = msgspec.structs.fields(struct)
        fields = [field for field in every if field.required] or every[:1]
        config = struct.__struct_config__
        tag = {config.tag_field: config.tag} if config.tag_field else {}
        return tag | {field.encode_name: self._value(hints[field.name], field.name, {}) for field in fields}

    def _value(self, kind: Any, field: str, limits: dict[str, Any]) -> Any:
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if origin is typing.Annotated:
            return self._value(inner[0], field, limits | _limits(inner[1:]))
        if isinstance(kind, typing.NewType):
            base = kind.__supertype__
            return self._id(kind.__name__) if base is UUID else self._value(base, field, limits)
        if kind is UUID:
            return self._id("".join(part.capitalize() for part in field.split("_")))
        if origin in (typing.Union, types.UnionType):
            return self._value(next(t for t in inner if t not in (type(None), msgspec.UnsetType)), field, limits)
        if origin is typing.Literal:
            return inner[0]
        if origin is dict:
            return {self._value(inner[0], field, {}): self._value(inner[1], field, {})}
        if origin in (list, tuple, set, frozenset):
            return [self._value(inner[0], field, {}) for _ in range(limits.get("min_length") or 1)]
        return self._single(kind, limits)

    def _single(self, kind: Any, limits: dict[str, Any]) -> Any:
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self.make(kind)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return next(iter(kind)).value
        if kind is str:
            return _text(limits.get("pattern"), limits.get("min_length") or 1, limits.get("max_length") or 40)
        if kind is int:
            lowest = limits.get("ge", limits.get("gt", 0) + 1)
            return min(max(lowest, 1), limits.get("le", 1 << 62))
        return PLAIN[kind]

    def _id(self, name: str) -> str:
        self.used.add(name)
        return str(self._ids.get(name) or uuid4())


def _limits(metas: tuple[Any, ...]) -> dict[str, Any]:
    names = ("ge", "gt", "le", "lt", "pattern", "min_length", "max_length")
    said = [(name, getattr(meta, name)) for meta in metas if isinstance(meta, msgspec.Meta) for name in names]
    return {name: value for name, value in said if value is not None}


@cache
def _text(pattern: str | None, shortest: int, longest: int) -> str:
    """A text that fits, the likely ones first."""
    texts = (text for text in (*LIKELY, "a" * shortest) if shortest <= len(text) <= longest)
    likely = next((text for text in texts if pattern is None or re.search(pattern, text)), None)
    if likely is not None:
        return likely
    assert pattern is not None
    quick = settings(database=None, max_examples=500)
    fits: str = find(st.from_regex(pattern), lambda text: shortest <= len(text) <= longest, settings=quick)
    return fits


def unfit(spec: Any, given: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Inputs that do not fit, each with the field to be named: one that is missing, one of the wrong kind."""
    needed = [field.encode_name for field in msgspec.structs.fields(spec.input) if field.required]
    for missing in needed[-1:]:
        yield missing, {name: value for name, value in given.items() if name != missing}
    for text in ("?", "?" * 10_000):  # of another kind; or too long, where any short text would do
        for field in msgspec.structs.fields(spec.input):
            wrong = given | {field.encode_name: text}
            if _is_unfit(spec, wrong):
                yield field.encode_name, wrong
                return


def _is_unfit(spec: Any, given: dict[str, Any]) -> bool:
    try:
        read_input(spec, given)
    except InputInvalid:
        return True
    return False


def cells(value: Any, path: str = "") -> dict[str, str]:
    """The input as one row of a sheet: paths to texts."""
    if isinstance(value, dict):
        inner = [(f"{path}.{key}".strip("."), each) for key, each in value.items()]
    elif isinstance(value, list):
        inner = [(f"{path}[{n}]", each) for n, each in enumerate(value)]
    else:
        return {path: str(value).lower() if isinstance(value, bool) else str(value)}
    return {name: text for at, each in inner for name, text in cells(each, at).items()}
