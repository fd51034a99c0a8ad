"""The SQL of changing what orders consist of."""

from __future__ import annotations

from collections.abc import Collection

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.orders.contract import OrderId


async def swap_sku(tx: Tx, order_id: OrderId, line: int, sku_id: SkuId, title: str) -> None:
    await tx.execute(
        "UPDATE order_lines SET sku_id = $3, title = $4 WHERE order_id = $1 AND line = $2",
        order_id,
        line,
        sku_id,
        title,
    )


async def note_edit(
    tx: Tx, order_id: OrderId, line: int, before: SkuId | None, after: SkuId, qty: int, reason: str
) -> int:
    """Keep what was changed by hand; which change of the order it is, counted from 1. The order is locked."""
    return int(
        await tx.fetchval(
            "INSERT INTO order_edits (order_id, n, line, before_sku_id, sku_id, qty, reason, at, cause)"
            " SELECT $1, coalesce(max(n), 0) + 1, $2, $3, $4, $5, $6, $7, $8 FROM order_edits WHERE order_id = $1"
            " RETURNING n",
            order_id,
            line,
            before,
            after,
            qty,
            reason,
            tx.now,
            tx.cause,
        )
    )


async def edited_among(tx: Tx, ids: Collection[OrderId]) -> set[OrderId]:
    """Those of these orders whose goods were changed by hand."""
    rows = await tx.fetch("SELECT DISTINCT order_id FROM order_edits WHERE order_id = ANY ($1::uuid[])", list(ids))
    return {row["order_id"] for row in rows}
