"""Serial numbers (序列号、唯一码): which piece is where, and who got it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.lots import LotCode

SERIALS_MAX = 5000
SerialCode = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^\S+$(?!\n)", description="序列号。")]
SerialCodes = Annotated[list[SerialCode], Meta(min_length=1, max_length=SERIALS_MAX)]


class SerialState(StrEnum):
    """Whether a piece is in the warehouse, or has left it."""

    IN = "in"
    OUT = "out"


class SerialStep(Struct, frozen=True, kw_only=True):
    """What happened to a piece: it came into a warehouse, or left it for an order's line, by which cause."""

    state: SerialState
    warehouse_id: WarehouseId
    order_id: UUID | None
    line: int | None
    at: datetime
    cause: UUID


class Serial(Struct, frozen=True, kw_only=True):
    """A piece by its number: in this warehouse, or gone from it; if for an order, for which line. `steps`: its life.

    `doc`: the request in whose parcel it was scanned, and has not left yet.
    """

    sku_id: SkuId
    serial: str
    lot: str
    state: SerialState
    warehouse_id: WarehouseId
    order_id: UUID | None
    line: int | None
    doc: UUID | None
    changed_at: datetime
    steps: list[SerialStep] = []


class RegisterSerials(Struct, frozen=True, kw_only=True):
    """Write down the numbers of pieces that are in a warehouse, new ones or such that came back. 登记序列号。

    `order_id`: they come back from this order; a number that it did not get is refused.
    """

    warehouse_id: WarehouseId
    sku_id: SkuId
    serials: SerialCodes
    lot: LotCode = ""
    order_id: UUID | None = None


class SendSerials(Struct, frozen=True, kw_only=True):
    """Say which pieces left a warehouse: for an order's line, or otherwise without one. 序列号出库。"""

    warehouse_id: WarehouseId
    sku_id: SkuId
    serials: SerialCodes
    order_id: UUID | None = None
    line: Annotated[int, Meta(ge=1)] | None = None


class SerialsNoted(Struct, frozen=True, kw_only=True):
    """How many pieces of a SKU were written down, and how many with a number the warehouse has now."""

    warehouse_id: WarehouseId
    sku_id: SkuId
    noted: int
    in_warehouse: int


# --- events --------------------------------------------------------------------------------------------------------


@event("warehouse.serials_registered.v1", key="sku_id")
class SerialsRegistered(Struct, frozen=True, kw_only=True):
    """Pieces with numbers are in a warehouse."""

    warehouse_id: WarehouseId
    sku_id: SkuId
    pieces: int


@event("warehouse.serials_sent.v1", key="sku_id")
class SerialsSent(Struct, frozen=True, kw_only=True):
    """Pieces with numbers left a warehouse."""

    warehouse_id: WarehouseId
    sku_id: SkuId
    order_id: UUID | None
    pieces: int


# --- errors --------------------------------------------------------------------------------------------------------


class SerialTwice(Conflict):
    """The serial number {serial} is given twice. Scan the pieces again."""

    zh = "序列号 {serial} 出现了两次，请重新扫描。"


class SerialInStock(Conflict):
    """The serial number {serial} of this SKU is in a warehouse already. Check the label: two pieces never share one."""

    zh = "该商品的序列号 {serial} 已在库。请核对标签：两件商品不会同号。"


class SerialNotHere(Conflict):
    """No piece with the serial number {serial} is in this warehouse. Scan it again, or register it first."""

    zh = "该仓没有序列号为 {serial} 的商品。请重新扫描，或先登记。"


class SerialNeeded(Conflict):
    """Each piece of {sku} has a number of its own. Scan the serial number on the piece, one piece at a time."""

    zh = "商品 {sku} 一物一码，请逐件扫描商品上的序列号。"


class SerialsMissing(Conflict):
    """Of {sku} there are {qty} pieces and {serials} serial numbers. Scan the number of each piece."""

    zh = "商品 {sku} 有 {qty} 件，却有 {serials} 个序列号。请扫描每一件的序列号。"


class SerialInParcel(Conflict):
    """The piece {serial} is in the parcel of {number} already. Scan the number on the piece that you hold."""

    zh = "序列号 {serial} 已在 {number} 的包裹中。请扫描手中商品的序列号。"


class SerialNotOfOrder(Conflict):
    """The piece {serial} did not go to that order. Look up /warehouse/serial to see who got it."""

    zh = "序列号 {serial} 不是该订单发出的商品。可在 /warehouse/serial 查询其去向。"


class MoreSerialsThanStock(Conflict):
    """The stock book has {on_hand} pieces here, and {serials} would have numbers. Receive them first, or scan again."""

    zh = "该仓库存账为 {on_hand} 件，登记后序列号将有 {serials} 个。请先入库，或重新扫描。"
