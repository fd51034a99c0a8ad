"""Reads of orders: lists, one order, its trace, and what an order would cost."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import Actor
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries, service
from shangmai.modules.orders.contract import Order, OrderDetail, OrderId, PlaceOrder, Status, TraceEntry
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract import Quote

READ: Final = {"grant": "orders.read"}


@get("/api/v1/orders", opt=READ)
async def list_orders(
    tx: Tx,
    shop_id: ShopId | None = None,
    customer_id: UUID | None = None,
    status: Annotated[Status | None, Parameter(description="Only of this status. 只看此状态。")] = None,
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
        before=None if before is None else (before[0], before[1]),
        limit=limit + 1,
    )
    return page(rows, limit, lambda order: (order.placed_at, order.id))


@get("/api/v1/orders/{order_id:uuid}", opt=READ)
async def read_order(tx: Tx, order_id: UUID) -> OrderDetail:
    """Read one order with its lines, parcels and returns. Raises: OrderNotFound."""
    return await service.get_detail(tx, OrderId(order_id))


@get("/api/v1/orders/{order_id:uuid}/trace", opt=READ)
async def read_trace(tx: Tx, order_id: UUID) -> list[TraceEntry]:
    """Read everything that happened to an order, in order, each with who or what caused it. Raises: OrderNotFound."""
    return await service.trace(tx, OrderId(order_id))


@post("/api/v1/orders/quote", opt={"grant": "orders.place"}, status_code=200)
async def quote(tx: Tx, actor: Actor, data: PlaceOrder) -> Quote:
    """Tell what an order would cost and why: every line's steps from list to paid, and why other promotions are not in.

    A question with a body, so it is a POST; its transaction can only read. Raises: ShopNotFound, NothingToQuote, and
    what refuses the order's prices and coupons.
    """
    if not actor.sees("shop", data.shop_id):
        raise OutOfScope(dimension="shop")
    return await service.preview(tx, data)


routes: Final = [list_orders, read_order, read_trace, quote]
