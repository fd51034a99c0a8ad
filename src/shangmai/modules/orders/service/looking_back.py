"""What an order has sent and taken back so far, held still for whoever decides about the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderId, OrderLine
from shangmai.modules.orders.queries import exchanges, tracing


class Sent(Struct, frozen=True):
    """An order and its lines. `awaited`: by line, pieces of exchanges that are yet to come back; `signed_at`: the first
    time that somebody said it had arrived.
    """

    order: Order
    lines: Sequence[OrderLine]
    awaited: Mapping[int, int]
    signed_at: datetime | None


async def sent_of(tx: Tx, order_id: OrderId, *, lock: bool) -> Sent | None:
    """Give what an order has sent, in four statements; with `lock` nothing changes it until the transaction ends."""
    found = await (queries.lock if lock else queries.get)(tx, [order_id])
    if order_id not in found:
        return None
    lines = (await queries.lines_of(tx, [order_id]))[order_id]
    awaited = await exchanges.awaited_of(tx, order_id)
    return Sent(found[order_id], lines, awaited, await tracing.signed_at(tx, order_id))
