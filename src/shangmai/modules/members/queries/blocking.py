"""The SQL of blocked buyers."""

from __future__ import annotations

from collections.abc import Collection

from shangmai.kernel.tx import Tx
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId


async def insert(tx: Tx, customer_id: CustomerId, shop_id: ShopId, reason: str) -> bool:
    """False where the customer is blocked already."""
    row = await tx.fetchrow(
        "INSERT INTO customer_blocks (customer_id, shop_id, reason, at, cause) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (customer_id) DO NOTHING RETURNING customer_id",
        customer_id,
        shop_id,
        reason,
        tx.now,
        tx.cause,
    )
    return row is not None


async def delete(tx: Tx, customer_id: CustomerId) -> bool:
    """False where the customer was not blocked."""
    return (
        await tx.fetchrow("DELETE FROM customer_blocks WHERE customer_id = $1 RETURNING customer_id", customer_id)
    ) is not None


async def among(tx: Tx, ids: Collection[CustomerId]) -> dict[CustomerId, str]:
    """Those of these customers who are blocked, with why."""
    rows = await tx.fetch(
        "SELECT customer_id, reason FROM customer_blocks WHERE customer_id = ANY ($1::uuid[])", list(ids)
    )
    return {row["customer_id"]: row["reason"] for row in rows}
