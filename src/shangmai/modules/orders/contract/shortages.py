"""What orders wait for (缺货): by SKU and warehouse, and where it could come from."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.organization.contract import CompanyId


class FromWarehouse(Struct, frozen=True, kw_only=True):
    """Pieces that another warehouse of the company can spare. 可调拨。"""

    warehouse_id: WarehouseId
    qty: int


class StockShortage(Struct, frozen=True, kw_only=True):
    """Pieces that orders wait for in a warehouse.

    Of `pieces`, `here` are free in the warehouse itself, too few for an order to leave; `on_the_way` come with
    transfers, `transfers` could come from other warehouses, and `to_buy` are left: the four add up to it. `orders`: how
    many wait, the `first` since when, with the numbers of those placed first.
    """

    company_id: CompanyId
    warehouse_id: WarehouseId
    sku_id: SkuId
    pieces: int
    orders: int
    first: datetime
    numbers: tuple[str, ...]
    here: int
    on_the_way: int
    transfers: tuple[FromWarehouse, ...]
    to_buy: int
