"""Lists answer in pages: `Page(items, next)`, where `next` asks for what follows.

A cursor holds the sort key of the last item shown, so rows inserted meanwhile neither repeat nor hide others. It is
opaque to callers but no secret: whoever forges one only chooses where their own list begins.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from litestar.params import Parameter

from shangmai.kernel.errors import Invalid

LIMIT_MAX: Final = 200
CURSOR_CHARS_MAX: Final = 1024

Limit = Annotated[int, Parameter(ge=1, le=LIMIT_MAX, description="How many items to give at most. 每页最多条数。")]
Cursor = Annotated[
    str | None, Parameter(max_length=CURSOR_CHARS_MAX, description="`next` of the page before. 上一页给出的 `next`。")
]

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some items of a list in its order; `next` is the `cursor` of the following page, null on the last one."""

    items: list[T]
    next: str | None = None


class BadCursor(Invalid):
    """This cursor was not made by this list. Take it from `next` of the page before, or leave it out to start over."""

    zh = "游标不是由此列表产生。请使用上一页的 `next`，或去掉游标从头开始。"


def page(rows: Sequence[T], limit: int, key: Callable[[T], tuple[Any, ...]]) -> Page[T]:
    """Make the page of up to `limit + 1` rows: the extra one only tells that more follows. `key` is the sort key."""
    items = list(rows[:limit])
    return Page(items=items, next=encode_cursor(*key(items[-1])) if len(rows) > limit else None)


def encode_cursor(*key: object) -> str:
    """Write a sort key (text, numbers, UUIDs, times) as an opaque cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def decode_cursor(cursor: str | None, *types: Any) -> tuple[Any, ...] | None:
    """Read the sort key of a cursor as these types; None when there is none. Raises: BadCursor.

    `after = decode_cursor(cursor, datetime, UUID)`, then `WHERE (created_at, id) < ($1, $2)`.
    """
    if cursor is None or cursor == "":
        return None
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key: tuple[Any, ...] = msgspec.json.decode(packed, type=tuple[types])  # type: ignore[valid-type]
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise BadCursor([("cursor", "is not one of this list")]) from None
    return key
