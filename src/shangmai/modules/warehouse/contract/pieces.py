"""Pieces in bins: how many lie where, and what moves them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, words
from shangmai.kernel.events.contract import event
from shangmai.kernel.tx import Item
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import NOBODY, Bucket, Qty, WarehouseId
from shangmai.modules.warehouse.contract.lots import LotCode, LotState
from shangmai.modules.warehouse.contract.places import BinId, BinKind, PlaceCode

LINES_MAX = 2000


class InBin(Struct, frozen=True, kw_only=True):
    """Pieces of one SKU, lot and owner in one bin: `on_hand`, of which `held` are set aside for tasks.

    `expires_on`, `state`: of the lot, where it is written down (`warehouse.save_lot`); after `last_sale_on` it is not
    picked any more. The rest tells where the bin is.
    """

    bin_id: BinId
    code: str
    kind: BinKind
    aisle: int | None
    bay: int | None
    level: int | None
    offset_mm: int | None
    sku_id: SkuId
    bucket: Bucket
    lot: str
    owner_id: UUID
    on_hand: int
    held: int
    expires_on: date | None = None
    last_sale_on: date | None = None
    state: LotState = LotState.OK

    def may_be_sold(self, on: date) -> bool:
        """Whether orders may be given these on a day: good pieces, not in quarantine, of a lot that may be sold."""
        return (
            self.bucket is Bucket.SELLABLE
            and self.kind is not BinKind.QUARANTINE
            and self.state is LotState.OK
            and (self.last_sale_on is None or on <= self.last_sale_on)
        )

    @property
    def free(self) -> int:
        """What can be taken."""
        return self.on_hand - self.held


class Unplaced(Struct, frozen=True, kw_only=True):
    """What the stock book has of a SKU in a warehouse, and what of it lies in bins.

    `unplaced` = on_hand − in_bins waits to be put away; below zero, so many left the stock book but no bin.
    """

    warehouse_id: WarehouseId
    sku_id: SkuId
    bucket: Bucket
    owner_id: UUID
    on_hand: int
    in_bins: int
    unplaced: int


class BinMove(Struct, frozen=True, kw_only=True):
    """Pieces that go from a bin into another one, out of the bins (`to` is None), or into them (`origin` is None).

    Moves that share a `group` and stand next to each other are all or none. `doc` and `line` say what for.
    """

    warehouse_id: WarehouseId
    sku_id: SkuId
    qty: int
    origin: BinId | None = None
    to: BinId | None = None
    bucket: Bucket = Bucket.SELLABLE
    lot: str = ""
    owner_id: UUID = NOBODY
    doc: UUID
    line: int = 0
    item: Item
    group: object = None


class PutAwayLine(Struct, frozen=True, kw_only=True):
    """Unplaced pieces that were put into a bin."""

    sku_id: SkuId
    qty: Qty
    bin: PlaceCode
    bucket: Bucket = Bucket.SELLABLE
    lot: LotCode = ""


class PutAway(Struct, frozen=True, kw_only=True):
    """Say into which bins pieces that had arrived were put; all lines or none. 上架。"""

    warehouse_id: WarehouseId
    lines: Annotated[list[PutAwayLine], Meta(min_length=1, max_length=LINES_MAX)]


class MoveLine(Struct, frozen=True, kw_only=True):
    """Pieces that were carried from one bin to another."""

    sku_id: SkuId
    qty: Qty
    origin: PlaceCode
    to: PlaceCode
    bucket: Bucket = Bucket.SELLABLE
    lot: LotCode = ""


class MoveBins(Struct, frozen=True, kw_only=True):
    """Say which pieces were carried from bin to bin; all lines or none. 移位。"""

    warehouse_id: WarehouseId
    lines: Annotated[list[MoveLine], Meta(min_length=1, max_length=LINES_MAX)]


class BinsMoved(Struct, frozen=True, kw_only=True):
    """What was moved: the document that the transfers name, and how many pieces."""

    doc: UUID
    warehouse_id: WarehouseId
    pieces: int


# --- events --------------------------------------------------------------------------------------------------------


@event("warehouse.put_away.v1", key="warehouse_id")
class PiecesPutAway(Struct, frozen=True, kw_only=True):
    """Pieces that had arrived lie in bins."""

    doc: UUID
    warehouse_id: WarehouseId
    pieces: int


@event("warehouse.moved.v1", key="warehouse_id")
class PiecesMoved(Struct, frozen=True, kw_only=True):
    """Pieces lie in other bins than before."""

    doc: UUID
    warehouse_id: WarehouseId
    pieces: int


# --- errors --------------------------------------------------------------------------------------------------------


class BinShort(Conflict):
    """Of {wanted} pieces wanted of {sku_id} only {available} can be taken from bin {bin}. Take fewer, or count it."""

    zh = "货位 {bin} 中商品 {sku_id} 可取 {available} 件，不足 {wanted} 件。请减少数量，或盘点该货位。"


class NotUnplaced(Conflict):
    """Only {unplaced} pieces of {sku_id} wait to be put away, not {wanted}. Receive the rest first, or put in fewer."""

    zh = "商品 {sku_id} 待上架 {unplaced} 件，不足 {wanted} 件。请先入库，或减少数量。"


class SameBin(Conflict):
    """A line moves pieces from bin {bin} into itself. Name another bin."""

    zh = "有一行从货位 {bin} 移到其自身，请换一个货位。"


TEMPERATURE_ZH: Final = {"ambient": "常温", "chilled": "冷藏", "frozen": "冷冻"}


class TooWarmOrCold(Conflict):
    """{sku_id} is kept {wanted}, and bin {bin} is {found}. Put it into a bin of another zone."""

    zh = "商品 {sku_id} 的存储要求为 {wanted}，货位 {bin} 为 {found}。请放入其他库区的货位。"
    zh_words = words(wanted=TEMPERATURE_ZH, found=TEMPERATURE_ZH)


class BucketNotInBins(Conflict):
    """In bins lie sellable and defective pieces, none that are {bucket}. Name one of those."""

    zh = "货位里只有可售和残次商品，没有 {bucket}。请改为其中之一。"
