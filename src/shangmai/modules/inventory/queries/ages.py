"""The SQL of how long pieces have stood where they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shangmai.kernel.books.contract import Key
from shangmai.kernel.tx import Tx

OLDEST = """
SELECT a.sku_id, a.warehouse_id, o.at FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[])
  AS k (sku_id, warehouse_id, bucket, lot, owner_id)
JOIN stock_accounts a USING (sku_id, warehouse_id, bucket, lot, owner_id)
CROSS JOIN LATERAL (SELECT t.at FROM (
    SELECT at, amount, sum(amount) OVER (ORDER BY at DESC, id DESC) AS so_far FROM stock_transfers
    WHERE credit_id = a.id AND kind IN ('post', 'settle')) AS t
  WHERE t.so_far - t.amount < a.posted ORDER BY t.at LIMIT 1) AS o
WHERE a.posted > 0"""
"""What came last is what is there: first in, first out. The oldest of it is the receipt that the count back reaches."""


async def oldest(tx: Tx, keys: Sequence[Key]) -> list[tuple[Key, datetime]]:
    """Since when the oldest pieces of these accounts are there; accounts without pieces are left out."""
    rows = await tx.fetch(OLDEST, *([key[n] for key in keys] for n in range(5)))
    return [((row["sku_id"], row["warehouse_id"]), row["at"]) for row in rows]
