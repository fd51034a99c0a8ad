"""Ids: UUIDv7 for machines, document numbers (`SO20260101-000123`) for people.

UUIDv7 sorts by time of creation (RFC 9562, 5.7): new rows go to the right end of an index, and an id tells its time.

They are UUIDs of the database driver, as all that are read from the database: equal to the standard library's and
instances of its class, but made, hashed, spelled and sent in a fraction of the time.
"""

import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import uuid_utils
from asyncpg.pgproto import pgproto
from msgspec import Struct

from shangmai.kernel.errors import Invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_US = timedelta(microseconds=1)
_NUMBER = re.compile(r"([A-Z]{1,8})(\d{8})-(\d{6}|[1-9]\d{6,})", re.ASCII)


class DocumentNumber(Struct, frozen=True):
    prefix: str
    day: date
    n: int


class NotADocumentNumber(Invalid):
    """'{text}' is not a document number; one looks like SO20260101-000123."""

    zh = "“{text}”不是单据号；单据号形如 SO20260101-000123。"


def new_id() -> UUID:
    """Make a UUIDv7 that sorts after every one this process made before."""
    return pgproto.UUID(uuid_utils.uuid7().bytes)


def new_ids(count: int) -> list[UUID]:
    """Make `count` ids, in rising order."""
    return [pgproto.UUID(uuid_utils.uuid7().bytes) for _ in range(count)]


def id_at(when: datetime) -> UUID:
    """Make an id for something of that time: imported history, demo data. In no order within its millisecond."""
    return pgproto.UUID(uuid_utils.uuid7(nanoseconds=(when - _EPOCH) // _US * 1000).bytes)


def first_id_at(when: datetime) -> UUID:
    """Give the lowest id of that millisecond: `id >= first_id_at(start)` reads a period off the primary key."""
    assert when >= _EPOCH, "UUIDv7 begins with 1970"
    return pgproto.UUID(((when - _EPOCH) // _MS << 80 | 0x7 << 76 | 0b10 << 62).to_bytes(16, "big"))


def created_at(id: UUID) -> datetime:
    """Read the time out of a UUIDv7, to the millisecond. Raises: ValueError for another kind of UUID."""
    if id.version != 7:
        raise ValueError(f"{id} is not a UUIDv7")
    return _EPOCH + (id.int >> 80) * _MS


def format_number(prefix: str, day: date, n: int) -> str:
    """Write a document number; past 999,999 a day it grows wider and stays unique, but sorts as text no more."""
    return format_numbers(prefix, day, n, 1)[0]


def format_numbers(prefix: str, day: date, first: int, count: int) -> list[str]:
    """Write the document numbers of a day from `first` on."""
    assert first > 0, f"document numbers start at 1, not {first}"
    head = f"{prefix}{day:%Y%m%d}-"
    numbers = [f"{head}{n:06}" for n in range(first, first + count)]
    assert not numbers or _NUMBER.fullmatch(numbers[0]), f"not a document number: {numbers[0]}"
    return numbers


def parse_number(text: str) -> DocumentNumber:
    """Read a document number as a person types it: blanks around it and small letters are fine.

    Raises: NotADocumentNumber.
    """
    match = _NUMBER.fullmatch(text.strip().upper())
    if match is None or int(match[3]) == 0:
        raise NotADocumentNumber(text=text[:40])
    return DocumentNumber(prefix=match[1], day=_day(match[2], text), n=int(match[3]))


def _day(digits: str, text: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise NotADocumentNumber(text=text[:40]) from None
