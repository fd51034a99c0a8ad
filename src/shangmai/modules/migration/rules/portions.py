"""Documents in portions: each is carried out step by step (sales, then adjustments, then returns), in few transactions.

A portion lies in one local month, and the stock plan is made with the grain of a month: so whatever the order within a
portion, and wherever a run stopped and goes on, no stock goes below zero.
"""

from collections.abc import Callable, Container, Iterator
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from shangmai.modules.migration.contract import (
    AdjustIntent,
    AdjustReason,
    Document,
    LedgerIntent,
    ReturnIntent,
    SaleIntent,
)
from shangmai.modules.migration.rules.classes import Classified
from shangmai.modules.migration.rules.intents import intents_of

SALES_MAX: Final = 256  # as many as one transaction takes
LINES_MAX: Final = 5000


class Numbered(Struct, frozen=True):
    """An intent that is one of several of its kind in a document; `name` tells them apart, in every run the same."""

    name: str
    intent: AdjustIntent | LedgerIntent


class Chunk(Struct):
    """A portion: documents from `start` (counted over the file) up to `end`, by what becomes of them."""

    month: date
    start: int
    end: int
    rows: int = 0
    sale_lines: int = 0
    sales: list[SaleIntent] = []
    returns: list[ReturnIntent] = []
    adjustments: list[Numbered] = []
    postings: list[Numbered] = []


def chunks(
    classified: Classified, reason_of: Callable[[str], AdjustReason], position: int = 0, without: Container[int] = ()
) -> Iterator[Chunk]:
    """Give the documents from `position` on in portions, oldest first; of those left out (by place), only the rows."""
    month_of = _month_finder(ZoneInfo(classified.columns.mapping.dates.timezone))
    chunk: Chunk | None = None
    for at, document in enumerate(islice(classified, position, None), position):
        month = month_of(document.at)
        if chunk is not None and (chunk.month != month or _is_full(chunk, document)):
            yield chunk
            chunk = None
        if chunk is None:
            chunk = Chunk(month, at, at)
        chunk.end += 1
        chunk.rows += len(document.lines)
        if at not in without:
            _add(chunk, document, reason_of)
    if chunk is not None:
        yield chunk


def _is_full(chunk: Chunk, document: Document) -> bool:
    return len(chunk.sales) >= SALES_MAX or chunk.sale_lines + len(document.lines) > LINES_MAX


def _add(chunk: Chunk, document: Document, reason_of: Callable[[str], AdjustReason]) -> None:
    name = document_name(document.number, document.canceled)
    for nth, intent in enumerate(intents_of(document, reason_of), 1):
        match intent:
            case SaleIntent():
                chunk.sales.append(intent)
                chunk.sale_lines += len(intent.lines)
            case ReturnIntent():
                chunk.returns.append(intent)
            case AdjustIntent():
                chunk.adjustments.append(Numbered(f"{name}/{nth}", intent))
            case LedgerIntent():
                chunk.postings.append(Numbered(f"{name}/{nth}", intent))


def document_name(number: str, canceled: bool) -> str:
    """Name a document in keys; a number that both sells and cancels has two."""
    part = number.replace("%", "%25").replace("/", "%2F")
    return f"{part}/canceled" if canceled else part


def named_document(rest: str) -> tuple[str, bool]:
    """Read from the end of a key, `<step>/<document>…`, which document it is of: its number, and whether it cancels."""
    _, part, *more = rest.split("/")
    return part.replace("%2F", "/").replace("%25", "%"), more[:1] == ["canceled"]


def _month_finder(zone: ZoneInfo) -> Callable[[datetime], date]:
    @lru_cache(maxsize=1 << 12)
    def month_of(at: datetime) -> date:
        return at.astimezone(zone).date().replace(day=1)

    return month_of
