"""Transfers between warehouses (调拨) out of bins and into bins, with their lots."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, NotFound
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import Qty, Text, WarehouseId
from shangmai.modules.warehouse.contract.lots import LotCode
from shangmai.modules.warehouse.contract.places import PlaceCode
from shangmai.modules.warehouse.contract.waves import Reason, Wave

LINES_MAX = 2000


class SentLine(Struct, frozen=True, kw_only=True):
    """Pieces taken out of a bin for a transfer."""

    sku_id: SkuId
    qty: Qty
    bin: PlaceCode
    lot: LotCode = ""


class SendFromBins(Struct, frozen=True, kw_only=True):
    """Send good pieces out of bins to another warehouse; they are in transit until they arrive. 按货位调拨出库。"""

    from_warehouse_id: Annotated[WarehouseId, Meta(description="From. 调出仓库。")]
    to_warehouse_id: Annotated[WarehouseId, Meta(description="To. 调入仓库。")]
    reference: Annotated[Text, Meta(description="Reference. 单号或备注。")]
    lines: Annotated[list[SentLine], Meta(min_length=1, max_length=LINES_MAX)]


class PlanLine(Struct, frozen=True, kw_only=True):
    """Pieces of a SKU, out of whichever bins."""

    sku_id: SkuId
    qty: Qty


class PlanTransfer(Struct, frozen=True, kw_only=True):
    """Ask out of which bins the pieces of a transfer should be taken. 批量调拨：从哪些货位取。"""

    from_warehouse_id: WarehouseId
    lines: Annotated[list[PlanLine], Meta(min_length=1, max_length=LINES_MAX)]


class TransferPlan(Struct, frozen=True, kw_only=True):
    """A walk through the bins of a transfer: its `lines` in order, as `warehouse.send_from_bins` takes them.

    `walk_mm`: how far it is, of bins that stand somewhere. `short`: what is nowhere, or held for orders.
    """

    lines: list[SentLine]
    walk_mm: int
    short: list[PlanLine]


class StartTransfer(Struct, frozen=True, kw_only=True):
    """Have the pieces of a transfer picked: set aside out of these bins, in a wave with tasks. 调拨生成拣货波次。

    `lines`: as a transfer plan tells them. Without `release` the wave waits until it is released.
    """

    from_warehouse_id: Annotated[WarehouseId, Meta(description="From. 调出仓库。")]
    to_warehouse_id: Annotated[WarehouseId, Meta(description="To. 调入仓库。")]
    reference: Annotated[Text, Meta(description="Reference. 单号或备注。")]
    lines: Annotated[list[SentLine], Meta(min_length=1, max_length=LINES_MAX)]
    release: Annotated[bool, Meta(description="Pick at once. 立即下发拣货。")] = True


class TransferStarted(Struct, frozen=True, kw_only=True):
    """A transfer that is being picked: its id and number, and its wave."""

    doc: UUID
    number: str
    wave: Wave


class ShipTransfer(Struct, frozen=True, kw_only=True):
    """Let the picked pieces of a transfer leave for the other warehouse. 调拨拣货完成后发出。"""

    number: Annotated[str, Meta(min_length=1, max_length=80, description="The transfer's number. 调拨单号。")]
    short: Annotated[bool, Meta(description="Leave behind what is not picked. 少拣也发出。")] = False


class CancelTransfer(Struct, frozen=True, kw_only=True):
    """Call a transfer off that has not left; what is picked already is put back. 取消调拨。"""

    number: Annotated[str, Meta(min_length=1, max_length=80, description="The transfer's number. 调拨单号。")]
    reason: Annotated[Reason, Meta(description="Why. 原因。")]


class ArriveInBin(Struct, frozen=True, kw_only=True):
    """Let all goods of a transfer arrive in a bin, as a rule a `receive` one, with their lots. 按货位调拨入库。"""

    document_id: UUID
    bin: Annotated[PlaceCode, Meta(description="Into which bin. 入到货位。")]


class LotInTransit(Struct, frozen=True, kw_only=True):
    """Pieces of a lot that a transfer took."""

    sku_id: SkuId
    lot: str
    qty: int


class BinTransfer(Struct, frozen=True, kw_only=True):
    """A step of a transfer: its stock document, and the pieces by lot."""

    document_id: UUID
    number: str
    warehouse_id: WarehouseId
    pieces: int
    lots: list[LotInTransit]


# --- events --------------------------------------------------------------------------------------------------------


@event("warehouse.transfer_sent.v1", key="document_id")
class TransferSent(Struct, frozen=True, kw_only=True):
    """Pieces left bins for another warehouse."""

    document_id: UUID
    from_warehouse_id: WarehouseId
    to_warehouse_id: WarehouseId
    pieces: int


@event("warehouse.transfer_arrived.v1", key="document_id")
class TransferArrived(Struct, frozen=True, kw_only=True):
    """A transfer's pieces stand in a bin of the warehouse they were sent to. `sent_id`: the transfer's document."""

    document_id: UUID
    sent_id: UUID
    warehouse_id: WarehouseId
    pieces: int


# --- errors --------------------------------------------------------------------------------------------------------


class NotSentFromBins(NotFound):
    """No transfer {document_id} came out of bins. For another one use inventory.arrive_transfer, then put it away."""

    zh = "没有按货位出库的调拨单 {document_id}。其他调拨请用 inventory.arrive_transfer 入库，再上架。"


class TransferNotPicked(Conflict):
    """{left} pieces of transfer {number} are not picked, {picked} are. Pick them, or ship those with `short`."""

    zh = "调拨单 {number} 还有 {left} 件未拣，已拣 {picked} 件。请完成拣货，或选择少拣发出。"


class IsTransfer(Conflict):
    """{number} goes to another warehouse and is not packed for a customer. Ship it with warehouse.ship_transfer."""

    zh = "{number} 是发往其他仓库的调拨，不打包发快递。请用调拨发出。"
