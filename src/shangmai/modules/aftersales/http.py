"""Reads of requests after the sale."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get
from litestar.params import QueryParameter

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.aftersales import queries, service
from shangmai.modules.aftersales.contract import (
    OWN,
    READ,
    AfterSaleKind,
    AfterSaleOfOrder,
    AfterSalePolicy,
    AfterSaleRequest,
    AfterSaleRequestId,
    AfterSaleState,
)
from shangmai.modules.members import service as members
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.organization.contract import ShopId

READING: Final = {"grant": READ}
OWNING: Final = {"grant": OWN}


@get("/api/v1/aftersales", opt=READING)
async def list_after_sales(
    tx: Tx,
    in_state: Annotated[
        AfterSaleState | None, QueryParameter(name="state", description="Only in this state. 只看此状态。")
    ] = None,
    kind: AfterSaleKind | None = None,
    shop_id: ShopId | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AfterSaleRequest]:
    """List what buyers have asked for after the sale, the newest first. 售后申请。"""
    (before,) = decode_cursor(cursor, AfterSaleRequestId) or (None,)
    rows = await queries.page(tx, shop_id, in_state, kind, before, limit + 1)
    return page(rows, limit, lambda each: (each.id,))


@get("/api/v1/orders/{order_id:uuid}/aftersales", opt=READING)
async def list_after_sales_of_order(tx: Tx, order_id: OrderId) -> list[AfterSaleRequest]:
    """List the requests for an order, the newest first. 订单的售后申请。"""
    return await queries.of_order(tx, order_id)


@get("/api/v1/shops/{shop_id:uuid}/aftersale-policy", opt=READING)
async def read_after_sale_policy(tx: Tx, shop_id: ShopId) -> AfterSalePolicy:
    """Read for how long a shop takes requests, and where goods go back to. 售后规则。"""
    return await queries.policy_of(tx, shop_id)


@get("/api/v1/customer/aftersales", opt=OWNING)
async def list_own_after_sales(tx: Tx, limit: Limit = 20, cursor: Cursor = None) -> Page[AfterSaleRequest]:
    """List the requests of the customer who is signed in, the newest first. Raises: CustomerNeeded. 我的售后。"""
    (before,) = decode_cursor(cursor, AfterSaleRequestId) or (None,)
    rows = await queries.of_customer(tx, members.customer_of(tx.actor), before, limit + 1)
    return page(rows, limit, lambda each: (each.id,))


@get("/api/v1/customer/orders/{order_id:uuid}/aftersales", opt=OWNING)
async def look_at_own_order(tx: Tx, order_id: OrderId) -> AfterSaleOfOrder:
    """Tell what can be asked for of an own order, and what was. 订单可申请的售后。

    Raises: CustomerNeeded, OrderNotFound.
    """
    return await service.look(tx, order_id)


@get("/api/v1/aftersales/of-order", opt={"public": True})
async def look_at_order_of_link(
    db: Database, link: Annotated[str, QueryParameter(max_length=100, description="The order's link. 订单链接。")]
) -> AfterSaleOfOrder:
    """Tell what can be asked for of the order of a link, and what was, to whoever holds it. 凭链接查看订单售后。

    Raises: AfterSaleLinkInvalid.
    """
    async with db.reading(SYSTEM) as tx:
        return await service.look_by_link(tx, link)


routes: Final = [
    list_after_sales,
    list_after_sales_of_order,
    read_after_sale_policy,
    list_own_after_sales,
    look_at_own_order,
    look_at_order_of_link,
]
