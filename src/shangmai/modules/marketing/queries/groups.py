"""The SQL on groups, their terms and their seats."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record
from msgspec import Struct, convert

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import ProductId, SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.marketing.contract import GroupId, GroupMember, GroupStatus, GroupTerms, SetGroupTerms
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract import PromotionId

GROUP: Final = (
    "id, shop_id, warehouse_id, promotion_id, product_id, sku_id, size, taken, pay_minutes, one_at_a_time, status,"
    " opened_at, closes_at, closed_at"
)
MEMBER: Final = "customer_id, order_id, leader, joined_at, paid_at, left_at"


class KeptGroup(Struct, frozen=True, kw_only=True):
    """A row: `taken` seats of `size`, paid or not. `warehouse_id` is that of the leader's order, so None before it."""

    id: GroupId
    shop_id: ShopId
    warehouse_id: WarehouseId | None
    promotion_id: PromotionId
    product_id: ProductId
    sku_id: SkuId
    size: int
    taken: int
    pay_minutes: int
    one_at_a_time: bool
    status: GroupStatus
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None


class Seat(Struct, frozen=True, kw_only=True):
    """A seat on its way into the table. `alone`: its customer may have no other in an open group of the promotion."""

    id: UUID
    group_id: GroupId
    promotion_id: PromotionId
    customer_id: CustomerId
    leader: bool
    alone: bool
    item: Item


async def set_terms(tx: Tx, do: SetGroupTerms) -> None:
    await tx.execute(
        "INSERT INTO marketing_group_terms (promotion_id, hours, pay_minutes, sizes, one_at_a_time, set_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (promotion_id) DO UPDATE SET hours = excluded.hours,"
        " pay_minutes = excluded.pay_minutes, sizes = excluded.sizes, one_at_a_time = excluded.one_at_a_time,"
        " set_at = excluded.set_at, cause = excluded.cause",
        do.promotion_id,
        do.hours,
        do.pay_minutes,
        sorted(set(do.sizes)),
        do.one_at_a_time,
        tx.now,
        tx.cause,
    )


async def terms_of(tx: Tx, promotions: Collection[PromotionId]) -> dict[PromotionId, GroupTerms]:
    rows = await tx.fetch(
        "SELECT promotion_id, hours, pay_minutes, sizes, one_at_a_time FROM marketing_group_terms"
        " WHERE promotion_id = ANY ($1::uuid[])",
        list(promotions),
    )
    return {row["promotion_id"]: convert(dict(row), GroupTerms) for row in rows}


async def insert(tx: Tx, groups: Sequence[tuple[KeptGroup, Item]]) -> None:
    for group, item in groups:
        await tx.execute(
            "INSERT INTO marketing_groups (id, shop_id, warehouse_id, promotion_id, product_id, sku_id, size, taken,"
            " pay_minutes, one_at_a_time, status, opened_at, closes_at, cause)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', $11, $12, $13)",
            group.id,
            group.shop_id,
            group.warehouse_id,
            group.promotion_id,
            group.product_id,
            group.sku_id,
            group.size,
            group.taken,
            group.pay_minutes,
            group.one_at_a_time,
            group.opened_at,
            group.closes_at,
            item.cause,
        )


async def lock(tx: Tx, ids: Collection[GroupId]) -> dict[GroupId, KeptGroup]:
    """The groups that exist among these, locked in order of id."""
    rows = await tx.fetch(
        "SELECT " + GROUP + " FROM marketing_groups WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE",
        list(ids),
    )
    return {row["id"]: _group(row) for row in rows}


async def get(tx: Tx, ids: Collection[GroupId]) -> dict[GroupId, KeptGroup]:
    rows = await tx.fetch("SELECT " + GROUP + " FROM marketing_groups WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: _group(row) for row in rows}


async def page_of_open(
    tx: Tx,
    *,
    shop_id: UUID | None,
    product_id: UUID | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[KeptGroup]:
    """Groups with seats left whose time is not over, those that close first in front."""
    rows = await tx.fetch(
        "SELECT " + GROUP + " FROM marketing_groups WHERE status = 'open' AND closes_at > $1 AND taken < size"
        " AND ($2::uuid IS NULL OR shop_id = $2) AND ($3::uuid IS NULL OR product_id = $3)"
        " AND ($4::timestamptz IS NULL OR (closes_at, id) > ($4, $5::uuid)) ORDER BY closes_at, id LIMIT $6",
        tx.now,
        shop_id,
        product_id,
        *(after or (None, None)),
        limit,
    )
    return [_group(row) for row in rows]


async def due(tx: Tx, limit: int = 500) -> list[GroupId]:
    """The open groups whose time is over."""
    rows = await tx.fetch(
        "SELECT id FROM marketing_groups WHERE status = 'open' AND closes_at <= $1 ORDER BY closes_at, id LIMIT $2",
        tx.now,
        limit,
    )
    return [row["id"] for row in rows]


async def add_taken(tx: Tx, counts: Mapping[GroupId, int]) -> None:
    """Count seats of locked groups: taken, or with a negative number given free."""
    await tx.execute(
        "UPDATE marketing_groups g SET taken = g.taken + n.seats"
        " FROM unnest($1::uuid[], $2::integer[]) AS n (id, seats) WHERE g.id = n.id",
        list(counts),
        list(counts.values()),
    )


async def close(tx: Tx, id_: GroupId, status: GroupStatus, at: datetime) -> None:
    """End a locked group; its members may be in another one then."""
    await tx.execute("UPDATE marketing_groups SET status = $2, closed_at = $3 WHERE id = $1", id_, status.value, at)
    await tx.execute("UPDATE marketing_group_members SET alone = false WHERE group_id = $1 AND alone", id_)


# --- seats ---------------------------------------------------------------------------------------------------------


async def claim(tx: Tx, seats: Sequence[Seat]) -> set[UUID]:
    """Take seats for orders about to be placed; those that no other seat of the customer's stands in the way of.

    Waits for who claims the same at the same moment; inserts in one order, so that two batches wait in turn.
    """
    ordered = sorted(seats, key=lambda seat: (seat.promotion_id, seat.customer_id, seat.group_id))
    rows = await tx.fetch(
        "INSERT INTO marketing_group_members (id, group_id, promotion_id, customer_id, leader, alone, joined_at, cause)"
        " SELECT id, group_id, promotion_id, customer_id, leader, alone, joined_at, cause FROM unnest($1::uuid[],"
        " $2::uuid[], $3::uuid[], $4::uuid[], $5::boolean[], $6::boolean[], $7::timestamptz[], $8::uuid[])"
        " WITH ORDINALITY AS s (id, group_id, promotion_id, customer_id, leader, alone, joined_at, cause, place)"
        " ORDER BY place ON CONFLICT DO NOTHING RETURNING id",
        [seat.id for seat in ordered],
        [seat.group_id for seat in ordered],
        [seat.promotion_id for seat in ordered],
        [seat.customer_id for seat in ordered],
        [seat.leader for seat in ordered],
        [seat.alone for seat in ordered],
        [seat.item.now for seat in ordered],
        [seat.item.cause for seat in ordered],
    )
    return {row["id"] for row in rows}


async def groups_held(tx: Tx, seats: Sequence[Seat]) -> dict[tuple[UUID, UUID], GroupId]:
    """The groups that those customers have a seat in, by promotion and customer."""
    rows = await tx.fetch(
        "SELECT promotion_id, customer_id, group_id FROM marketing_group_members"
        " WHERE (promotion_id, customer_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) AND left_at IS NULL"
        " ORDER BY joined_at",
        [seat.promotion_id for seat in seats],
        [seat.customer_id for seat in seats],
    )
    return {(row["promotion_id"], row["customer_id"]): row["group_id"] for row in rows}


async def seal(tx: Tx, orders: Mapping[UUID, OrderId], refused: Collection[UUID]) -> None:
    """Give claimed seats their orders, and take back those whose orders were refused."""
    await tx.execute(
        "UPDATE marketing_group_members m SET order_id = s.order_id"
        " FROM unnest($1::uuid[], $2::uuid[]) AS s (id, order_id) WHERE m.id = s.id",
        list(orders),
        list(orders.values()),
    )
    if refused:
        await tx.execute("DELETE FROM marketing_group_members WHERE id = ANY ($1::uuid[])", list(refused))


async def groups_of_orders(tx: Tx, orders: Collection[OrderId]) -> dict[OrderId, GroupId]:
    """The groups in which these orders have seats, or had."""
    rows = await tx.fetch(
        "SELECT order_id, group_id FROM marketing_group_members WHERE order_id = ANY ($1::uuid[])", list(orders)
    )
    return {row["order_id"]: row["group_id"] for row in rows}


async def members_of(tx: Tx, id_: GroupId) -> list[GroupMember]:
    """Everybody who took a seat, in order of coming."""
    rows = await tx.fetch(
        "SELECT " + MEMBER + " FROM marketing_group_members WHERE group_id = $1 AND order_id IS NOT NULL"
        " ORDER BY joined_at, id",
        id_,
    )
    return [GroupMember(**row) for row in rows]


async def note_paid(tx: Tx, orders: Collection[OrderId], at: datetime) -> None:
    await tx.execute(
        "UPDATE marketing_group_members SET paid_at = $2 WHERE order_id = ANY ($1::uuid[]) AND paid_at IS NULL",
        list(orders),
        at,
    )


async def note_left(tx: Tx, orders: Collection[OrderId], at: datetime) -> list[GroupId]:
    """Free the seats of canceled orders, each once; the group of each seat."""
    rows = await tx.fetch(
        "UPDATE marketing_group_members SET left_at = $2, alone = false WHERE order_id = ANY ($1::uuid[])"
        " AND left_at IS NULL RETURNING group_id",
        list(orders),
        at,
    )
    return [row["group_id"] for row in rows]


async def seats_of_open(tx: Tx) -> list[OrderId]:
    """The orders that have a seat in an open group."""
    rows = await tx.fetch(
        "SELECT m.order_id FROM marketing_group_members m JOIN marketing_groups g ON g.id = m.group_id"
        " WHERE g.status = 'open' AND m.left_at IS NULL"
    )
    return [row["order_id"] for row in rows]


async def divergences(tx: Tx) -> list[Record]:
    """Groups whose seats taken are not those of their members."""
    return await tx.fetch(
        "SELECT g.id, g.taken::bigint AS kept, count(m.id) AS proven FROM marketing_groups g"
        " LEFT JOIN marketing_group_members m ON m.group_id = g.id AND m.left_at IS NULL"
        " GROUP BY g.id HAVING g.taken <> count(m.id)"
    )


def _group(row: Record) -> KeptGroup:
    return convert(dict(row), KeptGroup)
