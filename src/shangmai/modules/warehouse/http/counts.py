"""Reads of stock counts and of what they measured."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.params import Parameter
from msgspec.structs import replace

from shangmai.kernel.clock import business_day
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse import service
from shangmai.modules.warehouse.contract import (
    CountId,
    CountKind,
    CountProposal,
    CountStatus,
    Difference,
    StockAccuracy,
    StockCount,
)
from shangmai.modules.warehouse.queries import counts

READ: Final = {"grant": "warehouse.read"}
Days = Annotated[int, Parameter(ge=1, le=3660, description="How many days back. 最近天数。")]


@get("/api/v1/warehouse/counts", opt=READ)
async def list_counts(
    tx: Tx,
    warehouse_id: WarehouseId | None = None,
    status: CountStatus | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[StockCount]:
    """List stock counts, the latest first."""
    (before,) = decode_cursor(cursor, str) or (None,)
    rows = await counts.list_counts(tx, warehouse_id, status, before, limit + 1)
    return page(rows, limit, lambda count: (count.number,))


@get("/api/v1/warehouse/counts/{count_id:uuid}", opt=READ)
async def read_count(tx: Tx, count_id: UUID) -> StockCount:
    """Read a count for whoever counts: its bins in the order of a walk; what should be there, unless it is blind.

    Raises: CountNotFound.
    """
    count = await service.get_count(tx, CountId(count_id))
    if count.blind:
        return count
    expected = await service.expected_in(tx, count)
    return replace(count, bins=[replace(each, expected=expected.get(each.bin_id)) for each in count.bins])


@get("/api/v1/warehouse/counts/{count_id:uuid}/differences", opt={"grant": "warehouse.approve_count"})
async def list_differences(tx: Tx, count_id: UUID) -> list[Difference]:
    """List what was counted in open bins beside what the book had when each was looked at. Raises: CountNotFound."""
    return await service.differences_of(tx, CountId(count_id))


@get("/api/v1/warehouse/count-proposals", opt=READ)
async def list_count_proposals(
    tx: Tx, warehouse_id: WarehouseId, kind: CountKind = CountKind.CYCLE, limit: Limit = 50
) -> list[CountProposal]:
    """List the bins that should be counted next, by class (ABC) or by risk, and why."""
    return await service.propose_counts(tx, warehouse_id, kind, limit)


@get("/api/v1/warehouse/accuracy", opt=READ)
async def read_stock_accuracy(
    tx: Tx, warehouse_id: WarehouseId, sku_id: SkuId | None = None, days: Days = 30
) -> StockAccuracy:
    """Read how far the book was right where it was counted: in all, by day, and the worst SKUs first."""
    return await service.stock_accuracy(tx, warehouse_id, sku_id, business_day(tx.now) - timedelta(days=days))


routes: Final = [list_counts, read_count, list_differences, list_count_proposals, read_stock_accuracy]
