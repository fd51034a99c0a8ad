"""What colleagues write to each other about an order."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.actions.contract import Personal
from shangmai.kernel.events.contract import event
from shangmai.modules.orders.contract.ids import OrderId

NoteId = NewType("NoteId", UUID)
MENTIONS_MAX = 20


class WriteNote(Struct, frozen=True, kw_only=True):
    """Write a note on an order for colleagues; `@login` in it gives that colleague a notice. 写订单留言。"""

    order_id: OrderId
    text: Annotated[
        str, Meta(min_length=1, max_length=1000, pattern=r"\S", description="What to say. 留言。"), Personal
    ]


class OrderNote(Struct, frozen=True, kw_only=True):
    """A note; `mentions` are the logins of those who were told. 订单留言。"""

    id: NoteId
    order_id: OrderId
    at: datetime
    by: UUID
    by_name: str
    text: str
    mentions: tuple[str, ...] = ()


@event("orders.note_written.v1", key="order_id")
class NoteWritten(Struct, frozen=True, kw_only=True):
    """A colleague has written a note; what it says stays with the order."""

    order_id: OrderId
    number: str
    note_id: NoteId
    by_name: str
    mentions: tuple[str, ...]
