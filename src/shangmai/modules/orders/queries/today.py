"""The SQL of the day's figures."""

from __future__ import annotations

from datetime import datetime

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.rules.today import DayGroup


async def groups_since(tx: Tx, since: datetime) -> list[DayGroup]:
    """The orders placed since then, by what matters; one statement, along the index of the list."""
    rows = await tx.fetch(
        "SELECT shop_id, currency, status, payment_status, held_back,"
        " floor(extract(epoch FROM placed_at - $1) / 3600)::integer AS hour, count(*) AS orders,"
        " sum(total_minor)::bigint AS total_minor, sum(paid_minor)::bigint AS paid_minor,"
        " sum(refunded_minor)::bigint AS refunded_minor FROM orders WHERE placed_at >= $1"
        " GROUP BY shop_id, currency, status, payment_status, held_back, hour",
        since,
    )
    return [DayGroup(**row) for row in rows]
