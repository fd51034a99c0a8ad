"""The SQL on bargains, their terms and their helps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record
from msgspec import Struct, convert

from shangmai.kernel.db.rows import Rows
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.marketing.contract import BargainId, BargainStatus, BargainTerms, Help, SetBargainTerms
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract import PromotionId

BARGAIN: Final = (
    "id, shop_id, promotion_id, sku_id, customer_id, list_minor, lowest_minor, cut_minor, helps, helps_max,"
    " pay_minutes, status, started_at, ends_at, order_id"
)
HELPS: Final = Rows(
    "marketing_bargain_helps",
    {
        "bargain_id": "uuid", "n": "integer", "customer_id": "uuid", "cut_minor": "bigint", "at": "timestamptz",
        "cause": "uuid",
    },
)  # fmt: skip


class KeptBargain(Struct, frozen=True, kw_only=True):
    """A row: `cut_minor` is the sum of its helps' cuts."""

    id: BargainId
    shop_id: ShopId
    promotion_id: PromotionId
    sku_id: SkuId
    customer_id: CustomerId
    list_minor: int
    lowest_minor: int
    cut_minor: int
    helps: int
    helps_max: int
    pay_minutes: int
    status: BargainStatus
    started_at: datetime
    ends_at: datetime
    order_id: OrderId | None

    @property
    def price_minor(self) -> int:
        return self.list_minor - self.cut_minor


class NewHelp(Struct, frozen=True, kw_only=True):
    """A help on its way into the table."""

    bargain_id: BargainId
    n: int
    customer_id: CustomerId
    cut_minor: int
    item: Item


async def set_terms(tx: Tx, do: SetBargainTerms) -> None:
    await tx.execute(
        "INSERT INTO marketing_bargain_terms (promotion_id, helps, hours, pay_minutes, set_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (promotion_id) DO UPDATE SET helps = excluded.helps,"
        " hours = excluded.hours, pay_minutes = excluded.pay_minutes, set_at = excluded.set_at, cause = excluded.cause",
        do.promotion_id,
        do.helps,
        do.hours,
        do.pay_minutes,
        tx.now,
        tx.cause,
    )


async def terms_of(tx: Tx, promotions: Collection[PromotionId]) -> dict[PromotionId, BargainTerms]:
    rows = await tx.fetch(
        "SELECT promotion_id, helps, hours, pay_minutes FROM marketing_bargain_terms"
        " WHERE promotion_id = ANY ($1::uuid[])",
        list(promotions),
    )
    return {row["promotion_id"]: convert(dict(row), BargainTerms) for row in rows}


async def insert(tx: Tx, new: KeptBargain, item: Item) -> KeptBargain:
    """Write a bargain, or give the customer's other open one for the SKU; one whose time is over makes room."""
    await tx.execute(
        "UPDATE marketing_bargains SET status = 'over' WHERE promotion_id = $1 AND sku_id = $2 AND customer_id = $3"
        " AND status = 'open' AND ends_at <= $4",
        new.promotion_id,
        new.sku_id,
        new.customer_id,
        item.now,
    )
    made = await tx.fetchrow(
        "INSERT INTO marketing_bargains (id, shop_id, promotion_id, sku_id, customer_id, list_minor, lowest_minor,"
        " helps_max, pay_minutes, status, started_at, ends_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11, $12) ON CONFLICT DO NOTHING RETURNING "
        + BARGAIN,
        new.id,
        new.shop_id,
        new.promotion_id,
        new.sku_id,
        new.customer_id,
        new.list_minor,
        new.lowest_minor,
        new.helps_max,
        new.pay_minutes,
        new.started_at,
        new.ends_at,
        item.cause,
    )
    if made is None:
        made = await tx.fetchrow(
            "SELECT " + BARGAIN + " FROM marketing_bargains WHERE promotion_id = $1 AND sku_id = $2"
            " AND customer_id = $3 AND status = 'open'",
            new.promotion_id,
            new.sku_id,
            new.customer_id,
        )
    assert made is not None, "whoever stood in the way is there"
    return _bargain(made)


async def lock(tx: Tx, ids: Collection[BargainId]) -> dict[BargainId, KeptBargain]:
    """The bargains that exist among these, locked in order of id."""
    rows = await tx.fetch(
        "SELECT " + BARGAIN + " FROM marketing_bargains WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE",
        list(ids),
    )
    return {row["id"]: _bargain(row) for row in rows}


async def get(tx: Tx, ids: Collection[BargainId]) -> dict[BargainId, KeptBargain]:
    rows = await tx.fetch("SELECT " + BARGAIN + " FROM marketing_bargains WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: _bargain(row) for row in rows}


async def helps_of(tx: Tx, ids: Collection[BargainId]) -> dict[BargainId, list[Help]]:
    """The helps of these bargains, the first in front."""
    rows = await tx.fetch(
        "SELECT bargain_id, n, customer_id, cut_minor, at FROM marketing_bargain_helps"
        " WHERE bargain_id = ANY ($1::uuid[]) ORDER BY bargain_id, n",
        list(ids),
    )
    found: dict[BargainId, list[Help]] = defaultdict(list)
    for row in rows:
        help_ = Help(n=row["n"], customer_id=row["customer_id"], cut_minor=row["cut_minor"], at=row["at"])
        found[row["bargain_id"]].append(help_)
    return found


async def insert_helps(tx: Tx, helps: Sequence[NewHelp]) -> None:
    """Write the helps of locked bargains, and what they come to."""
    await HELPS.insert(tx, [(h.bargain_id, h.n, h.customer_id, h.cut_minor, h.item.now, h.item.cause) for h in helps])
    await tx.execute(
        "UPDATE marketing_bargains b SET helps = b.helps + s.helps, cut_minor = b.cut_minor + s.cut FROM"
        " (SELECT id, count(*)::integer AS helps, sum(cut)::bigint AS cut"
        " FROM unnest($1::uuid[], $2::bigint[]) AS h (id, cut) GROUP BY id) s WHERE b.id = s.id",
        [h.bargain_id for h in helps],
        [h.cut_minor for h in helps],
    )


async def note_bought(tx: Tx, orders: Mapping[BargainId, OrderId]) -> None:
    await tx.execute(
        "UPDATE marketing_bargains b SET status = 'bought', order_id = s.order_id"
        " FROM unnest($1::uuid[], $2::uuid[]) AS s (id, order_id) WHERE b.id = s.id",
        list(orders),
        list(orders.values()),
    )


async def open_again(tx: Tx, orders: Collection[UUID]) -> None:
    """Let bargains whose orders were canceled be bought anew; unless the customer has started another meanwhile."""
    await tx.execute(
        "UPDATE marketing_bargains b SET order_id = NULL, status = CASE WHEN EXISTS (SELECT FROM marketing_bargains o"
        " WHERE o.promotion_id = b.promotion_id AND o.sku_id = b.sku_id AND o.customer_id = b.customer_id"
        " AND o.status = 'open') THEN 'over' ELSE 'open' END WHERE order_id = ANY ($1::uuid[]) AND status = 'bought'",
        list(orders),
    )


async def divergences(tx: Tx) -> list[Record]:
    """Bargains whose cuts are not those of their helps."""
    return await tx.fetch(
        "SELECT b.id, b.cut_minor AS kept, coalesce(sum(h.cut_minor), 0)::bigint AS proven FROM marketing_bargains b"
        " LEFT JOIN marketing_bargain_helps h ON h.bargain_id = b.id GROUP BY b.id"
        " HAVING b.cut_minor <> coalesce(sum(h.cut_minor), 0) OR b.helps <> count(h.n)"
    )


def _bargain(row: Record) -> KeptBargain:
    return convert(dict(row), KeptBargain)
