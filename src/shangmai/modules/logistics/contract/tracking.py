"""Scans of parcels by their carriers, and what they come to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.actions.contract import Personal
from shangmai.kernel.errors import Conflict, NotFound
from shangmai.kernel.events.contract import event
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract.carriers import CarrierCode, Waybill
from shangmai.modules.logistics.contract.parcels import ParcelId, ParcelState, WeightG
from shangmai.modules.logistics.contract.regions import RegionCode
from shangmai.modules.organization.contract import CompanyId


class ScanKind(StrEnum):
    """What a scan tells. Refused (拒收) and problem (疑难) leave the parcel where it is; somebody should look."""

    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    PROBLEM = "problem"
    OUT_FOR_DELIVERY = "out_for_delivery"
    REFUSED = "refused"
    RETURNING = "returning"
    LOST = "lost"
    SIGNED = "signed"
    RETURNED = "returned"


class Scan(Struct, frozen=True, kw_only=True):
    """One scan, at the carrier's time. `text`: as the carrier words it; it may name people."""

    at: datetime
    kind: ScanKind
    text: Annotated[str, Meta(max_length=500), Personal] = ""
    place: Annotated[str, Meta(max_length=100)] = ""


class RecordScans(Struct, frozen=True, kw_only=True):
    """Note what a carrier has scanned of a parcel, in any order; what is known changes nothing. 登记物流轨迹。"""

    carrier: CarrierCode
    waybill: Waybill
    scans: Annotated[list[Scan], Meta(min_length=1, max_length=500)]
    source: Annotated[str, Meta(max_length=20)] = "hand"


class Tracked(Struct, frozen=True, kw_only=True):
    """What a parcel is now. `added`: so many of the scans were new."""

    parcel_id: ParcelId
    state: ParcelState
    added: int


class Track(Struct, frozen=True, kw_only=True):
    """How far a parcel is, with its scans by the carrier's time."""

    state: ParcelState
    scans: tuple[Scan, ...]


class FollowParcel(Struct, frozen=True, kw_only=True):
    """Follow a parcel whose number was not given here, as one that left with a waybill typed in. 跟踪运单。"""

    doc: UUID
    number: Annotated[str, Meta(min_length=1, max_length=64)]
    company_id: CompanyId
    warehouse_id: WarehouseId
    carrier: CarrierCode
    waybill: Waybill
    to_region: RegionCode | None = None
    weight_g: WeightG = 0


class _Moved(Struct, frozen=True, kw_only=True):
    """A parcel is somewhere else than before; `at` is the carrier's time."""

    parcel_id: ParcelId
    doc: UUID
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    carrier: str
    waybill: str
    at: datetime


@event("logistics.parcel_picked_up.v1", key="doc")
class ParcelPickedUp(_Moved, frozen=True, kw_only=True):
    """The carrier has a parcel (揽收)."""


@event("logistics.parcel_in_transit.v1", key="doc")
class ParcelInTransit(_Moved, frozen=True, kw_only=True):
    """A parcel is on its way (在途)."""


@event("logistics.parcel_out_for_delivery.v1", key="doc")
class ParcelOutForDelivery(_Moved, frozen=True, kw_only=True):
    """A courier is bringing a parcel to its receiver (派件)."""


@event("logistics.parcel_signed.v1", key="doc")
class ParcelSigned(_Moved, frozen=True, kw_only=True):
    """Somebody has signed for a parcel (签收)."""


@event("logistics.parcel_returning.v1", key="doc")
class ParcelReturning(_Moved, frozen=True, kw_only=True):
    """A parcel is on its way back (退回)."""


@event("logistics.parcel_returned.v1", key="doc")
class ParcelReturned(_Moved, frozen=True, kw_only=True):
    """A parcel is back where it came from (退签)."""


@event("logistics.parcel_lost.v1", key="doc")
class ParcelLost(_Moved, frozen=True, kw_only=True):
    """The carrier says that it has lost a parcel (丢失). One that is found goes on."""


class WaybillUnknown(NotFound):
    """No parcel here has waybill {waybill} of {carrier}; look whether the number and the carrier are right."""

    zh = "没有 {carrier} 运单号 {waybill} 的包裹，请核对快递公司与单号。"


class WaybillTaken(Conflict):
    """Waybill {waybill} of {carrier} is on another parcel already; use another number."""

    zh = "{carrier} 运单号 {waybill} 已用于其他包裹，请换一个单号。"
