"""Keeping personal data out of the action log.

Which fields are personal is read from the types once; a value without any is passed on untouched, because most calls
have none and all of them are logged.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
from msgspec import Struct, inspect
from msgspec.structs import replace

MASKED: Final = "•••"


def masked(value: Any) -> Any:
    """The value with every personal field masked; what holds none is the same object."""
    if isinstance(value, Struct):
        return _masked_struct(value)
    if isinstance(value, (list, tuple)):
        return [masked(each) for each in value]
    if isinstance(value, dict):
        return {name: masked(each) for name, each in value.items()}
    return value


def _masked_struct(value: Struct) -> Struct:
    changed = {}
    for name, is_personal in _fields_to_visit(type(value)):
        each = getattr(value, name)
        if each and each is not msgspec.UNSET:
            changed[name] = _hidden(each) if is_personal else masked(each)
    return replace(value, **changed) if changed else value


def _hidden(value: Any) -> Any:
    """As many masks as there are values, so that a stored answer still decodes as its type."""
    return [MASKED for _ in value] if isinstance(value, (list, tuple)) else MASKED


@cache
def _fields_to_visit(struct: type[Struct]) -> tuple[tuple[str, bool], ...]:
    """The fields that are personal (True), or that hold a Struct with such fields (False)."""
    told = inspect.type_info(struct)
    assert isinstance(told, inspect.StructType)
    visits = ((field.name, _is_personal(field.type), field.type) for field in told.fields)
    return tuple((name, personal) for name, personal, kind in visits if personal or _holds_personal(kind))


@cache
def has_personal(kind: Any) -> bool:
    """Whether a type holds a field marked as personal, at any depth."""
    return _holds_personal(inspect.type_info(kind))


def _holds_personal(kind: inspect.Type) -> bool:
    # Recursive types spell themselves as the same object, so the text ends; the mark has one spelling only.
    return "'personal': True" in repr(kind)


def _is_personal(kind: inspect.Type) -> bool:
    """Whether the mark stands on the type, or on a part of it that is no Struct: `Annotated[str, Personal] | None`."""
    if isinstance(kind, inspect.Metadata):
        return bool((kind.extra or {}).get("personal")) or _is_personal(kind.type)
    if isinstance(kind, inspect.UnionType):
        return any(_is_personal(each) for each in kind.types)
    if isinstance(kind, inspect.TupleType):
        return any(_is_personal(each) for each in kind.item_types)
    if isinstance(kind, inspect.CollectionType):
        return _is_personal(kind.item_type)
    return isinstance(kind, inspect.DictType) and _is_personal(kind.value_type)
