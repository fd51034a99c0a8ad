"""What an order is, and everything that happened to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

import msgspec
from asyncpg import Record

from shangmai.kernel.actions.origins import Origin, origins_of
from shangmai.kernel.events.store import list_by_key
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import (
    Order,
    OrderDetail,
    OrderId,
    OrderLine,
    OrderNotFound,
    TraceEntry,
)
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing import service as pricing


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


async def pieces_moved(
    tx: Tx, placed: Iterable[OrderId], canceled: Iterable[OrderId], return_ids: Collection[UUID]
) -> dict[tuple[ShopId, SkuId], int]:
    """By shop and SKU, the pieces of these orders less those canceled and those that came back, in one statement."""
    orders = [*((id_, 1) for id_ in placed), *((id_, -1) for id_ in canceled)]
    rows = await queries.pieces_moved(tx, orders, return_ids)
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
        hold_backs=tuple((await queries.hold_backs_of(tx, [order_id]))[order_id]) if order.held_back else (),
    )


async def trace(tx: Tx, order_id: OrderId) -> list[TraceEntry]:
    """Every event, transfer and use of a limit of an order in time order, each with its person, door and file row.

    Raises: OrderNotFound.
    """
    order = await _get(tx, order_id)
    docs = [order_id, *(made.id for made in await queries.returns_of(tx, order_id))]
    events = await list_by_key(tx, str(order_id))
    transfers = await queries.transfers_of(tx, docs)
    limits = await pricing.used_by(tx, order_id) if order.quoted else []
    origins = await origins_of(tx, {e.cause for e in events} | {row["cause"] for row in [*transfers, *limits]})
    entries = [
        _entry(origins, at=e.at, kind="event", what=e.name, detail=msgspec.json.decode(e.payload), cause=e.cause)
        for e in events
    ]
    entries += [_transfer(origins, row) for row in transfers]
    entries += [_limit(origins, row) for row in limits]
    return sorted(entries, key=lambda entry: entry.at)


async def _get(tx: Tx, order_id: OrderId) -> Order:
    order = (await queries.get(tx, [order_id])).get(order_id)
    if order is None:
        raise OrderNotFound(order_id=order_id)
    return order


def _transfer(origins: Mapping[UUID, Origin], row: Record) -> TraceEntry:
    detail = {
        "line": row["line"],
        "sku_id": row["sku_id"],
        "from": row["source"],
        "to": row["target"],
        "amount": row["amount"],
        "unit": "pieces" if row["book"] == "stock" else "minor",
    }
    return _entry(
        origins, at=row["at"], kind="transfer", what=f"{row['book']}.{row['kind']}", detail=detail, cause=row["cause"]
    )


def _limit(origins: Mapping[UUID, Origin], row: Record) -> TraceEntry:
    """What the order keeps, uses or gives back of a promotion's limits, or a coupon."""
    moved = "give_back" if row["moved"] == "post" and not row["out"] else row["moved"]
    detail = {"limit": row["kind"], "of": str(row["of_id"]), "amount": row["amount"]}
    return _entry(origins, at=row["at"], kind="limit", what=f"quota.{moved}", detail=detail, cause=row["cause"])


def _entry(origins: Mapping[UUID, Origin], **about: object) -> TraceEntry:
    origin = origins[about["cause"]]  # type: ignore[index]
    return msgspec.convert(
        {**about, "by": origin.by, "door": origin.door, "origin": origin.origin}, TraceEntry, strict=False
    )
