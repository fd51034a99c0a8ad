"""Reads of payments."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import get

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.payments import queries
from shangmai.modules.payments.contract import Payment

READ: Final = {"grant": "payments.read"}


@get("/api/v1/payments", opt=READ)
async def list_payments(tx: Tx, limit: Limit = 50, cursor: Cursor = None) -> Page[Payment]:
    """List payments and refunds, newest first."""
    after = decode_cursor(cursor, datetime, UUID)
    rows = await queries.page(tx, None if after is None else (after[0], after[1]), limit + 1)
    return page(rows, limit, lambda payment: (payment.at, payment.id))


routes: Final = [list_payments]
