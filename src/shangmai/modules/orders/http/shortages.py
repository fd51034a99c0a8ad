"""The read of what orders wait for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.params import Parameter, QueryParameter

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import service
from shangmai.modules.orders.contract.demands import Demand, DemandState
from shangmai.modules.orders.contract.shortages import StockShortage
from shangmai.modules.orders.queries import demands
from shangmai.modules.organization.contract import CompanyId

READ: Final = {"grant": "orders.read"}


@get("/api/v1/orders/shortages", opt=READ)
async def list_shortages(
    tx: Tx,
    company_id: Annotated[CompanyId | None, Parameter(description="Only of this company. 只看此公司。")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[StockShortage]:
    """List what orders wait for, by SKU and warehouse: what is on its way, what could be moved, what must be bought.

    What most orders wait for comes first. Worked out anew for each page.
    """
    found = await service.find_shortages(tx, company_id)
    after = decode_cursor(cursor, int, UUID, UUID)
    if after is not None:
        found = [each for each in found if (-each.orders, each.sku_id, each.warehouse_id) > (-after[0], *after[1:])]
    return page(found[: limit + 1], limit, lambda each: (each.orders, each.sku_id, each.warehouse_id))


@get("/api/v1/orders/demands", opt=READ)
async def list_demands(
    tx: Tx,
    company_id: Annotated[CompanyId | None, Parameter(description="Only of this company. 只看此公司。")] = None,
    in_state: Annotated[
        DemandState | None, QueryParameter(name="state", description="Only in this state. 只看此状态。")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Demand]:
    """List what must be bought because orders wait for it, raised last in front. 采购需求。"""
    before = decode_cursor(cursor, datetime, UUID)
    rows = await demands.page_of_demands(
        tx,
        company_id=company_id,
        state=in_state,
        before=None if before is None else (before[0], before[1]),
        limit=limit + 1,
    )
    return page(rows, limit, lambda each: (each.raised_at, each.id))


routes: Final = [list_demands, list_shortages]
