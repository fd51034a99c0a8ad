"""What an order earned."""

from __future__ import annotations

from shangmai.kernel.events.store import list_by_key
from shangmai.kernel.tx import Tx
from shangmai.modules.ledger import service as ledger
from shangmai.modules.ledger.contract import Kind
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import OrderId, OrderNotFound
from shangmai.modules.orders.contract.profit import OrderProfit


async def profit_of(tx: Tx, order_id: OrderId) -> OrderProfit:
    """Income less expenses that an order's events have posted. Raises: OrderNotFound, BooksNotOpen."""
    order = (await queries.get(tx, [order_id])).get(order_id)
    if order is None:
        raise OrderNotFound(order_id=order_id)
    books = await ledger.get_books(tx, order.company_id)
    lines = await ledger.result_of(tx, [told.id for told in await list_by_key(tx, str(order_id))])
    income = sum(line.amount_minor for line in lines if line.kind == Kind.INCOME)
    profit = sum(line.amount_minor for line in lines)
    return OrderProfit(
        order_id=order_id,
        currency=books.currency,
        income_minor=income,
        expense_minor=income - profit,
        profit_minor=profit,
        lines=lines,
    )
