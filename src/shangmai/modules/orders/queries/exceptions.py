"""The SQL of exceptions: policies, what is known beside orders, and which orders something may concern."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from shangmai.kernel.db import facts
from shangmai.kernel.db.behind import Read
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.exceptions import (
    AcceptException,
    DefineCause,
    ExceptionPolicy,
    NoteChannel,
    Particulars,
    SetRemark,
)
from shangmai.modules.organization.contract import CompanyId, ShopId

After = tuple[datetime, UUID] | None
"""When the last order of the page before was placed, and its id."""
OPEN: Final = "o.status IN ('placed', 'part_shipped')"
PAGED: Final = (
    " AND ($2::timestamptz IS NULL OR (o.placed_at, o.id) > ($2, $3::uuid)) ORDER BY o.placed_at, o.id LIMIT $4"
)
PARTICULARS: Final = (
    "order_id, flag, remark, handled_at, channel_raw, channel_state, channel_total_minor, channel_currency, ship_by,"
    " account_id"
)


# --- policies ------------------------------------------------------------------------------------------------------


POLICIES: Final = Read(
    "SELECT c.id, p.policy, (SELECT jsonb_agg(definition ORDER BY code) FROM order_own_causes o"
    " WHERE o.company_id = c.id) AS own FROM unnest($1::uuid[]) AS c (id)"
    " LEFT JOIN order_exception_policies p ON p.company_id = c.id",
    of=["order_own_causes", "order_exception_policies"],
)


async def policies_of(
    tx: Tx, companies: Collection[CompanyId]
) -> dict[CompanyId, tuple[ExceptionPolicy | None, list[DefineCause]]]:
    """Each company's policy, if it has set one, and its own causes."""
    return await facts.recall(tx, "exceptions", _policies_of, companies)


async def _policies_of(
    tx: Tx, companies: Collection[CompanyId]
) -> dict[CompanyId, tuple[ExceptionPolicy | None, list[DefineCause]]]:
    rows = await tx.fetch_ahead(POLICIES, list(companies))
    return {
        row["id"]: (
            None if row["policy"] is None else msgspec.convert(row["policy"], ExceptionPolicy),
            msgspec.convert(row["own"] or [], list[DefineCause], strict=False),
        )
        for row in rows
    }


async def set_policy(tx: Tx, company_id: CompanyId, policy: ExceptionPolicy) -> None:
    await tx.execute(
        "INSERT INTO order_exception_policies (company_id, policy, set_at, cause) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (company_id) DO UPDATE SET policy = $2, set_at = $3, cause = $4",
        company_id,
        msgspec.to_builtins(policy),
        tx.now,
        tx.cause,
    )
    facts.changed(tx)


async def set_own_cause(tx: Tx, do: DefineCause) -> None:
    await tx.execute(
        "INSERT INTO order_own_causes (company_id, code, definition, set_at, cause) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (company_id, code) DO UPDATE SET definition = $3, set_at = $4, cause = $5",
        do.company_id,
        do.code,
        msgspec.to_builtins(do),
        tx.now,
        tx.cause,
    )
    facts.changed(tx)


# --- beside orders -------------------------------------------------------------------------------------------------


async def particulars_of(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, Particulars]:
    """What is known beside these orders, where anything is."""
    rows = await tx.fetch(
        "SELECT " + PARTICULARS + " FROM order_particulars WHERE order_id = ANY ($1::uuid[])", list(ids)
    )
    return {row["order_id"]: Particulars(**row) for row in rows}


async def set_remark(tx: Tx, do: SetRemark) -> None:
    await tx.execute(
        "INSERT INTO order_particulars (order_id, flag, remark) VALUES ($1, $2, $3)"
        " ON CONFLICT (order_id) DO UPDATE SET flag = $2, remark = $3",
        do.order_id,
        do.flag.value,
        do.remark,
    )


async def set_handled(tx: Tx, order_id: OrderId) -> None:
    await tx.execute(
        "INSERT INTO order_particulars (order_id, handled_at) VALUES ($1, $2)"
        " ON CONFLICT (order_id) DO UPDATE SET handled_at = $2",
        order_id,
        tx.now,
    )


async def note_channel(tx: Tx, do: NoteChannel) -> None:
    await tx.execute(
        "INSERT INTO order_particulars (order_id, channel_raw, channel_state, channel_total_minor, channel_currency,"
        " ship_by, account_id) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (order_id) DO UPDATE"
        " SET channel_raw = $2, channel_state = $3,"
        " channel_total_minor = COALESCE($4, order_particulars.channel_total_minor),"
        " channel_currency = COALESCE(NULLIF($5, ''), order_particulars.channel_currency),"
        " ship_by = COALESCE($6, order_particulars.ship_by),"
        " account_id = COALESCE($7, order_particulars.account_id)",
        do.order_id,
        do.raw,
        do.state.value,
        do.total_minor,
        do.currency,
        do.ship_by,
        do.account_id,
    )


async def sold_by_same_account(tx: Tx, order_id: OrderId, as_order: OrderId) -> None:
    """Note of an order that follows another one that the same channel account sold it; of a new one."""
    await tx.execute(
        "INSERT INTO order_particulars (order_id, account_id) SELECT $1, account_id FROM order_particulars"
        " WHERE order_id = $2 AND account_id IS NOT NULL",
        order_id,
        as_order,
    )


async def accepted_of(tx: Tx, ids: Collection[OrderId]) -> dict[tuple[OrderId, str], str]:
    """By order and cause, the text that somebody has accepted."""
    rows = await tx.fetch(
        "SELECT order_id, code, said FROM order_accepted WHERE order_id = ANY ($1::uuid[])", list(ids)
    )
    return {(row["order_id"], row["code"]): row["said"] for row in rows}


async def accept(tx: Tx, accepted: Sequence[tuple[AcceptException, str, Item]]) -> None:
    """Note that these causes, saying this, are all right."""
    await tx.execute(
        "INSERT INTO order_accepted (order_id, code, said, reason, by_name, at, cause)"
        " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],"
        " $7::uuid[]) ON CONFLICT (order_id, code) DO UPDATE SET said = excluded.said, reason = excluded.reason,"
        " by_name = excluded.by_name, at = excluded.at, cause = excluded.cause",
        [do.order_id for do, _, _ in accepted],
        [do.code for do, _, _ in accepted],
        [said for _, said, _ in accepted],
        [do.reason for do, _, _ in accepted],
        [item.actor.name for _, _, item in accepted],
        [item.now for _, _, item in accepted],
        [item.cause for _, _, item in accepted],
    )


async def twins_of(tx: Tx, ids: Collection[OrderId], within: timedelta) -> dict[OrderId, str]:
    """The number of the last order of the same buyer and shop with the same goods, placed shortly before each."""
    rows = await tx.fetch(
        "SELECT o.id, t.number FROM orders o CROSS JOIN LATERAL (SELECT e.number FROM orders e"
        " WHERE e.customer_id = o.customer_id AND e.shop_id = o.shop_id AND e.placed_at <= o.placed_at"
        " AND e.placed_at >= o.placed_at - $2::interval AND (e.placed_at, e.id) < (o.placed_at, o.id)"
        " AND e.status <> 'canceled' AND e.total_minor = o.total_minor"
        " AND NOT EXISTS ((SELECT sku_id, qty FROM order_lines WHERE order_id = e.id EXCEPT ALL"
        "  SELECT sku_id, qty FROM order_lines WHERE order_id = o.id) UNION ALL"
        "  (SELECT sku_id, qty FROM order_lines WHERE order_id = o.id EXCEPT ALL"
        "  SELECT sku_id, qty FROM order_lines WHERE order_id = e.id))"
        " ORDER BY e.placed_at DESC, e.id DESC LIMIT 1) t WHERE o.id = ANY ($1::uuid[]) AND o.customer_id IS NOT NULL",
        list(ids),
        within,
    )
    return {row["id"]: row["number"] for row in rows}


async def of_the_day(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, list[OrderId]]:
    """With each order, those of its buyer in the 24 hours up to it that are not canceled, itself among them."""
    rows = await tx.fetch(
        "SELECT o.id, e.id AS other FROM orders o JOIN orders e ON e.customer_id = o.customer_id"
        " AND e.placed_at <= o.placed_at AND e.placed_at > o.placed_at - interval '1 day'"
        " AND (e.status <> 'canceled' OR e.id = o.id)"
        " WHERE o.id = ANY ($1::uuid[]) AND o.quoted",
        list(ids),
    )
    found: dict[OrderId, list[OrderId]] = defaultdict(list)
    for row in rows:
        found[row["id"]].append(row["other"])
    return found


async def sent_at(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, datetime]:
    """When the last parcel of each order left."""
    rows = await tx.fetch(
        "SELECT order_id, max(at) AS at FROM shipments WHERE order_id = ANY ($1::uuid[]) GROUP BY order_id", list(ids)
    )
    return {row["order_id"]: row["at"] for row in rows}


async def retell(tx: Tx, told: Sequence[tuple[OrderId, str, str, str, Mapping[str, Any]]]) -> None:
    """Say of causes (order, code) what is found now: in Chinese, in English, and for what ends it."""
    await tx.execute(
        "UPDATE order_hold_backs h SET zh = t.zh, en = t.en, input = t.input::jsonb"
        " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) AS t (order_id, code, zh, en, input)"
        " WHERE h.order_id = t.order_id AND h.code = t.code",
        [order_id for order_id, *_ in told],
        [code for _, code, *_ in told],
        [zh for _, _, zh, _, _ in told],
        [en for _, _, _, en, _ in told],
        [msgspec.json.encode(given).decode() for *_, given in told],
    )


# --- watching ------------------------------------------------------------------------------------------------------


async def watch(tx: Tx, moments: Mapping[OrderId, datetime | None]) -> None:
    """Look at these orders again then; None: not for the time's sake."""
    over = [id_ for id_, at in moments.items() if at is None]
    if over:
        await tx.execute("DELETE FROM order_watches WHERE order_id = ANY ($1::uuid[])", over)
    due = {id_: at for id_, at in moments.items() if at is not None}
    if due:
        await tx.execute(
            "INSERT INTO order_watches (order_id, at) SELECT * FROM unnest($1::uuid[], $2::timestamptz[])"
            " ON CONFLICT (order_id) DO UPDATE SET at = excluded.at WHERE order_watches.at <> excluded.at",
            list(due),
            list(due.values()),
        )


async def watches_due(tx: Tx, now: datetime, limit: int) -> list[OrderId]:
    """The orders to look at again, those first whose time came first."""
    rows = await tx.fetch(
        "SELECT order_id FROM order_watches WHERE at <= $1 ORDER BY at, order_id LIMIT $2", now, limit
    )
    return [row["order_id"] for row in rows]


# --- which orders something may concern: a page, those placed first in front --------------------------------------


Page = dict[OrderId, datetime]


async def _page(tx: Tx, where: str, given: object, after: After, limit: int, *more: object) -> Page:
    select = "SELECT o.id, o.placed_at FROM orders o WHERE " + where + PAGED  # sql: one of the conditions below
    rows = await tx.fetch(select, given, *(after or (None, None)), limit, *more)
    return {row["id"]: row["placed_at"] for row in rows}


async def with_skus(tx: Tx, skus: Collection[SkuId], after: After, limit: int) -> Page:
    """Open orders with these SKUs."""
    where = OPEN + " AND o.id IN (SELECT order_id FROM order_lines WHERE sku_id = ANY ($1::uuid[]))"
    return await _page(tx, where, list(skus), after, limit)


async def waiting_for(tx: Tx, skus: Collection[SkuId], codes: Sequence[str], after: After, limit: int) -> Page:
    """Open orders that have one of these causes, and these SKUs as goods or as gifts due."""
    where = (
        OPEN + " AND o.id IN (SELECT h.order_id FROM order_hold_backs h WHERE h.code = ANY ($5::text[]))"
        " AND (EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id AND l.sku_id = ANY ($1::uuid[]))"
        " OR EXISTS (SELECT FROM order_gifts g WHERE g.order_id = o.id AND g.sku_id = ANY ($1::uuid[])))"
    )
    return await _page(tx, where, list(skus), after, limit, list(codes))


async def waiting_ids(tx: Tx, codes: Sequence[str], company_id: CompanyId | None, limit: int) -> list[OrderId]:
    """Open orders that have one of these causes, of a company or of all, those placed first in front."""
    rows = await tx.fetch(
        "SELECT o.id FROM orders o WHERE " + OPEN + " AND ($2::uuid IS NULL OR o.company_id = $2)"
        " AND o.id IN (SELECT h.order_id FROM order_hold_backs h WHERE h.code = ANY ($1::text[]))"
        " ORDER BY o.placed_at, o.id LIMIT $3",
        list(codes),
        company_id,
        limit,
    )
    return [row["id"] for row in rows]


async def of_customers(tx: Tx, customers: Collection[CustomerId], after: After, limit: int) -> Page:
    """Open orders of these buyers."""
    return await _page(tx, OPEN + " AND o.customer_id = ANY ($1::uuid[])", list(customers), after, limit)


async def of_their_buyers(tx: Tx, orders: Collection[OrderId], codes: Sequence[str], after: After, limit: int) -> Page:
    """Open orders that have one of these causes, of the buyers of these orders."""
    where = (
        OPEN + " AND o.customer_id IN (SELECT b.customer_id FROM orders b WHERE b.id = ANY ($1::uuid[]))"
        " AND o.id IN (SELECT h.order_id FROM order_hold_backs h WHERE h.code = ANY ($5::text[]))"
    )
    return await _page(tx, where, list(orders), after, limit, list(codes))


async def of_shops(tx: Tx, shops: Collection[ShopId], after: After, limit: int) -> Page:
    """Open orders of these shops that have exceptions."""
    where = (
        OPEN + " AND o.shop_id = ANY ($1::uuid[])"
        " AND EXISTS (SELECT FROM order_hold_backs h WHERE h.order_id = o.id AND h.code = 'orders.outside_area')"
    )
    return await _page(tx, where, list(shops), after, limit)


async def of_companies(tx: Tx, companies: Collection[CompanyId], after: After, limit: int) -> Page:
    """Open orders of these companies."""
    return await _page(tx, OPEN + " AND o.company_id = ANY ($1::uuid[])", list(companies), after, limit)


async def ready_among(tx: Tx, ids: Collection[OrderId]) -> list[OrderId]:
    """Those of these orders that may leave as they are placed, or whose money has a time of its own."""
    rows = await tx.fetch(
        "SELECT id FROM orders WHERE id = ANY ($1::uuid[]) AND (terms = 'on_account'"
        " OR balance_until IS NOT NULL OR payment_status = 'paid')",
        list(ids),
    )
    return [row["id"] for row in rows]


async def paid_among(tx: Tx, ids: Collection[OrderId]) -> set[OrderId]:
    """Those of these orders that are paid in full."""
    rows = await tx.fetch("SELECT id FROM orders WHERE id = ANY ($1::uuid[]) AND payment_status = 'paid'", list(ids))
    return {row["id"] for row in rows}


async def skus_of_orders(tx: Tx, ids: Collection[OrderId]) -> set[SkuId]:
    rows = await tx.fetch(
        "SELECT DISTINCT sku_id FROM order_lines WHERE order_id = ANY ($1::uuid[]) AND sku_id IS NOT NULL", list(ids)
    )
    return {row["sku_id"] for row in rows}
