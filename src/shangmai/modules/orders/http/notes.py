"""Notes on an order."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import get

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import service
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.noting import NoteId, OrderNote


@get("/api/v1/orders/{order_id:uuid}/notes", opt={"grant": "orders.read"})
async def list_notes(tx: Tx, order_id: UUID, limit: Limit = 50, cursor: Cursor = None) -> Page[OrderNote]:
    """List what colleagues wrote on an order, the newest first. Raises: OrderNotFound."""
    (before,) = decode_cursor(cursor, NoteId) or (None,)
    return page(await service.notes_page(tx, OrderId(order_id), before, limit + 1), limit, lambda note: (note.id,))


routes: Final = [list_notes]
