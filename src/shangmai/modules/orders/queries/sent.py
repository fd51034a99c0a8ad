"""The SQL on what has left: which parcels orders went in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.causes import PARCEL
from shangmai.modules.organization.contract import CompanyId


class Sent(Struct, frozen=True, kw_only=True):
    """A shipment with a waybill. `carrier`: as it was written. `receiver`: of its order, sealed."""

    id: UUID
    number: str
    order_id: OrderId
    unit_id: UUID | None
    company_id: CompanyId
    warehouse_id: WarehouseId
    carrier: str
    waybill: str
    receiver: bytes | None


async def with_waybills(tx: Tx, shipments: Collection[UUID]) -> list[Sent]:
    """Those of these shipments, and further parcels of their units, that have a waybill; where they left from."""
    rows = await tx.fetch(
        "SELECT s.id, s.number, s.order_id, s.unit_id, o.company_id, coalesce(u.warehouse_id, o.warehouse_id)"
        " AS warehouse_id, s.carrier, s.waybill, o.receiver FROM shipments s JOIN orders o ON o.id = s.order_id"
        " LEFT JOIN order_units u ON u.id = s.unit_id WHERE s.waybill <> '' AND (s.id = ANY ($1)"
        " OR (s.order_id, s.unit_id) IN (SELECT f.order_id, f.unit_id FROM shipments f WHERE f.id = ANY ($1)))"
        " ORDER BY s.id",
        list(shipments),
    )
    return [Sent(**row) for row in rows]


async def orders_of_waybills(tx: Tx, waybills: Collection[str]) -> dict[str, set[OrderId]]:
    """The orders that have something in parcels with these numbers, whoever carries them."""
    rows = await tx.fetch("SELECT DISTINCT waybill, order_id FROM shipments WHERE waybill = ANY ($1)", list(waybills))
    found: dict[str, set[OrderId]] = {}
    for row in rows:
        found.setdefault(row["waybill"], set()).add(row["order_id"])
    return found


async def shipped(tx: Tx, ids: Collection[OrderId]) -> list[Record]:
    """Of those of these orders that have left, all of them, and are not signed for: each shipment's way."""
    return await tx.fetch(
        "SELECT s.order_id, s.carrier, s.waybill FROM shipments s JOIN orders o ON o.id = s.order_id"
        " WHERE s.order_id = ANY ($1) AND o.status = 'shipped'",
        list(ids),
    )


async def ways(tx: Tx, ids: Collection[OrderId]) -> list[Record]:
    """Each shipment's way, of these orders."""
    return await tx.fetch("SELECT order_id, carrier, waybill FROM shipments WHERE order_id = ANY ($1)", list(ids))


class WhereTo(Struct, frozen=True, kw_only=True):
    """Where an order is sent from, and to whom, sealed."""

    id: OrderId
    company_id: CompanyId
    warehouse_id: WarehouseId
    receiver: bytes


async def where_to(tx: Tx, ids: Collection[OrderId]) -> list[WhereTo]:
    """Those of these orders that have a receiver."""
    rows = await tx.fetch(
        "SELECT id, company_id, warehouse_id, receiver FROM orders WHERE id = ANY ($1) AND receiver IS NOT NULL",
        list(ids),
    )
    return [WhereTo(**row) for row in rows]


async def overdue(tx: Tx, company_id: CompanyId, before: datetime, since: datetime, limit: int) -> list[OrderId]:
    """Orders of which all has left, the last of it between these times, and that have no parcel in trouble."""
    rows = await tx.fetch(
        "SELECT o.id FROM orders o JOIN (SELECT order_id, max(at) AS at FROM shipments WHERE at >= $3"
        " GROUP BY order_id) s ON s.order_id = o.id WHERE o.company_id = $1 AND o.status = 'shipped' AND s.at < $2"
        " AND NOT EXISTS (SELECT FROM order_hold_backs h WHERE h.order_id = o.id AND h.code = $4)"
        " ORDER BY s.at, o.id LIMIT $5",
        company_id,
        before,
        since,
        PARCEL,
        limit,
    )
    return [row["id"] for row in rows]


async def units_of_forgotten(tx: Tx, customers: Collection[CustomerId]) -> list[UUID]:
    """The units of these customers' orders that no longer say where they go."""
    rows = await tx.fetch(
        "SELECT DISTINCT l.unit_id FROM order_unit_lines l JOIN orders o ON o.id = l.order_id"
        " WHERE o.customer_id = ANY ($1) AND o.receiver IS NULL",
        list(customers),
    )
    return [row["unit_id"] for row in rows]
