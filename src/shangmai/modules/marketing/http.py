"""Reads of marketing: groups, bargains and what-if runs."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import get

from shangmai.kernel.db.database import Database
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.marketing import service
from shangmai.modules.marketing.contract import BargainDetail, BargainId, Group, GroupDetail, GroupId, WhatIf
from shangmai.modules.marketing.contract.flash import FlashSaleView
from shangmai.modules.organization.contract import ShopId

READ: Final = {"grant": "marketing.read"}


@get("/api/v1/marketing/what-ifs", opt=READ)
async def list_what_ifs(tx: Tx, limit: Limit = 20, cursor: Cursor = None) -> Page[WhatIf]:
    """List the what-if runs, newest first, with how far each is and what it has found."""
    before = decode_cursor(cursor, datetime, UUID)
    rows = await service.list_what_ifs(tx, None if before is None else (before[0], before[1]), limit + 1)
    return page(rows, limit, lambda run: (run.started_at, run.id))


@get("/api/v1/marketing/what-ifs/{what_if_id:uuid}", opt=READ)
async def read_what_if(tx: Tx, what_if_id: UUID) -> WhatIf:
    """Read a what-if run. Raises: WhatIfNotFound."""
    return await service.get_what_if(tx, what_if_id)


@get("/api/v1/marketing/groups", opt=READ)
async def list_groups(
    tx: Tx, shop_id: UUID | None = None, product_id: UUID | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[Group]:
    """List the groups that can be joined, of a shop or a product, those that close first in front."""
    after = decode_cursor(cursor, datetime, UUID)
    rows = await service.list_open_groups(
        tx, shop_id, product_id, None if after is None else (after[0], after[1]), limit + 1
    )
    return page(rows, limit, lambda group: (group.closes_at, group.id))


@get("/api/v1/marketing/groups/{group_id:uuid}", opt=READ)
async def read_group(tx: Tx, group_id: UUID) -> GroupDetail:
    """Read a group with its members. Raises: GroupNotFound."""
    return await service.get_group(tx, GroupId(group_id))


@get("/api/v1/marketing/bargains/{bargain_id:uuid}", opt=READ)
async def read_bargain(tx: Tx, bargain_id: UUID) -> BargainDetail:
    """Read a bargain with its helps. Raises: BargainNotFound."""
    return await service.get_bargain(tx, BargainId(bargain_id))


@get("/api/v1/marketing/flash-sales", opt={"public": True})
async def list_flash_sales(db: Database, shop_id: ShopId) -> list[FlashSaleView]:
    """List the flash sales of a shop that are ahead or run, with what is left and a countdown, for anyone.

    What is left is up to half a second old: a crowd that waits costs the database two looks a second.
    """
    return await service.flash_sales_shown(db, shop_id)


routes: Final = [list_flash_sales, list_what_ifs, read_what_if, list_groups, read_group, read_bargain]
