"""Picking (拣货), sowing (播种) and putting back: who takes how many pieces out of which bin, and where they go."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, NotFound, words
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import Qty, WarehouseId
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.warehouse.contract.lots import LotCode
from shangmai.modules.warehouse.contract.places import BinId, PlaceCode
from shangmai.modules.warehouse.contract.waves import METHOD_ZH, WAVE_ZH, Method, WaveId

TaskId = NewType("TaskId", UUID)

Scanned = Annotated[str, Meta(min_length=1, max_length=80, description="As scanned. 扫描所得。")]


class Task(Struct, frozen=True, kw_only=True):
    """What one picker fetches. Of its `pieces` so many are `picked`; `next_bin`: where to go now, if anywhere.

    `priority`: of the most urgent request in its wave.
    """

    id: TaskId
    wave_id: WaveId
    wave: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    method: Method
    place: int
    picker: UUID | None
    started_at: datetime | None
    pieces: int
    picked: int
    open_lines: int
    next_bin: str | None
    priority: int = 0


class ToCell(Struct, frozen=True, kw_only=True):
    """Pieces for one request, and the cell of the cart that they go into, where there are cells."""

    number: str
    cell: int | None
    qty: int


class Stop(Struct, frozen=True, kw_only=True):
    """A bin on the way: how many pieces of a SKU's lot are still to be picked there, and for whom."""

    bin: str
    bin_id: BinId
    sku_id: SkuId
    sku: str
    name: str
    lot: str
    qty: int
    cells: list[ToCell]


class TaskDetail(Struct, frozen=True, kw_only=True):
    """A task with what is still to be picked, in the order of the way."""

    task: Task
    stops: list[Stop]


class StartPick(Struct, frozen=True, kw_only=True):
    """Take a task as one's own, also from another picker (`take_over`). 领取拣货任务。"""

    task_id: TaskId
    take_over: bool = False


class Pick(Struct, frozen=True, kw_only=True):
    """Say that so many pieces were taken out of a bin. `lot`: needed where the bin gives more than one. 拣货。"""

    task_id: TaskId
    bin: PlaceCode
    barcode: Scanned
    qty: Qty = 1
    lot: LotCode | None = None


class Picked(Struct, frozen=True, kw_only=True):
    """What was picked: for whom and into which cells, how many are still to be picked there, and the task as it is."""

    sku_id: SkuId
    qty: int
    cells: list[ToCell]
    left_here: int
    task: Task


class ReportShort(Struct, frozen=True, kw_only=True):
    """Say that a bin has no more of a SKU than was picked; the rest comes from elsewhere, if it can. 缺拣。"""

    task_id: TaskId
    bin: PlaceCode
    barcode: Scanned
    lot: LotCode | None = None


class Shorted(Struct, frozen=True, kw_only=True):
    """Of the `missing` pieces so many come from other bins now; the rest is `short`."""

    sku_id: SkuId
    missing: int
    elsewhere: int
    short: int
    task: Task


class Sow(Struct, frozen=True, kw_only=True):
    """Put picked pieces of a wave into the cells of the requests that they are for. 播种。"""

    wave_id: WaveId
    barcode: Scanned
    qty: Qty = 1


class Sown(Struct, frozen=True, kw_only=True):
    """Into which cells the pieces go, and how many of this SKU are picked but not sown."""

    sku_id: SkuId
    cells: list[ToCell]
    left: int


class BackLine(Struct, frozen=True, kw_only=True):
    """Pieces that were picked for a request that wants them no more; they came from `bin`."""

    id: UUID
    warehouse_id: WarehouseId
    number: str
    sku_id: SkuId
    lot: str
    bin: str
    qty: int
    done: int
    at: datetime


class PutBack(Struct, frozen=True, kw_only=True):
    """Say into which bin pieces that are not wanted any more were put. 放回。"""

    warehouse_id: WarehouseId
    bin: PlaceCode
    barcode: Scanned
    qty: Qty = 1
    lot: LotCode = ""


class PutBackDone(Struct, frozen=True, kw_only=True):
    """What is left to be put back of that SKU and lot."""

    sku_id: SkuId
    qty: int
    left: int


class EndShort(Struct, frozen=True, kw_only=True):
    """Say that a bin has what its book says of a SKU, after a picker had found too few. 缺拣已找到。"""

    warehouse_id: WarehouseId
    bin: PlaceCode
    barcode: Scanned


class ShortCleared(Struct, frozen=True, kw_only=True):
    """Pieces of all requests in the warehouse that are nowhere still."""

    sku_id: SkuId
    still_short: int


# --- events --------------------------------------------------------------------------------------------------------


@event("warehouse.short.v1", key="doc")
class PiecesShort(Struct, frozen=True, kw_only=True):
    """Pieces of a request are not where the bins' book says, and no other bin has them."""

    doc: UUID
    number: str
    warehouse_id: WarehouseId
    sku_id: SkuId
    qty: int
    orders: tuple[UUID, ...]


@event("warehouse.bin_doubted.v1", key="warehouse_id")
class BinDoubted(Struct, frozen=True, kw_only=True):
    """A picker found fewer pieces of a SKU in a bin than its book says; it should be counted."""

    warehouse_id: WarehouseId
    bin_id: BinId
    bin: str
    sku_id: SkuId
    missing: int


@event("warehouse.short_ended.v1", key="doc")
class ShortEnded(Struct, frozen=True, kw_only=True):
    """All pieces of a request that were short have been found, or are not wanted any more."""

    doc: UUID
    number: str
    warehouse_id: WarehouseId
    orders: tuple[UUID, ...]


# --- errors --------------------------------------------------------------------------------------------------------


class TaskNotFound(NotFound):
    """There is no pick task {task_id}, or you may not see it."""

    zh = "没有拣货任务 {task_id}，或你无权查看。"


class TaskTaken(Conflict):
    """Another picker works on this task. Take another one, or take it over."""

    zh = "该任务已由其他人领取。请领取其他任务，或选择接手。"


class WaveNotReleased(Conflict):
    """Wave {number} is {state}. Release it before it is picked."""

    zh = "波次 {number} {state}，请先释放再拣货。"
    zh_words = words(state=WAVE_ZH)


class WrongBin(Conflict):
    """Nothing is to be picked from bin {bin}. Go to bin {expected}."""

    zh = "货位 {bin} 没有要拣的商品，请到货位 {expected}。"


class WrongGoods(Conflict):
    """{scanned} is not what is wanted here. Take {expected}."""

    zh = "{scanned} 不是这里需要的商品，应为 {expected}。"


class BarcodeUnknown(NotFound):
    """No SKU has the barcode or code {scanned}. Scan it again, or add the barcode to its SKU."""

    zh = "没有条码或编码为 {scanned} 的商品。请重新扫描，或先给商品添加该条码。"


class WhichLot(Conflict):
    """Bin {bin} gives more than one lot of this SKU: {lots}. Scan the lot, too."""

    zh = "货位 {bin} 需拣多个批次：{lots}。请同时扫描批次号。"


class TooMany(Conflict):
    """Only {left} pieces are still wanted here, not {qty}. Put the others back."""

    zh = "这里只需要 {left} 件，不是 {qty} 件。请放回多余的。"


class NothingLeftHere(Conflict):
    """Nothing is left to be done here; it was done already, or is not wanted any more. Reload the task."""

    zh = "这里已经没有要处理的商品，可能已完成或不再需要。请刷新任务。"


class LotMustStay(Conflict):
    """Lot {lot} must not leave: it is {state}. Put it aside: other pieces are to be picked instead."""

    zh = "批次 {lot} 不能发出：{state}。请把该批次商品放到一边，改拣其他批次。"
    zh_words = words(state={"blocked": "已冻结", "recalled": "已召回", "expired": "已过期"})


class NotSown(Conflict):
    """Wave {number} is picked as {method}, so nothing is sown. Pack its requests."""

    zh = "波次 {number} 的拣货方式为 {method}，无需播种，请直接验货打包。"
    zh_words = words(method=METHOD_ZH)
