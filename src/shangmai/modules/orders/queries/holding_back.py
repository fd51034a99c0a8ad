"""The SQL of what holds orders back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.db.rows import Rows
from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import HoldBack, OrderId, WantedHoldBack
from shangmai.modules.orders.contract.holding_back import CauseCount, HeldOrder

HOLD_BACKS: Final = Rows(
    "order_hold_backs",
    {
        "order_id": "uuid", "code": "text", "zh": "text", "en": "text", "since": "timestamptz", "cause": "uuid",
        "owner": "text", "due_at": "timestamptz", "action": "text",
    },
)  # fmt: skip
CAUSE: Final = "code, zh, en, since, owner, due_at, action"


async def hold_backs_of(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, list[HoldBack]]:
    """What holds these orders back, the oldest first."""
    rows = await tx.fetch(
        "SELECT order_id, " + CAUSE + " FROM order_hold_backs WHERE order_id = ANY ($1::uuid[])"
        " ORDER BY order_id, since, code",
        list(ids),
    )
    found: dict[OrderId, list[HoldBack]] = defaultdict(list)
    for row in rows:
        found[row["order_id"]].append(_cause(row))
    return found


async def insert_hold_backs(tx: Tx, wanted: Sequence[WantedHoldBack]) -> None:
    """Note what holds locked orders back."""
    await HOLD_BACKS.insert(
        tx,
        [
            (
                each.order_id, each.code, each.zh, each.en, each.item.now, each.item.cause, each.owner, each.due_at,
                each.action,
            )
            for each in wanted
        ],
    )  # fmt: skip
    await tx.execute(
        "UPDATE orders SET held_back = true WHERE id = ANY ($1::uuid[])", [each.order_id for each in wanted]
    )


async def delete_hold_backs(tx: Tx, ids: Collection[OrderId], code: str | None) -> dict[OrderId, bool]:
    """Remove a cause, or all, from locked orders: those that had it, each with whether others are left."""
    rows = await tx.fetch(
        "DELETE FROM order_hold_backs WHERE order_id = ANY ($1::uuid[]) AND ($2::text IS NULL OR code = $2)"
        " RETURNING order_id",
        list(ids),
        code,
    )
    gone = [row["order_id"] for row in rows]
    rows = await tx.fetch(
        "UPDATE orders o SET held_back = EXISTS (SELECT FROM order_hold_backs h WHERE h.order_id = o.id)"
        " WHERE id = ANY ($1::uuid[]) RETURNING id, held_back",
        gone,
    )
    return {row["id"]: row["held_back"] for row in rows}


async def page_of_held(
    tx: Tx,
    *,
    code: str | None,
    owner: str | None,
    overdue_at: datetime | None,
    after: tuple[datetime, UUID, str] | None,
    limit: int,
) -> list[HeldOrder]:
    """Causes that hold orders back, those that are due first in front; what has no time comes last."""
    rows = await tx.fetch(
        "SELECT o.id, o.number, o.shop_id, o.total_minor, o.currency, o.placed_at, h.* FROM order_hold_backs h"
        " JOIN orders o ON o.id = h.order_id WHERE ($1::text IS NULL OR h.code = $1)"
        " AND ($2::text IS NULL OR h.owner = $2) AND ($3::timestamptz IS NULL OR h.due_at < $3)"
        " AND ($4::timestamptz IS NULL OR (COALESCE(h.due_at, 'infinity'), o.id, h.code) > ($4, $5::uuid, $6::text))"
        " ORDER BY COALESCE(h.due_at, 'infinity'), o.id, h.code LIMIT $7",
        code,
        owner,
        overdue_at,
        *(after or (None, None, None)),
        limit,
    )
    return [
        HeldOrder(
            order_id=row["id"],
            number=row["number"],
            shop_id=row["shop_id"],
            total_minor=row["total_minor"],
            currency=row["currency"],
            placed_at=row["placed_at"],
            cause=_cause(row),
        )
        for row in rows
    ]


async def count_held(tx: Tx, now: datetime) -> list[CauseCount]:
    """How many orders each cause holds back, the most overdue first."""
    rows = await tx.fetch(
        "SELECT h.code, h.owner, count(*) AS orders, count(*) FILTER (WHERE h.due_at < $1) AS overdue,"
        " min(h.since) AS oldest FROM order_hold_backs h JOIN orders o ON o.id = h.order_id"
        " GROUP BY h.code, h.owner ORDER BY overdue DESC, orders DESC, h.code",
        now,
    )
    return [CauseCount(**dict(row)) for row in rows]


async def due_among(tx: Tx, code: str, now: datetime, limit: int) -> list[OrderId]:
    """The orders whose time under a cause is over, those first that have waited longest."""
    rows = await tx.fetch(
        "SELECT order_id FROM order_hold_backs WHERE code = $1 AND due_at <= $2 ORDER BY due_at, order_id LIMIT $3",
        code,
        now,
        limit,
    )
    return [row["order_id"] for row in rows]


def _cause(row: Record) -> HoldBack:
    return HoldBack(**{column: row[column] for column in CAUSE.split(", ")})
