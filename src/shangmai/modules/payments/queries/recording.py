"""The SQL of payments and refunds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from shangmai.kernel.db.behind import Read, Write
from shangmai.kernel.tx import Tx
from shangmai.modules.payments.contract import Payment, PaymentKind, Transaction

COLUMNS = "id, number, kind, order_id, method, reference, amount_minor, currency, at"


KNOWN: Final = Read(
    "SELECT p.method, p.reference FROM payments p JOIN unnest($2::text[], $3::text[]) AS w (method, reference)"
    " ON p.kind = $1 AND p.method = w.method AND p.reference = w.reference",
    of=["payments"],
)
INSERT: Final = Write(
    "INSERT INTO payments (id, number, kind, order_id, company_id, shop_id, customer_id, method, reference,"
    " amount_minor, currency, at, cause, intent_id) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[],"
    " $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::bigint[], $11::text[],"
    " $12::timestamptz[], $13::uuid[], $14::uuid[])",
    adds=["payments"],
)


async def known(tx: Tx, kind: PaymentKind, wanted: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """The (method, reference) pairs among these that are recorded already."""
    rows = await tx.fetch_ahead(
        KNOWN,
        kind.value,
        [method for method, _ in wanted],
        [reference for _, reference in wanted],
    )
    return {(row["method"], row["reference"]) for row in rows}


async def insert(tx: Tx, payments: Sequence[tuple[Payment, Transaction]]) -> None:
    """Write payments, by the transaction's end at the latest."""
    await tx.later(
        INSERT,
        [p.id for p, _ in payments],
        [p.number for p, _ in payments],
        [p.kind.value for p, _ in payments],
        [p.order_id for p, _ in payments],
        [t.company_id for _, t in payments],
        [t.shop_id for _, t in payments],
        [t.customer_id for _, t in payments],
        [p.method for p, _ in payments],
        [p.reference for p, _ in payments],
        [p.amount_minor for p, _ in payments],
        [p.currency for p, _ in payments],
        [p.at for p, _ in payments],
        [t.item.cause for _, t in payments],
        [t.intent_id for _, t in payments],
    )


async def list_of_orders(tx: Tx, orders: Collection[UUID]) -> list[Payment]:
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM payments WHERE order_id = ANY ($1::uuid[]) ORDER BY at, id", list(orders)
    )
    return [Payment(**{**row, "kind": PaymentKind(row["kind"])}) for row in rows]


async def left_by_method(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[tuple[str, int]]]:
    """Per order and method, payments less refunds where that is above zero; the method that came last first."""
    rows = await tx.fetch(
        "SELECT order_id, method,"
        " sum(CASE kind WHEN 'payment' THEN amount_minor ELSE -amount_minor END)::bigint AS kept"
        " FROM payments WHERE order_id = ANY ($1::uuid[]) GROUP BY order_id, method"
        " HAVING sum(CASE kind WHEN 'payment' THEN amount_minor ELSE -amount_minor END) > 0"
        " ORDER BY max(at) FILTER (WHERE kind = 'payment') DESC, method",
        list(orders),
    )
    ways: dict[UUID, list[tuple[str, int]]] = {}
    for row in rows:
        ways.setdefault(row["order_id"], []).append((row["method"], row["kept"]))
    return ways


async def page(
    tx: Tx,
    after: tuple[datetime, UUID] | None,
    limit: int,
    *,
    kind: PaymentKind | None,
    method: str | None,
    q: str | None,
    shop_id: UUID | None,
    order_id: UUID | None,
) -> list[Payment]:
    """Payments and refunds, newest first. `q` is a whole number, ours or that of whoever moved the money."""
    at, id_ = after or (None, None)
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM payments WHERE ($1::timestamptz IS NULL OR (at, id) < ($1, $2::uuid))"
        " AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR method = $4)"
        " AND ($5::text IS NULL OR number = $5 OR reference = $5) AND ($6::uuid IS NULL OR shop_id = $6)"
        " AND ($7::uuid IS NULL OR order_id = $7) ORDER BY at DESC, id DESC LIMIT $8",
        at,
        id_,
        None if kind is None else kind.value,
        method,
        q,
        shop_id,
        order_id,
        limit,
    )
    return [Payment(**{**row, "kind": PaymentKind(row["kind"])}) for row in rows]


async def divergences(tx: Tx) -> list[tuple[UUID, int, int]]:
    """Orders whose payments less refunds differ from what the book keeps: order, payments, book."""
    rows = await tx.fetch(
        "SELECT coalesce(p.order_id, a.order_id) AS order_id, coalesce(p.net, 0)::bigint AS net,"
        " coalesce(a.posted, 0) AS kept FROM (SELECT order_id, sum(CASE kind WHEN 'payment' THEN amount_minor"
        " ELSE -amount_minor END) AS net FROM payments GROUP BY order_id) p"
        " FULL JOIN (SELECT order_id, posted FROM receipts_accounts WHERE bounded) a USING (order_id)"
        " WHERE coalesce(p.net, 0) <> coalesce(a.posted, 0)"
    )
    return [(row["order_id"], row["net"], row["kept"]) for row in rows]
