"""Pick requests (拣货需求): what is asked of a warehouse's floor."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.errors import Conflict, NotFound, words
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.warehouse.contract.waves import REQUEST_ZH, WaveId


class RequestState(StrEnum):
    """How far a request is: waiting for a wave, in one, all picked, packed, with the carrier, gone; or stopped."""

    WAITING = "waiting"
    WAVED = "waved"
    PICKED = "picked"
    PACKED = "packed"
    HANDED_OVER = "handed_over"
    LEFT = "left"
    STOPPED = "stopped"


ON_FLOOR = frozenset({RequestState.WAVED, RequestState.PICKED, RequestState.PACKED})
"""Pieces of it are set aside or picked, and it can still be stopped."""
OUT = frozenset({RequestState.HANDED_OVER, RequestState.LEFT})


class RequestedLine(Struct, frozen=True, kw_only=True):
    """Pieces of one SKU for an order's line; a kit's line asks for each of its components."""

    order_id: UUID
    line: int
    sku_id: SkuId
    qty: int


class PickRequest(Struct, frozen=True, kw_only=True):
    """What is to leave together: `doc` is who asks (a fulfilment unit), `number` what people call it.

    `revision` goes up with every change to it. Of two requests the one with the higher `priority` goes first, then the
    one that is due sooner. `to_warehouse_id`: of a transfer, where it goes; its lines' order is the transfer itself.
    """

    doc: UUID
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    courier: str = ""
    priority: int = 0
    due_at: datetime | None = None
    revision: int = 1
    to_warehouse_id: WarehouseId | None = None
    reference: str = ""
    lines: tuple[RequestedLine, ...]


class Asked(Struct, frozen=True, kw_only=True):
    """What became of a request: how far it is now, and the pieces that must be put back because of it."""

    doc: UUID
    state: RequestState
    to_put_back: int = 0


class Requested(Struct, frozen=True, kw_only=True):
    """A request as people see it. `short`: pieces that pickers did not find and no other bin has. `why`: it stopped.

    `to_warehouse_id`: where a transfer goes (调拨); none of an order's. `reference`: what a transfer was called.
    """

    doc: UUID
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    courier: str
    priority: int
    due_at: datetime | None
    revision: int
    state: RequestState
    wave_id: WaveId | None
    cell: int | None
    pieces: int
    short: int
    why: str
    asked_at: datetime
    to_warehouse_id: WarehouseId | None = None
    reference: str = ""


class FloorWork(Struct, frozen=True, kw_only=True):
    """Requests of orders that are equally far: how many, how many of them should have left, the most urgent ones.

    `warehouse_id`: where the most urgent one is.
    """

    count: int
    overdue: int
    docs: tuple[UUID, ...]
    warehouse_id: WarehouseId | None


class ShortPiece(Struct, frozen=True, kw_only=True):
    """Pieces of an order that its warehouse has not got in its bins, whatever its stock says."""

    order_id: UUID
    sku_id: SkuId
    qty: int


# --- events --------------------------------------------------------------------------------------------------------


@event("warehouse.asked.v1", key="warehouse_id")
class RequestsAsked(Struct, frozen=True, kw_only=True):
    """Requests wait for a wave."""

    warehouse_id: WarehouseId
    docs: tuple[UUID, ...]


@event("warehouse.stopped.v1", key="doc")
class RequestStoppedOnFloor(Struct, frozen=True, kw_only=True):
    """What was being picked or packed must not leave; so many of its pieces are to be put back."""

    doc: UUID
    number: str
    warehouse_id: WarehouseId
    why: str
    to_put_back: int


# --- errors --------------------------------------------------------------------------------------------------------


class RequestNotFound(NotFound):
    """There is no pick request {number}. Scan the number of the unit again; perhaps it goes from another warehouse."""

    zh = "没有拣货需求 {number}。请重新扫描发货单号，可能属于其他仓库。"


class AlreadyOut(Conflict):
    """Request {number} is {state}: the parcel is with the carrier. Intercept it there, or open a return."""

    zh = "拣货需求 {number} {state}：包裹已交给快递。请联系快递拦截，或走退货。"
    zh_words = words(state=REQUEST_ZH)
