"""The SQL on what members keep for later."""

from __future__ import annotations

from collections.abc import Collection

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId


async def insert(tx: Tx, customer_id: CustomerId, shop_id: ShopId, product_id: ProductId) -> None:
    """What is kept already stays as it is."""
    await tx.execute(
        "INSERT INTO storefront_favourites (customer_id, shop_id, product_id, at, cause) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT DO NOTHING",
        customer_id,
        shop_id,
        product_id,
        tx.now,
        tx.cause,
    )


async def delete(tx: Tx, customer_id: CustomerId, product_id: ProductId) -> None:
    await tx.execute(
        "DELETE FROM storefront_favourites WHERE customer_id = $1 AND product_id = $2", customer_id, product_id
    )


async def forget(tx: Tx, customers: Collection[CustomerId]) -> None:
    await tx.execute("DELETE FROM storefront_favourites WHERE customer_id = ANY ($1::uuid[])", list(customers))


async def count(tx: Tx, customer_id: CustomerId) -> int:
    found: int = await tx.fetchval("SELECT count(*) FROM storefront_favourites WHERE customer_id = $1", customer_id)
    return found


async def of_customer(tx: Tx, customer_id: CustomerId) -> list[Record]:
    """Products and since when, the newest first."""
    return await tx.fetch(
        "SELECT product_id, at FROM storefront_favourites WHERE customer_id = $1 ORDER BY at DESC, product_id",
        customer_id,
    )
