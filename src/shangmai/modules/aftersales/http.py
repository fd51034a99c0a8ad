"""Reads of requests after the sale."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import QueryParameter

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actors import GUEST, SYSTEM
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
    KeepPictureByLink,
)
from shangmai.modules.media import service as media
from shangmai.modules.media.contract import OWN_BYTES_MAX, MediaFile
from shangmai.modules.members import service as members
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.organization.contract import ShopId

READING: Final = {"grant": READ}
OWNING: Final = {"grant": OWN}

Link = Annotated[str, QueryParameter(max_length=100, description="The order's link. 订单链接。")]
Name = Annotated[str, QueryParameter(max_length=200, description="What people call the file. 文件名。")]


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
async def look_at_order_of_link(db: Database, link: Link) -> AfterSaleOfOrder:
    """Tell what can be asked for of the order of a link, and what was, to whoever holds it. 凭链接查看订单售后。

    Raises: AfterSaleLinkInvalid.
    """
    async with db.reading(SYSTEM) as tx:
        return await service.look_by_link(tx, link)


@post("/api/v1/aftersales/pictures", opt={"public": True}, request_max_body_size=OWN_BYTES_MAX)
async def upload_picture_of_link(
    request: Request[Any, Any, Any], db: Database, state: State, link: Link, name: Name = "picture"
) -> MediaFile:
    """Upload a picture for what is asked for of the order of a link, as the whole body. 凭链接上传售后图片。

    Whose link leads nowhere leaves nothing behind. Raises: AfterSaleLinkInvalid, NothingSentYet, FileTooLarge,
    NotShowable, NoPicture, PictureTooLarge, TooManyPictures.
    """
    async with db.reading(SYSTEM) as tx:
        await service.look_by_link(tx, link)
    ref = await media.store().put(name, request.stream())
    do = KeepPictureByLink(link=link, sha256=ref.sha256, size=max(ref.size, 1), name=ref.name)
    call = Call(action="aftersales.keep_picture_by_link", input=do, actor=GUEST, door="upload")
    kept: MediaFile = (await state.runner.run(call)).unwrap()
    return kept


routes: Final = [
    list_after_sales,
    list_after_sales_of_order,
    read_after_sale_policy,
    list_own_after_sales,
    look_at_own_order,
    look_at_order_of_link,
    upload_picture_of_link,
]
