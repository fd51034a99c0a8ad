"""Giving orders that wait for stock what has arrived, first come, first served."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId, SkuKind
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import HoldLine, WarehouseId
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderId, OrderLine
from shangmai.modules.orders.contract.holding_back import OrderFilled
from shangmai.modules.orders.queries import units
from shangmai.modules.orders.rules import units as rules
from shangmai.modules.orders.rules.auditing import parts_of, with_skus
from shangmai.modules.orders.rules.in_parts import Lacking, Taken, fill
from shangmai.modules.orders.service import gifting, seeing
from shangmai.modules.organization.contract import CompanyId, ShopId

TRIES: Final = 3
"""How often what is available is read again, because others took it between the reading and the hold."""


class Waiting(Struct, frozen=True):
    """An order that waits: the pieces that it has in all, the lines that lack some, and from which share it may go.

    `warehouses`: where its pieces may be held, its own first.
    """

    order: Order
    total: int
    lines: Sequence[Lacking]
    percent: int | None
    warehouses: Sequence[WarehouseId]


async def hold_missing(
    tx: Tx, orders: Sequence[Order], percents: Mapping[OrderId, int], items: Mapping[OrderId, Item]
) -> None:
    """Hold the pieces that are missing, in the order in which the orders were placed.

    All of an order or none; of an order that may go in parts (`percents`), what is there, once that is so many per cent
    of its pieces. Where the company lets orders be sourced, in any of its warehouses. Event orders.filled.v1.
    """
    waiting = await _waiting(tx, in_line(orders), percents)
    for _ in range(TRIES):
        if not waiting:
            return
        stocks = await _stocks(tx, waiting)
        taken = {
            each.order.id: found
            for each in waiting
            if (found := fill(each.lines, _places_of(each, stocks), each.total, each.percent))
        }
        wanted = [
            line
            for each in waiting
            if each.order.id in taken
            for line in _holds(each.order, taken[each.order.id], items[each.order.id])
        ]
        refused = await inventory.hold(tx, wanted) if wanted else {}
        for each in waiting:
            if each.order.id in taken and each.order.id not in refused:
                _tell(tx, each, sum(taken[each.order.id].values()), items[each.order.id])
        waiting = [each for each in waiting if each.order.id in refused]


Shelves = dict[WarehouseId, dict[SkuId, int]]
"""What can be held of each SKU in each warehouse."""


async def _stocks(tx: Tx, waiting: Sequence[Waiting]) -> Mapping[ShopId | None, Shelves]:
    """What can be held of what these orders lack: for everyone together, and by shop where it is divided.

    A shop's own shelves do not become less by what other shops take meanwhile; the book knows, and then what there is
    is read again.
    """
    asked = {
        (each.order.shop_id, sku, id_)
        for each in waiting
        for line in each.lines
        for sku in line.missing
        for id_ in each.warehouses
    }
    common: Shelves = defaultdict(dict)
    for (sku, id_), qty in (await inventory.available(tx, {(sku, id_) for _, sku, id_ in asked})).items():
        common[id_][sku] = qty
    stocks: dict[ShopId | None, Shelves] = {None: common}
    for (shop_id, sku, id_), qty in (await inventory.channel_numbers(tx, asked)).items():
        own = stocks.setdefault(shop_id, defaultdict(dict, {at: dict(shelf) for at, shelf in common.items()}))
        own[id_][sku] = qty
    return stocks


def _places_of(waiting: Waiting, stocks: Mapping[ShopId | None, Shelves]) -> Shelves:
    stock = stocks.get(waiting.order.shop_id, stocks[None])
    return {id_: stock[id_] for id_ in waiting.warehouses}


def _holds(order: Order, taken: Taken, item: Item) -> list[HoldLine]:
    return [
        HoldLine(
            shop_id=order.shop_id,
            sku_id=sku,
            warehouse_id=warehouse_id,
            qty=qty,
            doc=order.id,
            line=line,
            item=item,
        )
        for (line, sku, warehouse_id), qty in taken.items()
    ]


def _tell(tx: Tx, filled: Waiting, pieces: int, item: Item) -> None:
    missing = sum(qty for line in filled.lines for qty in line.missing.values()) - pieces
    tx.emit(OrderFilled(order_id=filled.order.id, number=filled.order.number, pieces=pieces, missing=missing), item)


async def give_gifts(tx: Tx, orders: Sequence[Order], items: Mapping[OrderId, Item]) -> None:
    """Add the gifts that orders wait for and that there are now, in the order in which the orders were placed."""
    await gifting.give_due(tx, in_line(orders), items)


def in_line(orders: Sequence[Order]) -> list[Order]:
    """Those placed first in front."""
    return sorted(orders, key=lambda order: (order.placed_at, order.id))


async def _waiting(tx: Tx, orders: Sequence[Order], percents: Mapping[OrderId, int]) -> list[Waiting]:
    """Those of these orders that lack something, as they were given."""
    ids = [order.id for order in orders]
    lines = await queries.lines_of(tx, ids)
    skus = await catalog.get_skus(tx, {line.sku_id for some in lines.values() for line in some if line.sku_id})
    held: dict[UUID, dict[tuple[int, SkuId], int]] = defaultdict(lambda: defaultdict(int))
    for each in await inventory.held_at(tx, ids):
        held[each.doc][each.line, each.sku_id] += each.pieces
    places = await _warehouses(tx, orders)
    found = [
        Waiting(
            order,
            seeing.pieces_of(lines[order.id], skus),
            _lacking(lines[order.id], skus, held[order.id]),
            percents.get(order.id),
            places[order.id],
        )
        for order in orders
    ]
    return [each for each in found if each.lines]


async def _warehouses(tx: Tx, orders: Sequence[Order]) -> dict[OrderId, list[WarehouseId]]:
    """Where each order's pieces may be held: in its own warehouse, and where it may be sourced, in the company's.

    One that a table lets leave from its warehouse only gets them nowhere else.
    """
    policies = await units.unit_policies(tx, {order.company_id for order in orders})
    sourced = [id_ for id_, policy in policies.items() if policy.sourcing]
    others: dict[CompanyId, list[WarehouseId]] = defaultdict(list)
    for warehouse in await inventory.warehouses_of_companies(tx, sourced) if sourced else []:
        others[warehouse.company_id].append(warehouse.id)
    preferences = await queries.preferences_of(tx, [order.id for order in orders]) if others else {}
    bound = {id_ for id_, said in preferences.items() if rules.is_only(said)}
    return {
        order.id: list(
            dict.fromkeys([order.warehouse_id, *(() if order.id in bound else sorted(others[order.company_id]))])
        )
        for order in orders
    }


def _lacking(
    lines: Sequence[OrderLine], skus: Mapping[SkuId, Sku], held: Mapping[tuple[int, SkuId], int]
) -> list[Lacking]:
    """The lines that lack pieces. What is held for one is not another's, though both be of the same SKU."""
    found = []
    for line, sku in with_skus(lines, skus):
        if sku.kind is SkuKind.SERVICE:
            continue
        missing = {
            part: lacks
            for part, per_piece in parts_of(sku).items()
            if (lacks := line.left_qty * per_piece - held.get((line.line, part), 0)) > 0
        }
        if missing:
            found.append(Lacking(line.line, missing, sku.kind is SkuKind.KIT))
    return found
