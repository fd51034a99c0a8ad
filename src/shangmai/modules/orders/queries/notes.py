"""The SQL of notes on orders."""

from __future__ import annotations

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.noting import NoteId, OrderNote
from shangmai.modules.organization.contract import ShopId


async def insert(tx: Tx, note: OrderNote, shop_id: ShopId) -> None:
    await tx.execute(
        "INSERT INTO order_notes (id, order_id, shop_id, at, by, by_name, text, mentions, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        note.id,
        note.order_id,
        shop_id,
        note.at,
        note.by,
        note.by_name,
        note.text,
        list(note.mentions),
        tx.cause,
    )


async def page(tx: Tx, order_id: OrderId, before: NoteId | None, limit: int) -> list[OrderNote]:
    """The newest first."""
    rows = await tx.fetch(
        "SELECT id, order_id, at, by, by_name, text, mentions FROM order_notes"
        " WHERE order_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        order_id,
        before,
        limit,
    )
    return [_note(row) for row in rows]


def _note(row: Record) -> OrderNote:
    return OrderNote(**{**row, "mentions": tuple(row["mentions"])})
