"""The SQL of returns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import OrderId, Return
from shangmai.modules.orders.rules import Refund


class NewReturn(Struct, frozen=True):
    """A return on its way into the tables."""

    made: Return
    refunds: Sequence[Refund]
    reason: str
    reference: str
    bucket: str
    at: datetime


async def insert_returns(tx: Tx, new: Sequence[NewReturn]) -> None:
    lines = [(n, refund) for n in new for refund in n.refunds]
    await tx.execute(
        "WITH heads AS (INSERT INTO returns (id, number, order_id, at, reason, reference, refund_minor, cost_minor,"
        " gifts_due, coupons_back, points_back) SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[],"
        " $4::timestamptz[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $16::jsonb[], $17::jsonb[],"
        " $18::bigint[])),"
        " parts AS (INSERT INTO return_lines (return_id, line, qty, refund_minor,"
        " cost_minor, bucket) SELECT * FROM unnest($9::uuid[], $11::integer[], $12::bigint[], $13::bigint[],"
        " $14::bigint[], $15::text[]))"
        " UPDATE order_lines l SET returned_qty = l.returned_qty + r.qty, returned_minor = l.returned_minor + r.refund,"
        " returned_cost_minor = l.returned_cost_minor + r.cost FROM unnest($10::uuid[], $11::integer[], $12::bigint[],"
        " $13::bigint[], $14::bigint[]) AS r (order_id, line, qty, refund, cost)"
        " WHERE l.order_id = r.order_id AND l.line = r.line",
        [n.made.id for n in new],
        [n.made.number for n in new],
        [n.made.order_id for n in new],
        [n.at for n in new],
        [n.reason for n in new],
        [n.reference for n in new],
        [n.made.refund_minor for n in new],
        [n.made.cost_minor for n in new],
        [n.made.id for n, _ in lines],
        [n.made.order_id for n, _ in lines],
        [refund.line.line for _, refund in lines],
        [refund.qty for _, refund in lines],
        [refund.refund_minor for _, refund in lines],
        [refund.cost_minor for _, refund in lines],
        [n.bucket for n, _ in lines],
        [n.made.gifts_due for n in new],
        [n.made.coupons_back for n in new],
        [n.made.points_back for n in new],
    )


async def returns_of(tx: Tx, order_id: OrderId) -> list[Return]:
    rows = await tx.fetch(
        "SELECT id, number, order_id, refund_minor, cost_minor, gifts_due, coupons_back, points_back FROM returns"
        " WHERE order_id = $1 ORDER BY id",
        order_id,
    )
    return [msgspec.convert(dict(row), Return) for row in rows]
