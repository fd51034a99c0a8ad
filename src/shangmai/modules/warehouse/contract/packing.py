"""Packing (验货打包), weighing and handing over: the last looks before a parcel is the carrier's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, NotFound, words
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import Qty, WarehouseId
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.warehouse.contract.cartons import CartonChoice, Side
from shangmai.modules.warehouse.contract.lots import LotCode
from shangmai.modules.warehouse.contract.picking import Scanned
from shangmai.modules.warehouse.contract.places import PlaceCode
from shangmai.modules.warehouse.contract.requests import RequestState
from shangmai.modules.warehouse.contract.waves import REQUEST_ZH, Reason, WaveId

WeightG = Annotated[int, Meta(ge=1, le=10**8, description="Grams, of a pallet at most. 克，最多一托。")]


class PackLine(Struct, frozen=True, kw_only=True):
    """Of a SKU so many pieces are to go, and so many have passed the check."""

    sku_id: SkuId
    sku: str
    name: str
    qty: int
    checked: int


class Packing(Struct, frozen=True, kw_only=True):
    """A request at the packing station. `done`: every piece has passed. `revision`: of what is in it."""

    doc: UUID
    number: str
    state: RequestState
    revision: int
    courier: str
    cell: int | None
    wave_id: WaveId | None
    lines: list[PackLine]
    done: bool


class PackScan(Struct, frozen=True, kw_only=True):
    """Let pieces of a request pass the check, by their barcode. 验货。

    `number`: the unit's. `revision`: what the station shows; one that is not the newest is refused.
    """

    number: Scanned
    barcode: Scanned
    qty: Qty = 1
    revision: int | None = None


class PackNext(Struct, frozen=True, kw_only=True):
    """Take the next request of a wave that wants this SKU and let the piece pass. 单品波次扫货出单。"""

    wave_id: WaveId
    barcode: Scanned
    qty: Qty = 1


class FinishPack(Struct, frozen=True, kw_only=True):
    """Close a parcel of which every piece has passed. 打包完成。

    `carton_g`: what the empty carton weighs, where `carton` is no code that the warehouse knows. Without a carrier the
    parcel goes by the one that was asked for.
    """

    number: Scanned
    revision: int | None = None
    carrier: Annotated[str, Meta(max_length=50)] = ""
    waybill: Annotated[str, Meta(max_length=64)] = ""
    carton: Annotated[str, Meta(max_length=50)] = ""
    carton_g: Annotated[int, Meta(ge=0, le=10**6)] = 0


class PackedBox(Struct, frozen=True, kw_only=True):
    """A further parcel of a unit, the `box`-th, under a number of its own; weights in grams."""

    doc: UUID
    box: int
    number: str
    carrier: str
    waybill: str
    carton: str
    carton_g: int
    weight_g: int | None
    handed_at: datetime | None


class PackedParcel(Struct, frozen=True, kw_only=True):
    """A closed parcel. `expected_g`: what its pieces and its carton weigh by their records; weights in grams.

    `accepted`: why it may be off by more than the tolerance. `boxes`: the further parcels that the unit leaves in; what
    all of them weigh together is what is expected.
    """

    doc: UUID
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    state: RequestState
    carrier: str
    waybill: str
    carton: str
    expected_g: int
    weight_g: int | None
    accepted: str
    packed_at: datetime
    handed_at: datetime | None
    boxes: list[PackedBox] = []


class AddBox(Struct, frozen=True, kw_only=True):
    """Pack a part of a packed unit into a further parcel: one unit, several parcels. 一单多包裹：加箱。

    It gets a waybill of the first parcel's carrier, if that was booked, unless one is given. `carton_g`: what the empty
    carton weighs, where `carton` is no code that the warehouse knows.
    """

    number: Scanned
    carrier: Annotated[str, Meta(max_length=50)] = ""
    waybill: Annotated[str, Meta(max_length=64, pattern=r"^\S*$(?!\n)")] = ""
    carton: Annotated[str, Meta(max_length=50)] = ""
    carton_g: Annotated[int, Meta(ge=0, le=10**6)] = 0


class RemoveBox(Struct, frozen=True, kw_only=True):
    """Take a further parcel away again: everything is in the others; its number goes back. 减箱。"""

    scanned: Scanned


class SetAside(Struct, frozen=True, kw_only=True):
    """Take picked pieces out of a request, as they are broken or must not go; others are picked instead. 剔除换拣。"""

    number: Scanned
    barcode: Scanned
    qty: Qty = 1
    lot: LotCode | None = None


class GivenCarton(Struct, frozen=True, kw_only=True):
    """A kind of carton as it is to be, under its code; inner sides in millimetres, weights in grams."""

    code: PlaceCode
    length_mm: Side
    width_mm: Side
    height_mm: Side
    own_g: Annotated[int, Meta(ge=0, le=10**6)] = 0
    goods_max_g: Annotated[int, Meta(ge=1, le=10**7)] | None = None
    active: bool = True


class SaveCartons(Struct, frozen=True, kw_only=True):
    """Make kinds of cartons of a warehouse, or change those of these codes. 纸箱设置。"""

    warehouse_id: WarehouseId
    cartons: Annotated[list[GivenCarton], Meta(min_length=1, max_length=200)]


class CartonAdvice(Struct, frozen=True, kw_only=True):
    """Which cartons to pack a request into. `unknown`: codes of SKUs whose sides nobody has said; they are left out."""

    number: str
    choice: CartonChoice
    unknown: list[str]


class SetWaybill(Struct, frozen=True, kw_only=True):
    """Say which waybill was stuck on a parcel. 绑定运单。"""

    number: Scanned
    carrier: Annotated[str, Meta(min_length=1, max_length=50)]
    waybill: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^\S+$(?!\n)")]


class Weigh(Struct, frozen=True, kw_only=True):
    """Note what a parcel weighs; scan its waybill or its unit's number. 称重。

    One that is off by more than the warehouse's tolerance needs a reason, and the grant `warehouse.accept_weight`.
    """

    scanned: Scanned
    weight_g: WeightG
    accept_reason: Reason | None = None


class HandOver(Struct, frozen=True, kw_only=True):
    """Give a parcel to its carrier; scan its waybill or its unit's number. 交接。"""

    warehouse_id: WarehouseId
    scanned: Scanned


# --- events --------------------------------------------------------------------------------------------------------


@event("warehouse.packed.v1", key="doc")
class ParcelPacked(Struct, frozen=True, kw_only=True):
    """A parcel is closed."""

    doc: UUID
    number: str
    warehouse_id: WarehouseId
    carrier: str
    waybill: str
    expected_g: int


@event("warehouse.weighed.v1", key="doc")
class ParcelWeighed(Struct, frozen=True, kw_only=True):
    """A packed parcel was on the scales. `accepted`: why it may weigh what was not expected."""

    doc: UUID
    number: str
    warehouse_id: WarehouseId
    weight_g: int
    expected_g: int
    accepted: str


class MoreParcel(Struct, frozen=True, kw_only=True):
    """A parcel of a unit beside the first."""

    carrier: str
    waybill: str


@event("warehouse.handed_over.v1", key="doc")
class ParcelHandedOver(Struct, frozen=True, kw_only=True):
    """All parcels of a unit are with their carrier; what is in them has left the warehouse.

    `weight_g`: as weighed, all together, or as expected. `more`: the parcels beside the first.
    """

    doc: UUID
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    carrier: str
    waybill: str
    weight_g: int
    more: tuple[MoreParcel, ...] = ()


# --- errors --------------------------------------------------------------------------------------------------------


class RequestStopped(Conflict):
    """STOP: {number} must not leave ({why}). Set its pieces aside to be put back."""

    zh = "停！{number} 已拦截，不能发出（{why}）。请把商品放到待放回区。"


class RequestChanged(Conflict):
    """STOP: what belongs into {number} has changed. Take everything out, reload it, and check it again."""

    zh = "停！{number} 的内容已变更。请取出全部商品，刷新后重新验货。"


class NotPickedYet(Conflict):
    """{number} is {state}: {left} pieces are not at the station yet. Pack it when they are."""

    zh = "{number} {state}，还有 {left} 件未到打包台。请到齐后再打包。"
    zh_words = words(state=REQUEST_ZH)


class AlreadyPacked(Conflict):
    """{number} is {state} already. Nothing is left to be packed."""

    zh = "{number} {state}，无需再打包。"
    zh_words = words(state=REQUEST_ZH)


class NotAllChecked(Conflict):
    """{left} pieces of {number} have not passed the check: {missing}. Scan them first."""

    zh = "{number} 还有 {left} 件未验货：{missing}。请先扫描。"


class NoneWantsIt(Conflict):
    """No picked request of wave {number} wants {scanned}. Put the piece back, or look at another wave."""

    zh = "波次 {number} 中没有已拣好且需要 {scanned} 的单。请放回商品，或换一个波次。"


class ParcelNotFound(NotFound):
    """No packed parcel has the waybill or number {scanned}. Pack it first, or scan it again."""

    zh = "没有运单号或单号为 {scanned} 的已打包包裹。请先打包，或重新扫描。"


class TooManyBoxes(Conflict):
    """{number} goes in {most} parcels at most. Split its order into several units instead."""

    zh = "{number} 最多分 {most} 个包裹发出，请改为拆分发货单。"


class WaybillUsed(Conflict):
    """Waybill {waybill} is on the parcel of {number} already. Print another one."""

    zh = "运单号 {waybill} 已用于 {number} 的包裹。请另打一张。"


class WeightOff(Conflict):
    """It weighs {weight_g} g, not about {expected_g} g: open it and check. Or give a reason, if you may."""

    zh = "重量 {weight_g} 克，与应重 {expected_g} 克相差过大：请开箱复核；有权限者可填写原因放行。"


class NotWeighed(Conflict):
    """{number} has not been weighed. Weigh it first."""

    zh = "{number} 尚未称重，请先称重。"


class NoWaybill(Conflict):
    """{number} has no waybill. Stick one on with warehouse.set_waybill first."""

    zh = "{number} 没有运单号，请先用 warehouse.set_waybill 绑定。"


class CartonTwice(Conflict):
    """The carton {code} is given twice. Leave one of them out."""

    zh = "纸箱 {code} 出现了两次，请删去一个。"
