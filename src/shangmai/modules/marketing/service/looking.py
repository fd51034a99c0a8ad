"""What people look up of groups."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shangmai.kernel.tx import Tx
from shangmai.modules.marketing.contract import Group, GroupDetail, GroupId, GroupNotFound
from shangmai.modules.marketing.queries import groups as queries
from shangmai.modules.marketing.rules import groups as rules


async def list_open_groups(
    tx: Tx, shop_id: UUID | None, product_id: UUID | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Group]:
    """Groups that can be joined, those that close first in front."""
    found = await queries.page_of_open(tx, shop_id=shop_id, product_id=product_id, after=after, limit=limit)
    return [rules.shown(group, tx.now) for group in found]


async def get_group(tx: Tx, id_: GroupId) -> GroupDetail:
    """A group with its members. Raises: GroupNotFound."""
    group = (await queries.get(tx, [id_])).get(id_)
    if group is None:
        raise GroupNotFound(group_id=id_)
    return GroupDetail(group=rules.shown(group, tx.now), members=await queries.members_of(tx, id_))
