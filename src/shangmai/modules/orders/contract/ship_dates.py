"""SKUs that are sold before they are there, and the day from which they leave."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shangmai.kernel.errors import Invalid
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.organization.contract import CompanyId


class SetShipDate(Struct, frozen=True, kw_only=True):
    """Let no piece of a SKU leave before a time; without one, it leaves when it is paid. 预售发货时间。"""

    company_id: CompanyId
    sku_id: SkuId
    ships_from: datetime | None = None


class ShipDate(Struct, frozen=True, kw_only=True):
    """From when a company sends a SKU. `units`: fulfilment units that had waited for another time and wait for this."""

    company_id: CompanyId
    sku_id: SkuId
    ships_from: datetime | None
    units: int = 0


@event("orders.ship_date_set.v1", key="sku_id")
class ShipDateSet(Struct, frozen=True, kw_only=True):
    company_id: CompanyId
    sku_id: SkuId
    ships_from: datetime | None


class ShipDateOver(Invalid):
    """The time {ships_from} is over. Give one to come, or none."""

    zh = "发货时间 {ships_from} 已过。请填将来的时间，或留空。"
