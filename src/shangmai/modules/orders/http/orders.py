"""Reads of orders: lists, one order, its trace, and what an order would cost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter, QueryParameter

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import Actor
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries, service
from shangmai.modules.orders.contract import Order, OrderDetail, OrderId, OrderKind, PlaceOrder, Status, TraceEntry
from shangmai.modules.orders.contract.auditing import AuditPolicy, BackTest, BackTested
from shangmai.modules.orders.contract.causes import Cause
from shangmai.modules.orders.contract.exceptions import PolicySet
from shangmai.modules.orders.contract.funding import FunderDue
from shangmai.modules.orders.contract.holding_back import CauseCount, HeldOrder
from shangmai.modules.orders.contract.late import LatePolicy
from shangmai.modules.orders.contract.preferring import Preference, Previewed, PreviewTable
from shangmai.modules.orders.contract.working import WorkList
from shangmai.modules.organization.contract import CompanyId, ShopId
from shangmai.modules.pricing.contract import Quote

READ: Final = {"grant": "orders.read"}
NEVER: Final = datetime.max.replace(tzinfo=UTC)


@get("/api/v1/orders", opt=READ)
async def list_orders(
    tx: Tx,
    shop_id: ShopId | None = None,
    customer_id: UUID | None = None,
    status: Annotated[Status | None, Parameter(description="Only of this status. 只看此状态。")] = None,
    number: Annotated[
        str | None, Parameter(description="Only with this number, ours or the channel's. 只看此订单号或外部单号。")
    ] = None,
    kind: Annotated[OrderKind | None, Parameter(description="Only of this kind. 只看此类型。")] = None,
    waybill: Annotated[
        str | None, Parameter(max_length=40, description="Only sent with this waybill. 只看此运单号。")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Order]:
    """List orders, newest first."""
    before = decode_cursor(cursor, datetime, UUID)
    rows = await queries.page(
        tx,
        shop_id=shop_id,
        status=status,
        customer_id=customer_id,
        number=number,
        kind=kind,
        waybill=waybill,
        before=None if before is None else (before[0], before[1]),
        limit=limit + 1,
    )
    return page(rows, limit, lambda order: (order.placed_at, order.id))


@get("/api/v1/orders/{order_id:uuid}", opt=READ)
async def read_order(tx: Tx, order_id: UUID) -> OrderDetail:
    """Read one order with its lines, parcels and returns. Raises: OrderNotFound."""
    return await service.get_detail(tx, OrderId(order_id))


@get("/api/v1/orders/{order_id:uuid}/trace", opt=READ)
async def read_trace(tx: Tx, order_id: UUID, limit: Limit = 50, cursor: Cursor = None) -> Page[TraceEntry]:
    """Read everything that happened to an order, in order, each with who or what caused it. Raises: OrderNotFound."""
    after = decode_cursor(cursor, datetime, int, int)
    place = None if after is None else (after[0], after[1], after[2])
    found = page(await service.trace_page(tx, OrderId(order_id), place, limit + 1), limit, lambda each: each[0])
    return Page(items=[entry for _, entry in found.items], next=found.next)


@post("/api/v1/orders/quote", opt={"grant": "orders.place"}, status_code=200)
async def quote(tx: Tx, actor: Actor, data: PlaceOrder) -> Quote:
    """Tell what an order would cost and why: every line's steps from list to paid, and why other promotions are not in.

    A question with a body, so it is a POST; its transaction can only read. Raises: ShopNotFound, NothingToQuote, and
    what refuses the order's prices and coupons.
    """
    if not actor.sees("shop", data.shop_id):
        raise OutOfScope(dimension="shop")
    return await service.preview(tx, data)


@get("/api/v1/orders/exceptions", opt=READ)
async def list_exceptions(
    tx: Tx,
    actor: Actor,
    code: Annotated[str | None, Parameter(description="Only of this cause. 只看此原因。")] = None,
    owner: Annotated[str | None, Parameter(description="Only of this role. 只看此岗位。")] = None,
    overdue: Annotated[bool, Parameter(description="Only what should have been seen to. 只看已超时。")] = False,
    mine: Annotated[bool, Parameter(description="Only what you have taken. 只看我领取的。")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[HeldOrder]:
    """List what holds orders back, what is due first in front."""
    after = decode_cursor(cursor, datetime, UUID, str)
    rows = await queries.page_of_held(
        tx,
        code=code,
        owner=owner,
        overdue_at=tx.now if overdue else None,
        taken_by=actor.id if mine else None,
        after=None if after is None else (after[0], after[1], after[2]),
        limit=limit + 1,
    )
    return page(rows, limit, lambda each: (each.cause.due_at or NEVER, each.order_id, each.cause.code))


@get("/api/v1/orders/work", opt=READ)
async def read_work(
    tx: Tx,
    actor: Actor,
    per: Annotated[int, Parameter(ge=1, le=50, description="How many of each section. 每栏条数。")] = 10,
) -> WorkList:
    """Read what is to be done: by section as the reader's grants have it, each with its count and first items."""
    return await service.work_list(tx, actor, per)


@get("/api/v1/orders/exceptions/counts", opt=READ)
async def count_exceptions(tx: Tx) -> list[CauseCount]:
    """Count the orders that each cause holds back, and how many of them longer than they should be."""
    return await queries.count_held(tx, tx.now)


@get("/api/v1/orders/causes", opt=READ)
async def list_causes(
    tx: Tx,
    actor: Actor,
    company_id: Annotated[
        CompanyId | None, QueryParameter(name="company", description="As they count in this company. 按公司设置。")
    ] = None,
) -> list[Cause]:
    """List the causes of exceptions: whose work they are, what usually ends them, and whether they are looked for."""
    if company_id is not None and not actor.sees("company", company_id):
        raise OutOfScope(dimension="company")
    return await service.causes_of(tx, company_id)


@get("/api/v1/orders/exception-policy/{company_id:uuid}", opt=READ)
async def read_exception_policy(tx: Tx, actor: Actor, company_id: UUID) -> PolicySet:
    """Read which causes count in a company, and how their clocks run."""
    if not actor.sees("company", company_id):
        raise OutOfScope(dimension="company")
    return await service.policy_of(tx, CompanyId(company_id))


@get("/api/v1/orders/audit-policy/{company_id:uuid}", opt=READ)
async def read_audit_policy(tx: Tx, actor: Actor, company_id: UUID) -> AuditPolicy:
    """Read how long after payment a company's orders are audited."""
    if not actor.sees("company", company_id):
        raise OutOfScope(dimension="company")
    return await service.audit_policy_of(tx, CompanyId(company_id))


@get("/api/v1/orders/late-payment/{shop_id:uuid}", opt=READ)
async def read_late_policy(tx: Tx, actor: Actor, shop_id: UUID) -> LatePolicy:
    """Read what becomes of money that comes after a shop's unpaid order has expired."""
    if not actor.sees("shop", shop_id):
        raise OutOfScope(dimension="shop")
    return await service.late_policy_of(tx, ShopId(shop_id))


@post("/api/v1/orders/back-test", opt={"grant": "rules.read"}, status_code=200)
async def back_test(tx: Tx, actor: Actor, data: BackTest) -> BackTested:
    """Ask an audit table, saved or not, about the paid orders of a period, beside the one in force; it changes nothing.

    Raises: TestPeriodEmpty, and what `rules.save_table` refuses of a table.
    """
    if not actor.sees("company", data.company_id):
        raise OutOfScope(dimension="company")
    return await service.back_test(tx, data)


@get("/api/v1/orders/{order_id:uuid}/preferences", opt=READ)
async def read_preferences(tx: Tx, order_id: UUID) -> list[Preference]:
    """Read what tables prefer for an order: courier, warehouse, splitting, gifts, marks. Raises: OrderNotFound."""
    return await service.preferences_of(tx, OrderId(order_id))


@post("/api/v1/orders/preview-table", opt={"grant": "rules.read"}, status_code=200)
async def preview_table(tx: Tx, actor: Actor, data: PreviewTable) -> Previewed:
    """Ask a table of any of the orders' subjects about the paid orders of a period; it changes nothing.

    Raises: SubjectUnknown, TestPeriodEmpty, and what `rules.save_table` refuses of a table.
    """
    if not actor.sees("company", data.company_id):
        raise OutOfScope(dimension="company")
    return await service.preview_table(tx, data)


@get("/api/v1/orders/funders", opt=READ)
async def list_funders(
    tx: Tx,
    company_id: Annotated[CompanyId, QueryParameter(name="company", description="Of which company. 公司。")],
    since: Annotated[datetime | None, Parameter(description="Paid from then on. 付款时间起。")] = None,
    until: Annotated[datetime | None, Parameter(description="Paid before. 付款时间止（不含）。")] = None,
) -> list[FunderDue]:
    """List who besides the shop owes what for which promotion, less what fell away with returns."""
    return await service.list_funders(tx, company_id, since=since, until=until)


routes: Final = [
    list_orders, read_order, read_trace, quote, list_exceptions, count_exceptions, list_causes,
    read_exception_policy, read_audit_policy, read_late_policy,
    back_test, list_funders, read_preferences, preview_table, read_work,
]  # fmt: skip
