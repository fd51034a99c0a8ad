"""The SQL of working on exceptions: who sees to them, what rests, what is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import HoldBack, OrderId
from shangmai.modules.orders.contract.working import Work
from shangmai.modules.orders.queries.holding_back import cause_of


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


class Part(Struct, frozen=True):
    """Orders with exceptions: of these causes only, or of all but those; or orders that may leave now."""

    only: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    is_ready: bool = False


_HELD: Final = (
    " FROM order_hold_backs h JOIN orders o ON o.id = h.order_id WHERE ($1::text[] IS NULL OR h.code = ANY ($1))"
    " AND NOT h.code = ANY ($2::text[]) AND (h.snoozed_until IS NULL OR h.snoozed_until <= $3::timestamptz)"
)
_READY: Final = (
    " FROM orders o WHERE o.status IN ('placed', 'part_shipped') AND NOT o.held_back"
    " AND (o.payment_status = 'paid' OR o.terms = 'on_account')"
)
_HEAD: Final = "SELECT o.id, o.number, o.shop_id, o.total_minor, o.currency, o.placed_at"


async def count_work(tx: Tx, part: Part, now: datetime) -> tuple[int, int]:
    """How many orders a part is of, and how many of them should have been seen to."""
    if part.is_ready:
        return int(await tx.fetchval("SELECT count(*)" + _READY)), 0
    row = await tx.fetchrow(
        "SELECT count(DISTINCT h.order_id) AS orders,"
        " count(DISTINCT h.order_id) FILTER (WHERE h.due_at < $3) AS overdue" + _HELD,
        None if part.only is None else list(part.only),
        list(part.without),
        now,
    )
    assert row is not None
    return row["orders"], row["overdue"]


async def first_work(tx: Tx, part: Part, now: datetime, limit: int) -> list[Work]:
    """The first items of a part: what is due first, or was placed first."""
    if part.is_ready:
        rows = await tx.fetch(_HEAD + _READY + " ORDER BY o.placed_at, o.id LIMIT $1", limit)
        return [_work(row, None) for row in rows]
    rows = await tx.fetch(
        _HEAD + ", h.*" + _HELD + " ORDER BY COALESCE(h.due_at, 'infinity'), o.id, h.code LIMIT $4",
        None if part.only is None else list(part.only),
        list(part.without),
        now,
        limit,
    )
    return [_work(row, cause_of(row)) for row in rows]


async def work_in_units(tx: Tx, units: Sequence[UUID], limit: int) -> list[Work]:
    """The orders whose pieces are in these units, in the order of the units."""
    rows = await tx.fetch(
        _HEAD + " FROM (SELECT l.order_id, min(u.n) AS n FROM unnest($1::uuid[]) WITH ORDINALITY AS u (id, n)"
        " JOIN order_unit_lines l ON l.unit_id = u.id AND l.qty > 0 GROUP BY 1) AS u"
        " JOIN orders o ON o.id = u.order_id ORDER BY u.n, o.id LIMIT $2",
        list(units),
        limit,
    )
    return [_work(row, None) for row in rows]


def _work(row: Record, cause: HoldBack | None) -> Work:
    return Work(
        order_id=row["id"],
        number=row["number"],
        shop_id=row["shop_id"],
        total_minor=row["total_minor"],
        currency=row["currency"],
        placed_at=row["placed_at"],
        cause=cause,
    )
