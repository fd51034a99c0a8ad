"""The SQL on notices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.messaging.contract import (
    DAYS_KEPT,
    TEXT_CHARS_MAX,
    CustomerNotice,
    CustomerNoticeKind,
    NewCustomerNotice,
    NewNotice,
    NoticeId,
    NoticeKind,
    StaffNotice,
)
from shangmai.modules.organization.contract import ShopId

UNREAD_MAX: Final = 100
MINE: Final = "(n.user_id = $1 OR n.to_grant = ANY ($2::text[]))"
READ_UP_TO: Final = (
    "coalesce((SELECT up_to FROM staff_notices_read WHERE user_id = $1), '00000000-0000-0000-0000-000000000000')"
)


async def insert(tx: Tx, notices: Sequence[tuple[NoticeId, NewNotice]]) -> None:
    await tx.execute(
        "INSERT INTO staff_notices (id, at, kind, user_id, to_grant, shop_id, zh, en, link, cause)"
        " SELECT u.id, $9, u.kind, u.user_id, u.to_grant, u.shop_id, u.zh, u.en, u.link, $10 FROM"
        " unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[])"
        " AS u (id, kind, user_id, to_grant, shop_id, zh, en, link)",
        [id_ for id_, _ in notices],
        [each.kind.value for _, each in notices],
        [each.user_id for _, each in notices],
        [each.grant for _, each in notices],
        [each.shop_id for _, each in notices],
        [each.zh[:TEXT_CHARS_MAX] for _, each in notices],
        [each.en[:TEXT_CHARS_MAX] for _, each in notices],
        [each.link for _, each in notices],
        tx.now,
        tx.cause,
    )


async def page(
    tx: Tx, user_id: UUID, grants: Collection[str], before: NoticeId | None, limit: int
) -> list[StaffNotice]:
    """The newest first."""
    rows = await tx.fetch(
        "SELECT n.id, n.at, n.kind, n.zh, n.en, n.link, n.id <= " + READ_UP_TO + " AS is_read FROM staff_notices n"
        " WHERE " + MINE + " AND ($3::uuid IS NULL OR n.id < $3) ORDER BY n.id DESC LIMIT $4",
        user_id,
        sorted(grants),
        before,
        limit,
    )
    return [_notice(row) for row in rows]


async def count_unread(tx: Tx, user_id: UUID, grants: Collection[str]) -> int:
    count: int = await tx.fetchval(
        "SELECT count(*) FROM (SELECT FROM staff_notices n WHERE n.id > "
        + READ_UP_TO
        + " AND "
        + MINE
        + " LIMIT $3) AS u",
        user_id,
        sorted(grants),
        UNREAD_MAX,
    )
    return count


async def exists(tx: Tx, id_: NoticeId, user_id: UUID, grants: Collection[str]) -> bool:
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM staff_notices n WHERE n.id = $3 AND " + MINE + ")", user_id, sorted(grants), id_
    )
    return found


async def read_up_to(tx: Tx, user_id: UUID, id_: NoticeId) -> None:
    """Never back."""
    await tx.execute(
        "INSERT INTO staff_notices_read AS r (user_id, up_to) VALUES ($1, $2)"
        " ON CONFLICT (user_id) DO UPDATE SET up_to = greatest(r.up_to, $2)",
        user_id,
        id_,
    )


async def forget(tx: Tx, limit: int) -> int:
    """Remove so many of the oldest of each sort at most; gives how many went."""
    gone = await tx.fetch(
        "WITH s AS (DELETE FROM staff_notices WHERE id IN (SELECT id FROM staff_notices WHERE at < $1 ORDER BY at"
        " LIMIT $2) RETURNING id), c AS (DELETE FROM customer_notices WHERE id IN (SELECT id FROM customer_notices"
        " WHERE at < $1 ORDER BY at LIMIT $2) RETURNING id) SELECT id FROM s UNION ALL SELECT id FROM c",
        tx.now - timedelta(days=DAYS_KEPT),
        limit,
    )
    return len(gone)


def _notice(row: Record) -> StaffNotice:
    return StaffNotice(**{**row, "kind": NoticeKind(row["kind"])})


OWN_READ_UP_TO: Final = (
    "coalesce((SELECT up_to FROM customer_notices_read WHERE customer_id = $1), '00000000-0000-0000-0000-000000000000')"
)


async def insert_to_customers(tx: Tx, notices: Sequence[tuple[NoticeId, NewCustomerNotice]]) -> None:
    """Write notices to customers; who was told of the same already is not told again."""
    await tx.execute(
        "INSERT INTO customer_notices (id, at, customer_id, shop_id, kind, about, order_id, zh, en, cause)"
        " SELECT u.id, $9, u.customer_id, u.shop_id, u.kind, u.about, u.order_id, u.zh, u.en, $10 FROM"
        " unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[])"
        " AS u (id, customer_id, shop_id, kind, about, order_id, zh, en) ON CONFLICT DO NOTHING",
        [id_ for id_, _ in notices],
        [each.customer_id for _, each in notices],
        [each.shop_id for _, each in notices],
        [each.kind.value for _, each in notices],
        [each.about for _, each in notices],
        [each.order_id for _, each in notices],
        [each.zh[:TEXT_CHARS_MAX] for _, each in notices],
        [each.en[:TEXT_CHARS_MAX] for _, each in notices],
        tx.now,
        tx.cause,
    )


async def page_of_customer(tx: Tx, customer_id: UUID, before: NoticeId | None, limit: int) -> list[CustomerNotice]:
    """The newest first."""
    rows = await tx.fetch(
        "SELECT id, at, kind, order_id, zh, en, id <= " + OWN_READ_UP_TO + " AS is_read FROM customer_notices"
        " WHERE customer_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        customer_id,
        before,
        limit,
    )
    return [CustomerNotice(**{**row, "kind": CustomerNoticeKind(row["kind"])}) for row in rows]


async def count_unread_of_customer(tx: Tx, customer_id: UUID) -> int:
    count: int = await tx.fetchval(
        "SELECT count(*) FROM (SELECT FROM customer_notices WHERE customer_id = $1 AND id > "
        + OWN_READ_UP_TO
        + " LIMIT $2) AS u",
        customer_id,
        UNREAD_MAX,
    )
    return count


async def customer_read_up_to(tx: Tx, customer_id: UUID, shop_id: ShopId, id_: NoticeId) -> None:
    """Never back."""
    await tx.execute(
        "INSERT INTO customer_notices_read AS r (customer_id, shop_id, up_to) VALUES ($1, $2, $3)"
        " ON CONFLICT (customer_id) DO UPDATE SET up_to = greatest(r.up_to, $3)",
        customer_id,
        shop_id,
        id_,
    )


async def shop_of_own(tx: Tx, customer_id: UUID, id_: NoticeId) -> ShopId | None:
    """The shop of a customer's own notice; None where it is none of theirs."""
    shop_id: ShopId | None = await tx.fetchval(
        "SELECT shop_id FROM customer_notices WHERE id = $1 AND customer_id = $2", id_, customer_id
    )
    return shop_id


async def forget_customers(tx: Tx, customers: Sequence[UUID]) -> None:
    await tx.execute("DELETE FROM customer_notices WHERE customer_id = ANY ($1::uuid[])", list(customers))
