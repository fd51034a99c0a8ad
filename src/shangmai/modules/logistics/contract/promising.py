"""Until when an order leaves on the same day, and on which day it will be there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract.regions import RegionCode
from shangmai.modules.organization.contract import CompanyId

TimeOfDay = Annotated[
    str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)", description="As 16:00, by the company's clock. 时刻。")
]
Weekday = Annotated[int, Meta(ge=1, le=7, description="Monday is 1. 星期，周一为 1。")]


class SetCutoff(Struct, frozen=True, kw_only=True):
    """Until when a warehouse sends what was ordered on the same day, and on which days it sends. 设置截单时间。

    From now on shoppers are told on which day an order will be there. No weekdays: nobody is told any more.
    """

    warehouse_id: WarehouseId
    cutoff: TimeOfDay = "16:00"
    weekdays: Annotated[tuple[Weekday, ...], Meta(max_length=7)] = (1, 2, 3, 4, 5, 6, 7)


class Cutoff(Struct, frozen=True, kw_only=True):
    """Until when a warehouse sends on the same day, and on which days."""

    warehouse_id: WarehouseId
    company_id: CompanyId
    cutoff: str
    weekdays: tuple[int, ...]


class AskPromise(Struct, frozen=True, kw_only=True):
    """Goods in stock in a warehouse, to be sent to a region when this moment has come."""

    company_id: CompanyId
    warehouse_id: WarehouseId
    to_region: RegionCode
    at: datetime


class DeliveryPromise(Struct, frozen=True, kw_only=True):
    """On which day an order will be there (预计送达), if it is placed and paid before `leaves_at`.

    `hours`: what nine in ten parcels of the lane take at most, or, of a lane that is not known, what the price card
    promises.
    """

    carrier: str
    leaves_at: datetime
    arrives_on: date
    hours: int


class MadePromise(Struct, frozen=True, kw_only=True):
    """What was promised for an order, to be compared with the day on which it was signed for."""

    doc: UUID
    company_id: CompanyId
    to_region: str
    promise: DeliveryPromise


class PromiseRate(Struct, frozen=True, kw_only=True):
    """How often a carrier was there on the promised day, of what was signed for or is overdue, by province."""

    company_id: CompanyId
    carrier: str
    to_province: str
    promised: int
    kept: int
    late: int
    kept_bp: int
