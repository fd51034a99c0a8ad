"""The SQL on what sourcing asks of orders."""

from __future__ import annotations

from collections.abc import Collection

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import OrderId


async def sealed_receivers(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, bytes]:
    rows = await tx.fetch(
        "SELECT id, receiver FROM orders WHERE id = ANY ($1::uuid[]) AND receiver IS NOT NULL", list(ids)
    )
    return {row["id"]: row["receiver"] for row in rows}
