"""What an order earned."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import get

from shangmai.kernel.tx import Tx
from shangmai.modules.orders import service
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.profit import OrderProfit


@get("/api/v1/orders/{order_id:uuid}/profit", opt={"grant": "ledger.read"})
async def read_profit(tx: Tx, order_id: UUID) -> OrderProfit:
    """Tell what an order earned and cost, account by account, as posted so far. Raises: OrderNotFound, BooksNotOpen."""
    return await service.profit_of(tx, OrderId(order_id))


routes: Final = [read_profit]
