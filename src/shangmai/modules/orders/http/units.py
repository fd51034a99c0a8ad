"""Reads of fulfilment units."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.params import Parameter, QueryParameter

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import Actor
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.orders import service
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.ship_dates import ShipDate
from shangmai.modules.orders.contract.units import Alike, Unit, UnitDetail, UnitId, UnitPolicy, UnitState
from shangmai.modules.orders.queries import ship_dates
from shangmai.modules.orders.queries import units as tables
from shangmai.modules.organization.contract import CompanyId, ShopId

READ: Final = {"grant": "orders.read"}


@get("/api/v1/orders/units", opt=READ)
async def list_units(
    tx: Tx,
    in_state: Annotated[
        UnitState | None, QueryParameter(name="state", description="Only in this state. 只看此状态。")
    ] = None,
    warehouse_id: Annotated[
        WarehouseId | None, QueryParameter(name="warehouse", description="Only from this warehouse. 只看此仓。")
    ] = None,
    shop_id: ShopId | None = None,
    number: Annotated[
        str | None, Parameter(description="Only the one with this number, or of the order with it. 发货单号或订单号。")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Unit]:
    """List fulfilment units, newest first."""
    before = decode_cursor(cursor, datetime, UUID)
    rows = await tables.page_of_units(
        tx,
        state=in_state,
        warehouse_id=warehouse_id,
        shop_id=shop_id,
        number=number,
        before=None if before is None else (before[0], before[1]),
        limit=limit + 1,
    )
    return page(rows, limit, lambda unit: (unit.created_at, unit.id))


@get("/api/v1/orders/units/{unit_id:uuid}", opt=READ)
async def read_unit(tx: Tx, unit_id: UUID) -> UnitDetail:
    """Read one fulfilment unit: its lines with their share of the money, and what it was merged from.

    Raises: UnitNotFound.
    """
    return await service.get_unit(tx, UnitId(unit_id))


@get("/api/v1/orders/{order_id:uuid}/units", opt=READ)
async def read_units_of_order(tx: Tx, order_id: UUID) -> list[Unit]:
    """List the fulfilment units that an order's pieces are or were in, those made first in front."""
    return await tables.units_of_order(tx, OrderId(order_id))


@get("/api/v1/orders/units/alike", opt=READ)
async def list_alike(tx: Tx, limit: Limit = 200) -> list[Alike]:
    """List open units that could leave together: of one buyer, for one receiver, from one warehouse."""
    return await service.alike(tx, limit)


@get("/api/v1/orders/unit-policy/{company_id:uuid}", opt=READ)
async def read_unit_policy(tx: Tx, actor: Actor, company_id: UUID) -> UnitPolicy:
    """Read how a company's orders become fulfilment units."""
    if not actor.sees("company", company_id):
        raise OutOfScope(dimension="company")
    return await service.unit_policy_of(tx, CompanyId(company_id))


@get("/api/v1/orders/ship-dates", opt=READ)
async def list_ship_dates(tx: Tx, company: UUID, limit: Limit = 200, cursor: Cursor = None) -> Page[ShipDate]:
    """List a company's SKUs that leave from a time on, by SKU. 预售发货时间。"""
    after = decode_cursor(cursor, UUID)
    rows = await ship_dates.page_of_ship_dates(
        tx, CompanyId(company), None if after is None else SkuId(after[0]), limit + 1
    )
    return page(rows, limit, lambda each: (each.sku_id,))


routes: Final = [list_ship_dates, list_units, read_unit, read_units_of_order, list_alike, read_unit_policy]
