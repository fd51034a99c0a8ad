"""Reads of payments, of what providers told us, and of refunds asked of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.params import Parameter

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.payments.contract import (
    Payment,
    PaymentAccount,
    PaymentCallback,
    RefundCall,
    RefundStatus,
    Verdict,
)
from shangmai.modules.payments.queries import accounts, callbacks, recording, refunds

READ: Final = {"grant": "payments.read"}

OfVerdict = Annotated[Verdict | None, Parameter(description="Only of this verdict. 只看此结论。")]
OfStatus = Annotated[RefundStatus | None, Parameter(description="Only of this status. 只看此状态。")]


@get("/api/v1/payments", opt=READ)
async def list_payments(tx: Tx, limit: Limit = 50, cursor: Cursor = None) -> Page[Payment]:
    """List payments and refunds, newest first."""
    rows = await recording.page(tx, _before(cursor), limit + 1)
    return page(rows, limit, lambda payment: (payment.at, payment.id))


@get("/api/v1/payments/callbacks", opt=READ)
async def list_callbacks(
    tx: Tx, verdict: OfVerdict = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[PaymentCallback]:
    """List what payment providers told us, as it came and what we made of it, newest first."""
    rows = await callbacks.page_of_callbacks(tx, verdict, _before(cursor), limit + 1)
    return page(rows, limit, lambda callback: (callback.received_at, callback.id))


@get("/api/v1/payments/refund-calls", opt=READ)
async def list_refund_calls(
    tx: Tx, status: OfStatus = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[RefundCall]:
    """List refunds that were asked of payment providers, newest first."""
    rows = await refunds.page_of_refund_calls(tx, status, _before(cursor), limit + 1)
    return page(rows, limit, lambda call: (call.requested_at, call.id))


@get("/api/v1/payments/accounts", opt=READ)
async def list_accounts(tx: Tx, limit: Limit = 50, cursor: Cursor = None) -> Page[PaymentAccount]:
    """List merchant accounts at payment providers, without their secrets."""
    after = decode_cursor(cursor, str, UUID)
    rows = await accounts.page(tx, None if after is None else (after[0], after[1]), limit + 1)
    return page(rows, limit, lambda account: (account.provider, account.id))


def _before(cursor: str | None) -> tuple[datetime, UUID] | None:
    before = decode_cursor(cursor, datetime, UUID)
    return None if before is None else (before[0], before[1])


routes: Final = [list_payments, list_callbacks, list_refund_calls, list_accounts]
