"""Parcels: booked with a carrier, followed until somebody has signed for them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.actions.contract import Personal
from shangmai.kernel.errors import Conflict, NotFound, words
from shangmai.kernel.events.contract import event
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract.carriers import CarrierAccountId
from shangmai.modules.logistics.contract.price_cards import VolumeCm3
from shangmai.modules.logistics.contract.regions import RegionCode
from shangmai.modules.organization.contract import CompanyId

ParcelId = NewType("ParcelId", UUID)
"""Of a parcel that was booked with a carrier (包裹)."""

WeightG = Annotated[int, Meta(ge=0, le=100_000_000)]


class ParcelState(StrEnum):
    """How far a parcel is. Booking: the carrier was asked for a number. Failed: it refused, and a person must look."""

    BOOKING = "booking"
    FAILED = "failed"
    BOOKED = "booked"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    RETURNING = "returning"
    SIGNED = "signed"
    RETURNED = "returned"
    LOST = "lost"
    CANCELED = "canceled"


AT_HOME: Final = frozenset({ParcelState.BOOKING, ParcelState.FAILED, ParcelState.BOOKED})
"""The carrier does not have it yet, so it can be canceled."""
ENDED: Final = frozenset({ParcelState.SIGNED, ParcelState.RETURNED, ParcelState.LOST, ParcelState.CANCELED})


class ParcelReceiver(Struct, frozen=True, kw_only=True):
    """Whom a parcel goes to; kept encrypted. `cipher`: what stands for them at a channel that keeps them to itself."""

    name: Annotated[str, Meta(min_length=1, max_length=100), Personal]
    phone: Annotated[str, Meta(min_length=5, max_length=32), Personal]
    province: Annotated[str, Meta(max_length=50)] = ""
    city: Annotated[str, Meta(max_length=50)] = ""
    district: Annotated[str, Meta(max_length=50)] = ""
    street: Annotated[str, Meta(max_length=300), Personal] = ""
    region_code: RegionCode | None = None
    cipher: Annotated[str, Meta(max_length=2000), Personal] = ""


class BookParcel(Struct, frozen=True, kw_only=True):
    """Book a parcel with a carrier. 预约快递、取运单号。

    `doc`: what it is a parcel of (a fulfilment unit); `number`: its name there, unique in the doc. Booking the same
    number of a doc again gives the same parcel, unless that was canceled. `weight_g`: estimated, in grams. `carrier`:
    its code, or what people call it; without one, price cards and history choose. `from_floor`: the warehouse's floor
    packs it and hands it over by scan, so its carrier is not waited for until then.
    """

    doc: UUID
    number: Annotated[str, Meta(min_length=1, max_length=64)]
    company_id: CompanyId
    warehouse_id: WarehouseId
    receiver: ParcelReceiver
    carrier: Annotated[str, Meta(max_length=50, description="Code or name; none: chosen. 快递公司，空为自动选择。")] = (
        ""
    )
    weight_g: WeightG = 0
    note: Annotated[str, Meta(max_length=200)] = ""
    from_floor: bool = False


class Parcel(Struct, frozen=True, kw_only=True):
    """A parcel. `waybill`: empty while the carrier is asked. `route`: the carrier's sorting code (三段码), if any.

    `from_region`, `to_region`: six digits (GB/T 2260), as near as known. `problem`: why it could not be booked.
    `chosen`: why it goes by this carrier, where none was named. `volume_cm3`: of its carton; 0 where that is not known.
    """

    id: ParcelId
    doc: UUID
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    carrier: str
    account_id: CarrierAccountId | None
    waybill: str
    state: ParcelState
    weight_g: int
    from_region: str | None
    to_region: str | None
    route: str
    note: str
    problem: str
    created_at: datetime
    booked_at: datetime | None = None
    ended_at: datetime | None = None
    chosen: str = ""
    volume_cm3: int = 0


class CancelParcel(Struct, frozen=True, kw_only=True):
    """Cancel a parcel that the carrier does not have yet; its number goes back. 取消运单。"""

    parcel_id: ParcelId


class ParcelsCanceled(Struct, frozen=True, kw_only=True):
    """The parcels of a doc that are canceled now; none where none were left to cancel."""

    doc: UUID
    waybills: tuple[str, ...]


class RetryBooking(Struct, frozen=True, kw_only=True):
    """Ask the carrier again for a parcel that it refused, after what it named was mended. 重新预约。"""

    parcel_id: ParcelId


class BeginBooking(Struct, frozen=True, kw_only=True):
    """Note that a carrier is about to be asked for a waybill: from now on it may know of the parcel. 开始取号。"""

    parcel_id: ParcelId


class NoteWaybill(Struct, frozen=True, kw_only=True):
    """Note the waybill that a carrier gave. 登记运单号。"""

    parcel_id: ParcelId
    waybill: Annotated[str, Meta(min_length=1, max_length=40)]
    route: Annotated[str, Meta(max_length=100)] = ""


class FailBooking(Struct, frozen=True, kw_only=True):
    """Note why a carrier gives no waybill. 登记取号失败。"""

    parcel_id: ParcelId
    problem: Annotated[str, Meta(max_length=500)]


class ParcelJob(Struct, frozen=True, kw_only=True):
    """A parcel that something outside is to be done about."""

    parcel_id: ParcelId


class WeighParcel(Struct, frozen=True, kw_only=True):
    """Note what a parcel weighs, in grams, and the room that it takes; 0 leaves that as it was. 登记包裹重量与体积。"""

    parcel_id: ParcelId
    weight_g: Annotated[int, Meta(ge=1, le=100_000_000)]
    volume_cm3: VolumeCm3 = 0


@event("logistics.parcel_booked.v1", key="doc")
class ParcelBooked(Struct, frozen=True, kw_only=True):
    """A parcel has its waybill."""

    parcel_id: ParcelId
    doc: UUID
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    carrier: str
    waybill: str


@event("logistics.booking_failed.v1", key="doc")
class BookingFailed(Struct, frozen=True, kw_only=True):
    """A carrier gives no waybill for a parcel: somebody must mend what it names, then retry, or cancel it."""

    parcel_id: ParcelId
    doc: UUID
    number: str
    company_id: CompanyId
    carrier: str
    problem: str


@event("logistics.parcel_canceled.v1", key="doc")
class ParcelCanceled(Struct, frozen=True, kw_only=True):
    """A parcel was canceled before the carrier had it, and its number has gone back."""

    parcel_id: ParcelId
    doc: UUID
    number: str
    company_id: CompanyId
    carrier: str
    waybill: str


class ParcelNotFound(NotFound):
    """There is no parcel {parcel_id}, or you may not see it."""

    zh = "没有包裹 {parcel_id}，或你无权查看。"


class ReceiverGone(Conflict):
    """Whom parcel {number} went to was removed, so its carrier can't be asked. Look for it at the carrier's console."""

    zh = "包裹 {number} 的收件人已删除，无法再向快递查询，请在快递公司后台核对。"


STATE_ZH: Final = {
    "booking": "预约中",
    "failed": "预约失败",
    "booked": "已预约",
    "picked_up": "已揽收",
    "in_transit": "运输中",
    "out_for_delivery": "派送中",
    "returning": "退回中",
    "signed": "已签收",
    "returned": "已退回",
    "lost": "已丢失",
    "canceled": "已取消",
}


class NotFailed(Conflict):
    """Parcel {number} is {state}; only a booking that failed can be tried again."""

    zh = "包裹 {number} {state}，只有预约失败的包裹可以重试。"
    zh_words = words(state=STATE_ZH)


class ParcelHasLeft(Conflict):
    """Parcel {number} is {state}: the carrier has it. Ask the carrier to stop it instead."""

    zh = "包裹 {number} {state}，快递已揽收，不能取消；请改为拦截件。"
    zh_words = words(state=STATE_ZH)
