"""The SQL of orders that send something for goods that come back."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.exchanging import Exchange

NewLine = tuple[int, int, SkuId, int]
"""Line of the first order, pieces, what is sent for them, and what had come back of the line before."""


async def insert_exchange(tx: Tx, order_id: OrderId, of: OrderId, lines: Sequence[NewLine], reason: str) -> None:
    await tx.execute(
        "WITH head AS (INSERT INTO order_exchanges (order_id, of_order_id, reason, at, cause)"
        " VALUES ($1, $2, $3, $4, $5)) INSERT INTO order_exchange_lines (order_id, of_line, qty, sku_id,"
        " returned_before) SELECT $1, * FROM unnest($6::integer[], $7::bigint[], $8::uuid[], $9::bigint[])",
        order_id,
        of,
        reason,
        tx.now,
        tx.cause,
        *([line[n] for line in lines] for n in range(4)),
    )


async def awaited_of(tx: Tx, of: OrderId) -> dict[int, int]:
    """By line of an order, the pieces that are being exchanged and have yet to come back."""
    rows = await tx.fetch(
        "SELECT x.of_line, sum(least(greatest(x.returned_before + x.qty - l.returned_qty, 0), x.qty))::bigint AS qty"
        " FROM order_exchanges e JOIN order_exchange_lines x USING (order_id) JOIN orders o ON o.id = e.order_id"
        " JOIN order_lines l ON l.order_id = e.of_order_id AND l.line = x.of_line"
        " WHERE e.of_order_id = $1 AND o.status <> 'canceled' GROUP BY x.of_line",
        of,
    )
    return {row["of_line"]: row["qty"] for row in rows}


async def exchanges_of(tx: Tx, order_id: OrderId) -> list[Exchange]:
    """The orders that send something for goods of this one, and the one for whose goods this one does."""
    rows = await tx.fetch(
        "SELECT e.order_id, o.number, e.of_order_id, b.number AS of_number, e.reason FROM order_exchanges e"
        " JOIN orders o ON o.id = e.order_id JOIN orders b ON b.id = e.of_order_id"
        " WHERE e.of_order_id = $1 OR e.order_id = $1 ORDER BY e.order_id",
        order_id,
    )
    return [Exchange(**row) for row in rows]


async def all_back(tx: Tx, of: Collection[OrderId]) -> list[tuple[OrderId, OrderId]]:
    """The exchanges of these orders all of whose goods have come back, each with the order that they are of.

    Of several exchanges of one line, those made first are waited for first.
    """
    rows = await tx.fetch(
        "SELECT e.order_id, e.of_order_id FROM order_exchanges e JOIN order_exchange_lines x USING (order_id)"
        " JOIN order_lines l ON l.order_id = e.of_order_id AND l.line = x.of_line"
        " WHERE e.of_order_id = ANY ($1::uuid[]) GROUP BY e.order_id, e.of_order_id"
        " HAVING bool_and(l.returned_qty >= x.returned_before + x.qty) ORDER BY e.order_id",
        list(of),
    )
    return [(row["order_id"], row["of_order_id"]) for row in rows]
