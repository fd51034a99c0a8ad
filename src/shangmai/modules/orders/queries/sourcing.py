"""The SQL on what sourcing asks of orders."""

from __future__ import annotations

from collections.abc import Collection

from shangmai.kernel.tx import Tx
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.orders.contract import OrderId


async def sealed_receivers(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, bytes]:
    rows = await tx.fetch(
        "SELECT id, receiver FROM orders WHERE id = ANY ($1::uuid[]) AND receiver IS NOT NULL", list(ids)
    )
    return {row["id"]: row["receiver"] for row in rows}


async def units_waiting(tx: Tx, warehouses: Collection[WarehouseId]) -> dict[WarehouseId, int]:
    """How many units these warehouses have at hand: released to them, and not gone."""
    rows = await tx.fetch(
        "SELECT warehouse_id, count(*) AS units FROM order_units"
        " WHERE warehouse_id = ANY ($1::uuid[]) AND state = 'released' GROUP BY warehouse_id",
        list(warehouses),
    )
    return {row["warehouse_id"]: row["units"] for row in rows}
