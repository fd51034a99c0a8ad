"""What is wrong with an input is told in the caller's language, with the field's path."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from shangmai.kernel.actions.contract import ACTIONS, InputInvalid, action
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx


class Colour(StrEnum):
    RED = "red"


class Line(msgspec.Struct):
    qty: Annotated[int, Meta(ge=1, le=9)]


class Everything(msgspec.Struct, forbid_unknown_fields=True):
    id: UUID
    lines: Annotated[list[Line], Meta(min_length=1, max_length=2)] = []
    name: Annotated[str, Meta(min_length=1, max_length=3, pattern="^a")] = "a"
    colour: Colour = Colour.RED
    at: Annotated[datetime, Meta(tz=True)] | None = None
    notes: dict[str, str] = {}


@action("doors.everything", grant="doors.everything")
async def everything(tx: Tx, do: Everything) -> None:
    """Take everything."""


def refusal(raw: bytes | dict[str, Any], lang: Lang = "en") -> InputInvalid:
    with pytest.raises(InputInvalid) as refused:
        read_input(ACTIONS["doors.everything"], raw, lang)
    return refused.value


ID = b'"id":"019b0000-0000-7000-8000-000000000000"'


@pytest.mark.parametrize(
    ("raw", "path", "english", "chinese"),
    [
        (b"{}", "id", "is required", "必填"),
        (b'{"id":"x"}', "id", "does not have the right form", "格式不正确"),
        (b'{"id":1}', "id", "must be uuid", "应为uuid"),
        (b'{%s,"lines":[{"qty":0}]}' % ID, "lines.0.qty", "must be at least 1", "不能小于 1"),
        (b'{%s,"lines":[{"qty":1},{"qty":10}]}' % ID, "lines.1.qty", "must be at most 9", "不能大于 9"),
        (b'{%s,"lines":[{}]}' % ID, "lines.0.qty", "is required", "必填"),
        (b'{%s,"lines":[]}' % ID, "lines", "must have at least 1 items", "至少 1 项"),
        (b'{%s,"name":""}' % ID, "name", "must have at least 1 characters", "至少 1 个字符"),
        (b'{%s,"name":"aaaa"}' % ID, "name", "must have at most 3 characters", "最多 3 个字符"),
        (b'{%s,"name":"b"}' % ID, "name", "does not have the right form", "格式不正确"),
        (b'{%s,"colour":"blue"}' % ID, "colour", "'blue' is not one of the allowed values", "'blue' 不是允许的值"),
        (b'{%s,"size":1}' % ID, "size", "is not a field here", "没有这个字段"),
        (b'{%s,"name":"a\\u0000"}' % ID, "name", "does not have the right form", "格式不正确"),
        (b'{%s,"notes":{"a":"\\u0000"}}' % ID, "notes.a", "does not have the right form", "格式不正确"),
        (b"{", "", "is not valid JSON", "不是有效的 JSON"),
        (b'{%s,"name":"\xff"}' % ID, "", "is not valid JSON", "不是有效的 JSON"),
    ],
)
def test_field_and_reason(raw: bytes, path: str, english: str, chinese: str) -> None:
    for lang, why in (("en", english), ("zh-CN", chinese)):
        told = refusal(raw, lang)  # type: ignore[arg-type]
        assert told.fields == [(path, why)]


def test_a_time_without_zone() -> None:
    told = refusal(b'{%s,"at":"2026-01-01T00:00:00"}' % ID)
    assert told.fields == [("at", "needs a timezone, as in 2026-01-31T20:30:00+08:00")]


def test_plain_values_are_read_leniently_and_checked_alike() -> None:
    id_ = "019b0000-0000-7000-8000-000000000000"
    assert read_input(ACTIONS["doors.everything"], {"id": id_, "lines": [{"qty": "3"}]}) == Everything(
        id=UUID(id_), lines=[Line(qty=3)]
    )
    assert refusal({"id": id_, "name": "a\0"}).fields == [("name", "does not have the right form")]


def test_a_backslash_is_no_character_zero() -> None:
    read_input(ACTIONS["doors.everything"], b'{%s,"notes":{"a":"\\\\u0000"}}' % ID)
