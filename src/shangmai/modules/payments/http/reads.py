"""Reads of payments, of what providers told us, and of refunds asked of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.params import Parameter

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, CompanyNotFound, ShopId
from shangmai.modules.payments.contract import (
    Authorization,
    AuthorizationStatus,
    CreditLine,
    Payment,
    PaymentAccount,
    PaymentCallback,
    PaymentKind,
    RefundCall,
    RefundStatus,
    Verdict,
)
from shangmai.modules.payments.queries import accounts, callbacks, credit, recording, refunds
from shangmai.modules.payments.service.credit import credit_line

READ: Final = {"grant": "payments.read"}

OfVerdict = Annotated[Verdict | None, Parameter(description="Only of this verdict. 只看此结论。")]
OfAuthorization = Annotated[AuthorizationStatus | None, Parameter(description="Only of this status. 只看此状态。")]
OfKind = Annotated[PaymentKind | None, Parameter(description="Only received, or only given back. 只看收款或退款。")]
OfMethod = Annotated[str | None, Parameter(max_length=40, description="Only moved this way. 只看此方式。")]
Number = Annotated[
    str | None, Parameter(max_length=120, description="A whole number, ours or the provider's. 单号或流水号。")
]
OfStatus = Annotated[RefundStatus | None, Parameter(description="Only of this status. 只看此状态。")]


@get("/api/v1/payments", opt=READ)
async def list_payments(
    tx: Tx,
    kind: OfKind = None,
    method: OfMethod = None,
    q: Number = None,
    shop_id: ShopId | None = None,
    order_id: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Payment]:
    """List payments and refunds, newest first; of a kind, a method, a shop, an order, or those of a number."""
    rows = await recording.page(
        tx, _before(cursor), limit + 1, kind=kind, method=method, q=q, shop_id=shop_id, order_id=order_id
    )
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


@get("/api/v1/payments/authorizations", opt=READ)
async def list_authorizations(
    tx: Tx, status: OfAuthorization = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[Authorization]:
    """List orders that may wait for their money, on account or for the courier, newest first."""
    rows = await credit.page(tx, status, _before(cursor), limit + 1)
    return page(rows, limit, lambda one: (one.authorized_at, one.id))


@get("/api/v1/payments/credit/{company_id:uuid}/{customer_id:uuid}", opt=READ)
async def show_credit(tx: Tx, company_id: UUID, customer_id: UUID) -> CreditLine:
    """Show how much a customer may owe a company on account, and owes. Raises: CompanyNotFound."""
    if CompanyId(company_id) not in await organization.get_companies(tx, [CompanyId(company_id)]):
        raise CompanyNotFound(company_id=company_id)
    return await credit_line(tx, CompanyId(company_id), CustomerId(customer_id))


def _before(cursor: str | None) -> tuple[datetime, UUID] | None:
    before = decode_cursor(cursor, datetime, UUID)
    return None if before is None else (before[0], before[1])


routes: Final = [list_payments, list_callbacks, list_refund_calls, list_accounts, list_authorizations, show_credit]
