"""The SQL of prices changed by hand."""

from __future__ import annotations

from collections.abc import Collection

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import LineKind, Order, OrderId, OrderLine
from shangmai.modules.orders.contract.repricing import LinePriceChange


async def change_price(tx: Tx, order: Order, line: OrderLine, amount_minor: int, reason: str) -> None:
    """Let a line of a locked order cost so much; its kind's sum and the total follow."""
    by = amount_minor - line.amount_minor
    of_kind = {kind: by if line.kind is kind else 0 for kind in LineKind}
    await tx.execute(
        "WITH changed AS (UPDATE order_lines SET amount_minor = $3 WHERE order_id = $1 AND line = $2),"
        " noted AS (INSERT INTO order_price_changes (order_id, n, line, before_minor, after_minor, reason, at, by_name,"
        " cause) SELECT $1, coalesce(max(n), 0) + 1, $2, $4, $3, $5, $6, $7, $8 FROM order_price_changes"
        " WHERE order_id = $1)"
        " UPDATE orders SET goods_minor = goods_minor + $9, freight_minor = freight_minor + $10,"
        " other_minor = other_minor + $11, total_minor = total_minor + $12 WHERE id = $1",
        order.id,
        line.line,
        amount_minor,
        line.amount_minor,
        reason,
        tx.now,
        tx.actor.name,
        tx.cause,
        of_kind[LineKind.GOODS],
        of_kind[LineKind.FREIGHT],
        of_kind[LineKind.OTHER],
        by,
    )


async def price_changes_of(tx: Tx, order_id: OrderId) -> list[LinePriceChange]:
    """What was changed by hand, the first change first."""
    rows = await tx.fetch(
        "SELECT n, line, before_minor, after_minor, reason, at, by_name FROM order_price_changes"
        " WHERE order_id = $1 ORDER BY n",
        order_id,
    )
    return [LinePriceChange(**row) for row in rows]


async def repriced_among(tx: Tx, ids: Collection[OrderId]) -> set[OrderId]:
    """Those of these orders that cost something else than they did, by hand; not of lines that were canceled since."""
    rows = await tx.fetch(
        "SELECT DISTINCT c.order_id FROM order_price_changes c JOIN order_lines l USING (order_id, line)"
        " WHERE c.order_id = ANY ($1::uuid[]) AND c.before_minor <> l.amount_minor AND l.qty > l.canceled_qty"
        " AND NOT EXISTS (SELECT FROM order_price_changes e WHERE e.order_id = c.order_id AND e.line = c.line"
        " AND e.n < c.n)",
        list(ids),
    )
    return {row["order_id"] for row in rows}
