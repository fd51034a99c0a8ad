"""The read of where an order would be sent from."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import get

from shangmai.kernel.tx import Tx
from shangmai.modules.orders import service
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.sourcing import OrderSourcing

READ: Final = {"grant": "orders.read"}


@get("/api/v1/orders/{order_id:uuid}/sourcing", opt=READ)
async def read_sourcing(tx: Tx, order_id: UUID) -> OrderSourcing:
    """Read from which warehouses an order's pieces would be sent now, what that comes to, and the next best.

    Raises: OrderNotFound, NoDestination.
    """
    return await service.sourcing_of(tx, OrderId(order_id))


routes: Final = [read_sourcing]
