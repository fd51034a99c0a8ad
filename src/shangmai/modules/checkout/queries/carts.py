"""The SQL on carts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.checkout.contract.carts import CartId, CartLine
from shangmai.modules.checkout.rules.carts import KeptCart
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId

Owner = tuple[ShopId, bytes]
COLUMNS = "id, shop_id, owner, customer_id, version, lines"


async def lock_or_make(tx: Tx, owners: Sequence[tuple[Owner, CustomerId | None, Item]]) -> dict[Owner, KeptCart]:
    """Hold the carts of these owners, in order of owner; a missing one is made, empty."""
    unique = {owner: (customer, item) for owner, customer, item in owners}
    ordered = sorted(unique)
    rows = await tx.fetch(
        "INSERT INTO carts AS c (id, shop_id, owner, customer_id, version, lines, touched_at, cause)"
        " SELECT id, shop_id, owner, customer_id, 0, '[]', at, cause FROM unnest($1::uuid[], $2::uuid[], $3::bytea[],"
        " $4::uuid[], $5::timestamptz[], $6::uuid[]) AS n (id, shop_id, owner, customer_id, at, cause)"
        " ON CONFLICT (shop_id, owner) DO UPDATE SET touched_at = greatest(c.touched_at, excluded.touched_at)"
        f" RETURNING {COLUMNS}",
        [new_id() for _ in ordered],
        [shop_id for shop_id, _ in ordered],
        [owner for _, owner in ordered],
        [unique[owner][0] for owner in ordered],
        [unique[owner][1].now for owner in ordered],
        [unique[owner][1].cause for owner in ordered],
    )
    return {(cart.shop_id, cart.owner): cart for cart in map(_cart, rows)}


async def find(tx: Tx, shop_id: ShopId, owner: bytes) -> KeptCart | None:
    row = await tx.fetchrow(f"SELECT {COLUMNS} FROM carts WHERE shop_id = $1 AND owner = $2", shop_id, owner)
    return None if row is None else _cart(row)


async def write(tx: Tx, changed: Sequence[tuple[KeptCart, Item]]) -> None:
    """Write lines and versions of carts that are held."""
    await tx.execute(
        "UPDATE carts c SET version = n.version, lines = n.lines::json, touched_at = n.at, cause = n.cause"
        " FROM unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[], $5::uuid[])"
        " AS n (id, version, lines, at, cause) WHERE c.id = n.id",
        [cart.id for cart, _ in changed],
        [cart.version for cart, _ in changed],
        [lines_text(cart) for cart, _ in changed],
        [item.now for _, item in changed],
        [item.cause for _, item in changed],
    )


async def delete(tx: Tx, ids: Collection[CartId]) -> None:
    await tx.execute("DELETE FROM carts WHERE id = ANY ($1::uuid[])", list(ids))


async def delete_left(tx: Tx, days: int, limit: int) -> int:
    """Remove guests' carts that nobody touched for so many days, the oldest first; how many."""
    return int(
        await tx.fetchval(
            "WITH gone AS (DELETE FROM carts WHERE id IN (SELECT id FROM carts WHERE customer_id IS NULL AND"
            " touched_at < $1::timestamptz - make_interval(days => $2) ORDER BY touched_at LIMIT $3"
            " FOR UPDATE SKIP LOCKED)"
            " RETURNING 1) SELECT count(*) FROM gone",
            tx.now,
            days,
            limit,
        )
    )


async def delete_of_customers(tx: Tx, customers: Collection[CustomerId]) -> None:
    await tx.execute("DELETE FROM carts WHERE customer_id = ANY ($1::uuid[])", list(customers))


def lines_text(cart: KeptCart) -> str:
    return msgspec.json.encode(cart.lines).decode()


def cart_of(row: Any) -> KeptCart:
    """A cart of a row, or of a row as JSON, where the owner is written in hex."""
    return _cart(row)


def _cart(row: Any) -> KeptCart:
    owner = row["owner"]
    return KeptCart(
        id=msgspec.convert(row["id"], CartId),
        shop_id=msgspec.convert(row["shop_id"], ShopId),
        owner=bytes.fromhex(owner.removeprefix("\\x")) if isinstance(owner, str) else bytes(owner),
        customer_id=msgspec.convert(row["customer_id"], CustomerId | None),
        version=row["version"],
        lines=msgspec.convert(row["lines"], tuple[CartLine, ...]),
    )
