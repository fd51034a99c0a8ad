"""The SQL on requests, their lines, and shops' policies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.aftersales.contract import (
    AfterSaleKind,
    AfterSaleLine,
    AfterSalePolicy,
    AfterSaleReason,
    AfterSaleRequest,
    AfterSaleRequestId,
    AfterSaleState,
)
from shangmai.modules.aftersales.rules import Taken
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.organization.contract import ShopId

HEAD: Final = (
    "id, number, shop_id, order_id, order_number, customer_id, kind, state, reason, words, pictures, currency,"
    " asked_minor, refund_minor, answer, send_to, carrier, waybill, return_number, exchange_order_id, exchange_number,"
    " asked_at, changed_at"
)
LINE: Final = "line, sku_id, title, qty, amount_minor, to_sku_id"


async def insert(tx: Tx, request: AfterSaleRequest) -> None:
    """Write a request with its lines; whoever calls holds the order."""
    names = HEAD.split(", ")
    marks = ", ".join(f"${n}" for n in range(1, len(names) + 2))
    fields = msgspec.structs.asdict(request)
    told = {"pictures": list(request.pictures), **{name: fields[name].value for name in ("kind", "state", "reason")}}
    await tx.execute(
        "INSERT INTO after_sale_requests (" + HEAD + ", cause) VALUES (" + marks + ")",  # sql: $1, $2 … for each column
        *(told.get(name, fields[name]) for name in names),
        tx.cause,
    )
    lines = request.lines
    await tx.execute(
        "INSERT INTO after_sale_lines (request_id, order_id, shop_id, customer_id, is_open, line, sku_id, title, qty,"
        " amount_minor, to_sku_id) SELECT $1, $2, $3, $4, true, * FROM unnest($5::integer[], $6::uuid[], $7::text[],"
        " $8::bigint[], $9::bigint[], $10::uuid[])",
        request.id,
        request.order_id,
        request.shop_id,
        request.customer_id,
        [line.line for line in lines],
        [line.sku_id for line in lines],
        [line.title for line in lines],
        [line.qty for line in lines],
        [line.amount_minor for line in lines],
        [line.to_sku_id for line in lines],
    )


async def lock(tx: Tx, id_: AfterSaleRequestId) -> AfterSaleRequest | None:
    row = await tx.fetchrow("SELECT " + HEAD + " FROM after_sale_requests WHERE id = $1 FOR NO KEY UPDATE", id_)
    return None if row is None else (await _with_lines(tx, [row]))[0]


async def shops_of(tx: Tx, ids: Collection[AfterSaleRequestId]) -> dict[AfterSaleRequestId, ShopId]:
    rows = await tx.fetch("SELECT id, shop_id FROM after_sale_requests WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: row["shop_id"] for row in rows}


async def write(tx: Tx, request: AfterSaleRequest, *, is_open: bool) -> None:
    """Write what became of a request."""
    await tx.execute(
        "WITH head AS (UPDATE after_sale_requests SET state = $2, refund_minor = $3, answer = $4, send_to = $5,"
        " carrier = $6, waybill = $7, return_number = $8, exchange_order_id = $9, exchange_number = $10,"
        " changed_at = $11 WHERE id = $1)"
        " UPDATE after_sale_lines SET is_open = $12 WHERE request_id = $1 AND is_open <> $12",
        request.id,
        request.state.value,
        request.refund_minor,
        request.answer,
        request.send_to,
        request.carrier,
        request.waybill,
        request.return_number,
        request.exchange_order_id,
        request.exchange_number,
        request.changed_at,
        is_open,
    )


async def taken_of(tx: Tx, order_id: OrderId) -> dict[int, Taken]:
    """By line of an order, what its requests take. What an approved exchange waits for is counted with the order."""
    rows = await tx.fetch(
        "SELECT l.line, coalesce(sum(l.qty) FILTER (WHERE r.state = 'asked'"
        " OR r.state = 'approved' AND r.kind <> 'exchange'), 0)::bigint AS open_qty,"
        " coalesce(sum(l.qty) FILTER (WHERE r.state = 'done' AND r.kind = 'refund'), 0)::bigint AS paid_qty,"
        " bool_or(l.is_open) AS is_open FROM after_sale_lines l JOIN after_sale_requests r ON r.id = l.request_id"
        " WHERE l.order_id = $1 GROUP BY l.line",
        order_id,
    )
    return {row["line"]: Taken(row["open_qty"], row["paid_qty"], row["is_open"]) for row in rows}


async def of_order(tx: Tx, order_id: OrderId) -> list[AfterSaleRequest]:
    """The requests of an order, the newest first."""
    rows = await tx.fetch(
        "SELECT " + HEAD + " FROM after_sale_requests WHERE order_id = $1 ORDER BY id DESC LIMIT 200", order_id
    )
    return await _with_lines(tx, rows)


async def of_customer(
    tx: Tx, customer_id: CustomerId, before: AfterSaleRequestId | None, limit: int
) -> list[AfterSaleRequest]:
    """A customer's requests, the newest first."""
    rows = await tx.fetch(
        "SELECT " + HEAD + " FROM after_sale_requests WHERE customer_id = $1 AND ($2::uuid IS NULL OR id < $2)"
        " ORDER BY id DESC LIMIT $3",
        customer_id,
        before,
        limit,
    )
    return await _with_lines(tx, rows)


async def page(
    tx: Tx,
    shop_id: ShopId | None,
    state: AfterSaleState | None,
    kind: AfterSaleKind | None,
    before: AfterSaleRequestId | None,
    limit: int,
) -> list[AfterSaleRequest]:
    """Requests in the caller's scope, the newest first."""
    rows = await tx.fetch(
        "SELECT " + HEAD + " FROM after_sale_requests WHERE ($1::uuid IS NULL OR shop_id = $1)"
        " AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR kind = $3) AND ($4::uuid IS NULL OR id < $4)"
        " ORDER BY id DESC LIMIT $5",
        shop_id,
        None if state is None else state.value,
        None if kind is None else kind.value,
        before,
        limit,
    )
    return await _with_lines(tx, rows)


async def policy_of(tx: Tx, shop_id: ShopId) -> AfterSalePolicy:
    kept = await tx.fetchval("SELECT policy FROM after_sale_policies WHERE shop_id = $1", shop_id)
    return AfterSalePolicy(shop_id=shop_id) if kept is None else msgspec.convert(kept, AfterSalePolicy)


async def set_policy(tx: Tx, policy: AfterSalePolicy) -> None:
    await tx.execute(
        "INSERT INTO after_sale_policies (shop_id, policy, changed_at, cause) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (shop_id) DO UPDATE SET policy = excluded.policy, changed_at = excluded.changed_at,"
        " cause = excluded.cause",
        policy.shop_id,
        policy,
        tx.now,
        tx.cause,
    )


async def forget(tx: Tx, customers: Collection[CustomerId]) -> None:
    """Remove the words and pictures of erased customers; what was asked for and given back stays for the books."""
    await tx.execute(
        "UPDATE after_sale_requests SET words = '', pictures = '{}', carrier = '', waybill = ''"
        " WHERE customer_id = ANY ($1::uuid[])",
        list(customers),
    )


async def _with_lines(tx: Tx, rows: Sequence[Record]) -> list[AfterSaleRequest]:
    if not rows:
        return []
    lines = await tx.fetch(
        "SELECT request_id, " + LINE + " FROM after_sale_lines WHERE request_id = ANY ($1::uuid[]) ORDER BY line",
        [row["id"] for row in rows],
    )
    by_request: dict[Any, list[AfterSaleLine]] = {}
    for line in lines:
        fields = dict(line)
        by_request.setdefault(fields.pop("request_id"), []).append(AfterSaleLine(**fields))
    return [_request(row, tuple(by_request.get(row["id"], ()))) for row in rows]


def _request(row: Record, lines: tuple[AfterSaleLine, ...]) -> AfterSaleRequest:
    fields = {
        **row,
        "kind": AfterSaleKind(row["kind"]),
        "state": AfterSaleState(row["state"]),
        "reason": AfterSaleReason(row["reason"]),
        "pictures": tuple(row["pictures"]),
        "lines": lines,
    }
    return AfterSaleRequest(**fields)
