"""The SQL of audits: what is known around orders, and how long each company waits."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.rules.auditing import Before
from shangmai.modules.organization.contract import CompanyId


class Written(Struct, frozen=True):
    """What is written on an order: its note, and its sealed receiver."""

    note: str
    receiver: bytes | None


async def written_of(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, Written]:
    rows = await tx.fetch("SELECT id, note, receiver FROM orders WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: Written(row["note"], row["receiver"]) for row in rows}


async def before_of(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, Before]:
    """What the buyers of these orders had done before each was placed; those without a buyer are left out."""
    rows = await tx.fetch(
        "SELECT o.id, b.paid, b.canceled, b.day, b.day_kept,"
        " (SELECT count(DISTINCT r.order_id) FROM orders e JOIN returns r ON r.order_id = e.id"
        "  WHERE e.customer_id = o.customer_id AND e.placed_at < o.placed_at AND r.at < o.placed_at) AS returned"
        " FROM orders o CROSS JOIN LATERAL (SELECT"
        "  count(*) FILTER (WHERE e.payment_status = 'paid' AND e.status <> 'canceled') AS paid,"
        "  count(*) FILTER (WHERE e.status = 'canceled') AS canceled,"
        "  count(*) FILTER (WHERE e.placed_at > o.placed_at - interval '1 day') AS day,"
        "  count(*) FILTER (WHERE e.placed_at > o.placed_at - interval '1 day' AND e.status <> 'canceled') AS day_kept"
        "  FROM orders e WHERE e.customer_id = o.customer_id AND e.placed_at < o.placed_at) b"
        " WHERE o.id = ANY ($1::uuid[]) AND o.customer_id IS NOT NULL",
        list(ids),
    )
    return {row["id"]: Before(**{name: row[name] for name in Before.__struct_fields__}) for row in rows}


async def audited_page(
    tx: Tx, company_id: CompanyId, since: datetime, until: datetime, after: tuple[datetime, UUID] | None, limit: int
) -> list[OrderId]:
    """A page of a company's orders placed in `[since, until)` that were paid or on account, the oldest first."""
    rows = await tx.fetch(
        "SELECT id FROM orders WHERE company_id = $1 AND placed_at >= $2 AND placed_at < $3"
        " AND (payment_status = 'paid' OR terms = 'on_account')"
        " AND ($4::timestamptz IS NULL OR (placed_at, id) > ($4, $5::uuid)) ORDER BY placed_at, id LIMIT $6",
        company_id,
        since,
        until,
        *(after or (None, None)),
        limit,
    )
    return [row["id"] for row in rows]


async def delays(tx: Tx, companies: Collection[CompanyId]) -> dict[CompanyId, int]:
    """How many minutes after payment each of these companies asks its table; those that chose nothing are left out."""
    rows = await tx.fetch(
        "SELECT company_id, delay_minutes FROM order_audit_policies WHERE company_id = ANY ($1::uuid[])",
        list(companies),
    )
    return {row["company_id"]: row["delay_minutes"] for row in rows}


async def set_delay(tx: Tx, company_id: CompanyId, minutes: int) -> None:
    await tx.execute(
        "INSERT INTO order_audit_policies (company_id, delay_minutes, set_at, cause) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (company_id) DO UPDATE SET delay_minutes = $2, set_at = $3, cause = $4",
        company_id,
        minutes,
        tx.now,
        tx.cause,
    )
