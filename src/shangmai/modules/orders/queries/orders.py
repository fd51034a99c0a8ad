"""The SQL of orders, their lines, payments and parcels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.db.behind import Write
from shangmai.kernel.db.rows import Rows
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import (
    LineKind,
    Order,
    OrderId,
    OrderKind,
    OrderLine,
    PaymentStatus,
    SentParcel,
    Shipment,
    Status,
    Terms,
)
from shangmai.modules.orders.rules import PricedLine
from shangmai.modules.organization.contract import ShopId

HEAD = (
    "id, number, shop_id, company_id, warehouse_id, customer_id, external_no, status, payment_status, terms, currency,"
    " goods_minor, freight_minor, other_minor, total_minor, paid_minor, refunded_minor, placed_at,"
    " quoted, held_back, deposit_minor, balance_from, balance_until, kept_minor, points, expired_at, kind"
)
LINE = (
    "line, kind, sku_id, title, qty, unit_price, amount_minor, shipped_qty, returned_qty, returned_minor, cost_minor,"
    " returned_cost_minor, shipped_minor, canceled_qty, canceled_minor"
)


class NewOrder(Struct, frozen=True):
    """An order on its way into the tables."""

    order: Order
    lines: Sequence[PricedLine]
    receiver: bytes | None
    note: str
    item: Item


def _order(row: Record) -> Order:
    return Order(
        **{
            **row,
            "status": Status(row["status"]),
            "payment_status": PaymentStatus(row["payment_status"]),
            "terms": Terms(row["terms"]),
            "kind": OrderKind(row["kind"]),
        }
    )


def _line(row: Record) -> OrderLine:
    """Spelled out, for there are many: a dict in between takes as long again."""
    return OrderLine(
        line=row["line"],
        kind=KINDS[row["kind"]],
        sku_id=row["sku_id"],
        title=row["title"],
        qty=row["qty"],
        unit_price=row["unit_price"],
        amount_minor=row["amount_minor"],
        shipped_qty=row["shipped_qty"],
        returned_qty=row["returned_qty"],
        returned_minor=row["returned_minor"],
        cost_minor=row["cost_minor"],
        returned_cost_minor=row["returned_cost_minor"],
        shipped_minor=row["shipped_minor"],
        canceled_qty=row["canceled_qty"],
        canceled_minor=row["canceled_minor"],
    )


KINDS: Final = {kind.value: kind for kind in LineKind}
NO_PRICE: Final = Decimal(0)
GOODS: Final = (
    "line", "kind", "sku_id", "qty", "amount", "shipped", "cost", "canceled", "canceled_minor", "shipped_minor",
)  # fmt: skip


async def taken_external_nos(tx: Tx, wanted: Sequence[tuple[ShopId, str]]) -> set[tuple[ShopId, str]]:
    rows = await tx.fetch(
        "SELECT o.shop_id, o.external_no FROM orders o JOIN unnest($1::uuid[], $2::text[]) AS w (shop_id, external_no)"
        " USING (shop_id, external_no)",
        [shop_id for shop_id, _ in wanted],
        [external_no for _, external_no in wanted],
    )
    return {(row["shop_id"], row["external_no"]) for row in rows}


ORDERS: Final = Rows(
    "orders",
    {
        "id": "uuid", "number": "text", "shop_id": "uuid", "company_id": "uuid", "warehouse_id": "uuid",
        "customer_id": "uuid", "external_no": "text", "status": "text", "payment_status": "text", "terms": "text",
        "currency": "text", "goods_minor": "bigint", "freight_minor": "bigint", "other_minor": "bigint",
        "total_minor": "bigint", "placed_at": "timestamptz", "receiver": "bytea", "note": "text", "quoted": "boolean",
        "deposit_minor": "bigint", "balance_from": "timestamptz", "balance_until": "timestamptz",
        "points": "bigint", "paid_minor": "bigint",
    },
    row="orders_row_2",
)  # fmt: skip
LINES: Final = Rows(
    "order_lines",
    {
        "order_id": "uuid", "line": "integer", "kind": "text", "sku_id": "uuid", "title": "text", "qty": "bigint",
        "unit_price": "numeric", "amount_minor": "bigint",
    },
    row="order_lines_row",
)  # fmt: skip


async def insert(tx: Tx, new: Sequence[NewOrder]) -> None:
    """Write orders with their lines, by the transaction's end at the latest."""
    await ORDERS.add(
        tx,
        [
            (
                o.id, o.number, o.shop_id, o.company_id, o.warehouse_id, o.customer_id, o.external_no, o.status.value,
                o.payment_status.value, o.terms.value, o.currency, o.goods_minor, o.freight_minor, o.other_minor,
                o.total_minor, o.placed_at, n.receiver, n.note, o.quoted, o.deposit_minor, o.balance_from,
                o.balance_until, o.points, o.paid_minor,
            )
            for n in new
            for o in (n.order,)
        ],
    )  # fmt: skip
    await LINES.add(
        tx,
        [
            (n.order.id, number, p.kind.value, p.sku_id, p.title, p.qty, p.unit_price, p.amount_minor)
            for n in new
            for number, p in enumerate(n.lines, 1)
        ],
    )


async def set_kinds(tx: Tx, kinds: Mapping[OrderId, OrderKind]) -> None:
    await tx.execute(
        "UPDATE orders o SET kind = k.kind FROM unnest($1::uuid[], $2::text[]) AS k (id, kind) WHERE o.id = k.id",
        list(kinds),
        [kind.value for kind in kinds.values()],
    )


async def set_warehouses(tx: Tx, warehouses: Mapping[OrderId, WarehouseId]) -> None:
    await tx.execute(
        "UPDATE orders o SET warehouse_id = w.there FROM unnest($1::uuid[], $2::uuid[]) AS w (id, there)"
        " WHERE o.id = w.id",
        list(warehouses),
        list(warehouses.values()),
    )


async def lock(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, Order]:
    """The orders that exist among these, locked in order of id."""
    rows = await tx.fetch(
        "SELECT " + HEAD + " FROM orders WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", list(ids)
    )
    return {row["id"]: _order(row) for row in rows}


async def get(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, Order]:
    rows = await tx.fetch("SELECT " + HEAD + " FROM orders WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: _order(row) for row in rows}


async def shops_of(tx: Tx, ids: Sequence[OrderId]) -> dict[OrderId, ShopId]:
    rows = await tx.fetch("SELECT id, shop_id FROM orders WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: row["shop_id"] for row in rows}


async def lines_of(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, list[OrderLine]]:
    rows = await tx.fetch(
        "SELECT order_id, " + LINE + " FROM order_lines WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id, line",
        list(ids),
    )
    lines: dict[OrderId, list[OrderLine]] = defaultdict(list)
    for row in rows:
        lines[row["order_id"]].append(_line(row))
    return lines


async def goods_of(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, list[OrderLine]]:
    """The lines of many orders for counting: without titles, unit prices and what came back, a row an order."""
    rows = await tx.fetch(
        "SELECT order_id, array_agg(line) AS line, array_agg(kind) AS kind, array_agg(sku_id) AS sku_id,"
        " array_agg(qty) AS qty, array_agg(amount_minor) AS amount, array_agg(shipped_qty) AS shipped,"
        " array_agg(cost_minor) AS cost, array_agg(canceled_qty) AS canceled,"
        " array_agg(canceled_minor) AS canceled_minor, array_agg(shipped_minor) AS shipped_minor FROM order_lines"
        " WHERE order_id = ANY ($1::uuid[]) GROUP BY order_id",
        list(ids),
    )
    lines: dict[OrderId, list[OrderLine]] = defaultdict(list)
    for row in rows:
        columns = (row[name] for name in GOODS)
        lines[row["order_id"]] = [
            OrderLine(
                line=line,
                kind=KINDS[kind],
                sku_id=sku_id,
                title="",
                qty=qty,
                unit_price=NO_PRICE,
                amount_minor=amount,
                shipped_qty=shipped,
                returned_qty=0,
                returned_minor=0,
                cost_minor=cost,
                returned_cost_minor=0,
                shipped_minor=shipped_minor,
                canceled_qty=canceled,
                canceled_minor=canceled_minor,
            )
            for line, kind, sku_id, qty, amount, shipped, cost, canceled, canceled_minor, shipped_minor in zip(
                *columns, strict=True
            )
        ]
    return lines


NOTE: Final = (
    "INSERT INTO order_payments (payment_id, order_id, amount_minor)"
    " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[])"
)
NOTE_PAYMENTS: Final = Write(NOTE, adds=["order_payments"])
ADD_PAID: Final = Write(
    NOTE,
    "UPDATE orders o SET paid_minor = o.paid_minor + s.amount, payment_status ="
    " CASE WHEN o.paid_minor + s.amount >= o.total_minor THEN 'paid' ELSE 'part_paid' END"
    " FROM unnest($4::uuid[], $5::bigint[]) AS s (id, amount) WHERE o.id = s.id",
    adds=["order_payments"],
    changes=["orders"],
)


async def add_paid(tx: Tx, paid: Sequence[tuple[UUID, Order, int]]) -> None:
    """Count payments (payment id, order, amount) towards their orders, by the transaction's end at the latest."""
    sums: dict[OrderId, int] = defaultdict(int)
    for _, order, amount in paid:
        sums[order.id] += amount
    await tx.later(
        ADD_PAID,
        [payment_id for payment_id, _, _ in paid],
        [order.id for _, order, _ in paid],
        [amount for _, _, amount in paid],
        list(sums),
        list(sums.values()),
    )


async def note_payments(tx: Tx, paid: Sequence[tuple[UUID, OrderId, int]]) -> None:
    """Note payments (payment id, order, amount) that orders of this transaction are written with."""
    await tx.later(NOTE_PAYMENTS, *map(list, zip(*paid, strict=True)))


async def noted_payments(tx: Tx, payment_ids: Collection[UUID]) -> set[UUID]:
    """Those of the payments that are counted towards their orders already."""
    rows = await tx.fetch(
        "SELECT payment_id FROM order_payments WHERE payment_id = ANY ($1::uuid[])", list(payment_ids)
    )
    return {row["payment_id"] for row in rows}


class Parcel(Struct, frozen=True):
    """A shipment on its way into the tables: quantities, costs and money by line."""

    shipment: Shipment
    quantities: Mapping[int, int]
    costs: Mapping[int, int]
    shares: Mapping[int, int]
    carrier: str
    waybill: str
    at: datetime


async def ship(tx: Tx, parcels: Sequence[Parcel]) -> None:
    moved = [
        (p.shipment.order_id, n, qty, p.costs.get(n, 0), p.shares[n])
        for p in parcels
        for n, qty in p.quantities.items()
    ]
    await tx.execute(
        "WITH heads AS (UPDATE orders o SET status = s.status FROM unnest($1::uuid[], $2::text[]) AS s (id, status)"
        " WHERE o.id = s.id), parcels AS (INSERT INTO shipments (id, number, order_id, at, carrier, waybill, status,"
        " cost_minor, unit_id) SELECT id, number, order_id, at, carrier, waybill, status, cost, unit FROM"
        " unnest($3::uuid[], $4::text[], $1::uuid[], $5::timestamptz[], $6::text[], $7::text[], $2::text[],"
        " $8::bigint[], $13::uuid[]) AS p (id, number, order_id, at, carrier, waybill, status, cost, unit))"
        " UPDATE order_lines l SET shipped_qty = l.shipped_qty + m.qty, cost_minor = l.cost_minor + m.cost,"
        " shipped_minor = l.shipped_minor + m.share FROM unnest($9::uuid[], $10::integer[], $11::bigint[],"
        " $12::bigint[], $14::bigint[]) AS m (order_id, line, qty, cost, share)"
        " WHERE l.order_id = m.order_id AND l.line = m.line",
        [p.shipment.order_id for p in parcels],
        [p.shipment.status.value for p in parcels],
        [p.shipment.id for p in parcels],
        [p.shipment.number for p in parcels],
        [p.at for p in parcels],
        [p.carrier for p in parcels],
        [p.waybill for p in parcels],
        [p.shipment.cost_minor for p in parcels],
        [order_id for order_id, _, _, _, _ in moved],
        [line for _, line, _, _, _ in moved],
        [qty for _, _, qty, _, _ in moved],
        [cost for _, _, _, cost, _ in moved],
        [p.shipment.unit_id for p in parcels],
        [share for _, _, _, _, share in moved],
    )


async def ship_more(tx: Tx, more: Sequence[tuple[Shipment, int, str, str, datetime]]) -> None:
    """Write further parcels of shipments, each by which of them it is, its carrier and waybill; they cost nothing."""
    await tx.execute(
        "INSERT INTO shipments (id, number, order_id, at, carrier, waybill, status, cost_minor, unit_id, box)"
        " SELECT id, number, order_id, at, carrier, waybill, status, 0, unit, box FROM unnest($1::uuid[], $2::text[],"
        " $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::int[])"
        " AS p (id, number, order_id, at, carrier, waybill, status, unit, box)",
        [new_id() for _ in more],
        [f"{shipment.number}-{nth}" for shipment, nth, _, _, _ in more],
        [shipment.order_id for shipment, _, _, _, _ in more],
        [at for _, _, _, _, at in more],
        [carrier for _, _, carrier, _, _ in more],
        [waybill for _, _, _, waybill, _ in more],
        [shipment.status.value for shipment, _, _, _, _ in more],
        [shipment.unit_id for shipment, _, _, _, _ in more],
        [nth for _, nth, _, _, _ in more],
    )


async def set_terms(tx: Tx, order_id: OrderId, terms: Terms) -> None:
    await tx.execute("UPDATE orders SET terms = $2 WHERE id = $1", order_id, terms.value)


async def set_status(tx: Tx, ids: Collection[OrderId], status: Status) -> None:
    await tx.execute("UPDATE orders SET status = $2 WHERE id = ANY ($1::uuid[])", list(ids), status.value)


async def forget_receivers(tx: Tx, customers: Collection[CustomerId]) -> None:
    """Remove the receivers of these customers' signed and canceled orders."""
    await tx.execute(
        "UPDATE orders SET receiver = NULL"
        " WHERE customer_id = ANY ($1::uuid[]) AND receiver IS NOT NULL AND status IN ('signed', 'canceled')",
        list(customers),
    )


async def set_receiver(tx: Tx, id_: OrderId, sealed: bytes | None) -> None:
    await tx.execute("UPDATE orders SET receiver = $2 WHERE id = $1", id_, sealed)


async def add_refunded(tx: Tx, amounts: Mapping[OrderId, int]) -> None:
    await tx.execute(
        "UPDATE orders o SET refunded_minor = o.refunded_minor + r.amount"
        " FROM unnest($1::uuid[], $2::bigint[]) AS r (id, amount) WHERE o.id = r.id",
        list(amounts),
        list(amounts.values()),
    )


async def note_kept(tx: Tx, id_: OrderId, kept_minor: int) -> None:
    await tx.execute("UPDATE orders SET kept_minor = $2 WHERE id = $1", id_, kept_minor)


async def shipments_of(tx: Tx, order_id: OrderId) -> list[Shipment]:
    rows = await tx.fetch(
        "SELECT id, number, order_id, status, cost_minor, unit_id FROM shipments WHERE order_id = $1 ORDER BY id",
        order_id,
    )
    return [Shipment(**{**row, "status": Status(row["status"])}) for row in rows]


async def parcels_of(tx: Tx, order_id: OrderId) -> list[SentParcel]:
    rows = await tx.fetch(
        "SELECT number, carrier, waybill, at AS sent_at FROM shipments WHERE order_id = $1 ORDER BY id", order_id
    )
    return [SentParcel(**row) for row in rows]


async def find_by_number(tx: Tx, number: str) -> Order | None:
    """The order of this number, or of this external number."""
    row = await tx.fetchrow(
        "SELECT " + HEAD + " FROM orders WHERE number = $1 UNION ALL SELECT " + HEAD + " FROM orders"
        " WHERE external_no = $1 LIMIT 1",
        number,
    )
    return None if row is None else _order(row)


async def ids_by_external_no(tx: Tx, shop_id: ShopId, external_nos: Collection[str]) -> dict[str, OrderId]:
    rows = await tx.fetch(
        "SELECT external_no, id FROM orders WHERE shop_id = $1 AND external_no = ANY ($2::text[])",
        shop_id,
        list(external_nos),
    )
    return {row["external_no"]: row["id"] for row in rows}


async def page(
    tx: Tx,
    *,
    shop_id: UUID | None,
    status: Status | None,
    customer_id: UUID | None,
    number: str | None,
    kind: OrderKind | None = None,
    waybill: str | None = None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Order]:
    """Orders, newest first; with a number, those that have it as their own or as the channel's; or by a waybill."""
    at, id_ = before or (None, None)
    named = "" if number is None else " AND (number = $8 OR external_no = $8)"
    sent = (
        ""
        if waybill is None
        else f" AND id IN (SELECT order_id FROM shipments WHERE waybill = ${8 + (number is not None)})"
    )
    rows = await tx.fetch(
        "SELECT " + HEAD + " FROM orders WHERE ($1::uuid IS NULL OR shop_id = $1) AND ($2::text IS NULL OR status = $2)"
        " AND ($3::uuid IS NULL OR customer_id = $3) AND ($4::timestamptz IS NULL OR (placed_at, id) < ($4, $5::uuid))"
        " AND ($7::text IS NULL OR kind = $7)"
        + named  # sql: these two are made of the constants above
        + sent
        + " ORDER BY placed_at DESC, id DESC LIMIT $6",
        shop_id,
        None if status is None else status.value,
        customer_id,
        at,
        id_,
        limit,
        None if kind is None else kind.value,
        *([] if number is None else [number]),
        *([] if waybill is None else [waybill]),
    )
    return [_order(row) for row in rows]
