"""The SQL on what orders of a checkout are besides orders, and on looking them up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from shangmai.kernel.db.behind import Write
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.checkout.contract.placing import Delivery
from shangmai.modules.checkout.queries.carts import lines_text
from shangmai.modules.checkout.rules.carts import KeptCart
from shangmai.modules.logistics.contract import FreightBill
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.organization.contract import ShopId


class NewCheckout(Struct, frozen=True, kw_only=True):
    """A row to write; `used`: the cart that was ordered from, as it is afterwards."""

    order_id: OrderId
    shop_id: ShopId
    customer_id: CustomerId | None
    used: KeptCart | None
    phone_hash: bytes | None
    delivery: Delivery
    method: str
    freight: FreightBill | None
    invoice: bytes | None
    expires_at: datetime | None
    item: Item


class KeptCheckout(Struct, frozen=True, kw_only=True):
    order_id: OrderId
    shop_id: ShopId
    phone_hash: bytes | None
    delivery: Delivery
    method: str
    freight: FreightBill | None
    invoice: bytes | None
    expires_at: datetime | None


CHECKED_OUT: Final = Write(
    "UPDATE carts c SET version = n.version, lines = n.lines::json, touched_at = n.at, cause = n.cause"
    " FROM unnest($10::uuid[], $11::int[], $12::text[], $13::timestamptz[], $14::uuid[])"
    " AS n (id, version, lines, at, cause) WHERE c.id = n.id",
    "INSERT INTO checkout_orders (order_id, shop_id, cart_id, phone_hash, delivery, method, freight, invoice,"
    " expires_at, cause, customer_id) SELECT order_id, shop_id, cart_id, phone_hash, delivery::json, method,"
    " freight::json, invoice, expires_at, cause, customer_id FROM unnest($1::uuid[], $2::uuid[], $3::uuid[],"
    " $4::bytea[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::timestamptz[], $15::uuid[], $16::uuid[])"
    " AS n (order_id, shop_id, cart_id, phone_hash, delivery, method, freight, invoice, expires_at, cause,"
    " customer_id)",
    adds=["checkout_orders"],
    changes=["carts"],
)


async def insert(tx: Tx, new: Sequence[NewCheckout]) -> None:
    """Write what was checked out, and take it out of the carts, with the other writes of the transaction."""
    used = [(each.used, each.item) for each in new if each.used is not None]
    await tx.later(
        CHECKED_OUT,
        [each.order_id for each in new],
        [each.shop_id for each in new],
        [None if each.used is None else each.used.id for each in new],
        [each.phone_hash for each in new],
        [_text(each.delivery) for each in new],
        [each.method for each in new],
        [None if each.freight is None else _text(each.freight) for each in new],
        [each.invoice for each in new],
        [each.expires_at for each in new],
        [cart.id for cart, _ in used],
        [cart.version for cart, _ in used],
        [lines_text(cart) for cart, _ in used],
        [item.now for _, item in used],
        [item.cause for _, item in used],
        [each.item.cause for each in new],
        [each.customer_id for each in new],
    )


def _text(struct: Struct) -> str:
    return msgspec.json.encode(struct).decode()


async def get(tx: Tx, ids: Collection[UUID]) -> dict[OrderId, KeptCheckout]:
    rows = await tx.fetch(
        "SELECT order_id, shop_id, phone_hash, delivery, method, freight, invoice, expires_at FROM checkout_orders"
        " WHERE order_id = ANY ($1::uuid[])",
        list(ids),
    )
    return {row["order_id"]: _kept(row) for row in rows}


def placed_elsewhere(order_id: OrderId, shop_id: ShopId, expires_at: datetime | None) -> KeptCheckout:
    """An order that did not come out of a checkout: by an offer, by staff, by an import."""
    return KeptCheckout(
        order_id=order_id,
        shop_id=shop_id,
        phone_hash=None,
        delivery=Delivery(),
        method="",
        freight=None,
        invoice=None,
        expires_at=expires_at,
    )


def _kept(row: Any) -> KeptCheckout:
    return KeptCheckout(
        order_id=row["order_id"],
        shop_id=row["shop_id"],
        phone_hash=row["phone_hash"],
        delivery=msgspec.convert(row["delivery"], Delivery),
        method=row["method"],
        freight=None if row["freight"] is None else msgspec.convert(row["freight"], FreightBill),
        invoice=row["invoice"],
        expires_at=row["expires_at"],
    )


async def forget(tx: Tx, customers: Collection[CustomerId]) -> None:
    """Remove what is personal of these customers' checkouts."""
    await tx.execute(
        "UPDATE checkout_orders SET invoice = NULL, phone_hash = NULL WHERE customer_id = ANY ($1::uuid[])"
        " AND (invoice IS NOT NULL OR phone_hash IS NOT NULL)",
        list(customers),
    )


# --- lookups -------------------------------------------------------------------------------------------------------


async def failures(tx: Tx, keys: Collection[bytes], forgotten_after: timedelta) -> dict[bytes, tuple[int, datetime]]:
    """Hold these counters, in order of key, and give how many failures each has since when; old ones are forgotten."""
    rows = await tx.fetch(
        "INSERT INTO checkout_lookups AS l (key, failures, since)"
        " SELECT DISTINCT key, 0, $2::timestamptz FROM unnest($1::bytea[]) AS k (key) ORDER BY key"
        " ON CONFLICT (key) DO UPDATE SET failures = CASE WHEN l.since < $3 THEN 0 ELSE l.failures END,"
        " since = CASE WHEN l.since < $3 THEN $2 ELSE l.since END RETURNING key, failures, since",
        sorted(keys),
        tx.now,
        tx.now - forgotten_after,
    )
    return {bytes(row["key"]): (row["failures"], row["since"]) for row in rows}


async def count_failures(tx: Tx, keys: Sequence[bytes]) -> None:
    await tx.execute(
        "UPDATE checkout_lookups l SET failures = failures + n.times"
        " FROM (SELECT key, count(*)::int AS times FROM unnest($1::bytea[]) AS k (key) GROUP BY key) n"
        " WHERE l.key = n.key",
        keys,
    )


async def prune_lookups(tx: Tx, before: datetime) -> None:
    await tx.execute("DELETE FROM checkout_lookups WHERE since < $1", before)
