"""The SQL of what holds orders back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from shangmai.kernel.db.rows import Rows
from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import HoldBack, OrderId, WantedHoldBack
from shangmai.modules.orders.contract.causes import TO_AUDIT
from shangmai.modules.orders.contract.holding_back import CauseCount, HeldOrder

HOLD_BACKS: Final = Rows(
    "order_hold_backs",
    {
        "order_id": "uuid", "code": "text", "zh": "text", "en": "text", "since": "timestamptz", "cause": "uuid",
        "owner": "text", "due_at": "timestamptz", "action": "text", "input": "jsonb", "blocks": "boolean",
        "escalate_at": "timestamptz",
    },
)  # fmt: skip
CAUSE: Final = "code, zh, en, since, owner, due_at, action, input, blocks, level, taken_by, taken_name, snoozed_until"


async def hold_backs_of(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, list[HoldBack]]:
    """What holds these orders back, the oldest first."""
    rows = await tx.fetch(
        "SELECT order_id, " + CAUSE + " FROM order_hold_backs WHERE order_id = ANY ($1::uuid[])"
        " ORDER BY order_id, since, code",
        list(ids),
    )
    found: dict[OrderId, list[HoldBack]] = defaultdict(list)
    for row in rows:
        found[row["order_id"]].append(cause_of(row))
    return found


async def insert_hold_backs(tx: Tx, wanted: Sequence[WantedHoldBack]) -> None:
    """Note what holds locked orders back."""
    await HOLD_BACKS.insert(
        tx,
        [
            (
                each.order_id, each.code, each.zh, each.en, each.item.now, each.item.cause, each.owner, each.due_at,
                each.action, msgspec.json.encode(each.input), each.blocks,
                None if each.code == TO_AUDIT else each.escalate_at or each.due_at,
            )
            for each in wanted
        ],
    )  # fmt: skip
    if blocked := [each.order_id for each in wanted if each.blocks]:
        await tx.execute("UPDATE orders SET held_back = true WHERE id = ANY ($1::uuid[])", blocked)


async def delete_hold_backs(
    tx: Tx, gone: Collection[tuple[OrderId, str]]
) -> tuple[list[tuple[OrderId, str, bool]], dict[OrderId, bool]]:
    """Remove causes from locked orders: those that were there, each with whether it blocked; who is held back still."""
    rows = await tx.fetch(
        "DELETE FROM order_hold_backs h USING unnest($1::uuid[], $2::text[]) AS g (order_id, code)"
        " WHERE h.order_id = g.order_id AND h.code = g.code RETURNING h.order_id, h.code, h.blocks",
        [order_id for order_id, _ in gone],
        [code for _, code in gone],
    )
    removed = sorted((row["order_id"], row["code"], row["blocks"]) for row in rows)
    return removed, await settle_held_back(tx, {order_id for order_id, _, _ in removed})


async def settle_held_back(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, bool]:
    """Say of locked orders whether anything that blocks is left."""
    if not ids:
        return {}
    rows = await tx.fetch(
        "UPDATE orders o SET held_back ="
        " EXISTS (SELECT FROM order_hold_backs h WHERE h.order_id = o.id AND h.blocks)"
        " WHERE id = ANY ($1::uuid[]) RETURNING id, held_back",
        sorted(ids),
    )
    return {row["id"]: row["held_back"] for row in rows}


async def delete_all_hold_backs(tx: Tx, order_id: OrderId) -> None:
    """Remove every cause from a locked order."""
    await tx.execute("DELETE FROM order_hold_backs WHERE order_id = $1", order_id)
    await settle_held_back(tx, [order_id])


async def page_of_held(
    tx: Tx,
    *,
    code: str | None,
    owner: str | None,
    overdue_at: datetime | None,
    taken_by: UUID | None = None,
    after: tuple[datetime, UUID, str] | None,
    limit: int,
) -> list[HeldOrder]:
    """Causes that hold orders back, those that are due first in front; what has no time comes last."""
    rows = await tx.fetch(
        "SELECT o.id, o.number, o.shop_id, o.total_minor, o.currency, o.placed_at, h.* FROM order_hold_backs h"
        " JOIN orders o ON o.id = h.order_id WHERE ($1::text IS NULL OR h.code = $1)"
        " AND ($2::text IS NULL OR h.owner = $2) AND ($3::timestamptz IS NULL OR h.due_at < $3)"
        " AND ($8::uuid IS NULL OR h.taken_by = $8)"
        " AND ($4::timestamptz IS NULL OR (COALESCE(h.due_at, 'infinity'), o.id, h.code) > ($4, $5::uuid, $6::text))"
        " ORDER BY COALESCE(h.due_at, 'infinity'), o.id, h.code LIMIT $7",
        code,
        owner,
        overdue_at,
        *(after or (None, None, None)),
        limit,
        taken_by,
    )
    return [
        HeldOrder(
            order_id=row["id"],
            number=row["number"],
            shop_id=row["shop_id"],
            total_minor=row["total_minor"],
            currency=row["currency"],
            placed_at=row["placed_at"],
            cause=cause_of(row),
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


def cause_of(row: Record) -> HoldBack:
    """An exception, of its row. The suggested action's input names the order, whatever else it holds."""
    told = {column: row[column] for column in CAUSE.split(", ")}
    return HoldBack(**{**told, "input": {"order_id": str(row["order_id"]), **row["input"]}})
