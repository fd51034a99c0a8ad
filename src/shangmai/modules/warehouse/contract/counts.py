"""Stock counts (盘点): what people find in bins, beside what the book says lay there at that moment."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, NotFound, words
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import Bucket, WarehouseId
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.warehouse.contract.lots import LotCode
from shangmai.modules.warehouse.contract.places import BinId, PlaceCode

CountId = NewType("CountId", UUID)
BINS_MAX = 500
GOODS_MAX = 2000
TARGET_BP = 9920
"""The accuracy to reach, in hundredths of a per cent."""


class CountKind(StrEnum):
    """How the bins of a count were chosen: by name, by when their class (ABC) is due, or by what may be wrong there."""

    CHOSEN = "chosen"
    CYCLE = "cycle"
    RISK = "risk"


class CountStatus(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    CANCELED = "canceled"


class CountedGoods(Struct, frozen=True, kw_only=True):
    """So many pieces of a SKU and lot were found."""

    sku_id: SkuId
    qty: Annotated[int, Meta(ge=0, le=1_000_000_000)]
    bucket: Bucket = Bucket.SELLABLE
    lot: LotCode = ""


class CountedBin(Struct, frozen=True, kw_only=True):
    """A bin of a count. It was counted `rounds` times, last as it was at `looked_at`; None: not yet.

    `expected`: what the book has in it now, in counts that are not blind, until it is counted.
    """

    bin_id: BinId
    code: str
    open: bool
    rounds: int
    looked_at: datetime | None
    counted_by: UUID | None
    found: list[CountedGoods]
    expected: list[CountedGoods] | None = None


class StockCount(Struct, frozen=True, kw_only=True):
    """A stock count. In a blind one (盲盘) whoever counts is not told what should be there."""

    id: CountId
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    kind: CountKind
    blind: bool
    status: CountStatus
    opened_at: datetime
    ended_at: datetime | None
    bins: list[CountedBin] = []


class OpenCount(Struct, frozen=True, kw_only=True):
    """Open a count of bins: of these, or of those that are due by their class or that something may be wrong in.

    Work in the warehouse goes on meanwhile. 新建盘点。
    """

    warehouse_id: WarehouseId
    kind: CountKind = CountKind.CHOSEN
    blind: bool = True
    bins: Annotated[list[PlaceCode], Meta(max_length=BINS_MAX)] = []
    bins_max: Annotated[int, Meta(ge=1, le=BINS_MAX)] = 50


class CountBin(Struct, frozen=True, kw_only=True):
    """Say all that lies in a bin; goods that are not named are not there. Again, it replaces what was said before.

    `looked_at`: when it lay there so, where that is not now (counted without a connection). 录入盘点。
    """

    count_id: CountId
    bin: PlaceCode
    found: Annotated[list[CountedGoods], Meta(max_length=GOODS_MAX)] = []
    looked_at: Annotated[datetime, Meta(tz=True)] | None = None


class ApproveCount(Struct, frozen=True, kw_only=True):
    """Let the book be what was counted, in all bins of a count or in these; the others stay open. 审核盘点。"""

    count_id: CountId
    bins: Annotated[list[PlaceCode], Meta(max_length=BINS_MAX)] = []


class CancelCount(Struct, frozen=True, kw_only=True):
    """Give up what is open of a count; nothing is posted. 取消盘点。"""

    count_id: CountId


class Difference(Struct, frozen=True, kw_only=True):
    """What was counted of a SKU and lot in a bin, beside what the book had there when that was looked at.

    `moved_since`: pieces that came (or, below zero, went) after that. `difference` = counted − system.
    """

    bin_id: BinId
    bin: str
    sku_id: SkuId
    bucket: Bucket
    lot: str
    looked_at: datetime
    system: int
    counted: int
    difference: int
    moved_since: int


class RiskReason(StrEnum):
    """What speaks for counting a bin."""

    NEVER = "never"
    DUE = "due"
    MOVED = "moved"
    MIXED = "mixed"
    LOTS = "lots"
    WAS_WRONG = "was_wrong"
    BEYOND_STOCK = "beyond_stock"


class CountProposal(Struct, frozen=True, kw_only=True):
    """A bin that should be counted, the more the higher its score, and why."""

    bin_id: BinId
    bin: str
    score: int
    reasons: list[RiskReason]
    last_counted_on: date | None
    zh: str
    en: str


class Accuracy(Struct, frozen=True, kw_only=True):
    """Pieces counted, and how many the book was off by: Σ|counted − system|.

    `accuracy_bp` = 1 − off ÷ counted in hundredths of a per cent, rounded down, at least 0; None: nothing was counted.
    """

    counted: int
    off: int
    accuracy_bp: int | None


class DayAccuracy(Accuracy, frozen=True, kw_only=True):
    on: date


class SkuAccuracy(Accuracy, frozen=True, kw_only=True):
    sku_id: SkuId


class StockAccuracy(Accuracy, frozen=True, kw_only=True):
    """How far the book was right in a warehouse where it was counted: in all, day by day, and the worst SKUs first."""

    warehouse_id: WarehouseId
    since: date
    target_bp: int
    days: list[DayAccuracy]
    skus: list[SkuAccuracy]


# --- events --------------------------------------------------------------------------------------------------------


@event("warehouse.count_opened.v1", key="count_id")
class CountOpened(Struct, frozen=True, kw_only=True):
    """Bins are to be counted."""

    count_id: CountId
    number: str
    warehouse_id: WarehouseId
    kind: CountKind
    bins: int


@event("warehouse.count_approved.v1", key="count_id")
class CountApproved(Struct, frozen=True, kw_only=True):
    """What was counted in so many bins is in the books: pieces found and lost in bins, and the stock documents."""

    count_id: CountId
    number: str
    warehouse_id: WarehouseId
    bins: int
    gained: int
    lost: int
    document_ids: list[UUID]


@event("warehouse.count_canceled.v1", key="count_id")
class CountCanceled(Struct, frozen=True, kw_only=True):
    """Nothing more is counted."""

    count_id: CountId
    number: str
    warehouse_id: WarehouseId


# --- errors --------------------------------------------------------------------------------------------------------


class CountNotFound(NotFound):
    """There is no stock count {count_id}, or you may not see it."""

    zh = "没有盘点单 {count_id}，或你无权查看。"


class CountEnded(Conflict):
    """The count {number} is {status} already. Open another one with warehouse.open_count."""

    zh = "盘点单 {number} {status}。请用 warehouse.open_count 另建盘点。"
    zh_words = words(status={"open": "进行中", "approved": "已审批", "canceled": "已取消"})


class NothingToCount(Conflict):
    """No bin of this warehouse is due or at risk now. Name the bins to be counted."""

    zh = "该仓目前没有到期或有风险的货位。请直接指定要盘点的货位。"


class BinInOtherCount(Conflict):
    """Bin {bin} is being counted in {number}. Finish or cancel that one first, or leave the bin out."""

    zh = "货位 {bin} 正在盘点单 {number} 中。请先完成或取消该盘点，或去掉该货位。"


class NotInCount(Conflict):
    """Bin {bin} is not open in this count: not part of it, or approved already. Scan another, or open a new count."""

    zh = "货位 {bin} 不在此盘点中或已审核。请扫描其他货位，或新建盘点。"


class LookedAtWrong(Conflict):
    """{looked_at} is not between the count's opening and now. Correct the clock, and count the bin again."""

    zh = "{looked_at} 不在盘点开始与现在之间。请校正时钟后重新盘点该货位。"


class CountUnfinished(Conflict):
    """Bin {bin}, and {others} others, are not counted yet. Count them, or name the bins to be approved."""

    zh = "货位 {bin} 及另外 {others} 个尚未盘点。请盘完，或指定要审核的货位。"


class RecountNeeded(Conflict):
    """More was taken out of bin {bin} since, or is set aside for tasks, than was found there. Count it again."""

    zh = "货位 {bin} 盘点后取走或为任务占用的件数超过盘点所见。请重新盘点该货位。"


class OwnCount(Conflict):
    """You counted bin {bin} yourself; somebody else must approve it in this warehouse."""

    zh = "货位 {bin} 由你本人盘点，本仓要求由他人审核。"
