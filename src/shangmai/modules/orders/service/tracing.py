"""What an order is, and everything that happened to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.actions.origins import Origin, origins_of
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import (
    Order,
    OrderDetail,
    OrderId,
    OrderLine,
    OrderNotFound,
    SentParcel,
    Status,
    TraceEntry,
)
from shangmai.modules.orders.contract.preferring import Preference
from shangmai.modules.orders.queries import exchanges, resends
from shangmai.modules.orders.queries.repricing import price_changes_of
from shangmai.modules.orders.queries.tracing import Place
from shangmai.modules.organization.contract import ShopId

EVERYTHING: Final = 100_000
"""More entries than any order has."""


async def get_orders(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, Order]:
    """The orders that exist among these."""
    return await queries.get(tx, ids)


async def find_order(tx: Tx, number: str) -> Order | None:
    """The order of this number, or of this external number."""
    return await queries.find_by_number(tx, number)


async def find_by_external_no(tx: Tx, shop_id: ShopId, external_nos: Collection[str]) -> dict[str, OrderId]:
    """Give the orders of these external numbers in the shop, those that exist, in one statement."""
    return await queries.ids_by_external_no(tx, shop_id, external_nos)


async def get_lines(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, list[OrderLine]]:
    """The lines of these orders, in their order, in one statement."""
    return await queries.lines_of(tx, ids)


async def orders_of_customer(
    tx: Tx, customer_id: CustomerId, *, status: Status | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[Order]:
    """A customer's orders behind that place, the newest first, in one statement."""
    return await queries.page(
        tx, shop_id=None, status=status, customer_id=customer_id, number=None, before=before, limit=limit
    )


async def parcels_of(tx: Tx, order_id: OrderId) -> list[SentParcel]:
    """The parcels of an order as its receiver may see them, in the order in which they left."""
    return await queries.parcels_of(tx, order_id)


async def pieces_moved(
    tx: Tx,
    placed: Iterable[OrderId],
    gifts: Collection[tuple[OrderId, int]],
    revived: Iterable[OrderId],
    canceled: Iterable[OrderId],
    return_ids: Collection[UUID],
    part_cancels: Collection[UUID],
) -> dict[tuple[ShopId, SkuId], int]:
    """By shop and SKU, the pieces of these orders less those canceled and those that came back, in one statement.

    Placed orders count with what was placed, whatever goods were swapped since; `gifts` are what was added to orders
    later, by order and line. Of an order that is canceled, what was
    canceled before in part counts with that.
    """
    orders = [
        *((id_, 1, True) for id_ in placed),
        *((id_, 1, False) for id_ in revived),
        *((id_, -1, False) for id_ in canceled),
    ]
    rows = await queries.pieces_moved(tx, orders, gifts, return_ids, part_cancels)
    return {(row["shop_id"], row["sku_id"]): row["pieces"] for row in rows}


async def pieces_ordered(tx: Tx, shop_id: ShopId, skus: Collection[SkuId]) -> dict[SkuId, int]:
    """Pieces of these SKUs in all orders of a shop that were not canceled, without what came back."""
    return await queries.pieces_ordered(tx, shop_id, skus)


async def get_detail(tx: Tx, order_id: OrderId) -> OrderDetail:
    """An order with lines, parcels and returns. Raises: OrderNotFound."""
    order = await _get(tx, order_id)
    return OrderDetail(
        order=order,
        lines=(await queries.lines_of(tx, [order_id]))[order_id],
        shipments=await queries.shipments_of(tx, order_id),
        returns=await queries.returns_of(tx, order_id),
        quote=(await queries.quotes_of(tx, [order_id])).get(order_id) if order.quoted else None,
        resends=tuple(await resends.resends_of(tx, order_id)),
        exchanges=tuple(await exchanges.exchanges_of(tx, order_id)),
        price_changes=tuple(await price_changes_of(tx, order_id)),
        canceled=tuple(await queries.part_cancels_of(tx, order_id)),
        hold_backs=tuple((await queries.hold_backs_of(tx, [order_id]))[order_id]),
        parts=tuple(
            part for parts in (await queries.kit_parts_of(tx, [order_id]))[order_id].values() for part in parts
        ),
    )


async def trace(tx: Tx, order_id: OrderId) -> list[TraceEntry]:
    """Every event, transfer of stock and use of a limit of an order in time order. Raises: OrderNotFound."""
    entries = [entry for _, entry in await trace_page(tx, order_id, None, EVERYTHING)]
    return [entry for entry in entries if entry.kind in ("event", "transfer", "limit")]


async def trace_page(tx: Tx, order_id: OrderId, after: Place | None, limit: int) -> list[tuple[Place, TraceEntry]]:
    """A page of all that happened to an order in time order, each with its place, person, door and file row.

    In three statements, whatever there is. Complete as of the transactions that are committed. Personal data is in none
    of it. Raises: OrderNotFound.
    """
    order = await _get(tx, order_id)
    rows = await queries.trace_page(tx, order_id, after, limit)
    origins = await origins_of(tx, {row["cause"] for row in rows})
    return [((row["at"], row["source"], row["place"]), _entry(order, row, origins[row["cause"]])) for row in rows]


async def preferences_of(tx: Tx, order_id: OrderId) -> list[Preference]:
    """What tables prefer for an order. Raises: OrderNotFound."""
    await _get(tx, order_id)
    return (await queries.preferences_of(tx, [order_id]))[order_id]


async def _get(tx: Tx, order_id: OrderId) -> Order:
    order = (await queries.get(tx, [order_id])).get(order_id)
    if order is None:
        raise OrderNotFound(order_id=order_id)
    return order


def _entry(order: Order, row: Record, origin: Origin) -> TraceEntry:
    detail: dict[str, object] = row["detail"]
    return TraceEntry(
        at=row["at"],
        kind=row["kind"],
        what=row["what"],
        detail=detail,
        cause=row["cause"],
        by=origin.by,
        door=origin.door,
        origin=origin.origin,
        action=origin.action,
        link=_link(order, row["kind"], detail, row["id"]),
    )


READS: Final = {
    "parcel_id": "/api/v1/parcels/",
    "wave_id": "/api/v1/warehouse/waves/",
    "unit_id": "/api/v1/orders/units/",
    "order_id": "/api/v1/orders/",
}
"""Where to read what the details of events and scans name, the closest first."""


def _link(order: Order, kind: str, detail: Mapping[str, object], id_: UUID | None) -> str:
    """Where to read more of an entry: what it is about, the order if that has no page of its own."""
    match kind:
        case "decision":
            return f"/api/v1/rules/tables/{id_}"
        case "entry":
            return f"/api/v1/ledger/entries/{id_}"
        case "transfer":
            return f"/api/v1/skus/{detail['sku_id']}/movements"
        case "limit" if detail["limit"] in ("uses", "pieces", "budget"):
            return f"/api/v1/promotions/{detail['of']}"
        case "points" if order.customer_id is not None:
            return f"/api/v1/customers/{order.customer_id}/points/lines"
        case "money":
            return f"/api/v1/payments?order_id={order.id}"
        case "event" | "scan":
            named = ((path, detail[name]) for name, path in READS.items() if detail.get(name))
            return next((f"{path}{about}" for path, about in named), f"/api/v1/orders/{order.id}")
    return f"/api/v1/orders/{order.id}"
