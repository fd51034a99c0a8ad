"""The SQL of the quotes that orders were placed at, and of what quotes need to know of customers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from shangmai.kernel.db.rows import Rows
from shangmai.kernel.tx import Tx
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.pricing.contract import Quote

QUOTES: Final = Rows("order_quotes", {"order_id": "uuid", "quote": "jsonb"}, row="order_quotes_row")


async def insert_quotes(tx: Tx, quotes: Sequence[tuple[OrderId, Quote]]) -> None:
    """Freeze what orders were quoted."""
    await QUOTES.add(tx, quotes)


async def quotes_of(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, Quote]:
    rows = await tx.fetch(
        "SELECT order_id, quote::text AS quote FROM order_quotes WHERE order_id = ANY ($1::uuid[])", list(ids)
    )
    return {row["order_id"]: _quote(row["quote"]) for row in rows}


_quote: Final = msgspec.json.Decoder(Quote).decode


async def count_paid(tx: Tx, customers: Collection[CustomerId]) -> dict[CustomerId, int]:
    """How many orders each of these customers has paid and not canceled."""
    if not customers:
        return {}
    rows = await tx.fetch(
        "SELECT customer_id, count(*) AS orders FROM orders WHERE customer_id = ANY ($1::uuid[])"
        " AND payment_status = 'paid' AND status <> 'canceled' GROUP BY customer_id",
        list(customers),
    )
    return {row["customer_id"]: row["orders"] for row in rows}
