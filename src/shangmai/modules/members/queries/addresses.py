"""The SQL on customer_addresses."""

from __future__ import annotations

from shangmai.kernel.tx import Tx
from shangmai.modules.members.contract import Address, AddressId, CustomerId
from shangmai.modules.members.queries import sealing
from shangmai.modules.members.rules import Customer


async def insert(tx: Tx, customer: Customer, id: AddressId, address: Address) -> None:
    await tx.execute(
        "INSERT INTO customer_addresses (id, customer_id, shop_id, sealed, created_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        customer.id,
        customer.shop_id,
        sealing.seal_address(address, customer.id),
        tx.now,
        tx.cause,
    )


async def of_customer(tx: Tx, customer_id: CustomerId) -> dict[AddressId, Address]:
    """The oldest first."""
    rows = await tx.fetch("SELECT id, sealed FROM customer_addresses WHERE customer_id = $1 ORDER BY id", customer_id)
    return {row["id"]: sealing.open_address(row["sealed"], customer_id) for row in rows}


async def delete(tx: Tx, customer_id: CustomerId, id: AddressId) -> None:
    await tx.execute("DELETE FROM customer_addresses WHERE customer_id = $1 AND id = $2", customer_id, id)


async def delete_all(tx: Tx, customer_id: CustomerId) -> None:
    await tx.execute("DELETE FROM customer_addresses WHERE customer_id = $1", customer_id)
