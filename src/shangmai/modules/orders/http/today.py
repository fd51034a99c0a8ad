"""What came in today."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from litestar import get
from litestar.params import Parameter

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract.today import SPAN_MAX, SpanTooLong, Today
from shangmai.modules.orders.queries.today import groups_since
from shangmai.modules.orders.rules.today import today_of

Since = Annotated[datetime, Parameter(description="From when, as the beginning of the reader's day. 起始时间。")]


@get("/api/v1/orders/today", opt={"grant": "orders.read"})
async def read_today(tx: Tx, since: Since) -> Today:
    """Tell what came in since then, 48 hours back at most, and how far it is. Raises: SpanTooLong."""
    if since.tzinfo is None or not tx.now - SPAN_MAX <= since <= tx.now:
        raise SpanTooLong(hours=48)
    return today_of(since, await groups_since(tx, since))


routes: Final = [read_today]
