"""Warehouses, stock documents and what can be asked of stock."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, NotFound, words
from shangmai.kernel.events.contract import event
from shangmai.kernel.i18n import register_folder
from shangmai.kernel.money import round_ratio
from shangmai.kernel.tx import Item
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.organization.contract import CompanyId, ShopId

register_folder("inventory", Path(__file__).parents[1])

WarehouseId = NewType("WarehouseId", UUID)
NOBODY = UUID(int=0)
"""The owner of the enterprise's own goods; consigned goods carry their merchant."""

Code = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_-]+$")]
Text = Annotated[str, Meta(min_length=1, max_length=200)]
Place = Annotated[str, Meta(pattern=r"^[1-9][0-9]{5}$(?!\n)", description="GB/T 2260, as 310115. 行政区划代码。")]
Qty = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Minor = Annotated[int, Meta(ge=0, le=10**15)]


class Bucket(StrEnum):
    """Where pieces stand. The first three are in a warehouse and counted; the others are where they come from or go."""

    SELLABLE = "sellable"
    DEFECTIVE = "defective"
    IN_TRANSIT = "in_transit"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    ADJUSTMENT = "adjustment"


COUNTED = frozenset({Bucket.SELLABLE, Bucket.DEFECTIVE, Bucket.IN_TRANSIT})


class ReceiptReason(StrEnum):
    PURCHASE = "purchase"
    OPENING = "opening"
    UNMATCHED_RETURN = "unmatched_return"


class AdjustReason(StrEnum):
    COUNT = "count"
    DAMAGED = "damaged"
    LOST = "lost"
    FOUND = "found"
    SAMPLE = "sample"
    WRITE_OFF = "write_off"
    CORRECTION = "correction"


class Warehouse(Struct, frozen=True, kw_only=True):
    """`region`: where it stands, six digits (GB/T 2260); carriers' prices go by it."""

    id: WarehouseId
    code: str
    name: str
    company_id: CompanyId
    region: str | None = None


class CreateWarehouse(Struct, frozen=True, kw_only=True):
    """Create a warehouse of a company."""

    code: Code
    name: Text
    company_id: CompanyId
    region: Place | None = None


class SetWarehouseRegion(Struct, frozen=True, kw_only=True):
    """Say in which province, city or district a warehouse stands."""

    warehouse_id: WarehouseId
    region: Place


class AssignWarehouse(Struct, frozen=True, kw_only=True):
    """Let a shop's orders be held in this warehouse unless they name another."""

    shop_id: ShopId
    warehouse_id: WarehouseId


class Assigned(Struct, frozen=True, kw_only=True):
    shop_id: ShopId
    warehouse_id: WarehouseId


class ReceiptLine(Struct, frozen=True, kw_only=True):
    """Pieces received. `cost_minor` is the cost of the whole line."""

    sku_id: SkuId
    qty: Qty
    cost_minor: Minor
    bucket: Bucket = Bucket.SELLABLE
    lot: str = ""


class Receive(Struct, frozen=True, kw_only=True):
    """Receive goods into a warehouse."""

    warehouse_id: WarehouseId
    reason: ReceiptReason = ReceiptReason.PURCHASE
    reference: Text
    lines: Annotated[list[ReceiptLine], Meta(min_length=1, max_length=2000)]


class AdjustLine(Struct, frozen=True, kw_only=True):
    """Pieces found (positive) or gone (negative)."""

    sku_id: SkuId
    qty: Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)]
    bucket: Bucket = Bucket.SELLABLE
    lot: str = ""


class Adjust(Struct, frozen=True, kw_only=True):
    """Correct stock to what is really there, with a reason. Found pieces are valued as those beside them."""

    warehouse_id: WarehouseId
    reason: AdjustReason
    reference: Text
    lines: Annotated[list[AdjustLine], Meta(min_length=1, max_length=2000)]


class TransferLine(Struct, frozen=True, kw_only=True):
    sku_id: SkuId
    qty: Qty
    lot: str = ""


class SendTransfer(Struct, frozen=True, kw_only=True):
    """Send goods to another warehouse; they are in transit there until they arrive."""

    from_warehouse_id: WarehouseId
    to_warehouse_id: WarehouseId
    reference: Text
    lines: Annotated[list[TransferLine], Meta(min_length=1, max_length=2000)]


class ArriveTransfer(Struct, frozen=True, kw_only=True):
    """Put all goods of a transfer that are in transit on the shelves of the warehouse they were sent to."""

    document_id: UUID


class Regrade(Struct, frozen=True, kw_only=True):
    """Move pieces between sellable and defective."""

    warehouse_id: WarehouseId
    sku_id: SkuId
    qty: Qty
    to: Bucket
    reference: Text
    lot: str = ""


class SetSafety(Struct, frozen=True, kw_only=True):
    """Keep `safety` pieces back from sale, and let `virtual` more be sold than are on hand."""

    warehouse_id: WarehouseId
    sku_id: SkuId
    safety: Annotated[int, Meta(ge=0)] = 0
    virtual: Annotated[int, Meta(ge=0)] = 0


class StockDocument(Struct, frozen=True, kw_only=True):
    """A receipt, adjustment, transfer or regrade as posted; `value_minor` is the cost that moved."""

    id: UUID
    number: str
    kind: str
    warehouse_id: WarehouseId
    reason: str
    reference: str
    at: datetime
    pieces: int
    value_minor: int


class TransferUnderWay(Struct, frozen=True, kw_only=True):
    """Pieces that left a warehouse for another one and have not arrived."""

    id: UUID
    number: str
    from_warehouse_id: WarehouseId
    warehouse_id: WarehouseId
    reference: str
    at: datetime
    pieces: int


class StockLevel(Struct, frozen=True, kw_only=True):
    """available = on_hand − held − floor, where floor = safety − virtual."""

    sku_id: SkuId
    warehouse_id: WarehouseId
    bucket: Bucket
    lot: str
    on_hand: int
    held: int
    floor: int
    available: int
    value_minor: int


class AverageCost(Struct, frozen=True):
    """What the sellable pieces at a place are worth together, in minor units of the company's currency."""

    value_minor: int
    pieces: int

    def of(self, qty: int) -> int:
        """The cost of so many pieces at the moving average, half away from zero; nothing where there are none."""
        return round_ratio(self.value_minor * qty, self.pieces) if self.pieces else 0


class HoldLine(Struct, frozen=True, kw_only=True):
    """Pieces to hold for a document line of a shop; lines of one `doc` are all or none."""

    shop_id: ShopId
    sku_id: SkuId
    warehouse_id: WarehouseId
    qty: int
    doc: UUID
    line: int
    item: Item
    expires_at: datetime | None = None


class HeldPart(Struct, frozen=True, kw_only=True):
    """`qty` of the `left` pieces that a document line has yet to send, from this warehouse or wherever they are held.

    Pieces of `sku_id`, the line's own, go one for one, whether all that is left is held or not. What else is held, a
    kit's components, goes in proportion: it must be held for all that is left.
    """

    line: int
    qty: int
    left: int
    sku_id: SkuId | None
    warehouse_id: WarehouseId | None = None


class Ship(Struct, frozen=True, kw_only=True):
    """Parts of a document that leave. Those that share a `group` are all or none, and stand next to each other."""

    doc: UUID
    lines: list[HeldPart]
    item: Item
    group: object = None


class Shipped(Struct, frozen=True, kw_only=True):
    """What the pieces had cost, by document line."""

    cost_by_line: dict[int, int]


class Free(Struct, frozen=True, kw_only=True):
    """Parts of a document that are not wanted any more."""

    doc: UUID
    lines: list[HeldPart]
    item: Item


class MovePart(HeldPart, frozen=True, kw_only=True):
    """A part of what a document line holds, to be held in another warehouse instead."""

    to: WarehouseId


class MoveHolds(Struct, frozen=True, kw_only=True):
    """Parts of a document of a shop to be held in other warehouses instead, all or none."""

    doc: UUID
    shop_id: ShopId
    lines: list[MovePart]
    item: Item


class HeldAt(Struct, frozen=True, kw_only=True):
    """Pieces that a document line holds in one warehouse still."""

    doc: UUID
    line: int
    sku_id: SkuId
    warehouse_id: WarehouseId
    pieces: int


class TakeBack(Struct, frozen=True, kw_only=True):
    """Pieces that come back at the cost they had left with."""

    sku_id: SkuId
    warehouse_id: WarehouseId
    bucket: Bucket
    qty: int
    cost_minor: int
    doc: UUID
    line: int
    item: Item


@event("inventory.received.v1", key="document_id")
class StockReceived(Struct, frozen=True, kw_only=True):
    document_id: UUID
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    reason: str
    value_minor: int
    currency: str


@event("inventory.adjusted.v1", key="document_id")
class StockAdjusted(Struct, frozen=True, kw_only=True):
    document_id: UUID
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    reason: str
    loss_minor: int
    gain_minor: int
    currency: str


@event("inventory.moved.v1", key="document_id")
class StockMoved(Struct, frozen=True, kw_only=True):
    """Goods changed place or grade inside the enterprise; their value went with them."""

    document_id: UUID
    number: str
    kind: str
    from_warehouse_id: WarehouseId
    to_warehouse_id: WarehouseId


@event("inventory.safety_set.v1", key="sku_id")
class SafetySet(Struct, frozen=True, kw_only=True):
    """How many pieces are kept back from sale, or sold beyond what is there, has changed."""

    sku_id: SkuId
    warehouse_id: WarehouseId
    floor: int


@event("inventory.warehouse_region_set.v1", key="warehouse_id")
class WarehouseRegionSet(Struct, frozen=True, kw_only=True):
    """A warehouse stands in this region from now on."""

    warehouse_id: WarehouseId
    region: str


@event("inventory.warehouse_assigned.v1", key="shop_id")
class WarehouseAssigned(Struct, frozen=True, kw_only=True):
    """A shop sells from this warehouse from now on."""

    shop_id: ShopId
    warehouse_id: WarehouseId


class OutOfStock(Conflict):
    """Only {available} of the {wanted} pieces wanted of {sku_id} are available. Order fewer, or wait for a receipt."""

    zh = "商品 {sku_id} 可用 {available} 件，不足 {wanted} 件。请减少数量，或等待到货。"


class NotHeld(Conflict):
    """Of line {line} only {held} pieces are held there, {wanted} are wanted. Move its stock first, or take fewer."""

    zh = "第 {line} 行在该仓只占用 {held} 件，不足 {wanted} 件。请先移仓，或减少数量。"


class WarehouseNotFound(NotFound):
    """There is no warehouse {warehouse_id}, or you may not see it."""

    zh = "没有仓库 {warehouse_id}，或你无权查看。"


class WarehouseExists(Conflict):
    """There is a warehouse with the code {code} already."""

    zh = "仓库编码 {code} 已存在。"


class NoWarehouse(Conflict):
    """The shop has no warehouse. Assign one with inventory.assign_warehouse, or name one in the order."""

    zh = "店铺没有默认仓库。请先用 inventory.assign_warehouse 指定，或在订单里写明仓库。"


class TransferNotFound(NotFound):
    """There is no transfer {document_id} on its way."""

    zh = "没有在途的调拨单 {document_id}。"


class SameWarehouse(Conflict):
    """A transfer needs two different warehouses of one company."""

    zh = "调拨需要同一公司的两个不同仓库。"


class NothingToAdjust(Conflict):
    """A line adjusts by zero pieces; leave it out."""

    zh = "有一行的调整数量为零，请删去该行。"


class NotStocked(Conflict):
    """{sku} is a {kind}, which has no stock of its own: receive the components of a kit, and nothing for a service."""

    zh = "{sku} 是{kind}，没有自己的库存：套装请入库其组件，服务类无需入库。"
    zh_words = words(kind={"kit": "套装", "service": "服务"})


class NotAStockBucket(Conflict):
    """Goods can only stand in sellable, defective or in transit, not in {bucket}."""

    zh = "货物只能处于可售、残次或在途，不能是 {bucket}。"
