"""The SQL of what holds orders back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from shangmai.kernel.db.rows import Rows
from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import HoldBack, OrderId, WantedHoldBack

HOLD_BACKS: Final = Rows(
    "order_hold_backs",
    {"order_id": "uuid", "code": "text", "zh": "text", "en": "text", "since": "timestamptz", "cause": "uuid"},
)


async def hold_backs_of(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, list[HoldBack]]:
    """What holds these orders back, the oldest first."""
    rows = await tx.fetch(
        "SELECT order_id, code, zh, en, since FROM order_hold_backs WHERE order_id = ANY ($1::uuid[])"
        " ORDER BY order_id, since, code",
        list(ids),
    )
    found: dict[OrderId, list[HoldBack]] = defaultdict(list)
    for row in rows:
        found[row["order_id"]].append(HoldBack(code=row["code"], zh=row["zh"], en=row["en"], since=row["since"]))
    return found


async def insert_hold_backs(tx: Tx, wanted: Sequence[WantedHoldBack]) -> None:
    """Note what holds locked orders back."""
    await HOLD_BACKS.insert(
        tx, [(each.order_id, each.code, each.zh, each.en, each.item.now, each.item.cause) for each in wanted]
    )
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
