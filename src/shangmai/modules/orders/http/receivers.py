"""Whom an order goes to, masked."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import get

from shangmai.kernel.tx import Tx
from shangmai.modules.orders import service
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.seeing_receivers import MaskedReceiver


@get("/api/v1/orders/{order_id:uuid}/receiver", opt={"grant": "orders.read"})
async def read_receiver(tx: Tx, order_id: UUID) -> MaskedReceiver | None:
    """Tell whom an order goes to, masked; null where there is nobody, or no longer. Raises: OrderNotFound."""
    return await service.masked_receiver(tx, OrderId(order_id))


routes: Final = [read_receiver]
