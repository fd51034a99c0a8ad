"""The SQL of pay links."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.payments.contract import PaymentLink, PaymentLinkId

COLUMNS = (
    "id, order_id, company_id, shop_id, customer_id, subject, due_minor, received_minor, currency, is_open, made_at"
)


def _link(row: Record) -> PaymentLink:
    return PaymentLink(**row)


async def put(tx: Tx, link: PaymentLink) -> PaymentLink:
    """One for each order: making it again keeps its address and takes what is due now."""
    row = await tx.fetchrow(
        "INSERT INTO payment_links (" + COLUMNS + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " ON CONFLICT (order_id) DO UPDATE SET due_minor = excluded.due_minor, subject = excluded.subject,"
        " received_minor = excluded.received_minor, is_open = true RETURNING " + COLUMNS,
        link.id,
        link.order_id,
        link.company_id,
        link.shop_id,
        link.customer_id,
        link.subject,
        link.due_minor,
        link.received_minor,
        link.currency,
        link.is_open,
        link.made_at,
    )
    assert row is not None
    return _link(row)


async def find(tx: Tx, link_id: PaymentLinkId) -> PaymentLink | None:
    row = await tx.fetchrow("SELECT " + COLUMNS + " FROM payment_links WHERE id = $1", link_id)
    return None if row is None else _link(row)


async def lock(tx: Tx, link_id: PaymentLinkId) -> PaymentLink | None:
    row = await tx.fetchrow("SELECT " + COLUMNS + " FROM payment_links WHERE id = $1 FOR NO KEY UPDATE", link_id)
    return None if row is None else _link(row)


async def find_of_order(tx: Tx, order_id: UUID) -> PaymentLink | None:
    row = await tx.fetchrow("SELECT " + COLUMNS + " FROM payment_links WHERE order_id = $1", order_id)
    return None if row is None else _link(row)


async def close(tx: Tx, orders: Collection[UUID]) -> None:
    await tx.execute(
        "UPDATE payment_links SET is_open = false WHERE order_id = ANY ($1::uuid[]) AND is_open", list(orders)
    )
