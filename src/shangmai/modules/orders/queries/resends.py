"""The SQL of orders that send something again."""

from __future__ import annotations

from collections.abc import Mapping

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.resending import Resend

_RESEND = (
    "SELECT r.order_id, o.number, r.of_order_id, b.number AS of_number, r.reason FROM order_resends r"
    " JOIN orders o ON o.id = r.order_id JOIN orders b ON b.id = r.of_order_id"
)


async def insert_resend(tx: Tx, order_id: OrderId, of: OrderId, quantities: Mapping[int, int], reason: str) -> None:
    await tx.execute(
        "WITH head AS (INSERT INTO order_resends (order_id, of_order_id, reason, at, cause)"
        " VALUES ($1, $2, $3, $4, $5)) INSERT INTO order_resend_lines (order_id, of_line, qty)"
        " SELECT $1, * FROM unnest($6::integer[], $7::bigint[])",
        order_id,
        of,
        reason,
        tx.now,
        tx.cause,
        list(quantities),
        list(quantities.values()),
    )


async def resent_of(tx: Tx, of: OrderId) -> dict[int, int]:
    """By line of an order, the pieces that were sent again, or will be."""
    rows = await tx.fetch(
        "SELECT l.of_line, sum(l.qty)::bigint AS qty FROM order_resends r JOIN order_resend_lines l USING (order_id)"
        " JOIN orders o ON o.id = r.order_id WHERE r.of_order_id = $1 AND o.status <> 'canceled' GROUP BY l.of_line",
        of,
    )
    return {row["of_line"]: row["qty"] for row in rows}


async def resends_of(tx: Tx, order_id: OrderId) -> list[Resend]:
    """The orders that send something of this one again, and the one that this one sends something of."""
    rows = await tx.fetch(_RESEND + " WHERE r.of_order_id = $1 OR r.order_id = $1 ORDER BY r.order_id", order_id)
    return [Resend(**row) for row in rows]
