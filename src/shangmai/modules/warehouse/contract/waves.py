"""Waves (波次): what is picked together, how, and within which limits."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, NotFound, words
from shangmai.kernel.events.contract import event
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.organization.contract import CompanyId

WaveId = NewType("WaveId", UUID)

DOCS_MAX = 2000
Count = Annotated[int, Meta(ge=1, le=100_000)]
Reason = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]


class WaveKind(StrEnum):
    """What goes together: requests of one SKU 单品, of several 多品, many of the very same 爆款, large ones 大单.

    A `transfer` 调拨 goes to another warehouse, by itself.
    """

    SINGLE = "single"
    MULTI = "multi"
    HOT = "hot"
    BIG = "big"
    TRANSFER = "transfer"


class Method(StrEnum):
    """How a wave is picked.

    `bulk`: all pieces of a SKU together, told apart when they are packed. `sow` 播种: together, then put into a cell
    for each request. `sort` 边拣边分: into the cells while they are picked. `each` 摘果: one request after the other.
    """

    BULK = "bulk"
    SOW = "sow"
    SORT = "sort"
    EACH = "each"


class WaveState(StrEnum):
    """Planned: its pieces are set aside, nobody picks it yet. Released: it is fixed, and picked."""

    PLANNED = "planned"
    RELEASED = "released"
    CANCELED = "canceled"


class WaveRules(Struct, frozen=True, kw_only=True):
    """How a warehouse's requests become waves.

    A wave has at most so many requests, pieces, grams and cubic centimetres, and no more requests than there are
    `cells` where it is sown or sorted. What nobody has measured takes no room; without `volume_max_cm3` nothing does.
    From `big_pieces` on a request goes alone; `hot_min` or more of the very same make a hot wave (0: never).
    `auto`: waves are made by themselves as soon as `orders_min` requests wait, or one has waited `wait_s` seconds, and
    released. A task for one picker has about `stops_max` lines. A request of priority `urgent_from` or more goes in
    waves of its own, and waits for no others (加急); neither does one that must leave within `lead_s` seconds.
    """

    auto: bool = False
    orders_min: Count = 1
    wait_s: Annotated[int, Meta(ge=0, le=86_400)] = 0
    by_courier: bool = True
    hot_min: Annotated[int, Meta(ge=0, le=100_000)] = 20
    big_pieces: Count = 50
    orders_max: Count = 200
    cells: Count = 20
    pieces_max: Count = 1000
    weight_max_g: Annotated[int, Meta(ge=1, le=10**9)] = 500_000
    volume_max_cm3: Annotated[int, Meta(ge=1, le=10**9)] | None = None
    stops_max: Count = 60
    urgent_from: Annotated[int, Meta(ge=1, le=1000)] | None = None
    lead_s: Annotated[int, Meta(ge=0, le=7 * 86_400)] = 0
    methods: dict[WaveKind, Method] = {}


class Wave(Struct, frozen=True, kw_only=True):
    """A wave. Of its `pieces` so many are `picked`; `open_lines`: what is still to be picked, of all its tasks."""

    id: WaveId
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    kind: WaveKind
    method: Method
    state: WaveState
    courier: str
    stage_bin: str
    created_at: datetime
    released_at: datetime | None
    requests: int
    pieces: int
    picked: int
    open_lines: int


class MakeWaves(Struct, frozen=True, kw_only=True):
    """Make waves of what waits in a warehouse, by its rules; those that are due only (`due`), or all. 自动生成波次。"""

    warehouse_id: WarehouseId
    release: bool = False
    due: bool = False
    limit: Annotated[int, Meta(ge=1, le=DOCS_MAX)] = DOCS_MAX


class MakeWave(Struct, frozen=True, kw_only=True):
    """Make one wave of these requests, whatever the limits. 手工生成波次。"""

    warehouse_id: WarehouseId
    docs: Annotated[list[UUID], Meta(min_length=1, max_length=DOCS_MAX)]
    method: Method
    release: bool = False


class MadeWaves(Struct, frozen=True, kw_only=True):
    """The waves made. `lacking`: requests that wait on, for there is not all of them in bins to pick from.

    `more`: others may wait that were not looked at.
    """

    waves: list[Wave]
    lacking: int
    more: bool


class ReleaseWave(Struct, frozen=True, kw_only=True):
    """Let a planned wave be picked. 释放波次。"""

    wave_id: WaveId


class CancelWave(Struct, frozen=True, kw_only=True):
    """Take a wave back of which nothing has been picked; its requests wait again. 取消波次。"""

    wave_id: WaveId


# --- events --------------------------------------------------------------------------------------------------------


@event("warehouse.wave_made.v1", key="wave_id")
class WaveMade(Struct, frozen=True, kw_only=True):
    """These requests are picked together; their pieces are set aside in bins."""

    wave_id: WaveId
    number: str
    warehouse_id: WarehouseId
    docs: tuple[UUID, ...]
    kind: str
    method: str


@event("warehouse.wave_released.v1", key="wave_id")
class WaveReleased(Struct, frozen=True, kw_only=True):
    """A wave may be picked; nothing is added to it any more."""

    wave_id: WaveId
    number: str
    warehouse_id: WarehouseId


@event("warehouse.wave_canceled.v1", key="wave_id")
class WaveCanceled(Struct, frozen=True, kw_only=True):
    """A wave is not picked; its requests wait for another."""

    wave_id: WaveId
    number: str
    warehouse_id: WarehouseId


# --- errors --------------------------------------------------------------------------------------------------------


class WaveNotFound(NotFound):
    """There is no wave {wave_id}, or you may not see it."""

    zh = "没有波次 {wave_id}，或你无权查看。"


REQUEST_ZH: Final = {
    "waiting": "待排波次",
    "waved": "已排波次",
    "picked": "已拣货",
    "packed": "已打包",
    "handed_over": "已交接",
    "left": "已发出",
    "stopped": "已拦截",
}
WAVE_ZH: Final = {"planned": "未释放", "released": "已释放", "canceled": "已取消"}
METHOD_ZH: Final = {"bulk": "汇总拣货", "sow": "播种", "sort": "边拣边分", "each": "摘果"}


class WaveStateForbids(Conflict):
    """Wave {number} is {state}; it cannot be {wanted}. Reload it."""

    zh = "波次 {number} {state}，不能{wanted}。请刷新。"
    zh_words = words(state=WAVE_ZH, wanted={"released": "释放", "canceled": "取消"})


class WavePicked(Conflict):
    """{picked} pieces of wave {number} are picked already. Finish it, or stop its requests one by one."""

    zh = "波次 {number} 已拣 {picked} 件，不能取消。请完成拣货，或逐单撤回。"


class FloorOff(Conflict):
    """This warehouse does not work on its floor. Turn it on with warehouse.set_floor_policy first."""

    zh = "该仓未启用仓内作业，请先用 warehouse.set_floor_policy 启用。"


class NoStageBin(Conflict):
    """This warehouse has no stage bin for what is picked. Make one of kind stage with warehouse.save_bins."""

    zh = "该仓没有集货货位。请先用 warehouse.save_bins 新建一个类型为 stage 的货位。"


class RequestNotWaiting(Conflict):
    """Request {number} is {state}, so it can't go into a wave. Leave it out."""

    zh = "拣货需求 {number} {state}，不能进入波次，请去掉它。"
    zh_words = words(state=REQUEST_ZH)


class LackingInBins(Conflict):
    """Request {number} lacks {missing} pieces of {sku_id} in bins to pick from. Put arrivals away, or leave it out."""

    zh = "拣货需求 {number} 的商品 {sku_id} 在拣货位缺 {missing} 件。请先上架，或去掉该单。"
