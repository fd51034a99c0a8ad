"""The read of what orders wait for."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.params import Parameter

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import service
from shangmai.modules.orders.contract.shortages import StockShortage
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


routes: Final = [list_shortages]
