"""Receiving notices (入库通知): what is to arrive, what did, and what is missing."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, NotFound
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import Bucket, Minor, Qty, Text, WarehouseId
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.warehouse.contract.lots import LotCode
from shangmai.modules.warehouse.contract.places import PlaceCode
from shangmai.modules.warehouse.contract.serials import SERIALS_MAX, SerialCode

NoticeId = NewType("NoticeId", UUID)
ReceiptId = NewType("ReceiptId", UUID)
LINES_MAX = 2000
Percent = Annotated[int, Meta(ge=0, le=100)]


class NoticeStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class NoticeLine(Struct, frozen=True, kw_only=True):
    """Pieces of a SKU that are to arrive, and what did: `received` in all, `defective` of them.

    `cost_minor`: what `expected` pieces cost together, in minor units of the company's currency.
    """

    line: int
    sku_id: SkuId
    expected: int
    cost_minor: int
    received: int = 0
    defective: int = 0

    @property
    def missing(self) -> int:
        """How many have not arrived."""
        return max(self.expected - self.received, 0)

    @property
    def over(self) -> int:
        """How many more than expected have."""
        return max(self.received - self.expected, 0)


class ReceiptNotice(Struct, frozen=True, kw_only=True):
    """A receiving notice. Of each line so many per cent more than expected are taken without a question."""

    id: NoticeId
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    reference: str
    expected_on: date | None
    over_percent: int
    status: NoticeStatus
    made_at: datetime
    closed_at: datetime | None
    lines: list[NoticeLine] = []


class GivenNoticeLine(Struct, frozen=True, kw_only=True):
    """Pieces of a SKU that are to arrive, and what they cost together."""

    sku_id: SkuId
    qty: Qty
    cost_minor: Minor = 0


class NotifyReceipt(Struct, frozen=True, kw_only=True):
    """Tell a warehouse what is to arrive. `reference`: the purchase order, as its paper names it. 入库通知。"""

    warehouse_id: WarehouseId
    reference: Text
    expected_on: date | None = None
    over_percent: Percent = 0
    lines: Annotated[list[GivenNoticeLine], Meta(min_length=1, max_length=LINES_MAX)]


class ReceivedLine(Struct, frozen=True, kw_only=True):
    """Pieces of a notice's line that arrived: good ones, or defective; of a lot, made and to be used by then.

    `serials`: the number of each piece, where they have one.
    """

    line: Annotated[int, Meta(ge=1)]
    qty: Qty
    bucket: Bucket = Bucket.SELLABLE
    lot: LotCode = ""
    made_on: date | None = None
    expires_on: date | None = None
    serials: Annotated[list[SerialCode], Meta(max_length=SERIALS_MAX)] = []


class ReceiveNotice(Struct, frozen=True, kw_only=True):
    """Receive what arrived of a notice, all lines or none; the rest may come later.

    `slip`: the delivery's own number. The same slip with the same lines is received once, however often it is sent.
    `bin`: the bin that all of it stands in now, as a rule one of kind `receive`; without, it waits unplaced.
    `accept_over`: take more than the notice allows. 按通知收货。
    """

    notice_id: NoticeId
    slip: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\S")]
    bin: PlaceCode | None = None
    accept_over: bool = False
    lines: Annotated[list[ReceivedLine], Meta(min_length=1, max_length=LINES_MAX)]


class NoticeReceipt(Struct, frozen=True, kw_only=True):
    """What was received of a notice at a time, and the stock document that it was posted by."""

    id: ReceiptId
    notice_id: NoticeId
    slip: str
    document_id: UUID
    at: datetime
    lines: list[ReceivedLine]


class CloseNotice(Struct, frozen=True, kw_only=True):
    """Wait for no more of a notice. 关闭入库通知。"""

    notice_id: NoticeId


# --- events --------------------------------------------------------------------------------------------------------


@event("warehouse.receipt_notified.v1", key="notice_id")
class ReceiptNotified(Struct, frozen=True, kw_only=True):
    """A warehouse was told what is to arrive."""

    notice_id: NoticeId
    number: str
    warehouse_id: WarehouseId
    reference: str


@event("warehouse.notice_received.v1", key="notice_id")
class NoticeReceived(Struct, frozen=True, kw_only=True):
    """Something of a notice arrived; `document_id` is the stock document."""

    notice_id: NoticeId
    receipt_id: ReceiptId
    document_id: UUID
    warehouse_id: WarehouseId
    reference: str
    pieces: int
    defective: int


@event("warehouse.notice_closed.v1", key="notice_id")
class NoticeClosed(Struct, frozen=True, kw_only=True):
    """No more of a notice is waited for: so many pieces are missing, so many came beyond it."""

    notice_id: NoticeId
    warehouse_id: WarehouseId
    reference: str
    missing: int
    over: int


# --- errors --------------------------------------------------------------------------------------------------------


class NoticeNotFound(NotFound):
    """There is no receiving notice {notice_id}, or you may not see it."""

    zh = "没有入库通知 {notice_id}，或你无权查看。"


class NoticeIsClosed(Conflict):
    """The notice {number} is closed. Make another one with warehouse.notify_receipt for what came after."""

    zh = "入库通知 {number} 已关闭。后到的货请用 warehouse.notify_receipt 另建通知。"


class NotOnNotice(Conflict):
    """The notice has no line {line}. Make another notice for goods that are not on it."""

    zh = "入库通知没有第 {line} 行。不在通知里的货请另建通知。"


class OverDelivered(Conflict):
    """Of line {line} {most} pieces may arrive, and it would be {received}. Count again, or send it with accept_over."""

    zh = "第 {line} 行最多可收 {most} 件，将收到 {received} 件。请复点；确认超收请带 accept_over。"


class SlipReused(Conflict):
    """The slip {slip} of this notice was received with other lines. Give this delivery a slip of its own."""

    zh = "该通知的送货单 {slip} 已收过，内容不同。请为这次到货使用另一个单号。"
