"""The SQL of pieces canceled before they left."""

from __future__ import annotations

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.part_canceling import CanceledLine, PartCancel


async def insert_part_cancel(tx: Tx, made: PartCancel) -> None:
    """Write what was canceled, and count it on the order's lines."""
    await tx.execute(
        "WITH head AS (INSERT INTO order_part_cancels (id, order_id, at, reason, refund_minor, coupons_back,"
        " points_back, cause) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)),"
        " parts AS (SELECT * FROM unnest($9::integer[], $10::bigint[], $11::bigint[]) AS p (line, qty, refund)),"
        " kept AS (INSERT INTO order_part_cancel_lines (cancel_id, line, qty, refund_minor)"
        " SELECT $1, line, qty, refund FROM parts)"
        " UPDATE order_lines l SET canceled_qty = l.canceled_qty + p.qty,"
        " canceled_minor = l.canceled_minor + p.refund FROM parts p WHERE l.order_id = $2 AND l.line = p.line",
        made.id,
        made.order_id,
        made.at,
        made.reason,
        made.refund_minor,
        made.coupons_back,
        made.points_back,
        tx.cause,
        [line.line for line in made.lines],
        [line.qty for line in made.lines],
        [line.refund_minor for line in made.lines],
    )


async def part_cancels_of(tx: Tx, order_id: OrderId) -> list[PartCancel]:
    rows = await tx.fetch(
        "SELECT c.id, c.order_id, c.at, c.reason, c.refund_minor, c.coupons_back, c.points_back,"
        " array_agg(ARRAY[l.line, l.qty, l.refund_minor] ORDER BY l.line) AS lines FROM order_part_cancels c"
        " JOIN order_part_cancel_lines l ON l.cancel_id = c.id WHERE c.order_id = $1 GROUP BY c.id ORDER BY c.id",
        order_id,
    )
    return [_made(row) for row in rows]


def _made(row: Record) -> PartCancel:
    lines = [CanceledLine(line=line, qty=qty, refund_minor=refund) for line, qty, refund in row["lines"]]
    return PartCancel(**{**row, "lines": lines, "coupons_back": tuple(row["coupons_back"])})
