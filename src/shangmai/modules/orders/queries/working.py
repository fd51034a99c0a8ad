"""The SQL of working on exceptions: who sees to them, what rests, what is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import OrderId


class Overdue(Struct, frozen=True):
    """An exception on the clock: how often it was escalated, whose work it is, when the next step comes."""

    order_id: OrderId
    code: str
    level: int
    owner: str
    escalate_at: datetime | None


async def take(tx: Tx, order_id: OrderId, code: str, by: UUID, name: str) -> None:
    await tx.execute(
        "UPDATE order_hold_backs SET taken_by = $3, taken_name = $4 WHERE order_id = $1 AND code = $2",
        order_id,
        code,
        by,
        name,
    )


async def snooze(tx: Tx, order_id: OrderId, code: str, until: datetime) -> None:
    await tx.execute(
        "UPDATE order_hold_backs SET snoozed_until = $3, escalate_at = greatest(escalate_at, $3)"
        " WHERE order_id = $1 AND code = $2",
        order_id,
        code,
        until,
    )


async def overdue(tx: Tx, now: datetime, limit: int) -> list[Overdue]:
    """What is to be escalated, those that were due first in front."""
    rows = await tx.fetch(
        "SELECT h.order_id, h.code, h.level, h.owner, h.escalate_at FROM order_hold_backs h"
        " JOIN orders o ON o.id = h.order_id WHERE h.escalate_at <= $1"
        " ORDER BY h.escalate_at, h.order_id, h.code LIMIT $2",
        now,
        limit,
    )
    return [Overdue(**row) for row in rows]


async def escalate(tx: Tx, steps: Sequence[Overdue]) -> set[tuple[OrderId, str]]:
    """Move exceptions up, those that are there still and that nobody has moved; the orders are locked."""
    rows = await tx.fetch(
        "UPDATE order_hold_backs h SET level = s.level, owner = s.owner, escalate_at = s.at"
        " FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::text[], $5::timestamptz[])"
        " AS s (order_id, code, level, owner, at) WHERE h.order_id = s.order_id AND h.code = s.code"
        " AND h.level = s.level - 1 RETURNING h.order_id, h.code",
        [each.order_id for each in steps],
        [each.code for each in steps],
        [each.level for each in steps],
        [each.owner for each in steps],
        [each.escalate_at for each in steps],
    )
    return {(row["order_id"], row["code"]) for row in rows}
