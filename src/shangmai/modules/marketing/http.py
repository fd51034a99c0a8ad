"""Reads of marketing: groups, bargains and what-if runs."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import get

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.marketing import service
from shangmai.modules.marketing.contract import BargainDetail, BargainId, Group, GroupDetail, GroupId, WhatIf
from shangmai.modules.marketing.contract.flash import FlashSaleView
from shangmai.modules.marketing.contract.offered import SharedBargain, ShownOffer
from shangmai.modules.organization.contract import ShopId

GROUPS_SHOWN: Final = 20
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


@get("/api/v1/marketing/offers", opt={"public": True})
async def list_offers(db: Database, shop_id: ShopId) -> list[ShownOffer]:
    """List the group buys, bargains and pre-sales that run in a shop now, for anyone. 拼团、砍价、预售。"""
    async with db.reading(SYSTEM) as tx:
        return await service.offers_shown(tx, shop_id)


@get("/api/v1/marketing/open-groups", opt={"public": True})
async def list_groups_to_join(db: Database, shop_id: ShopId, product_id: ProductId | None = None) -> list[Group]:
    """List the groups of a shop, or of a product, that can be joined, those that close first in front, for anyone."""
    async with db.reading(SYSTEM) as tx:
        return await service.list_open_groups(tx, shop_id, product_id, None, GROUPS_SHOWN)


@get("/api/v1/marketing/open-groups/{group_id:uuid}", opt={"public": True})
async def read_shared_group(db: Database, group_id: UUID) -> Group:
    """Show a group to whoever it was shared with, without its members. Raises: GroupNotFound."""
    async with db.reading(SYSTEM) as tx:
        return await service.group_shown(tx, GroupId(group_id))


@get("/api/v1/marketing/shared-bargains/{bargain_id:uuid}", opt={"public": True})
async def read_shared_bargain(db: Database, actor: Actor, bargain_id: UUID) -> SharedBargain:
    """Show a bargain to whoever it was shared with, without who it is. Raises: BargainNotFound."""
    async with db.reading(SYSTEM) as tx:
        return await service.bargain_shown(tx, actor, BargainId(bargain_id))


routes: Final = [
    list_offers,
    list_groups_to_join,
    read_shared_group,
    read_shared_bargain,
    list_flash_sales,
    list_what_ifs,
    read_what_if,
    list_groups,
    read_group,
    read_bargain,
]
