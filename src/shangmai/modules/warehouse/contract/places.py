"""Zones, bins and what a warehouse's floor does: where pieces can lie."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct, field

from shangmai.kernel.errors import Conflict, NotFound
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract.handling import Temperature
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.paths import FloorLayout
from shangmai.modules.warehouse.contract.waves import WaveRules

ZoneId = NewType("ZoneId", UUID)
BinId = NewType("BinId", UUID)

BINS_MAX = 10_000
PlaceCode = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=32,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$(?!\n)",
        description="As on its label, for scanning: A-01-03-2. 库区、货位编码。",
    ),
]
PlaceName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Ordinal = Annotated[int, Meta(ge=0, le=100_000)]
Millimetres = Annotated[int, Meta(ge=0, le=10_000_000)]
CubicCentimetres = Annotated[int, Meta(ge=1, le=10**9)]
Grams = Annotated[int, Meta(ge=1, le=10**9)]


class BinKind(StrEnum):
    """What a bin is for.

    Orders are picked from `pick`; `reserve` holds what they are refilled from; `stage` is on its way out (trolleys,
    benches); `receive` is where arrivals wait to be put away; nothing is sold out of `quarantine`.
    """

    PICK = "pick"
    RESERVE = "reserve"
    STAGE = "stage"
    RECEIVE = "receive"
    QUARANTINE = "quarantine"


class WarehouseZone(Struct, frozen=True, kw_only=True):
    """A part of a warehouse (库区) that is kept at one temperature."""

    id: ZoneId
    warehouse_id: WarehouseId
    code: str
    name: str
    temperature: Temperature


class Bin(Struct, frozen=True, kw_only=True):
    """A place that pieces lie in (货位), with a label to scan.

    Where it is, for paths: in aisle `aisle`, counted from 0 beside each other, `offset_mm` from the aisle's front end,
    on shelf `level` from the floor up; `bay` is the rack's number as people say it. Unknown where None.
    `volume_max_cm3`, `weight_max_g`: what it can take, None where that is not watched. Into one that is not `active`
    nothing is put any more.
    """

    id: BinId
    warehouse_id: WarehouseId
    zone_id: ZoneId
    code: str
    kind: BinKind
    temperature: Temperature
    aisle: int | None = None
    bay: int | None = None
    level: int | None = None
    offset_mm: int | None = None
    volume_max_cm3: int | None = None
    weight_max_g: int | None = None
    active: bool = True


class SaveZone(Struct, frozen=True, kw_only=True):
    """Make a zone of a warehouse, or change the one of this code. 库区设置。"""

    warehouse_id: WarehouseId
    code: PlaceCode
    name: PlaceName
    temperature: Temperature = Temperature.AMBIENT


class GivenBin(Struct, frozen=True, kw_only=True):
    """A bin as it is to be, under its code; what each field means is said at `Bin`. `zone`: its zone's code."""

    code: PlaceCode
    zone: PlaceCode
    kind: BinKind = BinKind.PICK
    aisle: Ordinal | None = None
    bay: Ordinal | None = None
    level: Ordinal | None = None
    offset_mm: Millimetres | None = None
    volume_max_cm3: CubicCentimetres | None = None
    weight_max_g: Grams | None = None
    active: bool = True


class SaveBins(Struct, frozen=True, kw_only=True):
    """Make bins of a warehouse, or change those of these codes; all or none. 货位设置。"""

    warehouse_id: WarehouseId
    bins: Annotated[list[GivenBin], Meta(min_length=1, max_length=BINS_MAX)]


class SavedBins(Struct, frozen=True, kw_only=True):
    """How many bins were made and how many changed."""

    warehouse_id: WarehouseId
    made: int
    changed: int


class FloorPolicy(Struct, frozen=True, kw_only=True):
    """How a warehouse works on its floor. `on`: orders' pieces are picked from bins, packed and handed over there.

    `four_eyes`: whoever counted a bin may not approve that count.
    `waves`: how what is asked for is grouped. A parcel may be off by `weight_tolerance_g` grams, or by so many
    hundredths of a percent (`weight_tolerance_bp`) if that is more. `must_weigh`, `must_have_waybill`: before it is
    handed over. `layout`: where aisles are and cross, for paths.
    """

    on: bool = False
    four_eyes: bool = False
    waves: WaveRules = field(default_factory=WaveRules)
    weight_tolerance_g: Annotated[int, Meta(ge=0, le=100_000)] = 50
    weight_tolerance_bp: Annotated[int, Meta(ge=0, le=10_000)] = 300
    must_weigh: bool = False
    must_have_waybill: bool = True
    layout: FloorLayout = field(default_factory=FloorLayout)


class SetFloorPolicy(Struct, frozen=True, kw_only=True):
    """Choose how a warehouse works on its floor, from now on. 仓内作业设置。"""

    warehouse_id: WarehouseId
    policy: FloorPolicy


# --- events --------------------------------------------------------------------------------------------------------


@event("warehouse.zone_saved.v1", key="zone_id")
class ZoneSaved(Struct, frozen=True, kw_only=True):
    """A zone was made or changed."""

    zone_id: ZoneId
    warehouse_id: WarehouseId
    code: str


@event("warehouse.bins_saved.v1", key="warehouse_id")
class BinsSaved(Struct, frozen=True, kw_only=True):
    """Bins of a warehouse were made or changed."""

    warehouse_id: WarehouseId
    made: int
    changed: int


@event("warehouse.floor_policy_set.v1", key="warehouse_id")
class FloorPolicySet(Struct, frozen=True, kw_only=True):
    """A warehouse works so on its floor from now on."""

    warehouse_id: WarehouseId
    policy: FloorPolicy


# --- errors --------------------------------------------------------------------------------------------------------


class ZoneNotFound(NotFound):
    """There is no zone {zone} in this warehouse. Make it with warehouse.save_zone, or correct the code."""

    zh = "该仓没有库区 {zone}。请先用 warehouse.save_zone 新建，或更正编码。"


class BinNotFound(NotFound):
    """There is no bin {bin} in this warehouse. Scan its label again, or make it with warehouse.save_bins."""

    zh = "该仓没有货位 {bin}。请重新扫描标签，或先用 warehouse.save_bins 新建。"


class BinTwice(Conflict):
    """The bin {bin} is given twice. Leave one of them out."""

    zh = "货位 {bin} 出现了两次，请删去一个。"


class BinClosed(Conflict):
    """Nothing may be put into bin {bin} any more. Take another one, or open it again with warehouse.save_bins."""

    zh = "货位 {bin} 已停用，不能再放入。请换一个货位，或用 warehouse.save_bins 重新启用。"
