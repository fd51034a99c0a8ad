"""The SQL of what funders bear."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import msgspec
from asyncpg import Record

from shangmai.kernel.db.rows import Rows
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.orders.contract import Order, OrderId
from shangmai.modules.orders.contract.funding import Funding
from shangmai.modules.organization.contract import CompanyId

COLUMNS: Final = "order_id, promotion_id, funder, party, line, version, code, name, amount_minor, reversed_minor"
ROWS: Final = Rows(
    "order_fundings",
    {
        "order_id": "uuid", "promotion_id": "uuid", "funder": "text", "party": "text", "line": "integer",
        "version": "integer", "code": "text", "name": "text", "amount_minor": "bigint", "shop_id": "uuid",
        "company_id": "uuid", "currency": "text", "funded_at": "timestamptz", "cause": "uuid",
    },
)  # fmt: skip


async def fundings_of(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, list[Funding]]:
    """What funders bear of these orders; those of which nobody bears anything are missing."""
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM order_fundings WHERE order_id = ANY ($1::uuid[])"
        " ORDER BY order_id, promotion_id, funder, party, line",
        list(ids),
    )
    found: dict[OrderId, list[Funding]] = defaultdict(list)
    for row in rows:
        found[row["order_id"]].append(msgspec.convert(dict(row), Funding))
    return found


async def insert_fundings(tx: Tx, new: Sequence[tuple[Funding, Order, Item]]) -> None:
    await ROWS.insert(
        tx,
        [
            (
                f.order_id, f.promotion_id, f.funder.value, f.party, f.line, f.version, f.code, f.name, f.amount_minor,
                order.shop_id, order.company_id, order.currency, item.now, item.cause,
            )
            for f, order, item in new
        ],
    )  # fmt: skip


async def add_reversed(tx: Tx, reversals: Sequence[tuple[Funding, int]]) -> None:
    await tx.execute(
        "UPDATE order_fundings f SET reversed_minor = f.reversed_minor + r.amount FROM unnest($1::uuid[], $2::uuid[],"
        " $3::text[], $4::text[], $5::integer[], $6::bigint[]) AS r (order_id, promotion_id, funder, party, line,"
        " amount) WHERE (f.order_id, f.promotion_id, f.funder, f.party, f.line)"
        " = (r.order_id, r.promotion_id, r.funder, r.party, r.line)",
        [each.order_id for each, _ in reversals],
        [each.promotion_id for each, _ in reversals],
        [each.funder.value for each, _ in reversals],
        [each.party for each, _ in reversals],
        [each.line for each, _ in reversals],
        [amount for _, amount in reversals],
    )


async def funders_due(tx: Tx, company_id: CompanyId, since: datetime | None, until: datetime | None) -> list[Record]:
    """What each funder owes for each promotion, of the orders paid in that time, in the caller's shops."""
    return await tx.fetch(
        "SELECT funder, party, promotion_id, max(code) AS code, (array_agg(name ORDER BY version DESC))[1] AS name,"
        " currency, count(DISTINCT order_id) AS orders, sum(amount_minor)::bigint AS funded_minor,"
        " sum(reversed_minor)::bigint AS reversed_minor, sum(amount_minor - reversed_minor)::bigint AS due_minor"
        " FROM order_fundings WHERE company_id = $1 AND ($2::timestamptz IS NULL OR funded_at >= $2)"
        " AND ($3::timestamptz IS NULL OR funded_at < $3) GROUP BY funder, party, promotion_id, currency"
        " ORDER BY funder, party, code, currency",
        company_id,
        since,
        until,
    )
