"""What a shop has sold, for those who look back on it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import SoldOrder
from shangmai.modules.organization.contract import ShopId


async def sold(
    tx: Tx, shop_id: ShopId, since: datetime, until: datetime, after: tuple[datetime, UUID] | None, limit: int
) -> list[SoldOrder]:
    """A page of the shop's orders placed in `[since, until)` and not canceled, the oldest first, in four statements.

    `after` is the time and id of the last order of the page before.
    """
    earlier = await queries.sold(tx, shop_id, since, until, after, limit)
    orders = await queries.get(tx, earlier)
    lines = await queries.lines_of(tx, earlier)
    quotes = await queries.quotes_of(tx, earlier)
    return [
        SoldOrder(order=orders[id_], lines=lines[id_], earlier=before, quote=quotes.get(id_))
        for id_, before in earlier.items()
    ]


async def count_sold(tx: Tx, shop_id: ShopId, since: datetime, until: datetime) -> int:
    """How many orders `sold` goes through."""
    return await queries.count_sold(tx, shop_id, since, until)
