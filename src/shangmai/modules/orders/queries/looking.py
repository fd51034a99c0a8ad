"""The SQL that looks at orders from outside: what moved for them, and what does not fit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.organization.contract import ShopId


async def sold(
    tx: Tx, shop_id: ShopId, since: datetime, until: datetime, after: tuple[datetime, UUID] | None, limit: int
) -> dict[OrderId, int]:
    """Orders not canceled, the oldest first: how many such their customers had placed in the shop before."""
    rows = await tx.fetch(
        "SELECT o.id, (SELECT count(*) FROM orders e WHERE e.customer_id = o.customer_id AND e.shop_id = o.shop_id"
        " AND e.placed_at < o.placed_at AND e.status <> 'canceled') AS earlier FROM orders o"
        " WHERE shop_id = $1 AND placed_at >= $2 AND placed_at < $3 AND status <> 'canceled'"
        " AND ($4::timestamptz IS NULL OR (placed_at, id) > ($4, $5::uuid)) ORDER BY placed_at, id LIMIT $6",
        shop_id,
        since,
        until,
        *(after or (None, None)),
        limit,
    )
    return {row["id"]: row["earlier"] for row in rows}


async def count_sold(tx: Tx, shop_id: ShopId, since: datetime, until: datetime) -> int:
    count: int = await tx.fetchval(
        "SELECT count(*) FROM orders"
        " WHERE shop_id = $1 AND placed_at >= $2 AND placed_at < $3 AND status <> 'canceled'",
        shop_id,
        since,
        until,
    )
    return count


async def divergences(tx: Tx) -> list[Record]:  # long: one statement, a proof after the other
    """Orders that do not fit what they are made of: what, which order, what is kept, what it should be."""
    return await tx.fetch(
        """
SELECT 'paid' AS what, o.id, o.paid_minor AS kept, coalesce(p.sum, 0)::bigint AS proven FROM orders o
  LEFT JOIN (SELECT order_id, sum(amount_minor) FROM order_payments GROUP BY order_id) p ON p.order_id = o.id
  WHERE o.paid_minor <> coalesce(p.sum, 0)
UNION ALL
SELECT 'total', o.id, o.total_minor, coalesce(l.sum, 0)::bigint FROM orders o
  LEFT JOIN (SELECT order_id, sum(amount_minor) FROM order_lines GROUP BY order_id) l ON l.order_id = o.id
  WHERE o.total_minor <> coalesce(l.sum, 0)
UNION ALL
SELECT 'quoted', q.order_id, sum(l.amount_minor - coalesce(c.by, 0))::bigint, sum((p.line ->> 'paid_minor')::bigint
  + CASE WHEN q.quote -> 'policy' ->> 'tax_included' = 'false' THEN coalesce((p.line ->> 'tax_minor')::bigint, 0)
    ELSE 0 END)::bigint
  FROM order_quotes q CROSS JOIN LATERAL jsonb_array_elements(q.quote -> 'lines') AS p (line)
  LEFT JOIN order_lines l ON l.order_id = q.order_id AND l.line = (p.line ->> 'key')::integer
  LEFT JOIN (SELECT order_id, line, sum(after_minor - before_minor)::bigint AS by FROM order_price_changes
    GROUP BY order_id, line) c ON c.order_id = l.order_id AND c.line = l.line
  GROUP BY q.order_id HAVING count(*) <> count(l.line)
  OR sum(l.amount_minor - coalesce(c.by, 0)) <> sum((p.line ->> 'paid_minor')::bigint
  + CASE WHEN q.quote -> 'policy' ->> 'tax_included' = 'false' THEN coalesce((p.line ->> 'tax_minor')::bigint, 0)
    ELSE 0 END)
UNION ALL
SELECT 'refunded', o.id, o.refunded_minor, coalesce(r.sum, 0)::bigint FROM orders o
  LEFT JOIN (SELECT order_id, sum(amount_minor) FROM payments WHERE kind = 'refund' GROUP BY order_id) r
  ON r.order_id = o.id WHERE o.refunded_minor <> coalesce(r.sum, 0)
UNION ALL
SELECT 'kept', o.id, o.kept_minor, CASE WHEN o.status = 'canceled' THEN o.paid_minor - o.refunded_minor ELSE 0 END
  FROM orders o WHERE o.kept_minor <> 0
  AND o.kept_minor <> CASE WHEN o.status = 'canceled' THEN o.paid_minor - o.refunded_minor ELSE 0 END
UNION ALL
SELECT 'held back', o.id, o.held_back::int::bigint, count(h.order_id) FROM orders o
  LEFT JOIN order_hold_backs h ON h.order_id = o.id AND h.blocks GROUP BY o.id
  HAVING o.held_back <> (count(h.order_id) > 0)
UNION ALL
SELECT 'held without an open order', h.doc, sum(h.remaining)::bigint, 0 FROM stock_holds h
  LEFT JOIN orders o ON o.id = h.doc WHERE h.remaining > 0
  AND (o.id IS NULL OR o.status NOT IN ('placed', 'part_shipped'))
  AND NOT EXISTS (SELECT FROM channel_locks k WHERE k.id = h.doc AND k.ended_at IS NULL)
  AND NOT EXISTS (SELECT FROM pick_requests p WHERE p.doc = h.doc AND p.to_warehouse_id IS NOT NULL
    AND p.state NOT IN ('left', 'stopped')) GROUP BY h.doc
UNION ALL
SELECT 'posted', l.order_id, sum(l.shipped_minor)::bigint, sum(l.amount_minor - l.canceled_minor)::bigint
  FROM order_lines l WHERE l.shipped_qty = l.qty - l.canceled_qty
  AND l.shipped_minor <> l.amount_minor - l.canceled_minor GROUP BY l.order_id
UNION ALL
SELECT 'in units', u.order_id, u.qty, l.qty - l.shipped_qty - l.canceled_qty FROM (SELECT n.order_id, n.line,
    sum(n.qty)::bigint AS qty FROM order_unit_lines n JOIN order_units u ON u.id = n.unit_id
    WHERE u.state IN ('open', 'released') AND n.qty > 0 GROUP BY n.order_id, n.line) AS u
  JOIN orders o ON o.id = u.order_id JOIN order_lines l ON l.order_id = u.order_id AND l.line = u.line
  WHERE u.qty > l.qty - l.shipped_qty - l.canceled_qty OR o.status NOT IN ('placed', 'part_shipped')
UNION ALL
SELECT 'points', o.id, CASE o.status WHEN 'canceled' THEN 0 ELSE o.points - coalesce(r.sum, 0) END,
  coalesce(p.sum, 0)::bigint FROM orders o
  LEFT JOIN (SELECT order_id, sum(points_back)::bigint FROM (SELECT order_id, points_back FROM returns
    UNION ALL SELECT order_id, points_back FROM order_part_cancels) AS b GROUP BY order_id) r ON r.order_id = o.id
  LEFT JOIN (SELECT t.doc, sum(CASE WHEN t.kind = 'hold' THEN t.amount WHEN t.kind IN ('release', 'expire')
      OR d.kind = 'spent' THEN -t.amount ELSE 0 END) FROM points_transfers t
    JOIN points_accounts d ON d.id = t.debit_id GROUP BY t.doc) p ON p.doc = o.id
  WHERE CASE o.status WHEN 'canceled' THEN 0 ELSE o.points - coalesce(r.sum, 0) END <> coalesce(p.sum, 0)
UNION ALL
SELECT 'points kept without an open order', h.doc, sum(h.remaining)::bigint, 0 FROM points_holds h
  LEFT JOIN orders o ON o.id = h.doc WHERE h.remaining > 0
  AND (o.id IS NULL OR o.status = 'canceled' OR o.payment_status = 'paid') GROUP BY h.doc
UNION ALL
SELECT 'limits kept without a living order', h.doc, sum(h.remaining)::bigint, 0 FROM quota_holds h
  LEFT JOIN orders o ON o.id = h.doc WHERE h.remaining > 0
  AND (o.id IS NULL OR o.status = 'canceled' OR o.payment_status = 'paid') GROUP BY h.doc
"""
    )


async def pieces_moved(
    tx: Tx,
    orders: Sequence[tuple[OrderId, int, bool]],
    gifts: Collection[tuple[OrderId, int]],
    returns: Collection[UUID],
    part_cancels: Collection[UUID],
) -> list[Record]:
    """Pieces by shop and SKU of orders, each so often, as it was placed (True) or as it is, less what came back.

    `gifts`: order and line of what was added to orders after they were placed.
    """
    return await tx.fetch(
        "WITH placed AS (SELECT l.order_id, l.line, l.qty, l.canceled_qty, l.sku_id AS now_sku_id,"
        "  coalesce((SELECT e.before_sku_id FROM order_edits e WHERE e.order_id = l.order_id AND e.line = l.line"
        "   AND e.before_sku_id IS NOT NULL ORDER BY e.n LIMIT 1), l.sku_id) AS sku_id,"
        "  EXISTS (SELECT FROM order_gifts g WHERE g.order_id = l.order_id AND g.line = l.line) AS came_later"
        "  FROM order_lines l WHERE l.order_id = ANY ($1::uuid[] || $6::uuid[]))"
        " SELECT shop_id, sku_id, sum(qty)::bigint AS pieces FROM ("
        " SELECT o.shop_id, CASE WHEN m.as_placed THEN l.sku_id ELSE l.now_sku_id END AS sku_id,"
        " CASE WHEN m.times < 0 THEN l.canceled_qty - l.qty ELSE l.qty END AS qty"
        " FROM unnest($1::uuid[], $2::integer[], $5::boolean[]) AS m (id, times, as_placed)"
        " JOIN orders o ON o.id = m.id JOIN placed l ON l.order_id = m.id AND NOT (m.as_placed AND l.came_later)"
        " UNION ALL SELECT o.shop_id, l.sku_id, l.qty FROM unnest($6::uuid[], $7::integer[]) AS g (id, line)"
        " JOIN orders o ON o.id = g.id JOIN placed l ON l.order_id = g.id AND l.line = g.line"
        " UNION ALL SELECT o.shop_id, l.sku_id, -rl.qty FROM returns r JOIN orders o ON o.id = r.order_id"
        " JOIN return_lines rl ON rl.return_id = r.id"
        " JOIN order_lines l ON l.order_id = r.order_id AND l.line = rl.line"
        " WHERE r.id = ANY ($3::uuid[])"
        " UNION ALL SELECT o.shop_id, l.sku_id, -cl.qty FROM order_part_cancels c JOIN orders o ON o.id = c.order_id"
        " JOIN order_part_cancel_lines cl ON cl.cancel_id = c.id"
        " JOIN order_lines l ON l.order_id = c.order_id AND l.line = cl.line"
        " WHERE c.id = ANY ($4::uuid[])) AS m WHERE sku_id IS NOT NULL GROUP BY shop_id, sku_id",
        [id_ for id_, _, _ in orders],
        [times for _, times, _ in orders],
        list(returns),
        list(part_cancels),
        [as_placed for *_, as_placed in orders],
        [id_ for id_, _ in gifts],
        [line for _, line in gifts],
    )


async def pieces_ordered(tx: Tx, shop_id: ShopId, skus: Collection[SkuId]) -> dict[SkuId, int]:
    rows = await tx.fetch(
        "SELECT l.sku_id, sum(l.qty - l.returned_qty - l.canceled_qty)::bigint AS pieces FROM order_lines l"
        " JOIN orders o ON o.id = l.order_id WHERE l.sku_id = ANY ($2::uuid[]) AND o.shop_id = $1"
        " AND o.status <> 'canceled' GROUP BY l.sku_id",
        shop_id,
        list(skus),
    )
    return {row["sku_id"]: row["pieces"] for row in rows}


async def ids_of_numbers(tx: Tx, numbers: Collection[str]) -> dict[str, OrderId]:
    rows = await tx.fetch("SELECT number, id FROM orders WHERE number = ANY ($1::text[])", list(numbers))
    return {row["number"]: row["id"] for row in rows}


async def sealed_receiver(tx: Tx, order_id: OrderId) -> bytes | None:
    sealed: bytes | None = await tx.fetchval("SELECT receiver FROM orders WHERE id = $1", order_id)
    return sealed
