"""The SQL of what tables decided about orders beside their audit: preferences, and gifts that are due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from msgspec import Struct, to_builtins

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.preferring import Preference


class Gift(Struct, frozen=True):
    """Pieces to be added to an order for nothing, by a row of a version of the table; `line`: where they are."""

    order_id: OrderId
    row: str
    sku_id: SkuId
    qty: int
    version: int
    line: int | None = None


async def set_preferences(tx: Tx, decided: Sequence[tuple[OrderId, Preference, Item]]) -> None:
    await tx.execute(
        "INSERT INTO order_preferences (order_id, subject, version, rows, outcome, at, cause)"
        " SELECT order_id, subject, version, string_to_array(rows, ' '), outcome, at, cause FROM unnest($1::uuid[],"
        " $2::text[], $3::integer[], $4::text[], $5::jsonb[], $6::timestamptz[], $7::uuid[])"
        " AS p (order_id, subject, version, rows, outcome, at, cause)"
        " ON CONFLICT (order_id, subject) DO UPDATE SET version = excluded.version, rows = excluded.rows,"
        " outcome = excluded.outcome, at = excluded.at, cause = excluded.cause",
        [id_ for id_, _, _ in decided],
        [each.subject for _, each, _ in decided],
        [each.version for _, each, _ in decided],
        [" ".join(each.rows) for _, each, _ in decided],
        [to_builtins(each.outcome) for _, each, _ in decided],
        [each.at for _, each, _ in decided],
        [item.cause for _, _, item in decided],
    )


async def preferences_of(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, list[Preference]]:
    """What tables prefer for these orders, by subject."""
    rows = await tx.fetch(
        "SELECT order_id, subject, version, rows, outcome, at FROM order_preferences WHERE order_id = ANY ($1::uuid[])"
        " ORDER BY order_id, subject",
        list(ids),
    )
    found: dict[OrderId, list[Preference]] = defaultdict(list)
    for row in rows:
        found[row["order_id"]].append(
            Preference(
                subject=row["subject"],
                version=row["version"],
                rows=tuple(row["rows"]),
                outcome=row["outcome"],
                at=row["at"],
            )
        )
    return found


async def add_gifts(tx: Tx, gifts: Sequence[Gift], cause: UUID) -> None:
    """Note gifts that are due; those that a row gave before stay as they are."""
    await tx.execute(
        "INSERT INTO order_gifts (order_id, row, sku_id, qty, version, cause) SELECT *, $6::uuid FROM unnest("
        "$1::uuid[], $2::text[], $3::uuid[], $4::integer[], $5::integer[]) ON CONFLICT DO NOTHING",
        [each.order_id for each in gifts],
        [each.row for each in gifts],
        [each.sku_id for each in gifts],
        [each.qty for each in gifts],
        [each.version for each in gifts],
        cause,
    )


async def gifts_due(tx: Tx, ids: Collection[OrderId]) -> list[Gift]:
    """The gifts that these orders lack still."""
    rows = await tx.fetch(
        "SELECT order_id, row, sku_id, qty, version, line FROM order_gifts WHERE order_id = ANY ($1::uuid[])"
        " AND line IS NULL ORDER BY order_id, row, sku_id",
        list(ids),
    )
    return [Gift(**row) for row in rows]


async def give(tx: Tx, gifts: Sequence[tuple[Gift, int, str]]) -> None:
    """Add gifts to locked orders, each as this line of this title."""
    await tx.execute(
        "WITH lines AS (INSERT INTO order_lines (order_id, line, kind, sku_id, title, qty, unit_price, amount_minor)"
        " SELECT order_id, line, 'goods', sku_id, title, qty, 0, 0 FROM unnest($1::uuid[], $2::integer[], $3::uuid[],"
        " $4::text[], $5::integer[]) AS g (order_id, line, sku_id, title, qty))"
        " UPDATE order_gifts o SET line = g.line FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $6::text[])"
        " AS g (order_id, line, sku_id, row) WHERE o.order_id = g.order_id AND o.row = g.row AND o.sku_id = g.sku_id",
        [gift.order_id for gift, _, _ in gifts],
        [line for _, line, _ in gifts],
        [gift.sku_id for gift, _, _ in gifts],
        [title for _, _, title in gifts],
        [gift.qty for gift, _, _ in gifts],
        [gift.row for gift, _, _ in gifts],
    )
