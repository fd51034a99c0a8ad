"""The SQL on pre-sales and their terms."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct, convert

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.marketing.contract import PresaleTerms, SetPresaleTerms
from shangmai.modules.orders.contract import Order, OrderId
from shangmai.modules.pricing.contract import PromotionId


class KeptPresale(Struct, frozen=True, kw_only=True):
    """A row: whether the deposit stays when the balance does not come."""

    order_id: OrderId
    keep_deposit: bool
    is_closed: bool


async def set_terms(tx: Tx, do: SetPresaleTerms) -> None:
    await tx.execute(
        "INSERT INTO marketing_presale_terms (promotion_id, keep_deposit, pay_minutes, set_at, cause)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (promotion_id) DO UPDATE SET keep_deposit = excluded.keep_deposit,"
        " pay_minutes = excluded.pay_minutes, set_at = excluded.set_at, cause = excluded.cause",
        do.promotion_id,
        do.keep_deposit,
        do.pay_minutes,
        tx.now,
        tx.cause,
    )


async def terms_of(tx: Tx, promotions: Collection[PromotionId]) -> dict[PromotionId, PresaleTerms]:
    rows = await tx.fetch(
        "SELECT promotion_id, keep_deposit, pay_minutes FROM marketing_presale_terms"
        " WHERE promotion_id = ANY ($1::uuid[])",
        list(promotions),
    )
    return {row["promotion_id"]: convert(dict(row), PresaleTerms) for row in rows}


async def insert(tx: Tx, placed: Sequence[tuple[Order, PresaleTerms, Item]]) -> None:
    await tx.execute(
        "INSERT INTO marketing_presales (order_id, shop_id, promotion_id, keep_deposit, balance_until, cause)"
        " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[], $5::timestamptz[], $6::uuid[])",
        [order.id for order, _, _ in placed],
        [order.shop_id for order, _, _ in placed],
        [terms.promotion_id for _, terms, _ in placed],
        [terms.keep_deposit for _, terms, _ in placed],
        [order.balance_until for order, _, _ in placed],
        [item.cause for _, _, item in placed],
    )


async def lock(tx: Tx, order_id: OrderId) -> KeptPresale | None:
    row = await tx.fetchrow(
        "SELECT order_id, keep_deposit, closed_at IS NOT NULL AS is_closed FROM marketing_presales"
        " WHERE order_id = $1 FOR NO KEY UPDATE",
        order_id,
    )
    return None if row is None else KeptPresale(**row)


async def due(tx: Tx, limit: int = 500) -> list[OrderId]:
    """The orders of pre-sales whose window for the balance is over, and about which nothing was decided."""
    rows = await tx.fetch(
        "SELECT order_id FROM marketing_presales WHERE closed_at IS NULL AND balance_until <= $1"
        " ORDER BY balance_until LIMIT $2",
        tx.now,
        limit,
    )
    return [row["order_id"] for row in rows]


async def close(tx: Tx, order_id: OrderId) -> None:
    await tx.execute("UPDATE marketing_presales SET closed_at = $2 WHERE order_id = $1", order_id, tx.now)
