"""One's notices."""

from __future__ import annotations

from typing import Final

from litestar import get

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.messaging import queries, service
from shangmai.modules.messaging.contract import OF_CUSTOMERS, OWN, CustomerNotice, NoticeId, StaffNotice, Unread


@get("/api/v1/notices", opt={"grant": OWN})
async def list_notices(tx: Tx, limit: Limit = 50, cursor: Cursor = None) -> Page[StaffNotice]:
    """List the notices for you, the newest first. 我的通知。"""
    (before,) = decode_cursor(cursor, NoticeId) or (None,)
    rows = await queries.page(tx, tx.actor.id, service.grants_of(tx.actor), before, limit + 1)
    return page(rows, limit, lambda notice: (notice.id,))


@get("/api/v1/notices/unread", opt={"grant": OWN})
async def count_unread(tx: Tx) -> Unread:
    """Count the notices that you have not read. 未读通知数。"""
    return Unread(count=await queries.count_unread(tx, tx.actor.id, service.grants_of(tx.actor)))


@get("/api/v1/customer/notices", opt={"grant": OF_CUSTOMERS})
async def list_own_notices(tx: Tx, limit: Limit = 20, cursor: Cursor = None) -> Page[CustomerNotice]:
    """List the notices to the customer who is signed in, the newest first. 我的消息。"""
    (before,) = decode_cursor(cursor, NoticeId) or (None,)
    rows = await queries.page_of_customer(tx, tx.actor.id, before, limit + 1)
    return page(rows, limit, lambda notice: (notice.id,))


@get("/api/v1/customer/notices/unread", opt={"grant": OF_CUSTOMERS})
async def count_own_unread(tx: Tx) -> Unread:
    """Count the notices that the customer who is signed in has not read. 未读消息数。"""
    return Unread(count=await queries.count_unread_of_customer(tx, tx.actor.id))


routes: Final = [list_notices, count_unread, list_own_notices, count_own_unread]
