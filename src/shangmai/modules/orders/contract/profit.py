"""What an order earned, as the books have it."""

from __future__ import annotations

from msgspec import Struct

from shangmai.modules.ledger.contract import ResultLine
from shangmai.modules.orders.contract.ids import OrderId


class OrderProfit(Struct, frozen=True, kw_only=True):
    """Income less expenses of the vouchers that an order's events made, in minor units of the books' currency.

    Costs that are not posted to an order, as wages or a carrier's bill, are not in it. 订单利润。
    """

    order_id: OrderId
    currency: str
    income_minor: int
    expense_minor: int
    profit_minor: int
    lines: list[ResultLine]
