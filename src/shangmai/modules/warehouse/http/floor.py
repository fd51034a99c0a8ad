"""Reads of the floor: zones, bins, what lies in them, what waits to be put away."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter
from msgspec import Struct

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import Actor
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import Bucket, WarehouseId
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.warehouse import service
from shangmai.modules.warehouse.contract import (
    Bin,
    BinId,
    BinKind,
    FloorPolicy,
    InBin,
    Lot,
    LotReceiver,
    NoticeId,
    NoticeReceipt,
    NoticeStatus,
    PutAwayPlan,
    ReceiptNotice,
    Unplaced,
    WarehouseZone,
)
from shangmai.modules.warehouse.contract.transfers import PlanTransfer, TransferPlan
from shangmai.modules.warehouse.queries import lots, pieces, places, receipts

READ: Final = {"grant": "warehouse.read"}
Pieces = Annotated[int, Parameter(ge=1, le=1_000_000_000, description="How many. 件数。")]


class BinMovement(Struct, frozen=True, kw_only=True):
    """Pieces that went into a bin (`qty` above zero) or out of it, for which document and by which cause."""

    at: datetime
    sku_id: SkuId
    bucket: Bucket
    lot: str
    qty: int
    doc: UUID
    line: int
    cause: UUID


@get("/api/v1/warehouse/zones", opt=READ)
async def list_zones(tx: Tx, warehouse_id: WarehouseId | None = None) -> list[WarehouseZone]:
    """List the zones of a warehouse, or of each of your warehouses, by code."""
    return await places.zones_of(tx, warehouse_id)


@get("/api/v1/warehouse/bins", opt=READ)
async def list_bins(
    tx: Tx,
    warehouse_id: WarehouseId,
    zone: str | None = None,
    kind: BinKind | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[Bin]:
    """List the bins of a warehouse by code: of a zone, by its code, of a kind."""
    (after,) = decode_cursor(cursor, str) or ("",)
    return page(await places.list_bins(tx, warehouse_id, zone, kind, after, limit + 1), limit, lambda b: (b.code,))


@get("/api/v1/warehouse/in-bins", opt=READ)
async def list_in_bins(
    tx: Tx,
    warehouse_id: WarehouseId,
    sku_id: SkuId | None = None,
    bin_id: BinId | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[InBin]:
    """List what lies in the bins of a warehouse, by SKU and bin: of one SKU, in one bin."""
    after = decode_cursor(cursor, UUID, str, str, str, UUID)
    skus, bins = None if sku_id is None else [sku_id], None if bin_id is None else [bin_id]
    rows = await pieces.in_bins(tx, warehouse_id, skus, bins, after, limit + 1)
    return page(rows, limit, lambda row: (row.sku_id, row.code, row.bucket, row.lot, row.owner_id))


@get("/api/v1/warehouse/bins/{bin_id:uuid}/movements", opt=READ)
async def read_bin_movements(tx: Tx, bin_id: UUID, limit: Limit = 100) -> list[BinMovement]:
    """Read what went into a bin and out of it, newest first."""
    if BinId(bin_id) not in await places.get_bins(tx, [BinId(bin_id)]):
        return []
    return [
        BinMovement(
            at=row["at"],
            sku_id=row["sku_id"],
            bucket=Bucket(row["bucket"]),
            lot=row["lot"],
            qty=row["qty"],
            doc=row["doc"],
            line=row["line"],
            cause=row["cause"],
        )
        for row in await pieces.movements(tx, BinId(bin_id), limit)
    ]


@get("/api/v1/warehouse/unplaced", opt=READ)
async def list_unplaced(tx: Tx, warehouse_id: WarehouseId, limit: Limit = 100, cursor: Cursor = None) -> Page[Unplaced]:
    """List what waits to be put away in a warehouse, and of what bins hold more than the stock book, by SKU."""
    after = decode_cursor(cursor, UUID, str, UUID)
    rows = [row for row in await service.list_unplaced(tx, warehouse_id) if after is None or _place(row) > after]
    return page(rows[: limit + 1], limit, _place)


def _place(row: Unplaced) -> tuple[UUID, str, UUID]:
    return (row.sku_id, row.bucket.value, row.owner_id)


@get("/api/v1/warehouse/floor-policy", opt=READ)
async def read_floor_policy(tx: Tx, warehouse_id: WarehouseId) -> FloorPolicy:
    """Read how a warehouse works on its floor."""
    return (await service.floor_policies(tx, [warehouse_id]))[warehouse_id]


@get("/api/v1/warehouse/lots", opt=READ)
async def list_lots(
    tx: Tx,
    company_id: CompanyId | None = None,
    sku_id: SkuId | None = None,
    ends_by: date | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[Lot]:
    """List lots by SKU and number: of a SKU, those that keep no longer than a day."""
    after = decode_cursor(cursor, UUID, UUID, str)
    rows = await lots.list_lots(tx, company_id, sku_id, ends_by, after or (), limit + 1)
    return page(rows, limit, lambda lot: (lot.company_id, lot.sku_id, lot.lot))


@get("/api/v1/warehouse/lot-receivers", opt=READ)
async def list_lot_receivers(
    tx: Tx, sku_id: SkuId, lot: str, limit: Limit = 100, cursor: Cursor = None
) -> Page[LotReceiver]:
    """List the orders' lines that got pieces of a lot, by order: whom a recall concerns."""
    after = decode_cursor(cursor, UUID, int)
    rows = await lots.receivers(tx, sku_id, lot, (after[0], after[1]) if after else None, limit + 1)
    return page(rows, limit, lambda row: (row.order_id, row.line))


@get("/api/v1/warehouse/notices", opt=READ)
async def list_notices(
    tx: Tx,
    warehouse_id: WarehouseId | None = None,
    status: NoticeStatus | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ReceiptNotice]:
    """List receiving notices with what has arrived of them, the latest first."""
    (before,) = decode_cursor(cursor, str) or (None,)
    rows = await receipts.list_notices(tx, warehouse_id, status, before, limit + 1)
    return page(rows, limit, lambda notice: (notice.number,))


@get("/api/v1/warehouse/notices/{notice_id:uuid}/receipts", opt=READ)
async def list_notice_receipts(tx: Tx, notice_id: UUID) -> list[NoticeReceipt]:
    """List what was received of a notice, in order of time, each with its stock document."""
    return await receipts.receipts_of(tx, NoticeId(notice_id))


@get("/api/v1/warehouse/put-away-plan", opt=READ)
async def read_put_away_plan(
    tx: Tx, warehouse_id: WarehouseId, sku_id: SkuId, qty: Pieces, lot: str = ""
) -> PutAwayPlan:
    """Suggest bins for pieces of a SKU, each with its reasons. Raises: SkuNotFound."""
    return await service.suggest_bins(tx, warehouse_id, sku_id, qty, lot)


@post("/api/v1/warehouse/transfer-plan", opt=READ, status_code=200)
async def plan_transfer(tx: Tx, actor: Actor, data: PlanTransfer) -> TransferPlan:
    """Choose the bins of a transfer of many pieces, and the way through them; nothing is held. Raises: OutOfScope."""
    if not actor.sees("warehouse", data.from_warehouse_id):
        raise OutOfScope(dimension="warehouse")
    return await service.plan_transfer(tx, data)


routes: Final = [
    list_zones, list_bins, list_in_bins, read_bin_movements, list_unplaced, read_floor_policy, list_lots,
    list_lot_receivers, list_notices, list_notice_receipts, read_put_away_plan, plan_transfer,
]  # fmt: skip
