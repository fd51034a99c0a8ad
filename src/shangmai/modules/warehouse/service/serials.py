"""Serial numbers: written down when pieces come, and again when they go."""

from __future__ import annotations

from collections.abc import Sequence

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuNotFound
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import Warehouse, WarehouseId, WarehouseNotFound
from shangmai.modules.warehouse.contract.serials import (
    MoreSerialsThanStock,
    RegisterSerials,
    SendSerials,
    SerialInStock,
    SerialNotHere,
    SerialNotOfOrder,
    SerialsNoted,
    SerialsSent,
    SerialTwice,
)
from shangmai.modules.warehouse.queries import serials as queries
from shangmai.modules.warehouse.service.moving import wait_turn
from shangmai.modules.warehouse.service.numbering import check_once, register
from shangmai.modules.warehouse.service.receiving import each_alone

GRANT = "warehouse.note_serials"


@action(
    "warehouse.register_serials",
    grant=GRANT,
    many=True,
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[WarehouseNotFound, SkuNotFound, SerialTwice, SerialInStock, SerialNotOfOrder, MoreSerialsThanStock],
)
async def register_serials(tx: Tx, do: Sequence[RegisterSerials]) -> list[SerialsNoted | AppError]:
    """Write down the numbers of pieces in a warehouse, all of a call or none. Event warehouse.serials_registered.v1.

    Never more than the stock book has pieces of the SKU there. A number that has left comes back; with
    an order, only one that this order got. Numbers are unique for a SKU in the company.
    """
    await wait_turn(tx, {each.warehouse_id for each in do})
    return await each_alone(tx, do, _register)


@action(
    "warehouse.send_serials",
    grant=GRANT,
    many=True,
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[WarehouseNotFound, SkuNotFound, SerialTwice, SerialNotHere],
)
async def send_serials(tx: Tx, do: Sequence[SendSerials]) -> list[SerialsNoted | AppError]:
    """Say which pieces left a warehouse, and for which order's line, all of a call or none.

    Event warehouse.serials_sent.v1. The stock book is not touched: whoever ships does that.
    """
    return await each_alone(tx, do, _send)


async def _register(tx: Tx, do: RegisterSerials, item: Item) -> SerialsNoted:
    return await register(tx, do, await _check(tx, do), item)


async def _send(tx: Tx, do: SendSerials, item: Item) -> SerialsNoted:
    warehouse = await _check(tx, do)
    gone = await queries.send(tx, do, warehouse, item)
    for serial in sorted(set(do.serials) - gone):
        raise SerialNotHere(serial=serial)
    await queries.note_steps(tx, do, warehouse, item)
    tx.emit(SerialsSent(warehouse_id=warehouse.id, sku_id=do.sku_id, order_id=do.order_id, pieces=len(gone)), item)
    here = await queries.count_in(tx, WarehouseId(warehouse.id), do.sku_id)
    return SerialsNoted(warehouse_id=warehouse.id, sku_id=do.sku_id, noted=len(gone), in_warehouse=here)


async def _check(tx: Tx, do: RegisterSerials | SendSerials) -> Warehouse:
    check_once(do.serials)
    warehouse = (await inventory.get_warehouses(tx, [do.warehouse_id])).get(do.warehouse_id)
    if warehouse is None:
        raise WarehouseNotFound(warehouse_id=do.warehouse_id)
    if do.sku_id not in await catalog.get_skus(tx, [do.sku_id]):
        raise SkuNotFound(sku=do.sku_id)
    return warehouse
