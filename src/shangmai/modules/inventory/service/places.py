"""Warehouses and which of them a shop sells from."""

from __future__ import annotations

from collections.abc import Collection

from shangmai.kernel.actions.contract import action
from shangmai.kernel.db import facts
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory import queries
from shangmai.modules.inventory.contract import (
    Assigned,
    AssignWarehouse,
    CreateWarehouse,
    SetWarehouseRegion,
    Warehouse,
    WarehouseAssigned,
    WarehouseExists,
    WarehouseId,
    WarehouseNotFound,
    WarehouseRegionSet,
)
from shangmai.modules.organization.contract import CompanyId, ShopId


@action("inventory.create_warehouse", grant="inventory.manage", errors=[WarehouseExists])
async def create_warehouse(tx: Tx, do: CreateWarehouse) -> Warehouse:
    """Create a warehouse. Raises: WarehouseExists."""
    warehouse = await queries.insert_warehouse(tx, do)
    if warehouse is None:
        raise WarehouseExists(code=do.code)
    return warehouse


@action("inventory.assign_warehouse", grant="inventory.manage", errors=[WarehouseNotFound])
async def assign_warehouse(tx: Tx, do: AssignWarehouse) -> Assigned:
    """Hold a shop's orders in this warehouse from now on. Event inventory.warehouse_assigned.v1.

    Raises: WarehouseNotFound.
    """
    if do.warehouse_id not in await queries.get_warehouses(tx, [do.warehouse_id]):
        raise WarehouseNotFound(warehouse_id=do.warehouse_id)
    await queries.assign_warehouse(tx, do.shop_id, do.warehouse_id)
    tx.emit(WarehouseAssigned(shop_id=do.shop_id, warehouse_id=do.warehouse_id))
    return Assigned(shop_id=do.shop_id, warehouse_id=do.warehouse_id)


@action("inventory.set_warehouse_region", grant="inventory.manage", errors=[WarehouseNotFound])
async def set_warehouse_region(tx: Tx, do: SetWarehouseRegion) -> Warehouse:
    """Let carriers' prices for a warehouse be those from this region. Event inventory.warehouse_region_set.v1.

    Raises: WarehouseNotFound.
    """
    warehouse = await queries.set_region(tx, do.warehouse_id, do.region)
    if warehouse is None:
        raise WarehouseNotFound(warehouse_id=do.warehouse_id)
    tx.emit(WarehouseRegionSet(warehouse_id=do.warehouse_id, region=do.region))
    return warehouse


async def warehouses_of_companies(tx: Tx, companies: Collection[CompanyId]) -> list[Warehouse]:
    """The warehouses of these companies, by code."""
    return await queries.warehouses_of_companies(tx, companies)


async def get_warehouses(tx: Tx, ids: Collection[WarehouseId]) -> dict[WarehouseId, Warehouse]:
    """The warehouses that exist among these."""
    return await queries.get_warehouses(tx, ids)


async def find_warehouse(tx: Tx, code: str) -> Warehouse | None:
    """The warehouse of this code."""
    return await queries.find_warehouse(tx, code)


async def find_selling_places(
    tx: Tx, shops: Collection[ShopId], warehouses: Collection[WarehouseId]
) -> tuple[dict[ShopId, WarehouseId], set[WarehouseId]]:
    """Where each shop's orders are held unless they say otherwise, and which of those and these shops divide.

    From memory, as long as nobody has changed either; else in one statement for each.
    """
    places = await facts.recall(tx, "places", queries.selling_places, shops)
    named = await facts.recall(tx, "places", queries.divided, warehouses)
    sold_from = {shop_id: warehouse_id for shop_id, (warehouse_id, _) in places.items()}
    divided = {warehouse_id for warehouse_id, is_divided in places.values() if is_divided}
    return sold_from, divided | {warehouse_id for warehouse_id, is_divided in named.items() if is_divided}


async def warehouses_of_shops(tx: Tx, shops: Collection[ShopId]) -> dict[ShopId, WarehouseId]:
    """Where each shop's orders are held unless they say otherwise."""
    return await queries.warehouses_of_shops(tx, shops)
