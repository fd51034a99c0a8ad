"""Reads of serial numbers."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.params import Parameter

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.warehouse.contract import Serial, SerialState
from shangmai.modules.warehouse.queries import serials

READ: Final = {"grant": "warehouse.read"}
Number = Annotated[str, Parameter(min_length=1, max_length=64, description="As scanned. 序列号。")]


@get("/api/v1/warehouse/serials", opt=READ)
async def list_serials(
    tx: Tx,
    sku_id: SkuId | None = None,
    order_id: UUID | None = None,
    in_stock: bool | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[Serial]:
    """List pieces by their numbers, without their steps: of a SKU, of an order, in the warehouse or gone."""
    state = None if in_stock is None else SerialState.IN if in_stock else SerialState.OUT
    rows = await serials.page(tx, sku_id, order_id, state, decode_cursor(cursor, UUID, str) or (), limit + 1)
    return page(rows, limit, lambda row: (row.sku_id, row.serial))


@get("/api/v1/warehouse/serial", opt=READ)
async def read_serial(tx: Tx, serial: Number) -> list[Serial]:
    """Read where the pieces with a number are, of any SKU, and all that happened to them, the latest first."""
    return await serials.find(tx, serial)


routes: Final = [list_serials, read_serial]
