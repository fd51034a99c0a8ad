"""Giving orders that wait for stock what has arrived, first come, first served."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId, SkuKind
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import HoldLine, WarehouseId
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderId, OrderLine
from shangmai.modules.orders.contract.holding_back import OrderFilled
from shangmai.modules.orders.rules.auditing import parts_of, with_skus
from shangmai.modules.orders.rules.in_parts import Lacking, fill
from shangmai.modules.orders.service import gifting, seeing

TRIES: Final = 3
"""How often what is available is read again, because others took it between the reading and the hold."""


class Waiting(Struct, frozen=True):
    """An order that waits: the pieces that it has in all, the lines that lack some, and from which share it may go."""

    order: Order
    total: int
    lines: Sequence[Lacking]
    percent: int | None


async def hold_missing(
    tx: Tx, orders: Sequence[Order], percents: Mapping[OrderId, int], items: Mapping[OrderId, Item]
) -> None:
    """Hold the pieces that are missing, in the order in which the orders were placed.

    All of an order or none; of an order that may go in parts (`percents`), what is there, once that is so many per cent
    of its pieces. Event orders.filled.v1.
    """
    waiting = await _waiting(tx, in_line(orders), percents)
    for _ in range(TRIES):
        if not waiting:
            return
        places = {(sku, each.order.warehouse_id) for each in waiting for n in each.lines for sku in n.missing}
        there: dict[WarehouseId, dict[SkuId, int]] = defaultdict(dict)
        for (sku, warehouse_id), qty in (await inventory.available(tx, places)).items():
            there[warehouse_id][sku] = qty
        taken = {
            each.order.id: found
            for each in waiting
            if (found := fill(each.lines, there[each.order.warehouse_id], each.total, each.percent))
        }
        wanted = [
            HoldLine(
                sku_id=sku, warehouse_id=each.order.warehouse_id, qty=qty, doc=each.order.id, line=line,
                item=items[each.order.id],
            )
            for each in waiting
            for (line, sku), qty in taken.get(each.order.id, {}).items()
        ]  # fmt: skip
        refused = await inventory.hold(tx, wanted) if wanted else {}
        for each in waiting:
            if each.order.id in taken and each.order.id not in refused:
                _tell(tx, each, sum(taken[each.order.id].values()), items[each.order.id])
        waiting = [each for each in waiting if each.order.id in refused]


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
    held = await inventory.held_of(tx, ids)
    found = [
        Waiting(
            order,
            seeing.pieces_of(lines[order.id], skus),
            _lacking(lines[order.id], skus, held.get(order.id, {})),
            percents.get(order.id),
        )
        for order in orders
    ]
    return [each for each in found if each.lines]


def _lacking(lines: Sequence[OrderLine], skus: Mapping[SkuId, Sku], held: Mapping[SkuId, int]) -> list[Lacking]:
    left = dict(held)
    found = []
    for line, sku in with_skus(lines, skus):
        if sku.kind is SkuKind.SERVICE or not line.left_qty:
            continue
        missing = {}
        for part, per_piece in parts_of(sku).items():
            wanted = line.left_qty * per_piece
            has = min(left.get(part, 0), wanted)
            left[part] = left.get(part, 0) - has
            if has < wanted:
                missing[part] = wanted - has
        if missing:
            found.append(Lacking(line.line, missing, sku.kind is SkuKind.KIT))
    return found
