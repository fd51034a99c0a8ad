"""How a shop lets people check out, and where they can fetch their orders."""

from __future__ import annotations

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.checkout.contract.placing import (
    CheckoutSettings,
    PickupPoint,
    PickupPointNotFound,
    SavePickupPoint,
)
from shangmai.modules.checkout.queries import settings as queries
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseNotFound
from shangmai.modules.logistics import service as logistics
from shangmai.modules.logistics.contract import RegionUnknown
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopId, ShopNotFound

MANAGE = "checkout.manage"


@action("checkout.set_settings", grant=MANAGE, scope=lambda do: {"shop": do.shop_id}, errors=[ShopNotFound])
async def set_settings(tx: Tx, do: CheckoutSettings) -> CheckoutSettings:
    """Say how a shop lets people check out, from now on. Raises: ShopNotFound."""
    if do.shop_id not in await organization.get_shops(tx, [do.shop_id]):
        raise ShopNotFound(shop_id=do.shop_id)
    await queries.set_settings(tx, do)
    return do


@action(
    "checkout.save_pickup_point",
    grant=MANAGE,
    scope=lambda do: {"shop": do.shop_id},
    errors=[ShopNotFound, WarehouseNotFound, RegionUnknown, PickupPointNotFound],
)
async def save_pickup_point(tx: Tx, do: SavePickupPoint) -> PickupPoint:
    """Save a place where orders can be fetched, from the warehouse that is there; orders that name it are held there.

    Raises: ShopNotFound, WarehouseNotFound, RegionUnknown, PickupPointNotFound.
    """
    if do.shop_id not in await organization.get_shops(tx, [do.shop_id]):
        raise ShopNotFound(shop_id=do.shop_id)
    if do.warehouse_id not in await inventory.get_warehouses(tx, [do.warehouse_id]):
        raise WarehouseNotFound(warehouse_id=do.warehouse_id)
    logistics.region_of(do.region)
    point = await queries.save_point(tx, do)
    if point is None:
        raise PickupPointNotFound(point_id=do.id)
    return point


async def settings_of(tx: Tx, shop_id: ShopId) -> CheckoutSettings:
    """Give how the shop lets people check out."""
    return (await queries.opening(tx, [shop_id], [], [], lock=False)).settings_of(shop_id)
