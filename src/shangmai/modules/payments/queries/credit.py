"""The SQL of orders that wait for their money."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.payments.contract import Authorization, AuthorizationStatus, DeferKind

COLUMNS = (
    "id, kind, order_id, company_id, shop_id, customer_id, amount_minor, open_minor, currency, due_on, status,"
    " authorized_at"
)


def _authorization(row: Record) -> Authorization:
    given = {**row, "kind": DeferKind(row["kind"]), "status": AuthorizationStatus(row["status"])}
    return Authorization(**given)


async def insert(tx: Tx, one: Authorization) -> bool:
    """False where the order has one already."""
    row = await tx.fetchrow(
        "INSERT INTO payment_authorizations (" + COLUMNS + ", cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        " ON CONFLICT (order_id) WHERE status <> 'released' DO NOTHING RETURNING id",
        one.id,
        one.kind.value,
        one.order_id,
        one.company_id,
        one.shop_id,
        one.customer_id,
        one.amount_minor,
        one.open_minor,
        one.currency,
        one.due_on,
        one.status.value,
        one.authorized_at,
        tx.cause,
    )
    return row is not None


async def lock_authorized(tx: Tx, orders: Collection[UUID]) -> dict[UUID, Authorization]:
    """Those of these orders that wait for money, by order, locked in order of the order's id."""
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM payment_authorizations WHERE order_id = ANY ($1::uuid[]) AND status = 'authorized'"
        " ORDER BY order_id FOR NO KEY UPDATE",
        list(orders),
    )
    return {row["order_id"]: _authorization(row) for row in rows}


async def of_orders(tx: Tx, orders: Collection[UUID]) -> dict[UUID, Authorization]:
    """What these orders wait for, or waited, by order; what was released is left out."""
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM payment_authorizations WHERE order_id = ANY ($1::uuid[]) AND status <> 'released'",
        list(orders),
    )
    return {row["order_id"]: _authorization(row) for row in rows}


async def set_open(tx: Tx, one: Authorization, open_minor: int, status: AuthorizationStatus) -> None:
    await tx.execute(
        "UPDATE payment_authorizations SET open_minor = $2, status = $3 WHERE id = $1", one.id, open_minor, status.value
    )


async def page(
    tx: Tx, status: AuthorizationStatus | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[Authorization]:
    """Authorizations, newest first."""
    at, id_ = before or (None, None)
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM payment_authorizations WHERE ($1::text IS NULL OR status = $1)"
        " AND ($2::timestamptz IS NULL OR (authorized_at, id) < ($2, $3::uuid))"
        " ORDER BY authorized_at DESC, id DESC LIMIT $4",
        None if status is None else status.value,
        at,
        id_,
        limit,
    )
    return [_authorization(row) for row in rows]


async def divergences(tx: Tx) -> list[tuple[UUID, int, int]]:
    """Customers whose drawn credit differs from what their orders on account wait for: customer, drawn, waited for."""
    rows = await tx.fetch(
        "SELECT customer_id, coalesce(-a.posted, 0) AS owed, coalesce(p.waiting, 0)::bigint AS waiting FROM"
        " (SELECT company_id, customer_id, sum(open_minor) AS waiting FROM payment_authorizations"
        " WHERE kind = 'on_account' GROUP BY company_id, customer_id) p"
        " FULL JOIN (SELECT company_id, customer_id, posted FROM credit_accounts WHERE bounded) a"
        " USING (company_id, customer_id) WHERE coalesce(-a.posted, 0) <> coalesce(p.waiting, 0)"
    )
    return [(row["customer_id"], row["owed"], row["waiting"]) for row in rows]
