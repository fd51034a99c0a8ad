"""Zones, bins and floor policies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId, WarehouseNotFound
from shangmai.modules.warehouse.contract.places import (
    Bin,
    BinId,
    BinNotFound,
    BinsSaved,
    BinTwice,
    FloorPolicy,
    FloorPolicySet,
    GivenBin,
    SaveBins,
    SavedBins,
    SaveZone,
    SetFloorPolicy,
    WarehouseZone,
    ZoneNotFound,
    ZoneSaved,
)
from shangmai.modules.warehouse.queries import places as queries


@action(
    "warehouse.save_zone",
    grant="warehouse.manage_bins",
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[WarehouseNotFound],
)
async def save_zone(tx: Tx, do: SaveZone) -> WarehouseZone:
    """Make a zone of a warehouse, or change the one of this code. Event warehouse.zone_saved.v1.

    Raises: WarehouseNotFound.
    """
    await check_warehouse(tx, do.warehouse_id)
    zone = await queries.save_zone(tx, do)
    tx.emit(ZoneSaved(zone_id=zone.id, warehouse_id=zone.warehouse_id, code=zone.code))
    return zone


@action(
    "warehouse.save_bins",
    grant="warehouse.manage_bins",
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[WarehouseNotFound, ZoneNotFound, BinTwice],
)
async def save_bins(tx: Tx, do: SaveBins) -> SavedBins:
    """Make bins of a warehouse, or change those of these codes, all or none. Event warehouse.bins_saved.v1.

    What lies in a bin stays there, whatever becomes of it. Raises: WarehouseNotFound, ZoneNotFound, BinTwice.
    """
    await check_warehouse(tx, do.warehouse_id)
    zones = {zone.code: zone.id for zone in await queries.zones_of(tx, do.warehouse_id)}
    _check_bins(do.bins, zones)
    made, changed = await queries.save_bins(tx, do.warehouse_id, do.bins, zones)
    if made or changed:
        tx.emit(BinsSaved(warehouse_id=do.warehouse_id, made=made, changed=changed))
    return SavedBins(warehouse_id=do.warehouse_id, made=made, changed=changed)


@action(
    "warehouse.set_floor_policy",
    grant="warehouse.set_floor_policy",
    scope=lambda do: {"warehouse": do.warehouse_id},
    inverse="warehouse.set_floor_policy",
    errors=[WarehouseNotFound],
)
async def set_floor_policy(tx: Tx, do: SetFloorPolicy) -> FloorPolicy:
    """Choose how a warehouse works on its floor, from now on. Event warehouse.floor_policy_set.v1.

    Undone by setting what was there before. Raises: WarehouseNotFound.
    """
    await check_warehouse(tx, do.warehouse_id)
    await queries.set_policy(tx, do.warehouse_id, do.policy)
    tx.emit(FloorPolicySet(warehouse_id=do.warehouse_id, policy=do.policy))
    return do.policy


async def floor_policies(tx: Tx, warehouses: Collection[WarehouseId]) -> dict[WarehouseId, FloorPolicy]:
    """How each of these warehouses works on its floor; one that nobody chose for works without."""
    found = await queries.policies_of(tx, warehouses)
    return {id_: found.get(id_, FloorPolicy()) for id_ in warehouses}


async def get_bins(tx: Tx, ids: Collection[BinId]) -> dict[BinId, Bin]:
    """Those of these bins that exist."""
    return await queries.get_bins(tx, ids)


async def find_bins(tx: Tx, warehouse_id: WarehouseId, codes: Collection[str]) -> dict[str, Bin]:
    """Those of these bins that the warehouse has, by code."""
    return await queries.find_bins(tx, warehouse_id, codes)


async def bins_by_code(tx: Tx, warehouse_id: WarehouseId, codes: Collection[str]) -> dict[str, Bin]:
    """All of these bins. Raises: BinNotFound."""
    found = await queries.find_bins(tx, warehouse_id, codes)
    for code in codes:
        if code not in found:
            raise BinNotFound(bin=code)
    return found


async def check_warehouse(tx: Tx, warehouse_id: WarehouseId) -> None:
    """Raises: WarehouseNotFound."""
    if warehouse_id not in await inventory.get_warehouses(tx, [warehouse_id]):
        raise WarehouseNotFound(warehouse_id=warehouse_id)


def _check_bins(bins: Sequence[GivenBin], zones: Collection[str]) -> None:
    for each in bins:
        if each.zone not in zones:
            raise ZoneNotFound(zone=each.zone)
    for code, times in Counter(each.code for each in bins).items():
        if times > 1:
            raise BinTwice(bin=code)
