"""What must be bought because orders wait for it (采购需求): a document for each SKU and warehouse."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, NotFound
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.organization.contract import CompanyId

DemandId = NewType("DemandId", UUID)


class DemandState(StrEnum):
    """Open: nobody has ordered it. Ordered: somebody has. Closed: no order waits for it any more."""

    OPEN = "open"
    ORDERED = "ordered"
    CLOSED = "closed"


class Demand(Struct, frozen=True, kw_only=True):
    """Pieces to be bought for a warehouse: orders wait for them, and neither what is coming nor others can fill those.

    `qty`: how many are missing now, `most`: how many there have been. `orders`: how many wait for the SKU there, the
    `first` since when, with the `numbers` of those placed first. `reference`, `ordered_qty`, `expected_on`: what was
    ordered at a supplier.
    """

    id: DemandId
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    sku_id: SkuId
    state: DemandState
    qty: int
    most: int
    orders: int
    numbers: list[str]
    first: datetime
    reference: str
    ordered_qty: int
    expected_on: date | None
    raised_at: datetime
    changed_at: datetime
    closed_at: datetime | None


class OrderDemand(Struct, frozen=True, kw_only=True):
    """Note that a supplier was asked for it: how many, under which number, when they should be there. 已下采购单。"""

    demand_id: DemandId
    qty: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    reference: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\S")]
    expected_on: date | None = None


@event("orders.demand_raised.v1", key="demand_id")
class DemandRaised(Struct, frozen=True, kw_only=True):
    """Orders wait for pieces that must be bought."""

    demand_id: DemandId
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    sku_id: SkuId
    qty: int


@event("orders.demand_changed.v1", key="demand_id")
class DemandChanged(Struct, frozen=True, kw_only=True):
    """More or fewer pieces must be bought than before."""

    demand_id: DemandId
    number: str
    qty: int
    before: int


@event("orders.demand_ordered.v1", key="demand_id")
class DemandOrdered(Struct, frozen=True, kw_only=True):
    demand_id: DemandId
    number: str
    qty: int
    reference: str
    expected_on: date | None


@event("orders.demand_closed.v1", key="demand_id")
class DemandClosed(Struct, frozen=True, kw_only=True):
    """Nothing must be bought any more: it has arrived, is coming, or no order waits for it."""

    demand_id: DemandId
    number: str


class DemandNotFound(NotFound):
    """There is no purchase demand {demand_id}, or you may not see it. GET /api/v1/orders/demands lists them."""

    zh = "没有采购需求 {demand_id}，或你无权查看。GET /api/v1/orders/demands 可列出。"


class DemandOver(Conflict):
    """Nothing is missing of purchase demand {number} any more; do not order for it."""

    zh = "采购需求 {number} 已不再缺货，无需采购。"
