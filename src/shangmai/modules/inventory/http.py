"""Reads of stock: levels, movements, warehouses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from asyncpg import Record
from litestar import get
from litestar.params import Parameter
from msgspec import Struct

from shangmai.kernel.actions.origins import Origin, origins_of
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import queries, service
from shangmai.modules.inventory.contract import Bucket, StockLevel, TransferUnderWay, Warehouse, WarehouseId
from shangmai.modules.inventory.contract.channels import (
    EVERY_SKU,
    ChannelChange,
    ChannelLock,
    ChannelLockId,
    ChannelShare,
    ChannelStock,
)
from shangmai.modules.inventory.queries import channels
from shangmai.modules.organization.contract import ShopId

READ: Final = {"grant": "inventory.read"}


class Movement(Struct, frozen=True, kw_only=True):
    """One transfer of pieces and what caused it."""

    at: datetime
    kind: str
    warehouse: str
    from_bucket: str
    to_bucket: str
    qty: int
    doc: UUID
    line: int
    cause: UUID


class StockMove(Struct, frozen=True, kw_only=True):
    """Pieces of a SKU that went from a bucket to another in a warehouse, for a document, and who set it in motion.

    `kind`: `hold`, `settle` and `release` of what was promised, or `post` of pieces that moved.
    """

    id: int
    at: datetime
    kind: str
    sku_id: SkuId
    warehouse_id: WarehouseId | None
    from_bucket: str
    to_bucket: str
    qty: int
    doc: UUID
    action: str
    by: str
    door: str


OfBucket = Annotated[Bucket | None, Parameter(description="Only of this bucket. 只看此库存状态。")]
AtMost = Annotated[
    int | None, Parameter(ge=0, le=1_000_000, description="Only where so many or fewer are available. 可用不多于。")
]


@get("/api/v1/warehouses", opt=READ)
async def list_warehouses(tx: Tx) -> list[Warehouse]:
    """List the warehouses, by code."""
    return await queries.list_warehouses(tx)


@get("/api/v1/stock", opt=READ)
async def list_stock(
    tx: Tx,
    warehouse_id: WarehouseId | None = None,
    sku_id: UUID | None = None,
    bucket: OfBucket = None,
    at_most: AtMost = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[StockLevel]:
    """List stock by SKU: available = on hand − held − floor. Of a SKU, a bucket, or what is nearly gone."""
    after = decode_cursor(cursor, UUID, UUID, str, str)
    skus = None if sku_id is None else [sku_id]
    levels = await queries.levels(tx, skus, warehouse_id, after, limit + 1, bucket=bucket, at_most=at_most)
    return page(levels, limit, lambda level: (level.sku_id, level.warehouse_id, level.bucket, level.lot))


@get("/api/v1/skus/{sku_id:uuid}/stock", opt=READ)
async def read_stock(tx: Tx, sku_id: UUID) -> list[StockLevel]:
    """Read where a SKU's pieces are."""
    return await queries.levels(tx, [sku_id], None)


@get("/api/v1/skus/{sku_id:uuid}/movements", opt=READ)
async def read_movements(tx: Tx, sku_id: UUID, limit: Limit = 100) -> list[Movement]:
    """Read a SKU's latest movements, newest first, each with the document and the cause that it belongs to."""
    return [
        Movement(
            at=row["at"],
            kind=row["kind"],
            warehouse=row["warehouse"],
            from_bucket=row["from_bucket"],
            to_bucket=row["to_bucket"],
            qty=row["amount"],
            doc=row["doc"],
            line=row["line"],
            cause=row["cause"],
        )
        for row in await queries.movements(tx, sku_id, limit)
    ]


@get("/api/v1/inventory/movements", opt=READ)
async def list_movements(
    tx: Tx,
    sku_id: UUID | None = None,
    warehouse_id: WarehouseId | None = None,
    bucket: OfBucket = None,
    doc: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[StockMove]:
    """List how pieces moved, the newest first, each with document and cause; of a SKU, a warehouse, a bucket."""
    (before,) = decode_cursor(cursor, int) or (None,)
    rows = await queries.movements_page(
        tx, sku_id=sku_id, warehouse_id=warehouse_id, bucket=bucket, doc=doc, before=before, limit=limit + 1
    )
    origins = await origins_of(tx, {row["cause"] for row in rows})
    return page([_move(row, origins[row["cause"]]) for row in rows], limit, lambda move: (move.id,))


def _move(row: Record, origin: Origin) -> StockMove:
    return StockMove(
        id=row["id"],
        at=row["at"],
        kind=row["kind"],
        sku_id=row["sku_id"],
        warehouse_id=row["warehouse_id"],
        from_bucket=row["from_bucket"],
        to_bucket=row["to_bucket"],
        qty=row["amount"],
        doc=row["doc"],
        action=origin.action,
        by=origin.by,
        door=origin.door,
    )


@get("/api/v1/inventory/transfers", opt=READ)
async def list_transfers(
    tx: Tx, warehouse_id: WarehouseId | None = None, limit: Limit = 100, cursor: Cursor = None
) -> Page[TransferUnderWay]:
    """List the transfers to a warehouse, or to each of yours, that have not arrived; those sent first in front."""
    after = decode_cursor(cursor, datetime, UUID)
    rows = await queries.transfers_under_way(tx, warehouse_id, after and (after[0], after[1]), limit + 1)
    return page(rows, limit, lambda each: (each.at, each.id))


@get("/api/v1/inventory/channel-stock", opt=READ)
async def read_channel_stock(tx: Tx, shop: UUID, sku: UUID) -> ChannelStock:
    """Read how many pieces of a SKU a shop may show and sell, with the formula step by step.

    Raises: ShopNotFound, SkuNotFound, NotStocked.
    """
    return await service.channel_stock(tx, ShopId(shop), SkuId(sku))


@get("/api/v1/inventory/channel-changes", opt=READ)
async def list_channel_changes(tx: Tx, shop: UUID, limit: Limit = 100, cursor: Cursor = None) -> Page[ChannelChange]:
    """List the numbers that a shop's channel is to be told, by SKU, each with its version."""
    after = decode_cursor(cursor, UUID)
    behind = SkuId(after[0]) if after else None
    changes = await service.channel_changes(tx, ShopId(shop), behind, limit + 1)
    return page(changes, limit, lambda change: (change.sku_id,))


@get("/api/v1/inventory/channel-shares", opt=READ)
async def list_channel_shares(tx: Tx, shop: UUID, limit: Limit = 100, cursor: Cursor = None) -> Page[ChannelShare]:
    """List a shop's rules of what it may show, by SKU; the one for all SKUs, which names none, first."""
    after = decode_cursor(cursor, UUID)
    shares = await channels.shares(tx, ShopId(shop), SkuId(after[0]) if after else None, limit + 1)
    return page(shares, limit, lambda share: (share.sku_id or EVERY_SKU,))


@get("/api/v1/inventory/channel-locks", opt=READ)
async def list_channel_locks(tx: Tx, shop: UUID, limit: Limit = 100, cursor: Cursor = None) -> Page[ChannelLock]:
    """List the pieces that are locked for a shop now, those locked first in front."""
    after = decode_cursor(cursor, UUID)
    locks = await channels.open_locks(tx, ShopId(shop), ChannelLockId(after[0]) if after else None, limit + 1)
    return page(locks, limit, lambda lock: (lock.id,))


routes: Final = [
    list_warehouses, list_stock, read_stock, read_movements, list_movements, list_transfers, read_channel_stock,
    list_channel_changes, list_channel_shares, list_channel_locks,
]  # fmt: skip
